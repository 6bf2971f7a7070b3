"""A notice for a person, its way out through channels, and what each person wants to be told how."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from jinzhi.kernel.orgs.models import CCharField, Person

WAITING, SENT, FAILED, NEEDLESS = 0, 1, 2, 3


class Notice(models.Model):
    """Something a person is told, once: ``key`` names what it is about (an event of the log, a signal). Words are made when it is read."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    key = CCharField(max_length=60)
    kind = CCharField(max_length=12)
    shell = CCharField(max_length=6, help_text="office or biz: where it is read")
    case_id = models.BigIntegerField()
    at = models.DateTimeField()
    data = models.JSONField(default=dict)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="notice_once")]
        indexes = [
            models.Index(fields=["person", "shell", "-id"], name="notice_list"),
            models.Index(fields=["person", "shell"], condition=Q(read_at=None), name="notice_unread"),
            models.Index(fields=["person", "case_id"], condition=Q(read_at=None), name="notice_case"),
        ]


class Delivery(models.Model):
    """A notice on its way through a channel: sent once, tried again while it fails."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="deliveries")
    channel = CCharField(max_length=12)
    digest = models.BooleanField(default=False)
    state = models.SmallIntegerField(default=WAITING)
    tries = models.SmallIntegerField(default=0)
    next_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "channel"], name="delivery_once")]
        indexes = [models.Index(fields=["next_at"], condition=Q(state=WAITING), name="delivery_waiting")]


class Preference(models.Model):
    """How a person wants to be told of a kind through a channel: off, single (one message each) or digest (once a day)."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    kind = CCharField(max_length=12)
    channel = CCharField(max_length=12)
    mode = CCharField(max_length=8)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "kind", "channel"], name="preference_once")]


class Address(models.Model):
    """Where a channel reaches a person: the mobile number. An e-mail address stands with the account."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    channel = CCharField(max_length=12)
    value = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "channel"], name="address_once")]
