"""Keys for machines: ``Authorization: Bearer jz_…``. Made and revoked here, checked here; only the SHA-256 is kept."""

from __future__ import annotations

import datetime as dt
import secrets

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from jinzhi.kernel.orgs import authority, queries, sight
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.keys import digest
from jinzhi.kernel.orgs.models import ApiToken, Party, Person
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import now

PREFIX = "jz_"
MAX_TOKENS = 20
"""Keys in force that one party, or one person without a party, may have."""

_TOUCH_EVERY = dt.timedelta(minutes=1)


def make_token(by: Actor, *, person: Person, name: str, party: Party | None = None) -> tuple[ApiToken, str]:
    """Make a key that acts as ``person``, for ``party`` alone if one is named. The second value is the secret, shown this once.

    :raises Refused: not the party's administrator or a system administrator; no name; too many keys.
    """
    if party is None or party.pk not in by.administers:
        authority.need(by, "sysadmin")
    name = name.strip()
    if not name:
        raise Refused(
            Refusal("name_missing", Text("填写密钥名称，例如 企业端软件", "Enter a name for the key, such as: company software"), "name")
        )
    if len(name) > 60:
        raise Refused(Refusal("name_long", Text("名称最多 60 个字符", "Shorten the name to 60 characters"), "name"))
    with transaction.atomic():
        # The owner's row is locked so that two requests at once do not pass the limit together.
        if party is not None:
            Party.objects.select_for_update().get(pk=party.pk)
        else:
            Person.objects.select_for_update().get(pk=person.pk)
        if party is not None and not person.memberships.filter(queries.in_force(now().date()), party=party).exists():
            raise Refused(
                Refusal(
                    "not_member", Text("密钥的使用人应是该单位的人员", "The key must belong to somebody who acts for that body"), "person"
                )
            )
        mine = ApiToken.objects.filter(revoked_at=None)
        mine = mine.filter(party=party) if party is not None else mine.filter(party=None, person=person)
        if mine.count() >= MAX_TOKENS:
            message = Text(
                f"有效密钥已有 {MAX_TOKENS} 个，先停用不用的", f"There are {MAX_TOKENS} keys in force: revoke those no longer used"
            )
            raise Refused(Refusal("too_many", message, "name"))
        secret = PREFIX + secrets.token_urlsafe(32)
        token = ApiToken.objects.create(person=person, party=party, name=name, digest=digest(secret))
        authority.log(by, "token.made", [(person, {"token": token.pk, "party": party.pk if party else None, "name": name})])
    return token, secret


def revoke_token(by: Actor, token_id: int) -> None:
    """End a key at once. Ending it twice is no error. :raises Refused: unknown, or another body's (which looks unknown)."""
    token = ApiToken.objects.select_related("person").filter(pk=token_id).first()
    allowed = token is not None and (
        by.is_system
        or by.has_role("sysadmin")
        or token.party_id in by.administers
        or (token.party_id is None and token.person_id == by.person_id)
    )
    if token is None or not allowed:
        raise Refused(Refusal("token_unknown", Text("没有这个密钥", "There is no such key")), status=404)
    with transaction.atomic():
        if ApiToken.objects.filter(pk=token_id, revoked_at=None).update(revoked_at=now()):
            authority.log(by, "token.revoked", [(token.person, {"token": token.pk, "party": token.party_id})])


def tokens_of(party_id: int) -> list[ApiToken]:
    """Keys of a party: those in force first, newest first."""
    return sorted(
        ApiToken.objects.filter(party_id=party_id).select_related("person").order_by("-id"), key=lambda t: t.revoked_at is not None
    )


def authenticate(request: HttpRequest) -> Actor | None:
    """The actor of the request's bearer key, also set as ``request.actor``; ``None`` when there is none that holds.

    A key for a party acts for that party alone, while its person is active and still acts for the party. Two queries.
    """
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret.startswith(PREFIX) or len(secret) > 100:
        return None
    token = ApiToken.objects.select_related("person").filter(digest=digest(secret), revoked_at=None, person__is_active=True).first()
    if token is None:
        return None
    actor = queries.actor_for(token.person)
    if token.party_id is not None:
        if token.party_id not in actor.parties:
            return None
        actor = Actor(person_id=actor.person_id, name=actor.name, parties=frozenset({token.party_id}))
    _touch(token)
    request.actor = actor  # type: ignore[attr-defined]
    sight.adopt(request, actor)
    return actor


def _touch(token: ApiToken) -> None:
    """Note the use, at most once a minute: the condition in the statement keeps parallel requests to one write."""
    at = timezone.now()
    if token.last_used_at is None or token.last_used_at < at - _TOUCH_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=at - _TOUCH_EVERY)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=at)
