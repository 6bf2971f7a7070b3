"""Public reference files lie beside the repository on some machines only; a test that needs one says which it did not read."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[6] / "shared" / "data" / "reference"


def reference(name: str) -> Path:
    """The reference file or folder; skips the test, naming it, where it is absent."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"reference data absent, not read: ../shared/data/reference/{name}")
    return path
