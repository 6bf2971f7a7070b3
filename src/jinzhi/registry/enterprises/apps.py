"""Enterprises: the subjects of the one-enterprise file (一企一档)."""

from django.apps import AppConfig


class EnterprisesConfig(AppConfig):
    name = "jinzhi.registry.enterprises"
    label = "enterprises"

    def ready(self) -> None:
        from jinzhi.kernel.orgs import roles
        from jinzhi.registry.enterprises.roles import offered_business, offered_roles

        roles.register(roles=offered_roles, processes=offered_business)
