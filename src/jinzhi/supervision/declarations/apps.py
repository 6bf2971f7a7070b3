"""Import declarations (入境货物报检)."""

from django.apps import AppConfig


class DeclarationsConfig(AppConfig):
    name = "jinzhi.supervision.declarations"
    label = "declarations"
