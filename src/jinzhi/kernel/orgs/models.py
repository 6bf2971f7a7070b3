"""Organisations, people, posts and parties.

Written only through ``commands`` (people, posts, tokens) and the tree loader (organisations).
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin, UserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Concat, Upper

LEVELS = (
    "hq",
    "bureau",
    "branch",
    "office",
    "section",
    "institute",  # inspection and quarantine (检验检疫)
    "province",
    "prefecture",
    "county",
    "corps",  # quality supervision (质量技术监督)
)


class CCharField(models.CharField):
    """Text compared byte by byte (C collation), so that a subtree is a range of paths."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["db_collation"] = "C"
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_collation", None)
        return name, path, args, kwargs


def _dates_ordered(name: str) -> models.CheckConstraint:
    ordered = models.Q(valid_from__isnull=True) | models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=models.F("valid_from"))
    return models.CheckConstraint(condition=ordered, name=name)


class Org(models.Model):
    """An organisation (机构) of the tree: headquarters, bureau, branch, section, institute."""

    code = CCharField(max_length=16, unique=True)
    path = CCharField(max_length=120, unique=True, help_text="codes from the root, each followed by a slash")
    level = models.CharField(max_length=12)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120)
    short_zh = models.CharField(max_length=30, blank=True)
    short_en = models.CharField(max_length=60, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("path",)
        constraints = [
            models.CheckConstraint(condition=models.Q(path__endswith=Concat("code", models.Value("/"))), name="org_path_ends_with_code"),
            models.CheckConstraint(condition=models.Q(level__in=LEVELS), name="org_level_known"),
            _dates_ordered("org_dates_ordered"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name_zh}"


class OrgStamp(models.Model):
    """One row that changes with every change of the tree (a trigger sees to it), so that caches know in one small read."""

    stamp = models.UUIDField()


class Party(models.Model):
    """A party to cases (当事人): an enterprise or another body outside the authority; key of its one file."""

    code = CCharField(max_length=18, unique=True, help_text="unified social credit code, or organisation code")
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "parties"

    def __str__(self) -> str:
        return f"{self.code} {self.name_zh}"


class Person(AbstractBaseUser, PermissionsMixin):
    """A person who signs in: an officer with posts, or a member of a party. Never deleted, only made inactive."""

    username = models.CharField(max_length=60, unique=True)
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80, blank=True)
    email = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, help_text="administrator of the system shell")
    must_change_password = models.BooleanField(default=False, help_text="signed in with a temporary password")
    keyboard = models.BooleanField(default=True, help_text="single-key commands (WCAG 2.1.4: can be switched off)")
    language = models.CharField(max_length=10, blank=True, help_text="preferred language; empty: as the browser asks")
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name_zh"]
    objects = UserManager()

    class Meta:
        verbose_name_plural = "people"
        constraints = [
            # Upper, because that is what a case-insensitive look-up of Django compares: the constraint is also its index.
            models.UniqueConstraint(Upper("username"), name="person_username_once", violation_error_code="taken"),
        ]

    def __str__(self) -> str:
        return f"{self.username} {self.name_zh}"

    def get_full_name(self) -> str:
        return self.name_zh


class Post(models.Model):
    """A post (岗位): a role over an organisation subtree, for one process or all, between two dates."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="posts")
    role = models.CharField(max_length=40)
    org = models.ForeignKey(Org, on_delete=models.PROTECT, related_name="posts")
    process = models.CharField(max_length=60, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "role", "org", "process", "valid_from"], name="post_once"),
            _dates_ordered("post_dates_ordered"),
        ]
        indexes = [models.Index(fields=["role", "org"])]


class Membership(models.Model):
    """A person acting for a party: its administrator (法人管理员) or one who acts for it (经办人员)."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=[("admin", "admin"), ("representative", "representative")])
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "party", "valid_from"], name="membership_once"),
            _dates_ordered("membership_dates_ordered"),
        ]


class StandIn(models.Model):
    """A stand-in (代理) for an absence: who may do whose assigned duties, in which roles (none named: all), from one day to another."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="absences", help_text="who is away")
    deputy = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="stand_ins")
    roles = ArrayField(models.TextField(), default=list)
    first_day = models.DateField()
    last_day = models.DateField()
    made_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="ended before its last day")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(last_day__gte=models.F("first_day")), name="standin_days_ordered"),
            models.CheckConstraint(condition=~models.Q(person=models.F("deputy")), name="standin_not_oneself"),
        ]


class Clearance(models.Model):
    """Leave to see work secrets (工作秘密) from one day to another, given by the security administrator; it may be ended at once."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="clearances")
    valid_from = models.DateField()
    valid_to = models.DateField()
    given_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [_dates_ordered("clearance_dates_ordered")]


class Tie(models.Model):
    """A person's tie to a party (利害关系): while it lasts the person acts on no case of that party (回避)."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="ties")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="ties")
    kind = models.CharField(max_length=20)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    made_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=("own", "employer", "former_employer", "relative")), name="tie_kind_known"),
            _dates_ordered("tie_dates_ordered"),
        ]


class ApiToken(models.Model):
    """A key for machines: only its SHA-256 is kept. It acts as its person, for its party when one is named."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="tokens")
    party = models.ForeignKey(Party, null=True, blank=True, on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)


class AccountEvent(models.Model):
    """What was done to an account: by whom, when. Append-only in the database itself; the audit administrator reads it."""

    at = models.DateTimeField()
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", help_text="empty: the platform itself")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="account_events")
    action = models.CharField(max_length=30)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["person", "-id"])]


class SetupCode(models.Model):
    """The one-time code with which the first visitor becomes the first administrator; only its SHA-256 is kept. One row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="setup_code_single")]
