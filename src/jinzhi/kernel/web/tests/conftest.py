"""The face on its own: no database, plain static files, the addresses of ``tests/urls.py``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent


@pytest.fixture(autouse=True)
def _own_world(settings: Any) -> Iterator[None]:
    from django.utils.translation import override

    from jinzhi.kernel.orgs import first_account
    from jinzhi.kernel.web.components import marks

    settings.ROOT_URLCONF = "jinzhi.kernel.web.tests.urls"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [HERE / "templates"]}]
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "whitenoise" not in name]
    marks._sprite.cache_clear()
    first_account.remember()
    with override("zh-hans"):  # a test client leaves the language of its last request behind
        yield
    first_account.remember(False)
    marks._sprite.cache_clear()
