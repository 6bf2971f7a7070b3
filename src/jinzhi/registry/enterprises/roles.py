"""Who keeps the files: officers with the role ``registrar``, each for the enterprises of their organisation and below it."""

from __future__ import annotations

from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.models import Org
from jinzhi.kernel.orgs.roles import ProcessTitle, Role
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text

REGISTRAR = "registrar"
BUSINESS = "registry.enterprises"
"""The business a registrar's post may be limited to."""

LEVELS = ("bureau", "branch", "office", "prefecture", "county", "province")
"""Levels of organisations that enrol enterprises."""


def offered_roles() -> list[Role]:
    """For the list of roles that posts are given for."""
    return [Role(REGISTRAR, Text("备案人员", "Enrolment officer"))]


def offered_business() -> list[ProcessTitle]:
    return [ProcessTitle(BUSINESS, Text("企业备案", "Enrolment of enterprises"))]


def may_keep(actor: Actor, bureau: Org | None) -> bool:
    """Whether ``actor`` may write the file of an enterprise enrolled at ``bureau``; without one, any registrar may."""
    if actor.is_system:
        return True
    if bureau is None:
        return actor.has_role(REGISTRAR)
    return actor.post_for(REGISTRAR, bureau.path, BUSINESS) is not None


def need_registrar(actor: Actor, bureau: Org | None) -> None:
    """:raises Refused: 403 for all others."""
    if may_keep(actor, bureau):
        return
    if bureau is None or not actor.has_role(REGISTRAR):
        message = Text("企业备案由备案人员办理", "Enterprises are enrolled by an enrolment officer")
    else:
        message = Text(
            "{n}的企业档案由本机构或上级机构的备案人员办理", "Files of {n} are kept by enrolment officers of that organisation or above it"
        ).format(n=Text(bureau.name_zh, bureau.name_en))
    raise Refused(Refusal("not_registrar", message, "bureau"), status=403)
