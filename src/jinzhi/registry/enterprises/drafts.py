"""The facts of an enterprise's file as somebody gives them: put into one form, and checked. Pure but for the list of organisations."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from jinzhi.kernel.codes import validators
from jinzhi.kernel.orgs.models import Org
from jinzhi.kernel.orgs.queries import org_name
from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text
from jinzhi.registry.enterprises.roles import LEVELS

CREDIT_CLASSES = ("AA", "A", "B", "C", "D")
LENGTHS = {"name_zh": 120, "name_en": 160, "address": 200, "contact": 60, "telephone": 40, "registration_no": 20}
_TELEPHONE = re.compile(r"[0-9+][0-9+() \-/,;转]{4,39}")
_HAN = re.compile(r"[\u3400-\u9fff]")

TITLES = {
    "code": Text("统一社会信用代码", "Unified social credit code"), "name_zh": Text("企业名称", "Name"), "name_en": Text("英文名称", "Name in English"),
    "bureau": Text("备案机构", "Enrolled at"), "registration_no": Text("报检单位注册号", "Registration number"),
    "is_declarant": Text("报检单位", "Declaring unit"), "is_consignee": Text("收货人", "Consignee"),
    "is_treatment_unit": Text("检疫处理单位", "Treatment unit"), "credit_class": Text("信用等级", "Credit class"),
    "monthly_account": Text("费用月结", "Fees settled monthly"), "address": Text("地址", "Address"), "contact": Text("联系人", "Contact"),
    "telephone": Text("电话", "Telephone"), "enrolled_on": Text("备案日期", "Enrolled on"),
}  # fmt: skip
FACTS = tuple(name for name in TITLES if name not in ("code", "name_zh", "name_en", "bureau"))
"""The fields of a draft that are columns of the file under the same name."""


@dataclass(frozen=True)
class FirstMember:
    """The person who will administer the enterprise (法人管理员): opened with a temporary password."""

    username: str
    name_zh: str
    name_en: str = ""
    email: str = ""


@dataclass(frozen=True)
class EnterpriseDraft:
    """An enterprise to be enrolled, or its facts as they shall be."""

    code: str
    name_zh: str
    name_en: str = ""
    bureau: Org | None = None
    registration_no: str = ""
    is_declarant: bool = False
    is_consignee: bool = True
    is_treatment_unit: bool = False
    credit_class: str = "B"
    monthly_account: bool = False
    address: str = ""
    contact: str = ""
    telephone: str = ""
    enrolled_on: dt.date | None = None
    administrator: FirstMember | None = None


def tidy(draft: EnterpriseDraft, today: dt.date) -> EnterpriseDraft:
    """Spaces and full-width letters and digits by habit put right; without a date, enrolled today."""
    changed: dict[str, Any] = {name: " ".join(str(getattr(draft, name)).split()) for name in ("name_zh", "name_en", "address", "contact")}
    changed["code"] = validators.normalise(draft.code)
    for name in ("registration_no", "telephone", "credit_class"):
        changed[name] = unicodedata.normalize("NFKC", getattr(draft, name)).strip()
    changed["credit_class"] = changed["credit_class"].upper()
    changed["enrolled_on"] = draft.enrolled_on or today
    return dataclasses.replace(draft, **changed)


def refusals(draft: EnterpriseDraft, today: dt.date) -> list[Refusal]:
    """Everything wrong with a tidied draft by itself; what depends on other files is asked by the command."""
    found: list[Refusal] = []

    def refuse(code: str, field: str, zh: str, en: str, **values: object) -> None:
        found.append(Refusal(code, Text(zh, en).format(**values), field))

    wrong = validators.credit_code(draft.code, "code")
    if wrong is not None:
        found.append(wrong)
    if not draft.name_zh:
        refuse("name_missing", "name_zh", "填写企业名称，与营业执照一致", "Enter the name as it stands on the business licence")
    if _HAN.search(draft.name_en):
        refuse("name_en_form", "name_en", "英文名称用拉丁字母写", "Write the name in English in Latin letters")
    for name, limit in LENGTHS.items():
        value = str(getattr(draft, name))
        if len(value) > limit or "\x00" in value:
            refuse("too_long", name, "{t}最多 {n} 个字符", "{t}: at most {n} characters", t=TITLES[name], n=limit)
    if draft.bureau is None:
        refuse("bureau_missing", "bureau", "选择备案机构", "Choose where the enterprise is enrolled")
    elif draft.bureau.level not in LEVELS or (draft.bureau.valid_to is not None and draft.bureau.valid_to < today):
        refuse(
            "bureau_unfit", "bureau", "{n}不办理企业备案，选择直属局、分支局或办事处", "{n} does not enrol enterprises; choose a bureau, branch or office",
            n=org_name(draft.bureau),
        )  # fmt: skip
    if draft.is_declarant and not draft.registration_no:
        refuse("registration_missing", "registration_no", "报检单位要有注册号，填写 10 位注册号", "A declaring unit has a registration number: enter its 10 digits")
    elif draft.registration_no and not re.fullmatch(r"\d{10}", draft.registration_no):
        refuse("registration_form", "registration_no", "注册号是 10 位数字，例如 3800000017", "A registration number has 10 digits, such as 3800000017")
    if draft.credit_class not in CREDIT_CLASSES:
        refuse("credit_class", "credit_class", "信用等级选 AA、A、B、C 或 D", "The credit class is AA, A, B, C or D")
    if not (draft.is_declarant or draft.is_consignee or draft.is_treatment_unit):
        refuse("no_kind", "is_declarant", "至少选一种：报检单位、收货人或检疫处理单位", "Choose at least one: declaring unit, consignee or treatment unit")
    if draft.monthly_account and not draft.is_declarant:
        refuse("monthly_declarant", "monthly_account", "费用月结只给报检单位；先选报检单位", "Only declaring units settle monthly: choose declaring unit first")
    if draft.telephone and not _TELEPHONE.fullmatch(draft.telephone):
        refuse("telephone_form", "telephone", "电话写成 0574-87654321 或 13800000000 这样的格式", "Write the telephone like 0574-87654321 or 13800000000")
    if draft.enrolled_on is not None and draft.enrolled_on > today:
        refuse("date_future", "enrolled_on", "备案日期不能晚于今天 {d}", "The day of enrolment cannot lie after today, {d}", d=today.isoformat())
    elif draft.enrolled_on is not None and draft.enrolled_on.year < 1949:
        refuse("date_past", "enrolled_on", "检查备案日期的年份", "Check the year of enrolment")
    return found
