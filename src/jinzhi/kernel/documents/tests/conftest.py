"""Kinds of documents for these tests, instead of the modules' own."""

from __future__ import annotations

from collections.abc import Iterator
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


@pytest.fixture
def own_pages(sample_kinds: None, settings: Any) -> Iterator[None]:
    """This package's addresses and the frame's; somebody set the platform up; no collected files are needed to draw a page."""
    from jinzhi.kernel.orgs import first_account

    first_account.remember()
    settings.ROOT_URLCONF = "jinzhi.kernel.documents.tests.urls"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    yield
    first_account.remember(False)
