"""Personal data as it is shown (个人信息脱敏): pure functions, the forms usual in public administration.

``张*`` · ``110101********1234`` · ``138****1234`` · ``a***@x.com`` · an address down to its district. The stars do not tell the length of
what they stand for, but for the identity number, whose length is public. Legal ground: 个人信息保护法 6 and 51 (no more than is needed; 去标识化).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

STARS = "****"
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff·]+")
COMPOUND = frozenset(
    ["欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "司空", "夏侯", "端木", "南宫", "长孙", "宇文", "轩辕", "独孤", "百里", "呼延", "东郭", "西门", "申屠", "公羊", "澹台", "赫连", "淳于", "单于", "太史", "钟离", "闻人", "万俟"]
)
"""Compound surnames (复姓): both characters are the surname."""
_DISTRICT = re.compile(
    r"^(?:[^\d\s]{2,8}?(?:省|自治区|特别行政区))?(?:[^\d\s]{1,10}?(?:市|自治州|地区|盟))?(?:[^\d\s]{1,10}?(?:自治县|自治旗|林区|特区|新区|区|县|旗))?"
)
_COUNTY_CITY = re.compile(r"^[^\d\s]{1,6}?市")


def name(text: str) -> str:
    """``张三`` → ``张*``, ``张三丰`` → ``张**``, ``欧阳修`` → ``欧阳*``; of other scripts the first letter of the first word: ``John Smith`` → ``J****``."""
    text = text.strip()
    if not text:
        return ""
    if not _HAN.fullmatch(text):
        return text[0] + STARS if len(text) > 1 else "*"
    if "·" in text:  # 买买提·艾力: the first letter, the rest unsaid
        return text[0] + STARS
    kept = 2 if len(text) > 2 and text[:2] in COMPOUND else 1
    return text[:kept] + "*" * (len(text) - kept) if len(text) > 1 else "*"


def id_number(text: str) -> str:
    """An identity number of 18 or 15 characters (GB 11643): the six of the division and the last four; of anything else the last two at most."""
    text = re.sub(r"[\s-]", "", text)
    if not text:
        return ""
    if re.fullmatch(r"\d{17}[\dXx]|\d{15}", text):
        return text[:6] + "*" * (len(text) - 10) + text[-4:]
    return STARS + (text[-2:] if len(text) >= 8 else "")


def phone(text: str) -> str:
    """``13812341234`` → ``138****1234``; other numbers keep their last four, short ones their last two or nothing."""
    digits = re.sub(r"\D", "", text)
    if not text.strip():
        return ""
    if len(digits) == 13 and digits.startswith("86"):
        digits = digits[2:]
    if re.fullmatch(r"1\d{10}", digits):
        return digits[:3] + STARS + digits[-4:]
    return STARS + (digits[-4:] if len(digits) >= 10 else digits[-2:] if len(digits) >= 7 else "")


def email(text: str) -> str:
    """``anna@x.com`` → ``a***@x.com``; what is no address is stars alone."""
    text = text.strip()
    if not text:
        return ""
    local, at, domain = text.rpartition("@")
    return f"{local[0] if len(local) > 1 else ''}***@{domain}" if at and local and domain else STARS


def address(text: str) -> str:
    """Down to the district or county: ``浙江省宁波市北仑区明州路301号`` → ``浙江省宁波市北仑区****``; where none is found, stars alone."""
    text = text.strip()
    if not text:
        return ""
    found = _DISTRICT.match(text)
    kept = found[0] if found else ""
    if kept and kept.endswith("市"):  # 县级市: 浙江省宁波市慈溪市
        county = _COUNTY_CITY.match(text[len(kept) :])
        kept += county[0] if county else ""
    return (kept if len(kept) < len(text) else "") + STARS


FORMS: dict[str, Callable[[str], str]] = {"name": name, "id_number": id_number, "phone": phone, "address": address, "email": email}


def mask(kind: str, value: Any) -> Any:
    """A value of a kind of personal data in its masked form, lists one by one; nothing stays nothing, an unknown kind shows nothing."""
    if value is None or value == "":
        return ""
    if isinstance(value, list | tuple):
        return [mask(kind, one) for one in value]
    if isinstance(value, dict):
        return STARS
    return FORMS[kind](str(value)) if kind in FORMS else STARS
