"""The case kernel: process definitions, cases, duties, clocks and the event log."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "jinzhi.kernel.cases"
    label = "cases"
