"""The platform's addresses with the officers' workbench in front."""

from django.urls import include, path

from jinzhi.site.urls import urlpatterns as site

urlpatterns = [path("office/", include("jinzhi.kernel.cases.urls_office")), *site]
