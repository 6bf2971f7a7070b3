"""Django's name for the package."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "jinzhi.kernel.documents"
    label = "documents"
    default_auto_field = "django.db.models.BigAutoField"
