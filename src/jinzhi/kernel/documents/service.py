"""Service of documents (送达): on whom each is to be served stands with it from its issue; way, day and receipt are recorded once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from jinzhi.kernel.documents.models import Service
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import now, today

WAYS = {
    "direct": Text("直接送达", "Handed over"),
    "left": Text("留置送达", "Left at the place"),
    "mail": Text("邮寄送达", "By post"),
    "entrusted": Text("委托送达", "By another authority"),
    "electronic": Text("电子送达", "Electronically"),
    "announced": Text("公告送达", "By announcement"),
}
"""Ways of serving (民事诉讼法 arts. 85–92, which 行政处罚法 art. 61 and 行政许可法 practice follow)."""


def serve(document_id: int, party_id: int, *, way: str, on: dt.date, actor: Actor, receipt: str = "") -> Service:
    """Record that a document was served on a party: how, on which day, and the SHA-256 of the receipt's file if there is one.

    Raises ``Refused``: not to be served on this party (404), served already (409), an unknown way or a day to come (422).
    """
    if way not in WAYS:
        raise Refused(Refusal("service_way", Text("选择送达方式", "Select the way of serving"), "way"), status=422)
    if on > today():
        raise Refused(Refusal("service_day", Text("送达日期不能晚于今天", "The day of service cannot be later than today"), "on"), status=422)
    with transaction.atomic():
        row = Service.objects.select_for_update().filter(document_id=document_id, party_id=party_id).first()
        if row is None:
            raise Refused(Refusal("service_party", Text("这份文书不送达这一方", "This document is not served on this party")), status=404)
        if row.served_on is not None:
            raise Refused(Refusal("served", Text("已记录送达", "Its service is recorded already")), status=409)
        row.way, row.served_on, row.receipt, row.by, row.at = way, on, receipt, actor.person_id, now()
        row.save()
    return row


def services(document_ids: Iterable[int]) -> dict[int, list[Service]]:
    """On whom each document is served, and what is recorded of it, in one query; in the order of the parties."""
    found: dict[int, list[Service]] = {}
    for row in Service.objects.filter(document_id__in=list(document_ids)).order_by("document_id", "id"):
        found.setdefault(row.document_id, []).append(row)
    return found
