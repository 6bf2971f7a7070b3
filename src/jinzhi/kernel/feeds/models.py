"""Where each feed stands, what it could not digest, and the worker's pulse."""

from __future__ import annotations

from django.db import models


class Checkpoint(models.Model):
    """How far a feed has read: everything before (epoch, xid, pos) is done."""

    name = models.CharField(primary_key=True, max_length=80)
    epoch = models.SmallIntegerField(default=0)
    xid = models.DecimalField(max_digits=20, decimal_places=0, default=0)
    pos = models.BigIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True, default="")
    updated_at = models.DateTimeField(auto_now=True)


class DeadLetter(models.Model):
    """An event a feed gave up on after several tries, kept for a person to look at."""

    feed = models.CharField(max_length=80)
    case_id = models.BigIntegerField()
    seq = models.IntegerField()
    error = models.TextField()
    at = models.DateTimeField(auto_now_add=True)
    tries = models.PositiveIntegerField(default=0)
    """Further tries by a person."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feed", "case_id", "seq"], name="dead_letter_once")]


class Heartbeat(models.Model):
    """When a worker was last alive."""

    name = models.CharField(primary_key=True, max_length=40)
    at = models.DateTimeField()
