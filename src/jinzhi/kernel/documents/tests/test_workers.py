"""Several signing workers as real processes on one database, one of them killed in the middle of a signature."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

MODULE = "jinzhi.kernel.documents.tests.signing_worker"


@pytest.fixture
def worker(fresh_database: Any, tmp_path: Path) -> Any:
    source = Path(__file__).resolve().parents[4]
    env = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "DATABASE_APP_URL")}
    env |= {"PYTHONPATH": str(source), "DJANGO_SETTINGS_MODULE": "jinzhi.site.settings", "JINZHI_SECRET_KEY": "only-for-tests"}
    env = fresh_database.for_app(env)

    def start(mode: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", MODULE, mode, str(tmp_path)], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    return start


def _finish(process: subprocess.Popen[str]) -> str:
    out, _ = process.communicate(timeout=120)
    return out.strip()


def test_workers_share_the_work_and_survive_a_kill(worker: Any, fresh_database: Any) -> None:
    assert _finish(worker("issue")) == "30"
    killed = worker("die")
    _finish(killed)
    assert killed.returncode == -9
    with psycopg.connect(fresh_database.owner, autocommit=True) as connection:
        leased = connection.execute("select count(*) from documents_document where sign_attempts = 1 and pdf_id is null").fetchone()
        assert leased is not None
        assert 0 < leased[0] <= 20
        # the lease of the dead runs out
        connection.execute("update documents_document set sign_next_at = now() where pdf_id is null")
        first, second = worker("sign"), worker("sign")
        done = [int(_finish(process)) for process in (first, second)]
        assert sum(done) == 24
        rows = connection.execute(
            "select count(pdf_id), count(distinct pdf_id), count(sign_error), count(*) filter (where pdf_id is null and sign_next_at > now()) "
            "from documents_document"
        ).fetchone()
        assert rows == (24, 24, 6, 6)
        assert connection.execute("select count(*) from documents_blob").fetchone() == (24,), "nothing was signed twice"
