"""Adding an organisation to the tree: a branch, a section, an institute of the authority's own."""

from __future__ import annotations

import re

from django.db import IntegrityError, transaction

from jinzhi.kernel.orgs.load_tree import publish_list
from jinzhi.kernel.orgs.models import LEVELS, Org
from jinzhi.kernel.orgs.queries import forget_orgs
from jinzhi.kernel.refusals import Refusal, Refused
from jinzhi.kernel.text import Text

_CODE = re.compile(r"^[0-9A-Z]{2,16}$")


def add_org(*, code: str, parent: str, level: str, name_zh: str, name_en: str, short_zh: str = "", short_en: str = "") -> Org:
    """Add one organisation below another. :raises Refused: every fault at once, by field."""
    refusals: list[Refusal] = []
    above = Org.objects.filter(code=parent).first()
    if not _CODE.match(code):
        refusals.append(Refusal("code", Text("代码用 2 至 16 位数字和大写字母", "A code has 2 to 16 digits and capital letters"), "code"))
    elif Org.objects.filter(code=code).exists():
        refusals.append(Refusal("taken", Text(f"代码 {code} 已有机构使用", f"The code {code} is taken"), "code"))
    if above is None:
        refusals.append(Refusal("parent", Text(f"没有代码为 {parent} 的上级机构", f"There is no organisation {parent}"), "parent"))
    if level not in LEVELS:
        refusals.append(Refusal("level", Text(f"级别应为：{'、'.join(LEVELS)}", f"The level is one of: {', '.join(LEVELS)}"), "level"))
    if not name_zh.strip() or not name_en.strip():
        refusals.append(Refusal("name", Text("填写中文和英文名称", "Enter the name in Chinese and in English"), "name_zh"))
    if refusals or above is None:
        raise Refused(*refusals)
    try:
        with transaction.atomic():
            org = Org.objects.create(
                code=code, parent=above, level=level, path=f"{above.path}{code}/", name_zh=name_zh.strip(), name_en=name_en.strip(),
                short_zh=short_zh.strip(), short_en=short_en.strip(),
            )  # fmt: skip
            publish_list()
    except IntegrityError as error:  # somebody else was quicker, or the path grew too long
        raise Refused(Refusal("taken", Text(f"代码 {code} 已有机构使用", f"The code {code} is taken"), "code")) from error
    forget_orgs()
    return org
