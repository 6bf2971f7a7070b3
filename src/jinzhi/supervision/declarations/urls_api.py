"""``/api/v1/``: the JSON API and its page."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from jinzhi.kernel.orgs.access import mark
from jinzhi.supervision.declarations.api import api
from jinzhi.supervision.declarations.api.pages import listing


def _marked(patterns: list[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    """Say for the permission matrix what the API checks itself: a key everywhere, save for its description."""
    for pattern in patterns:
        assert isinstance(pattern, URLPattern)
        assert pattern.callback is not None
        mark(pattern.callback, "public" if pattern.name in {"openapi-json", "api-root"} else "api")
    return patterns


_patterns, _app, _namespace = api.urls
urlpatterns = [path("", listing, name="api_page"), path("", (_marked(_patterns), _app, _namespace))]
