"""Brings a database and the assets to the state of the source: migrations, rights, reference data, processes, the demo bureau.

Runs as a process of its own, as the owner of the database; the supervisor starts it only when a stamp says it is needed::

    python -m jinzhi.site.bootstrap database assets demo setup
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable

import django
import psycopg
from django.conf import settings
from django.core.management import call_command

from jinzhi.kernel.text import Text
from jinzhi.site import stamps
from jinzhi.site.console import Step, Stop, clear_errors, say


def database() -> None:
    """Migrations, rights, code lists, organisations, process versions; every part may be run again."""
    from jinzhi.kernel.cases import registry
    from jinzhi.kernel.codes import load
    from jinzhi.kernel.orgs import load_tree, sight

    parts: list[tuple[Text, Callable[[], object]]] = [
        (Text("建立数据表", "migrating the database"), lambda: call_command("migrate", interactive=False, verbosity=0)),
        (Text("设置数据库权限", "setting database rights"), lambda: call_command("grants")),
        (Text("装入代码表与日历", "loading code lists and the calendar"), load.load_all),
        (Text("装入机构树", "loading the organisation tree"), load_tree.load),
        (Text("发布业务流程", "publishing the processes"), registry.publish_all),
    ]
    for text, run in parts:
        with Step(text):
            run()
    _stamp("database", stamps.database_digest())
    _stamp("sight", sight.mark(settings.SECRET_KEY))


def assets() -> None:
    """Style sheets and scripts, bundled and collected under hashed names."""
    with Step(Text("准备界面资源", "preparing the assets")):
        call_command("assets", stdout=io.StringIO())
        call_command("collectstatic", interactive=False, verbosity=0, clear=True)
        (settings.STATIC_ROOT / ".digest").write_text(stamps.assets_digest())


def demo() -> None:
    """The demonstration bureau, loaded once."""
    from jinzhi.kernel.orgs.models import Person
    from jinzhi.supervision.declarations import demo as bureau

    if Person.objects.exists():
        raise Stop(
            Text(
                "此数据目录已有账号，不能再装入演示数据；请用 --data 另选目录。",
                "This data folder already has accounts, so the demonstration is not loaded into it; choose another with --data DIR.",
            )
        )
    # It is loaded in many transactions, as a bureau works: cut short, it is not a demonstration but a ruin (see up.py).
    _stamp("demo-begun", "1")
    with Step(Text("装入演示局", "loading the demo bureau")) as step:
        bureau.load(progress=step.update)
    _stamp("demo", str(settings.JINZHI_CLOCK_SHIFT))


def accounts() -> None:
    """Who may sign in to the demonstration, kept in the data folder for the supervisor to show at every start."""
    from jinzhi.supervision.declarations import demo as bureau

    rows = [(login, password, who.zh, who.en) for login, password, who in bureau.accounts()]
    (settings.DATA_DIR / "demo.json").write_text(json.dumps(rows, ensure_ascii=False, indent=1))


def setup() -> None:
    """The one-time code with which the first visitor opens the administrator's account."""
    from jinzhi.kernel.orgs import first_account

    code = first_account.new_code()
    say(Text("首次开通管理员账号的一次性代码（24 小时有效）", "one-time code to create the administrator (valid 24 hours)"))
    say(f"\n    {code}    {settings.JINZHI_PUBLIC_URL}/setup/\n")


def _stamp(name: str, value: str) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        stamps.read(connection)
        stamps.write(connection, name, value)


PARTS = {"database": database, "assets": assets, "demo": demo, "accounts": accounts, "setup": setup}


def main(names: list[str]) -> None:
    with clear_errors():
        django.setup()
        for name in names:
            PARTS[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
