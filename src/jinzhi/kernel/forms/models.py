"""Drafts (草稿): what somebody is still writing, kept until it is sent; not yet a case."""

from __future__ import annotations

import uuid

from django.db import models


class Draft(models.Model):
    """A form in the writing. ``version`` rises with each save: a save over somebody else's is refused, never silent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    process = models.CharField(max_length=60)
    party_id = models.BigIntegerField()
    person_id = models.BigIntegerField()
    case_id = models.BigIntegerField(null=True, blank=True, help_text="the case this draft corrects, when it was returned")
    title = models.CharField(max_length=120, blank=True)
    data = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["party_id", "process", "-updated_at"])]
