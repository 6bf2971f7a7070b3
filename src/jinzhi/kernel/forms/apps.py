"""Declared fields and drafts."""

from django.apps import AppConfig


class FormsConfig(AppConfig):
    name = "jinzhi.kernel.forms"
    label = "forms"
