"""The enterprise's file (企业档案): what every business asks of the same party."""

from __future__ import annotations

from django.db import models

from jinzhi.kernel.orgs.models import Org, Party


class Enterprise(models.Model):
    """What the authority knows of a party that is an enterprise."""

    party = models.OneToOneField(Party, primary_key=True, on_delete=models.PROTECT, related_name="enterprise")
    bureau = models.ForeignKey(Org, null=True, on_delete=models.PROTECT, related_name="+", help_text="where it is enrolled (备案机构)")
    registration_no = models.CharField(max_length=20, blank=True, help_text="declaring unit's registration number (报检单位注册号)")
    is_declarant = models.BooleanField(default=False, help_text="enrolled to declare (报检单位备案)")
    is_consignee = models.BooleanField(default=True)
    is_treatment_unit = models.BooleanField(default=False, help_text="licensed treatment unit (检疫处理单位)")
    credit_class = models.CharField(max_length=2, default="B", help_text="AA, A, B, C, D (信用等级)")
    monthly_account = models.BooleanField(default=False, help_text="fees settled monthly (月结)")
    address = models.CharField(max_length=200, blank=True)
    contact = models.CharField(max_length=60, blank=True)
    telephone = models.CharField(max_length=40, blank=True)
    enrolled_on = models.DateField(null=True, blank=True)
    suspended_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, help_text="rises with each change: a change over somebody else's is refused")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["registration_no"], condition=~models.Q(registration_no=""), name="enterprise_registration_once"),
            models.CheckConstraint(condition=models.Q(credit_class__in=["AA", "A", "B", "C", "D"]), name="enterprise_credit_class"),
        ]


class EnterpriseEvent(models.Model):
    """What was done to a file, by whom: append-only by a trigger. ``data``: {field: [before, after]}, or the reason."""

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.BigIntegerField(help_text="person; 0 is the platform")
    action = models.CharField(max_length=20)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["party", "-id"], name="enterprise_event_party")]
