"""Adding organisations of one's own."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from jinzhi.kernel.orgs.queries import org_by_code

pytestmark = pytest.mark.django_db
NAMES = ["--name-zh", "北仑局", "--name-en", "Beilun"]


def test_a_section_stands_below_its_branch_at_once() -> None:
    call_command("orgs", "add", "380100", "--parent", "380000", "--level", "branch", *NAMES)
    call_command("orgs", "add", "3801SP", "--parent", "380100", "--level", "section", *NAMES)
    section = org_by_code("3801SP")
    assert section is not None
    assert section.path.endswith("/380000/380100/3801SP/")


@pytest.mark.parametrize(("code", "parent", "said"), [("380000", "000000", "taken"), ("x y", "000000", "digits"), ("380100", "nowhere", "no organisation")])
def test_what_is_wrong_is_said(code: str, parent: str, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("orgs", "add", code, "--parent", parent, "--level", "branch", *NAMES)
