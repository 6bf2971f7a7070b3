"""``./jinzhi manage …``: Django's management commands on the database of the data folder, as its owner."""

from __future__ import annotations

import os
from pathlib import Path

from jinzhi.site import database, stamps
from jinzhi.site.datadir import DataDir

# After these the next start must look at the database again.
CHANGES_SCHEMA = {"migrate", "flush", "grants"}


def manage(folder: Path, arguments: list[str]) -> int:
    """Run one management command; the embedded server is started for it when it does not run."""
    data = DataDir(folder)
    with database.borrowed(data) as addresses:
        for name in ("DATABASE_URL", "DATABASE_APP_URL"):
            os.environ.pop(name, None)
        os.environ.update(addresses.for_owner(data.environment()))
        if arguments and arguments[0] in CHANGES_SCHEMA:
            stamps.clear(addresses.owner, "database")
        from django.core.management import execute_from_command_line
        from django.db import connections

        try:
            execute_from_command_line(["./jinzhi manage", *arguments])
        finally:
            connections.close_all()
    return 0
