"""The URL map of the platform."""

from django.urls import path

from jinzhi.site import health

urlpatterns = [path("healthz", health.healthz, name="healthz")]
