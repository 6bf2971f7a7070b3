"""The site as a Django app: it brings the management commands of the installation itself."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "jinzhi.site"
    label = "jinzhi_site"
