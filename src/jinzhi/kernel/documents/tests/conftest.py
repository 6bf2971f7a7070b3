"""Kinds of documents for these tests, instead of the modules' own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def sample_kinds(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    """A signed certificate, a signed notice and a slip; keys in a folder of the test; the public address check.example."""
    from jinzhi.kernel.documents.tests import samples

    for module in ("commands", "signer", "pages"):
        monkeypatch.setattr(f"jinzhi.kernel.documents.{module}.kinds", samples.kinds)
    settings.DATA_DIR = tmp_path
    settings.JINZHI_PUBLIC_URL = "https://check.example"
