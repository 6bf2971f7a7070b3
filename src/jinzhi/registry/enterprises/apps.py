"""Enterprises: the subjects of the one-enterprise file (一企一档)."""

from django.apps import AppConfig


class EnterprisesConfig(AppConfig):
    name = "jinzhi.registry.enterprises"
    label = "enterprises"
