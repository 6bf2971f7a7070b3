"""Readers of the event log."""

from django.apps import AppConfig


class FeedsConfig(AppConfig):
    name = "jinzhi.kernel.feeds"
    label = "feeds"
