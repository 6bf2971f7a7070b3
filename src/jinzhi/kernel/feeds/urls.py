"""``/sys/feeds/``, ``/sys/roots/`` and the public file of a root."""

from __future__ import annotations

from django.urls import path

from jinzhi.kernel.feeds import pages

app_name = "feeds"
urlpatterns = [
    path("sys/feeds/", pages.feeds, name="feeds"),
    path("sys/feeds/retry/", pages.feed_retry, name="retry"),
    path("sys/feeds/<str:name>/replay/", pages.feed_replay, name="replay"),
    path("sys/roots/", pages.log_roots, name="roots"),
    path("roots/<str:day>.json", pages.public_root, name="root"),
]
