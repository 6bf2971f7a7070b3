"""Tables of the standards system (标准体系): code lists with dates, their versions, the working-day calendar."""

from __future__ import annotations

from django.db import models


class CodeEntry(models.Model):
    """One dated row of a code list. A code may have several rows whose dates follow one another.

    ``pinyin`` holds the initials and the full pinyin of the Chinese name ("nbg ningbogang"), made when the row is loaded.
    """

    SHIPPED, IMPORTED = "shipped", "imported"

    list = models.CharField(max_length=60)
    code = models.CharField(max_length=40)
    zh = models.CharField(max_length=400)
    en = models.CharField(max_length=600)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True, help_text="last day in force")
    extra = models.JSONField(default=dict, blank=True)
    pinyin = models.CharField(max_length=1200, blank=True)
    origin = models.CharField(max_length=10, default=SHIPPED, help_text="shipped with the platform, or imported from a published file")

    class Meta:
        verbose_name_plural = "code entries"
        constraints = [
            models.UniqueConstraint(fields=["list", "code", "valid_from"], name="code_entry_once", nulls_distinct=False),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True)
                | models.Q(valid_from__isnull=True)
                | models.Q(valid_to__gte=models.F("valid_from")),
                name="code_entry_dates_ordered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.list} {self.code} {self.zh}"


class CodeListVersion(models.Model):
    """The state of a list: ``version`` changes with every load, so that processes know when to read the list again.

    ``digest`` is the SHA-256 of the shipped file as last loaded: an unchanged file is not loaded twice.
    """

    list = models.CharField(max_length=60, primary_key=True)
    version = models.BigIntegerField()
    digest = models.CharField(max_length=64, blank=True)
    entries = models.IntegerField(default=0)
    loaded_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.list} {self.version}"


class CalendarDay(models.Model):
    """A day of the official calendar: worked or not; ``provisional`` when no official notice covers it yet."""

    PUBLISHED, WEEKEND, OVERRIDE = "published", "weekend", "override"

    day = models.DateField(primary_key=True)
    working = models.BooleanField()
    provisional = models.BooleanField(default=False)
    source = models.CharField(max_length=10, default=PUBLISHED, help_text="published notice, weekend rule, or override")
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("day",)

    def __str__(self) -> str:
        return f"{self.day} {'working' if self.working else 'rest'}"
