"""A little tree, people in it, and the addresses of ``tests/urls.py``. Imported before Django is set up, so models come late."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from jinzhi.kernel.orgs.actors import SYSTEM

if TYPE_CHECKING:
    from jinzhi.kernel.orgs.models import Org, Person

PASSWORD = "a long enough one"


@pytest.fixture(autouse=True)
def _own_world(settings: Any) -> Iterator[None]:
    from django.core.cache import cache

    from jinzhi.kernel.orgs import first_account, queries, roles

    settings.ROOT_URLCONF = "jinzhi.kernel.orgs.tests.urls"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # No collected files are needed to draw a page.
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    cache.clear()
    first_account.remember()
    queries.forget_orgs()
    yield
    first_account.remember(False)
    queries.forget_orgs()
    roles.forget_titles()


@pytest.fixture
def tree(db: None) -> SimpleNamespace:
    """``T0`` › ``T1`` bureau › ``T11`` branch; ``T2`` another bureau, ``T10`` one whose code begins like the first's."""
    from jinzhi.kernel.orgs.models import Org

    def add(code: str, level: str, parent: Org | None = None) -> Org:
        path = f"{parent.path if parent else ''}{code}/"
        return Org.objects.create(code=code, path=path, level=level, parent=parent, name_zh=f"测试机构{code}", name_en=f"Test {code}")

    root = add("T0", "hq")
    first, second, third = (add(code, "bureau", root) for code in ("T1", "T2", "T10"))
    return SimpleNamespace(root=root, first=first, branch=add("T11", "branch", first), second=second, third=third)


@pytest.fixture
def account(db: None) -> Callable[..., Person]:
    """Open an account: ``account("lin", name_zh="林晓岚")``, password ``PASSWORD``."""
    from django.contrib.auth.hashers import make_password

    from jinzhi.kernel.orgs import commands

    hashed = make_password(PASSWORD)

    def opened(username: str, name_zh: str = "林晓岚", **more: str) -> Person:
        draft = commands.AccountDraft(username, name_zh, password_hash=hashed, **more)
        return commands.open_accounts(SYSTEM, [draft])[0]

    return opened


@pytest.fixture
def officer(account: Callable[..., Person], tree: SimpleNamespace) -> Person:
    from jinzhi.kernel.orgs import commands

    person = account("lin")
    commands.give_post(SYSTEM, person=person, role="inspector", org=tree.first)
    return person


@pytest.fixture
def administrator(account: Callable[..., Person], tree: SimpleNamespace) -> Person:
    from jinzhi.kernel.orgs import commands

    person = account("root1", "管理员")
    commands.give_post(SYSTEM, person=person, role="sysadmin", org=tree.root)
    return person


@pytest.fixture
def company(account: Callable[..., Person]) -> SimpleNamespace:
    """A party with its administrator and a declarant."""
    from jinzhi.kernel.orgs import commands
    from jinzhi.kernel.orgs.models import Party

    party = Party.objects.create(code="91330200TESTPARTY1", name_zh="宁波测试贸易有限公司", name_en="Ningbo Test Trading")
    admin, declarant = account("boss", "法人"), account("clerk", "报检员")
    commands.add_members(SYSTEM, [commands.MemberDraft(admin, party, "admin"), commands.MemberDraft(declarant, party, "representative")])
    return SimpleNamespace(party=party, admin=admin, declarant=declarant)
