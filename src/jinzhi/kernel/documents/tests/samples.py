"""Contents the tests draw: as little and as much as the shared templates take, and what an attacker would send."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from jinzhi.kernel.documents import canonical
from jinzhi.kernel.documents.commands import DocumentDraft
from jinzhi.kernel.documents.content import CERTIFICATE, INSTRUMENT
from jinzhi.kernel.documents.facts import facts
from jinzhi.kernel.modules import DocumentKind
from jinzhi.kernel.text import Text

ZONE = dt.timezone(dt.timedelta(hours=8))
ISSUED = dt.datetime(2011, 11, 23, 9, 32, tzinfo=ZONE)
ORG = Text("示例检验局", "Sample Inspection Bureau")
LEAST: dict[str, Any] = {}
CERTIFICATE_FULL: dict[str, Any] = {
    "mark": {"zh": "更改", "en": "REPLACEMENT"},
    "place": {"zh": "宁波", "en": "Ningbo"},
    "seal": "示例检验局证书专用章",
    "serial": "A 0417732",
    "rows": [
        {"label": {"zh": "发货人", "en": "Consignor"}, "value": {"zh": "象山海产加工厂", "en": "Xiangshan Seafood Plant"}, "key": True},
        {"label": {"zh": "收货人", "en": "Consignee"}, "value": {"en": "Congelados Ribalta S.L., Valencia"}, "key": True},
        {"label": {"zh": "品名", "en": "Goods"}, "value": {"zh": "单冻虾仁", "en": "IQF peeled shrimps"}, "half": True, "key": True},
        {"label": {"zh": "重量", "en": "Weight"}, "value": {"zh": "12,000.00 千克", "en": "12,000.00 kg"}, "half": True, "key": True},
        {"label": "温度", "value": "≤ −18 ℃", "half": True},
    ],
    "tables": [
        {
            "caption": {"zh": "批次", "en": "Lots"},
            "columns": [
                {"title": {"zh": "批次", "en": "Lot"}},
                {"title": "规格"},
                {"title": {"zh": "净重", "en": "Net"}, "align": "right"},
            ],
            "rows": [[f"XS{n}", "100/200", "7,000.00"] for n in range(60)],
            "total": [{"zh": "合计", "en": "Total"}, "", "12,000.00"],
        }
    ],
    "sections": [
        {
            "heading": {"zh": "检验结果", "en": "Results"},
            "paragraphs": [{"zh": "上述货物符合要求。", "en": "The goods meet the requirements."}] * 12,
        }
    ],
    "claims": [{"label": {"zh": "品名", "en": "Goods"}, "value": {"zh": "单冻虾仁", "en": "IQF peeled shrimps"}}],
}
INSTRUMENT_FULL: dict[str, Any] = {
    "addressee": {"zh": "海川食品有限公司", "en": "Haichuan Foods Co., Ltd."},
    "paragraphs": [{"zh": "经检验，有 2 项不符合要求，现通知如下。", "en": "Two findings."}] * 3,
    "rows": [{"label": "品名", "value": "冷冻去骨牛肉", "half": True}, {"label": "重量", "value": "24,180.00 千克", "half": True}],
    "tables": [{"columns": [{"title": "项目"}, {"title": "结果", "align": "center"}], "rows": [["温度", "−12 ℃"]]}],
    "items": [
        {
            "text": {"zh": "温度高于限量", "en": "Too warm"},
            "basis": "第 4.2 条",
            "remedy": {"zh": "退回", "en": "Return"},
            "due": "2011-12-14",
        },
        {"text": "批次不一致"},
    ],
    "closing": [{"zh": "不服的，可以在 15 日内申请复验。", "en": "You may apply for re-inspection."}],
    "contact": "林晓岚，0574-8700 0000",
    "attachments": ["结果单", {"zh": "照片", "en": "Photos"}],
    "copy_to": "港务局",
    "mark": "补发",
    "seal": "示例局",
    "receipt": True,
    "claims": [],
}
HOSTILE = (
    '#read("/etc/passwd") #import "x" $x$ *b* _i_ `raw` <label> @ref \\ " \' {{ }} ]] ) #}',
    '"}, "org": {"zh": "伪造"}',
    "=" * 40 + "\n= heading\n- list\n+ enum\n/ term: x",
    "//comment /* block */ https://example.org ~ -- --- ... \\u{41}",
    "a" * 5000,
    "长" * 5000,
    "</script><script>alert(1)</script>&amp;",
    "e\u0301 \u200d \ufeff ﬁ ½ ①",
)


def kinds() -> dict[str, DocumentKind]:
    """A signed certificate, a signed notice and a slip without signature."""

    def none(_: Any) -> dict[int, dict[str, Any]]:
        return {}

    return {
        "cert": DocumentKind("cert", Text("卫生证书", "Sanitary certificate"), CERTIFICATE, none, signed=True),
        "notice": DocumentKind("notice", Text("处理通知书", "Notice of treatment"), INSTRUMENT, none, signed=True),
        "slip": DocumentKind("slip", Text("受理单", "Receipt"), INSTRUMENT, none),
    }


def sample_facts(content: dict[str, Any], **other: Any) -> tuple[dict[str, Any], str]:
    """Facts of a document with this content, and their digest."""
    given: dict[str, Any] = {
        "kind": "cert",
        "number": "330200211004392",
        "version": 1,
        "copy": "",
        "title": Text("卫生证书", "Sanitary certificate"),
        "org_code": "380000",
        "org_name": ORG,
        "issued_at": ISSUED,
        "signatories": [{"zh": "方若水", "en": "Fang Ruoshui"}],
        "valid_until": None,
        "content": content,
    } | other
    found = facts(**given)
    return found, canonical.digest(canonical.encode(found))


def draft(number: str, content: dict[str, Any] | None = None, kind: str = "cert", **other: Any) -> DocumentDraft:
    """A draft of a public certificate."""
    given: dict[str, Any] = {
        "case_id": 7,
        "lane": "",
        "title": kinds()[kind].title,
        "org_code": "no-such-org",
        "org_name": ORG,
        "issued_at": ISSUED,
        "issued_by": 0,
        "signatories": [{"zh": "方若水", "en": "Fang Ruoshui", "role": {"zh": "签证官", "en": "Certifying officer"}}],
        "public": True,
    } | other
    return DocumentDraft(kind=kind, number=number, content=CERTIFICATE_FULL if content is None else content, **given)


TEMPLATES: tuple[tuple[Path, dict[str, Any]], ...] = ((CERTIFICATE, CERTIFICATE_FULL), (INSTRUMENT, INSTRUMENT_FULL))
