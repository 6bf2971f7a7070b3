"""The tables of import declarations: what was declared, drawn, found, charged. The road they take is the case's.

Every row hangs on its case's id; a table is written by one effect, in bulk.
"""

from __future__ import annotations

from typing import Any

from django.db import models

CODE: dict[str, Any] = {"max_length": 20, "blank": True, "default": ""}
NAME: dict[str, Any] = {"max_length": 160, "blank": True, "default": ""}
AMOUNT: dict[str, Any] = {"max_digits": 18, "decimal_places": 4, "null": True, "blank": True}


class Declaration(models.Model):
    """The header of a declaration (报检单表头), the latest sent version."""

    case_id = models.BigIntegerField(primary_key=True)
    declarant_id = models.BigIntegerField(help_text="the declaring unit (报检单位)")
    enterprise_number = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField()
    kind = models.CharField(**CODE)
    organisation = models.CharField(**CODE)
    consignee_code = models.CharField(**CODE)
    consignee_name_zh = models.CharField(**NAME)
    consignee_name_en = models.CharField(**NAME)
    consignor_name = models.CharField(**NAME)
    consignor_country = models.CharField(**CODE)
    contact = models.CharField(**NAME)
    telephone = models.CharField(**NAME)
    trade_mode = models.CharField(**CODE)
    contract_no = models.CharField(**NAME)
    bill_of_lading = models.CharField(max_length=60, db_index=True)
    trade_country = models.CharField(**CODE)
    despatch_country = models.CharField(**CODE)
    despatch_port = models.CharField(**CODE)
    via_port = models.CharField(**CODE)
    arrival_port = models.CharField(**CODE)
    entry_port = models.CharField(**CODE)
    destination = models.CharField(**CODE)
    transport_mode = models.CharField(**CODE)
    transport_name = models.CharField(**NAME)
    voyage = models.CharField(**NAME)
    despatched_on = models.DateField(null=True)
    arrived_on = models.DateField(null=True)
    unloaded_on = models.DateField(null=True)
    claim_until = models.DateField(null=True)
    goods_place = models.CharField(**NAME)
    marks = models.TextField(blank=True, default="")
    special_requirements = models.TextField(blank=True, default="")
    total_value = models.DecimalField(**AMOUNT)
    total_currency = models.CharField(**CODE)
    value_usd = models.DecimalField(**AMOUNT)
    value_cny = models.DecimalField(**AMOUNT)
    declared_at = models.DateTimeField()
    sent = models.TextField(help_text="the declaration as it was sent, in full: what documents and later acts read in one go")

    class Meta:
        indexes = [models.Index(fields=["declarant_id", "-case_id"])]


class Goods(models.Model):
    """A goods line (货物明细). Weights in kilograms."""

    case_id = models.BigIntegerField()
    no = models.PositiveSmallIntegerField()
    hs_code = models.CharField(max_length=10)
    name_zh = models.CharField(**NAME)
    name_en = models.CharField(**NAME)
    model = models.CharField(**NAME)
    brand = models.CharField(**NAME)
    origin_country = models.CharField(**CODE)
    quantity = models.DecimalField(**AMOUNT)
    quantity_unit = models.CharField(**CODE)
    net_weight = models.DecimalField(**AMOUNT)
    gross_weight = models.DecimalField(**AMOUNT)
    packages = models.IntegerField(default=0)
    package_kind = models.CharField(**CODE)
    unit_price = models.DecimalField(**AMOUNT)
    value = models.DecimalField(**AMOUNT)
    currency = models.CharField(max_length=3)
    purpose = models.CharField(**CODE)
    producer_no = models.CharField(**NAME)
    batch_no = models.CharField(**NAME)
    produced_on = models.DateField(null=True)
    is_waste = models.BooleanField(default=False)
    permits = models.JSONField(default=list, help_text="permits named by the line: [{kind, number, quantity}]")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case_id", "no"], name="goods_line_once")]
        ordering = ("case_id", "no")


class Box(models.Model):
    """A container (集装箱) of a declaration."""

    case_id = models.BigIntegerField()
    no = models.PositiveSmallIntegerField()
    number = models.CharField(max_length=60)
    kind = models.CharField(**CODE)
    seal = models.CharField(**NAME)
    shared = models.BooleanField(default=False)
    shares = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case_id", "no"], name="container_once")]
        ordering = ("case_id", "no")


class Paper(models.Model):
    """An attached paper (随附单据)."""

    case_id = models.BigIntegerField()
    no = models.PositiveSmallIntegerField()
    kind = models.CharField(**CODE)
    number = models.CharField(**NAME)
    name = models.CharField(**NAME)
    sha256 = models.CharField(max_length=64, null=True, help_text="the file in the blob store")
    kept_by_enterprise = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case_id", "no"], name="paper_once")]
        ordering = ("case_id", "no")


class RequestedCertificate(models.Model):
    """A certificate asked for (申请单证)."""

    case_id = models.BigIntegerField()
    no = models.PositiveSmallIntegerField()
    kind = models.CharField(**CODE)
    originals = models.PositiveSmallIntegerField(default=1)
    copies = models.PositiveSmallIntegerField(default=2)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case_id", "no"], name="requested_certificate_once")]
        ordering = ("case_id", "no")


class Message(models.Model):
    """A declaration message received (报检报文): once per declarant, its own number and version, whatever is sent again."""

    declarant_id = models.BigIntegerField()
    enterprise_number = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField()
    digest = models.CharField(max_length=64)
    case_id = models.BigIntegerField(null=True)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["declarant_id", "enterprise_number", "version"], name="message_once")]
        indexes = [models.Index(fields=["case_id"])]


class Receipt(models.Model):
    """A receipt (回执 R1–R8) for the declaring unit, made from the log by a feed."""

    party_id = models.BigIntegerField()
    case_id = models.BigIntegerField()
    seq = models.IntegerField(help_text="the event it reports")
    kind = models.CharField(max_length=3)
    at = models.DateTimeField()
    payload = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case_id", "seq", "kind"], name="receipt_once")]
        indexes = [models.Index(fields=["party_id", "id"])]


class Review(models.Model):
    """What the machine review (机审) or a person found, by field."""

    case_id = models.BigIntegerField(primary_key=True)
    outcome = models.CharField(max_length=10)
    findings = models.JSONField(default=list, help_text="[{code, severity, field, zh, en, basis}]")
    at = models.DateTimeField()


class Draw(models.Model):
    """The result of the draw (布控抽批) with its reason in words."""

    case_id = models.BigIntegerField(primary_key=True)
    result = models.CharField(max_length=12)
    reason_zh = models.TextField()
    reason_en = models.TextField()
    rule = models.CharField(max_length=60)
    evidence = models.JSONField(default=dict, help_text="inputs, row fired, rate and random number: the draw can be proved again")
    overridden = models.JSONField(null=True)
    at = models.DateTimeField()


class InspectionItem(models.Model):
    """An item to look at or to test (查验、检测项目), its limit, and its result once there is one."""

    case_id = models.BigIntegerField()
    no = models.PositiveSmallIntegerField()
    line = models.PositiveSmallIntegerField(default=0, help_text="goods line, 0 = the whole consignment")
    kind = models.CharField(max_length=5, help_text="field or lab")
    code = models.CharField(max_length=40)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160)
    basis = models.CharField(max_length=120, blank=True)
    limit_text = models.CharField(max_length=120, blank=True)
    low = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    high = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    unit = models.CharField(max_length=20, blank=True)
    lane = models.PositiveSmallIntegerField(default=0, help_text="the inspecting department's lane")
    result = models.CharField(max_length=200, blank=True)
    fit = models.BooleanField(null=True)
    judged = models.CharField(max_length=300, blank=True, help_text="why it is fit or unfit")
    by = models.BigIntegerField(null=True)
    at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case_id", "no"], name="inspection_item_once")]
        ordering = ("case_id", "no")


class FieldRecord(models.Model):
    """A field record (现场查验记录) by at least two inspectors."""

    case_id = models.BigIntegerField()
    lane = models.PositiveSmallIntegerField()
    round = models.PositiveSmallIntegerField()
    inspectors = models.JSONField(default=list)
    place = models.CharField(**NAME)
    examined_at = models.DateTimeField()
    containers_opened = models.JSONField(default=list)
    packages_opened = models.IntegerField(default=0)
    goods_match = models.BooleanField(default=True, help_text="goods and papers agree (货证相符)")
    remarks = models.TextField(blank=True, default="")
    photos = models.JSONField(default=list, help_text="digests in the blob store")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case_id", "lane", "round"], name="field_record_once")]
        ordering = ("case_id", "lane", "round")


class Sample(models.Model):
    """A sample (样品) sent to the laboratory."""

    case_id = models.BigIntegerField()
    lane = models.PositiveSmallIntegerField()
    no = models.PositiveSmallIntegerField()
    line = models.PositiveSmallIntegerField(default=1)
    quantity = models.CharField(max_length=60)
    seal = models.CharField(max_length=40, blank=True)
    taken_by = models.BigIntegerField()
    taken_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case_id", "no"], name="sample_once")]
        ordering = ("case_id", "no")


class Finding(models.Model):
    """A non-conformity or interception (不合格、疫情), and where it was found."""

    case_id = models.BigIntegerField()
    lane = models.PositiveSmallIntegerField()
    no = models.PositiveSmallIntegerField()
    found_in = models.CharField(max_length=12, help_text="goods, packing, container, conveyance")
    text = models.TextField()
    line = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case_id", "no"], name="finding_once")]
        ordering = ("case_id", "no")


class FeeLine(models.Model):
    """One line of the fee (收费明细), in yuan."""

    case_id = models.BigIntegerField()
    round = models.PositiveSmallIntegerField(default=1)
    no = models.PositiveSmallIntegerField()
    item = models.CharField(max_length=40)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160)
    basis = models.CharField(max_length=120, blank=True)
    base = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    rate = models.CharField(max_length=40, blank=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case_id", "round", "no"], name="fee_line_once")]
        ordering = ("case_id", "round", "no")


class Payment(models.Model):
    """A fee paid (缴费), with how and against which receipt."""

    case_id = models.BigIntegerField(primary_key=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    method = models.CharField(max_length=12, help_text="transfer, card, cash, online")
    reference = models.CharField(max_length=60, blank=True)
    paid_at = models.DateTimeField()
    taken_by = models.BigIntegerField()


class CertificateText(models.Model):
    """The drafted text of the certificate (证稿), the latest version."""

    case_id = models.BigIntegerField(primary_key=True)
    result_zh = models.TextField()
    result_en = models.TextField()
    remarks = models.TextField(blank=True, default="")
    drafted_by = models.BigIntegerField()
    drafted_at = models.DateTimeField()


class ForeignCertificate(models.Model):
    """A foreign e-certificate (境外电子证书) attached to a declaration, read, and compared with it."""

    case_id = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    number = models.CharField(max_length=80, blank=True)
    type_code = models.CharField(max_length=10, blank=True)
    content = models.JSONField(default=dict)
    differences = models.JSONField(default=list)
    error_zh = models.TextField(blank=True, default="")
    error_en = models.TextField(blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case_id", "sha256"], name="foreign_certificate_once")]


class Permit(models.Model):
    """A permit (许可证) with its balance; written off under lock, never below zero."""

    kind = models.CharField(max_length=20)
    number = models.CharField(max_length=60)
    holder_code = models.CharField(max_length=18)
    hs_prefix = models.CharField(max_length=10, blank=True)
    granted = models.DecimalField(max_digits=18, decimal_places=4)
    balance = models.DecimalField(max_digits=18, decimal_places=4)
    unit = models.CharField(max_length=3, default="035")
    valid_from = models.DateField()
    valid_to = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "number"], name="permit_once"),
            models.CheckConstraint(condition=models.Q(balance__gte=0), name="permit_balance_not_negative"),
            models.CheckConstraint(condition=models.Q(balance__lte=models.F("granted")), name="permit_balance_within_grant"),
        ]


class PermitEntry(models.Model):
    """A movement of a permit's balance (核销): the ledger behind ``Permit.balance``."""

    permit = models.ForeignKey(Permit, on_delete=models.PROTECT, related_name="entries")
    case_id = models.BigIntegerField(db_index=True)
    line = models.PositiveSmallIntegerField()
    quantity = models.DecimalField(max_digits=18, decimal_places=4, help_text="positive: written off; negative: given back")
    at = models.DateTimeField()


class ExchangeRate(models.Model):
    """Yuan for one unit of a currency from a day on (汇率)."""

    currency = models.CharField(max_length=3)
    valid_from = models.DateField()
    cny = models.DecimalField(max_digits=14, decimal_places=6)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["currency", "valid_from"], name="rate_once")]


class Alert(models.Model):
    """A risk alert (风险警示通报): goods class and origin it concerns, and what it asks."""

    number = models.CharField(max_length=30, unique=True)
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    country = models.CharField(max_length=2, blank=True)
    goods_class = models.CharField(max_length=30, blank=True)
    hs_prefix = models.CharField(max_length=10, blank=True)
    epidemic = models.BooleanField(default=False, help_text="an epidemic area (疫区)")
    prohibits = models.BooleanField(default=False, help_text="entry is prohibited")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
