"""Content-addressed bytes: put once, found by their SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from django.db import connection
from django.db.models import Q

from jinzhi.kernel.documents.models import Blob, Upload
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.time import now


def put(data: bytes, media_type: str) -> str:
    """Keep ``data``; gives its SHA-256 (64 hexadecimal digits). The same bytes again cost one look and write nothing."""
    return put_many([(data, media_type)])[0]


def put_many(items: Iterable[tuple[bytes, str]]) -> list[str]:
    """Keep many ``(data, media type)`` in one statement; gives their SHA-256 in the same order."""
    found: dict[str, tuple[bytes, str]] = {}
    order: list[str] = []
    for data, media_type in items:
        key = hashlib.sha256(data).hexdigest()
        found.setdefault(key, (data, media_type))
        order.append(key)
    if not found:
        return []
    # In key order, so that two writers of the same blobs wait for each other instead of locking up.
    keys = sorted(found)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into documents_blob (sha256, media_type, size, bytes, created_at) "
            "select key, media_type, length(data), data, now() "
            "from unnest(%s::text[], %s::text[], %s::bytea[]) as new (key, media_type, data) on conflict do nothing",
            [keys, [found[key][1] for key in keys], [found[key][0] for key in keys]],
        )
    return order


def get(sha256: str) -> bytes:
    """The bytes. Raises ``Blob.DoesNotExist``."""
    return bytes(Blob.objects.only("bytes").get(pk=sha256).bytes)


def get_many(keys: Iterable[str]) -> dict[str, bytes]:
    """The bytes of those that exist."""
    return {blob.sha256: bytes(blob.bytes) for blob in Blob.objects.filter(pk__in=list(keys)).only("bytes")}


def note_upload(keys: Iterable[str], person_id: int, party_id: int | None = None) -> None:
    """Write down who sent these bytes (for which party, if for one): from now on that person, or people of that party, may name them.

    To be called by whatever takes files from people, with the digests ``put`` gave. Again is no error; one statement.
    """
    wanted = sorted(set(keys))
    if wanted:
        at = now()
        Upload.objects.bulk_create(
            [Upload(blob_id=key, person_id=person_id, party_id=party_id, at=at) for key in wanted], ignore_conflicts=True
        )


def may_refer(actor: Actor, keys: Iterable[str]) -> set[str]:
    """Those of ``keys`` that ``actor`` may NOT name: bytes neither the person nor anybody of the actor's parties has uploaded, and
    bytes that are not there. A digest is an address, no secret: whoever names one in an act could otherwise read it back.

    The platform itself may name all of them. One query, none for no keys.
    """
    wanted = set(keys)
    if not wanted or actor.is_system:
        return set()
    mine = Q(person_id=actor.person_id) | Q(party_id__in=actor.parties)
    return wanted - set(Upload.objects.filter(mine, blob_id__in=wanted).values_list("blob_id", flat=True))
