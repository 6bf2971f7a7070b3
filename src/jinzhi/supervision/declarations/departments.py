"""Which departments inspect (施检部门): those with inspectors, whatever their code or name."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from jinzhi.kernel.orgs.models import Post


def inspecting_paths(on: dt.date, role: str = "inspector") -> list[str]:
    """Paths of organisations with somebody in this role today, in order."""
    posts = Post.objects.filter(role=role, person__is_active=True, valid_from__lte=on).filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on))
    return sorted(set(posts.values_list("org__path", flat=True)))
