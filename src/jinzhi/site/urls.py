"""The URL map of the platform."""

from django.urls import include, path

from jinzhi.kernel.orgs.urls_account import setup_urlpatterns
from jinzhi.site import health

handler400 = "jinzhi.kernel.web.errors.bad_request"
handler403 = "jinzhi.kernel.web.errors.forbidden"
handler404 = "jinzhi.kernel.web.errors.not_found"
handler500 = "jinzhi.kernel.web.errors.server_error"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("account/", include("jinzhi.kernel.orgs.urls_account")),
    *setup_urlpatterns,
    path("sys/people/", include("jinzhi.kernel.cases.people.urls_sys")),
    path("sys/", include("jinzhi.kernel.orgs.urls")),
    path("", include("jinzhi.kernel.documents.urls")),
    path("office/notices/", include("jinzhi.kernel.notices.urls")),
    path("biz/notices/", include("jinzhi.kernel.notices.urls_biz")),
    path("", include("jinzhi.kernel.feeds.urls")),
    path("biz/tokens/", include("jinzhi.kernel.orgs.urls_tokens")),
    path("biz/people/", include("jinzhi.kernel.orgs.urls_members")),
    path("biz/", include("jinzhi.supervision.declarations.urls_biz")),
    path("office/enterprises/", include("jinzhi.registry.enterprises.urls")),
    path("office/", include("jinzhi.kernel.cases.urls_office")),
    path("api/v1/", include("jinzhi.supervision.declarations.urls_api")),
    path("guide/", include("jinzhi.kernel.cases.urls_public")),
    path("codes/", include("jinzhi.kernel.codes.urls")),
    path("", include("jinzhi.kernel.web.urls")),
]
