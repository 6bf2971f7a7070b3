"""``./jinzhi manage assets``: join style sheets and scripts into one file of each per shell."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from jinzhi.kernel.web import assets


class Command(BaseCommand):
    help = "Join style sheets and scripts into one file of each per shell (also done by itself at start when a source is newer)."

    def handle(self, *args: Any, **options: Any) -> None:
        for path in assets.build():
            self.stdout.write(f"{path.name}  {path.stat().st_size / 1024:.1f} KB")
