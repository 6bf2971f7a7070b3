"""``./jinzhi manage grants``: what the application's database role may do, set anew after every migration."""

from __future__ import annotations

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from jinzhi.kernel.cases import grants
from jinzhi.kernel.orgs import sight

READ_ONLY = ("django_migrations", "jinzhi_stamp")


def apply(cursor: CursorWrapper, role: str) -> None:
    """Rows of every table to ``role``, then the kernel's restrictions and the key of row security; in one transaction, so there is no gap."""
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    if cursor.fetchone() is None:
        raise CommandError(f"the role {role} does not exist on this server")
    name = connection.ops.quote_name(role)
    cursor.execute(f"GRANT USAGE ON SCHEMA public TO {name}")
    cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}")
    cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}")
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename = ANY(%s)", [list(READ_ONLY)])
    for (table,) in cursor.fetchall():
        cursor.execute(f"REVOKE INSERT, UPDATE, DELETE ON {connection.ops.quote_name(table)} FROM {name}")
    grants.restrict(cursor, role)
    sight.install_key(cursor)


class Command(BaseCommand):
    help = "Give the application's database role its rights (run as the owner of the tables)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--role", default=os.environ.get("JINZHI_APP_ROLE", "jinzhi_app"))

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            apply(cursor, options["role"])
