"""A small limit on tries by address, kept in the process's cache: a brake before the checks that count in the database."""

from __future__ import annotations

from django.core.cache import cache
from django.http import HttpRequest


def allowed(request: HttpRequest, action: str, limit: int, seconds: int = 60) -> bool:
    """Count one try of ``action`` from this address; whether it is within ``limit`` in ``seconds``."""
    key = f"throttle:{action}:{request.META.get('REMOTE_ADDR', '')}"
    cache.add(key, 0, seconds)
    try:
        return cache.incr(key) <= limit
    except ValueError:  # it expired between the two calls: this is the first try of a new span
        return True
