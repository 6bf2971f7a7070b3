"""Django application of the code lists."""

from django.apps import AppConfig


class CodesConfig(AppConfig):
    name = "jinzhi.kernel.codes"
    label = "codes"
    verbose_name = "Code lists (代码表)"
    default_auto_field = "django.db.models.BigAutoField"
