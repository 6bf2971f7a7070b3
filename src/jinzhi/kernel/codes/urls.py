"""Addresses of the code lists, included by the site at /codes/."""

from django.urls import path

from jinzhi.kernel.codes import pages

urlpatterns = [path("<str:list_name>/", pages.search, name="codes_search")]
