"""Addresses of documents; include at the root."""

from django.urls import include, path, re_path, register_converter

from jinzhi.kernel.documents import pages, public_pages


class ImageKind:
    """``svg`` or ``png``."""

    regex = "svg|png"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(ImageKind, "image_kind")

_public = [
    path("", public_pages.verify, name="verify"),
    re_path(r"^original/(?P<digest>[0-9a-f]{64})\.pdf$", public_pages.original, name="original"),
    path("<path:number>", public_pages.verify_number, name="verify_number"),
]

urlpatterns = [
    path("v/", include((_public, "documents"))),
    path("office/documents/<int:pk>/", pages.office_document, name="office_document"),
    path("biz/documents/<int:pk>/", pages.biz_document, name="biz_document"),
    path("documents/<int:pk>.pdf", pages.document_pdf, name="document_pdf"),
    path("documents/<int:pk>/<int:page>.<image_kind:kind>", pages.document_image, name="document_image"),
    path("documents/<int:pk>/print", pages.document_print, name="document_print"),
    path("documents/<int:pk>/print/<int:entry>", pages.document_sheets, name="document_sheets"),
]
