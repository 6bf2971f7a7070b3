"""``GET /healthz``: whether the platform can work now, honestly: database, migrations, worker."""

from __future__ import annotations

import threading
import time
from typing import Any

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from jinzhi.kernel.feeds import queries as feeds
from jinzhi.kernel.orgs.access import public_page
from jinzhi.kernel.orgs.actors import SYSTEM
from jinzhi.kernel.orgs.sight import sight

WORKER_PATIENCE = 60.0
"""Seconds without a heartbeat after which the worker counts as not working."""
_RECHECK = 15.0
_lock = threading.Lock()
_pending = (-1.0, 0)


def pending_migrations() -> int:
    """How many migrations the database lacks; read from it at most every 15 seconds."""
    global _pending
    with _lock:
        at, count = _pending
        if at < 0 or time.monotonic() - at > _RECHECK:
            executor = MigrationExecutor(connection)
            count = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
            _pending = (time.monotonic(), count)
        return count


def state() -> dict[str, Any]:
    """``{"ready", "database": "ok" or what is wrong, "migrations": pending or None, "worker": seconds since its heartbeat or None}``."""
    answer: dict[str, Any] = {"ready": False, "database": "ok", "migrations": None, "worker": None}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        answer["migrations"] = pending_migrations()
        if answer["migrations"] == 0:
            with sight(SYSTEM), connection.cursor() as cursor:
                cursor.execute("SELECT sight() IS NOT NULL")
                if not cursor.fetchone()[0]:
                    # Another secret key than the database was given: every list would look empty.
                    answer["database"] = "key"
            age = feeds.heartbeat_age()
            answer["worker"] = None if age is None else round(age, 1)
    except DatabaseError as error:
        # The class alone: the message may carry addresses, and this page is open to everybody.
        answer["database"] = type(error).__name__
    answer["ready"] = answer["database"] == "ok" and answer["migrations"] == 0 and answer["worker"] is not None
    answer["ready"] = answer["ready"] and answer["worker"] < WORKER_PATIENCE
    return answer


@public_page
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when everything works, else 503; the body says what does not."""
    answer = state()
    return JsonResponse(answer, status=200 if answer["ready"] else 503)
