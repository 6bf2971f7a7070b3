"""Addresses for the tests of this package: its own and the frame's."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("account/", include("jinzhi.kernel.orgs.urls_account")),
    path("", include("jinzhi.kernel.documents.urls")),
    path("", include("jinzhi.kernel.web.urls")),
]
