"""Documents (证单、文书) as issued, the bytes behind them, who printed them and who checked them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import models
from django.db.models import Q

from jinzhi.kernel.documents import canonical
from jinzhi.kernel.documents.facts import facts, number_key
from jinzhi.kernel.orgs.models import CCharField, Org
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import ZONE, today

STATES = ("valid", "replaced", "voided", "expired")


class Blob(models.Model):
    """Bytes under their own SHA-256: the same content is kept once and can never change (PDF files, attachments, photos)."""

    sha256 = CCharField(max_length=64, primary_key=True)
    media_type = models.CharField(max_length=80)
    size = models.BigIntegerField()
    bytes = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="blob_sha256")]

    def __str__(self) -> str:
        return f"{self.sha256[:12]} {self.media_type} {self.size}"


class Upload(models.Model):
    """Who sent bytes in, once for each person and party: only they may name them in what they send. Bytes the platform made have none."""

    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    person_id = models.BigIntegerField()
    party_id = models.BigIntegerField(null=True, help_text="the party it was sent for; empty: an officer's own")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["blob", "person_id", "party_id"], name="upload_once", nulls_distinct=False),
        ]


class Document(models.Model):
    """One version of a certificate or instrument. Its facts never change (the database refuses it); its state does.

    ``number`` with ``kind``, ``version`` and ``copy`` is unique: a corrected document keeps its number and takes the next version,
    a reissued one takes a new number and names the one it ``supersedes``. Papers of several kinds may share the number of their
    case. The organisation's name is the one at the time of issue.
    """

    kind = CCharField(max_length=80)
    number = CCharField(max_length=60)
    number_key = CCharField(max_length=60, db_index=True, editable=False, help_text="letters and digits of the number, as people type it")
    version = models.SmallIntegerField(default=1)
    copy = CCharField(max_length=8, blank=True, default="")
    case_id = models.BigIntegerField(db_index=True)
    lane = models.CharField(max_length=60, blank=True, default="")
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=300)
    content = models.JSONField()
    digest = CCharField(max_length=64, help_text="SHA-256 of the canonical JSON of the facts")
    org = models.ForeignKey(Org, null=True, on_delete=models.PROTECT, related_name="+")
    org_code = CCharField(max_length=16)
    org_name_zh = models.CharField(max_length=120)
    org_name_en = models.CharField(max_length=200)
    issued_at = models.DateTimeField()
    issued_by = models.BigIntegerField(help_text="person; 0 is the platform")
    signatories = models.JSONField(default=list)
    valid_until = models.DateField(null=True)
    public = models.BooleanField(default=False)
    state = models.CharField(max_length=10, default="valid")
    state_reason = models.TextField(blank=True, default="")
    state_at = models.DateTimeField(null=True)
    state_by = models.BigIntegerField(null=True)
    supersedes = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="superseded_by")
    pdf = models.ForeignKey(Blob, null=True, on_delete=models.PROTECT, related_name="+")
    signed = models.BooleanField(default=False, help_text="whether its kind is signed at all")
    signed_at = models.DateTimeField(null=True)
    sign_attempts = models.SmallIntegerField(default=0)
    sign_error = models.JSONField(null=True, help_text="what stopped the last attempt: code, zh, en")
    sign_next_at = models.DateTimeField(null=True, help_text="not tried again before; machine time")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number", "kind", "version", "copy"], name="document_number_once"),
            models.CheckConstraint(condition=Q(state__in=STATES), name="document_state_known"),
            models.CheckConstraint(condition=Q(version__gte=1), name="document_version_counts"),
        ]
        indexes = [
            models.Index(fields=["sign_next_at", "id"], name="document_to_sign", condition=Q(signed=True, pdf__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.number} v{self.version}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.number_key = number_key(self.number)
        super().save(*args, **kwargs)

    @property
    def title(self) -> Text:
        return Text(self.title_zh, self.title_en)

    @property
    def org_name(self) -> Text:
        return Text(self.org_name_zh, self.org_name_en)

    @property
    def issued_day(self) -> dt.date:
        """The day of issue as printed, in China Standard Time."""
        return self.issued_at.astimezone(ZONE).date()

    def state_on(self, day: dt.date | None = None) -> str:
        """The state as it counts on ``day`` (the business day today): a valid document past its last day has expired."""
        if self.state == "valid" and self.valid_until and self.valid_until < (day or today()):
            return "expired"
        return self.state

    def facts(self) -> dict[str, Any]:
        """What the digest covers and the template draws."""
        return facts(
            kind=self.kind,
            number=self.number,
            version=self.version,
            copy=self.copy,
            title=self.title,
            org_code=self.org_code,
            org_name=self.org_name,
            issued_at=self.issued_at,
            signatories=self.signatories,
            valid_until=self.valid_until,
            content=self.content,
        )

    def is_intact(self) -> bool:
        """Whether the stored facts still give the digest they were issued with."""
        return canonical.digest(canonical.encode(self.facts())) == self.digest


class Service(models.Model):
    """A party a document is to be served on (送达), and, once it was, how, when and by which receipt."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="services")
    party_id = models.BigIntegerField()
    role = models.CharField(max_length=40)
    way = models.CharField(max_length=12, blank=True, default="")
    served_on = models.DateField(null=True)
    receipt = CCharField(max_length=64, blank=True, default="", help_text="SHA-256 of the receipt's file (送达回证)")
    by = models.BigIntegerField(null=True)
    at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "party_id"], name="service_once")]


class Print(models.Model):
    """A printing of a document (打印登记): who, when, how many, and the serials of the controlled blanks used."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="prints")
    at = models.DateTimeField()
    by = models.BigIntegerField()
    by_name = models.CharField(max_length=80)
    copies = models.SmallIntegerField(default=1)
    serials = models.JSONField(default=list)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(copies__gte=1, copies__lte=99), name="print_copies")]


class VerificationLog(models.Model):
    """A public check (公众核验): what was asked, what was answered. The client is a daily changing hash, no address is kept."""

    number = CCharField(max_length=60)
    document = models.ForeignKey(Document, null=True, on_delete=models.PROTECT, related_name="checks")
    at = models.DateTimeField()
    result = models.CharField(max_length=10)
    client = CCharField(max_length=16)

    class Meta:
        indexes = [
            models.Index(fields=["client", "at"], name="check_client"),
            models.Index(fields=["document", "at"], name="check_document", condition=Q(document__isnull=False)),
        ]
