"""The URL map of the platform."""

from django.urls import include, path

from jinzhi.kernel.orgs.urls_account import setup_urlpatterns
from jinzhi.site import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("account/", include("jinzhi.kernel.orgs.urls_account")),
    *setup_urlpatterns,
    path("sys/", include("jinzhi.kernel.orgs.urls")),
    path("biz/tokens/", include("jinzhi.kernel.orgs.urls_tokens")),
    path("codes/", include("jinzhi.kernel.codes.urls")),
    path("", include("jinzhi.kernel.documents.urls")),
    path("", include("jinzhi.kernel.web.urls")),
]
