"""Loading the demonstration: people, then days of work, then what the feeds make of it."""

from __future__ import annotations

from collections.abc import Callable

from jinzhi.kernel.feeds.runner import drain
from jinzhi.kernel.orgs.models import Org
from jinzhi.kernel.text import Text
from jinzhi.supervision.declarations.demo import people
from jinzhi.supervision.declarations.demo.week import Week

Progress = Callable[[str], None]


def is_loaded() -> bool:
    """Whether the bureau stands (its last step has been made)."""
    return Org.objects.filter(code="380100", valid_to__isnull=True).exists()


def load(progress: Progress = lambda line: None, *, declarations: int = 3000, enterprises: int = 300) -> None:
    """Make the bureau and its week; the same every time."""
    if is_loaded():
        return
    cast = people.Cast()
    people.organisations()
    progress("机构 organisations")
    people.officers(cast)
    people.enterprises(cast, enterprises)
    progress("人员与企业 people and enterprises")
    Week(cast, declarations, progress).run()
    drain()
    progress("回执与检索 receipts and search")


def accounts() -> list[tuple[str, str, Text]]:
    """(user name, password, who) of the accounts to try."""
    return people.restore()
