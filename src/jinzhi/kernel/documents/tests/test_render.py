"""What the templates draw: least, most and hostile content, page images, PDF/A, characters no font has."""

from __future__ import annotations

import io
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from jinzhi.kernel.documents import content, render
from jinzhi.kernel.documents.tests.samples import CERTIFICATE_FULL, HOSTILE, INSTRUMENT_FULL, LEAST, TEMPLATES, sample_facts
from jinzhi.kernel.refusals import Refused


def _text(data: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


def _squeezed(text: str) -> str:
    return "".join(text.split()).replace("\u200b", "")


@pytest.mark.parametrize(("template", "full"), TEMPLATES)
def test_least_content_draws_on_one_page(template: Path, full: dict[str, Any]) -> None:
    found, digest = sample_facts(LEAST, signatories=[])
    assert len(PdfReader(io.BytesIO(render.pdf(template, found, digest))).pages) == 1


@pytest.mark.parametrize(("template", "full"), TEMPLATES)
def test_most_content_draws_every_part(template: Path, full: dict[str, Any]) -> None:
    found, digest = sample_facts(full)
    data = render.pdf(template, found, digest)
    text = _squeezed(_text(data))
    for words in ("330200211004392", "卫生证书", "示例检验局", "方若水"):
        assert words in text
    shown = (
        ["XS0", "XS59", "12,000.00", "REPLACEMENT", "A0417732"]
        if full is CERTIFICATE_FULL
        else ["温度高于限量", "申请复验", "港务局", "送达回证"]
    )
    for words in shown:
        assert words in text
    assert len(PdfReader(io.BytesIO(data)).pages) > 1


def test_file_claims_pdf_a_2b_and_carries_the_digest() -> None:
    found, digest = sample_facts(CERTIFICATE_FULL)
    data = render.pdf(content.CERTIFICATE, found, digest)
    reader = PdfReader(io.BytesIO(data))
    xmp = reader.xmp_metadata
    assert xmp is not None
    raw = xmp.stream.get_data().decode()
    assert "pdfaid:part>2<" in raw
    assert "pdfaid:conformance>B<" in raw
    assert reader.metadata is not None
    assert f"sha256:{digest}" in str(reader.metadata.get("/Keywords"))
    assert all(b"/FontFile" in data or b"/FontFile3" in data for _ in reader.pages), "fonts are embedded"


def test_the_same_facts_give_the_same_bytes() -> None:
    found, digest = sample_facts(CERTIFICATE_FULL)
    assert render.pdf(content.CERTIFICATE, found, digest) == render.pdf(content.CERTIFICATE, found, digest)


@pytest.mark.parametrize(("template", "full"), TEMPLATES)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_only_text(template: Path, full: dict[str, Any], hostile: str) -> None:
    pair = {"zh": hostile, "en": hostile[:2000]}
    row = {"label": pair, "value": pair}
    least = {"rows": [row, {**row, "half": True}], "tables": [{"columns": [{"title": pair}], "rows": [[pair]]}]}
    if template == content.CERTIFICATE:
        least |= {"sections": [{"heading": pair, "paragraphs": [pair]}], "place": "甲"}
    else:
        least |= {"paragraphs": [pair], "items": [{"text": pair, "basis": pair}], "addressee": pair, "closing": [pair]}
    found, digest = sample_facts(least)
    if "\u0301" in hostile:  # the joiners and ligatures of this one: drawn, or named if no font here has them
        with suppress(Refused):
            assert render.pdf(template, found, digest).startswith(b"%PDF")
        return
    data = render.pdf(template, found, digest)
    reader = PdfReader(io.BytesIO(data))
    assert all(round(float(page.mediabox.width)) == 595 for page in reader.pages)
    if hostile.startswith("#read"):
        text = _squeezed(_text(data))
        assert "#read(" in text
        assert "root:" not in text
    if hostile.startswith('"}'):
        assert "伪造" not in str(reader.metadata)


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")
def test_long_runs_stay_on_the_sheet(tmp_path: Path) -> None:
    """Another program finds every letter of a run without spaces inside the page's width."""
    found, digest = sample_facts({"rows": [{"label": "x", "value": "a" * 5000}]})
    file = tmp_path / "long.pdf"
    file.write_bytes(render.pdf(content.CERTIFICATE, found, digest))
    boxes = subprocess.run(["pdftotext", "-bbox", str(file), "-"], capture_output=True, text=True, check=True).stdout
    lefts = [float(part.split('"')[1]) for part in boxes.split("xMax=")[1:] for part in [f"={part}"]]
    assert max(lefts) <= 595.3 - 14.5 * 2.83
    assert boxes.count("a") > 5000


def test_a_character_without_glyph_is_named_with_its_place() -> None:
    found, digest = sample_facts({"rows": [{"label": "姓名", "value": {"zh": "王𪚥", "en": "Wang"}}]})
    with pytest.raises(Refused) as caught:
        render.pdf(content.CERTIFICATE, found, digest)
    refusal = caught.value.refusals[0]
    assert refusal.code == "document_glyph"
    assert refusal.data["code"] == "U+2A6A5"
    assert "U+2A6A5" in refusal.message.zh
    assert "𪚥" in refusal.message.en
    assert refusal.field == "content.rows.1.value.zh"
    assert len(render.pages(content.CERTIFICATE, found, digest)) == 1, "the screen still shows the sheet"


def test_control_characters_are_named_by_code() -> None:
    found, digest = sample_facts({"rows": [{"label": "x", "value": "a\x01b"}]})
    with pytest.raises(Refused) as caught:
        render.pdf(content.CERTIFICATE, found, digest)
    assert "U+0001" in caught.value.refusals[0].message.zh


def test_line_breaks_of_all_kinds_are_drawn() -> None:
    found, digest = sample_facts({"sections": [{"paragraphs": ["第一行\r\n第二行\r第三行\n第四行"]}]})
    assert "第四行" in _text(render.pdf(content.CERTIFICATE, found, digest))


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_page_images_are_kept_by_digest(kind: Any) -> None:
    found, digest = sample_facts(INSTRUMENT_FULL)
    first = render.pages(content.INSTRUMENT, found, digest, kind)
    assert len(first) >= 2
    assert first[0].startswith(b"<svg" if kind == "svg" else b"\x89PNG")
    assert render.pages(content.INSTRUMENT, found, digest, kind) is first


def test_overprinting_draws_the_data_without_head_and_labels() -> None:
    found, digest = sample_facts(CERTIFICATE_FULL)
    whole = render.pages(content.CERTIFICATE, found, digest, "svg")
    data_only = render.pages(content.CERTIFICATE, found, digest, "svg", (2.0, -1.0))
    assert len(data_only[0]) < len(whole[0])


def test_seals_of_any_length_draw() -> None:
    for length in range(26):
        found, digest = sample_facts({"seal": "检" * length})
        assert render.pages(content.CERTIFICATE, found, digest)


def test_the_printed_address_and_the_code_agree(settings: Any) -> None:
    settings.JINZHI_PUBLIC_URL = "https://check.example/base/"
    assert render.verify_address("330 2001") == "check.example/base/v/3302001"
    assert render.verify_url("甬检 1", "abcdef0123456789") == "https://check.example/base/v/%E7%94%AC%E6%A3%80%201?d=abcdef01"


@pytest.mark.parametrize(
    ("template", "wrong", "place"),
    [
        (content.CERTIFICATE, {"rows": [{"label": "x"}]}, "rows.0.value"),
        (content.CERTIFICATE, {"tables": [{"columns": [{"title": "a"}], "rows": [["1", "2"]]}]}, "tables.0"),
        (content.CERTIFICATE, {"seal": "检" * 26}, "seal"),
        (content.INSTRUMENT, {"paragrphs": []}, "paragrphs"),
    ],
)
def test_content_that_does_not_fit_is_refused_with_its_place(template: Path, wrong: dict[str, Any], place: str) -> None:
    found, digest = sample_facts(wrong)
    with pytest.raises(Refused) as caught:
        render.pdf(template, found, digest)
    assert caught.value.refusals[0].field == place


def test_claims_fall_back_to_key_rows_then_to_the_first_rows() -> None:
    assert [row.label.zh for row in content.claims(CERTIFICATE_FULL)] == ["品名"]
    assert [row.label.zh for row in content.claims({**CERTIFICATE_FULL, "claims": []})] == ["发货人", "收货人", "品名", "重量"]
    assert [row.label.zh for row in content.claims(INSTRUMENT_FULL)] == ["品名", "重量"]
    assert content.claims({"rows": "not rows of ours"[:0]}) == []
