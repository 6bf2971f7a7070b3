"""The tag library of every template (a builtin: no ``{% load %}``). Its tags live in :mod:`jinzhi.kernel.web.components`."""

from __future__ import annotations

from django.template import Library

from jinzhi.kernel.web.components import forms, marks, panels, tables, words

register = Library()
for _part in (words, marks, panels, forms, tables):
    register.tags.update(_part.register.tags)
    register.filters.update(_part.register.filters)
