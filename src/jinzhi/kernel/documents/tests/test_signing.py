"""Signatures: made, checked, checked by another program, broken by one byte; keys made once by many processes."""

from __future__ import annotations

import io
import multiprocessing
import os
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from jinzhi.kernel.documents import content, pki, render, signing
from jinzhi.kernel.documents.tests.samples import CERTIFICATE_FULL, ORG, sample_facts


@pytest.fixture
def data_dir(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def drawn() -> bytes:
    return render.pdf(content.CERTIFICATE, *sample_facts(CERTIFICATE_FULL))


def _sign(data: bytes, code: str = "380000") -> bytes:
    return signing.sign(data, org_code=code, org_zh=ORG.zh, org_en=ORG.en, reason="卫生证书 330200211004392")


def _ok(found: list[signing.Fact]) -> dict[str, bool | None]:
    return {fact.code: fact.ok for fact in found}


def test_a_signed_file_is_valid_whole_and_by_its_organisation(data_dir: Path, drawn: bytes) -> None:
    signed = _sign(drawn)
    assert signed.startswith(drawn), "the drawn file stays as it was, the signature is appended"
    found = signing.verify(signed)
    assert _ok(found) == {"signed": True, "intact": True, "whole": True, "trusted": True, "signer": None, "time": None}
    assert signing.is_valid(found)
    signer = next(fact for fact in found if fact.code == "signer")
    assert ORG.zh in signer.text.zh
    assert "演示" in signer.text.zh, "a demonstration key says so"


def test_every_flipped_byte_is_found(data_dir: Path, drawn: bytes) -> None:
    signed = _sign(drawn)
    places = [*range(20, len(signed), len(signed) // 60), len(drawn) + 400, len(signed) - 30, signed.rindex(b"000>")]
    for place in places:
        broken = bytearray(signed)
        broken[place] ^= 0x01
        assert not signing.is_valid(signing.verify(bytes(broken))), f"byte {place}"


def test_something_added_after_signing_is_found(data_dir: Path, drawn: bytes) -> None:
    signed = _sign(drawn)
    twice = _ok(signing.verify(signed + b"\n% something else\n"))
    assert twice["whole"] is False or twice["intact"] is False


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"not a pdf at all", b"%PDF-1.7\n" + b"\x00" * 500])
def test_rubbish_is_a_fact_not_an_error(data_dir: Path, data: bytes) -> None:
    assert not signing.is_valid(signing.verify(data))


def test_an_unsigned_file_is_not_valid(data_dir: Path, drawn: bytes) -> None:
    assert _ok(signing.verify(drawn)) == {"signed": False}


def test_a_signature_of_somebody_elses_root_is_not_trusted(settings: Any, tmp_path: Path, drawn: bytes) -> None:
    settings.DATA_DIR = tmp_path / "a"
    foreign = _sign(drawn)
    settings.DATA_DIR = tmp_path / "b"
    _sign(drawn)
    assert _ok(signing.verify(foreign)) | {"signer": None} == {
        "signed": True, "intact": True, "whole": True, "trusted": False, "signer": None, "time": None,
    }  # fmt: skip


def test_a_key_of_the_deployer_comes_before_the_demonstration(data_dir: Path, drawn: bytes) -> None:
    _sign(drawn)
    demo = data_dir / "pki" / "demo" / "380000"
    own = data_dir / "pki" / "orgs" / "440000"
    shutil.copytree(demo, own)
    assert pki.key_for("440000", "甲", "A").demo is False
    assert pki.key_for("450000", "甲", "A").demo is True
    shutil.copytree(demo, data_dir / "pki" / "platform")
    assert pki.key_for("450000", "甲", "A").demo is False


def test_keys_are_readable_by_their_owner_only(data_dir: Path, drawn: bytes) -> None:
    _sign(drawn)
    keys = list((data_dir / "pki").rglob("key.pem"))
    assert len(keys) == 2
    assert all(stat.S_IMODE(key.stat().st_mode) == 0o600 for key in keys)
    assert stat.S_IMODE((data_dir / "pki").stat().st_mode) == 0o700


def test_an_organisations_code_cannot_leave_its_folder(data_dir: Path) -> None:
    files = pki.key_for("../../etc", "甲", "A")
    assert (data_dir / "pki" / "demo") in files.key.parents


def _make(folder: str, queue: Any) -> None:
    from django.test.utils import override_settings

    with override_settings(DATA_DIR=Path(folder)):
        files = pki.key_for("380000", "示例", "Sample")
        queue.put((files.cert.read_bytes(), files.chain[0].read_bytes()))


def test_many_processes_make_one_key(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    processes = [context.Process(target=_make, args=(str(tmp_path), queue)) for _ in range(6)]
    for process in processes:
        process.start()
    made = {queue.get(timeout=30) for _ in processes}
    for process in processes:
        process.join(10)
    assert len(made) == 1
    assert not list((tmp_path / "pki").rglob(".new-*"))


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="poppler-utils is not installed")
def test_another_program_finds_the_signature_good(data_dir: Path, drawn: bytes, tmp_path: Path) -> None:
    file = tmp_path / "signed.pdf"
    file.write_bytes(_sign(drawn))
    home = os.environ | {"HOME": str(tmp_path)}
    said = subprocess.run(["pdfsig", str(file)], capture_output=True, text=True, env=home).stdout
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said
    broken = bytearray(file.read_bytes())
    broken[len(drawn) // 2] ^= 1
    file.write_bytes(bytes(broken))
    said = subprocess.run(["pdfsig", str(file)], capture_output=True, text=True, env=home).stdout
    assert "Signature is Valid" not in said


def test_the_signed_file_is_still_pdf_a_with_an_invisible_printed_field(data_dir: Path, drawn: bytes) -> None:
    before, reader = PdfReader(io.BytesIO(drawn)), PdfReader(io.BytesIO(_sign(drawn)))
    assert before.xmp_metadata is not None
    assert reader.xmp_metadata is not None
    assert reader.xmp_metadata.stream.get_data() == before.xmp_metadata.stream.get_data(), "signing does not touch the PDF/A claim"
    fields = [note.get_object() for page in reader.pages for note in page.get("/Annots", [])]
    seals = [field for field in fields if field.get("/FT") == "/Sig"]
    assert len(seals) == 1
    assert [float(x) for x in seals[0]["/Rect"]] == [0, 0, 0, 0]
    assert int(seals[0]["/F"]) & 0b110 == 0b100, "printed, not hidden: what PDF/A asks"
