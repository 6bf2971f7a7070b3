"""No key screen has a serious or critical fault of accessibility, in either language, on desk or phone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

from tests.support.walkers import DESK, PHONE

if TYPE_CHECKING:
    from tests.support.platforms import Platform
    from tests.support.walkers import Crew

pytestmark = pytest.mark.browser
GRAVE = ("serious", "critical")
PUBLIC = ("/", "/account/login/", "/v/", "/v/380100111999999", "/help/keys", "/nothing-here")
BIZ = ("/biz/", "/biz/declarations/", "/biz/tokens/", "/biz/notices/", "/biz/notices/settings/")
SECTIONS = ("trade", "parties", "goods", "containers", "papers", "check")
OFFICE = ("/office/", "/office/group/", "/office/waiting/", "/office/done/", "/office/search/?q=%E7%89%9B%E8%82%89", "/account/settings/",
          "/office/team/", "/office/stand-ins/", "/office/notices/", "/office/notices/settings/", "/office/promised/?process=declarations.import")  # fmt: skip
SYS = ("/sys/people/", "/sys/people/new/", "/sys/orgs/380000/", "/sys/styleguide/")
# Who looks at a case standing where, with which form open.
CASES = (
    ("beilun.clerk1", "manual_review", "return"), ("beilun.clerk1", "to_dispatch", "dispatch"), ("beilun.sp.head", "assigned", "appoint"),
    ("beilun.sp.lead", "to_field", "record_field"), ("beilun.sp.lead", "examined", "take_samples"), ("lab1", "in_lab", "record_results"),
    ("beilun.sp.lead", "evaluating", "propose_evaluation"), ("beilun.sp.lead", "drafting", "draft_certificate"),
    ("beilun.fee", "fee_checking", ""), ("beilun.cashier", "fee_reported", "take_payment"), ("beilun.archivist", "archived", ""),
)  # fmt: skip


def standing(platform: Platform, state: str, within: str) -> tuple[int, int] | None:
    """A case and lane in this state whose holder lies in the place."""
    from django.db import connection

    with platform.orm(), connection.cursor() as cursor:
        cursor.execute(
            "select l.case_id, l.no from lane l join case_ c on c.id = l.case_id where l.state = %s and l.holder like %s order by 1 limit 1",
            [state, f"%{within}%"],
        )
        return cursor.fetchone()


def own_cases(platform: Platform) -> list[int]:
    """The two newest cases that the agent declared."""
    from jinzhi.kernel.orgs.models import Membership
    from jinzhi.supervision.declarations.models import Declaration

    with platform.orm():
        parties = Membership.objects.filter(person__username="agent").values_list("party_id", flat=True)
        found = Declaration.objects.filter(declarant_id__in=list(parties)).order_by("-case_id").values_list("case_id", flat=True)
        return list(found[:2])


def documents(platform: Platform) -> list[tuple[str, str]]:
    """The newest document of each public kind: its page for officers and its public check."""
    from jinzhi.kernel.documents.models import Document

    with platform.orm():
        newest = {d.kind: d for d in Document.objects.filter(kind__endswith="certificate").order_by("pk")}
        newest |= {d.kind: d for d in Document.objects.filter(kind__endswith="release_form").order_by("pk")}
        return [(f"/office/documents/{d.pk}/", f"/v/{d.number}") for d in newest.values()]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_key_screens_have_no_grave_fault(demo_platform: Platform, crew: Crew, language: str) -> None:
    papers = documents(demo_platform)
    assert papers
    screens: list[tuple[str, str, dict[str, int]]] = []
    screens += [("", path, size) for path in (*PUBLIC, papers[0][1]) for size in (DESK, PHONE)]
    screens += [("trade1", path, size) for path in BIZ for size in (DESK, PHONE)]
    screens += [("trade1", path, DESK) for path in draft(crew)]
    screens += [("beilun.clerk1", path, DESK) for path in (*OFFICE, *(page for page, _ in papers))]
    screens += [("admin", path, DESK) for path in SYS] + [("auditor", "/sys/log/", DESK)]
    screens += [("security", "/sys/permissions/", size) for size in (DESK, PHONE)] + [("beilun.clerk1", "/account/ties/", size) for size in (DESK, PHONE)]
    for who, state, action in CASES:
        found = standing(demo_platform, state, "3801SP" if ".sp." in who else "3801")
        assert found is not None, state
        case, lane = found
        screens += [(who, f"/office/cases/{case}/", DESK), (who, f"/office/cases/{case}/time/", DESK)]
        if action:
            screens.append((who, f"/office/cases/{case}/actions/{action}/{lane}/", DESK))
    screens += [("agent", f"/biz/declarations/{number}/", size) for number in own_cases(demo_platform) for size in (DESK, PHONE)]
    faults: list[str] = []
    for who, path, size in screens:
        walker = crew(who) if who else crew.seats.get("stranger") or crew.stranger(name="stranger")
        walker.page.set_viewport_size(size)  # type: ignore[arg-type]
        walker.context.add_cookies([{"name": "django_language", "value": language, "url": demo_platform.url}])
        walker.go(path)
        faults += [f"{path} ({size['width']}, {language}): {fault}" for fault in grave(walker.page)]
    assert not faults, "\n".join(faults)


def draft(crew: Crew) -> list[str]:
    """A new draft's six sections: empty ones, errors on the last."""
    trader = crew("trade1")
    trader.go("/biz/")
    trader.page.locator("form[action$='/new'] button").click()
    trader.page.wait_for_url("**/trade/")
    root = trader.page.url.removeprefix(trader.url).removesuffix("trade/")
    return [f"{root}{section}/" for section in SECTIONS]


def grave(page: Any) -> list[str]:
    """The serious and critical violations axe finds, each with its first place."""
    found = Axe().run(page).response["violations"]
    return [f"{v['id']} ×{len(v['nodes'])}: {v['nodes'][0]['html'][:160]}" for v in found if v["impact"] in GRAVE]
