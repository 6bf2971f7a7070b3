"""The URL map of the platform."""

from django.urls import include, path

from jinzhi.site import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("account/", include("jinzhi.kernel.orgs.urls_account")),
    path("sys/", include("jinzhi.kernel.orgs.urls")),
    path("codes/", include("jinzhi.kernel.codes.urls")),
    path("", include("jinzhi.kernel.documents.urls")),
    path("", include("jinzhi.kernel.web.urls")),
]
