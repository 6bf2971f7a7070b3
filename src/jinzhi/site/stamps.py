"""What was last prepared, so that a second start does not do it again.

A stamp is the digest of the files a step depends on. Stamps of the database's content live in the database itself (table
``jinzhi_stamp``): a restored backup brings its own along, and the next start migrates it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import psycopg

from jinzhi.site.datadir import ROOT

SOURCE = ROOT / "src" / "jinzhi"


def digest(files: Iterable[Path]) -> str:
    """Digest of the files' names and contents."""
    total = hashlib.sha256()
    for file in sorted(files):
        total.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return total.hexdigest()


def _lock() -> Path:
    return ROOT / "requirements" / "base.txt"


def _sources(*names: str) -> list[Path]:
    """Files below folders called ``names`` anywhere in the source."""
    found = (file for name in names for folder in SOURCE.rglob(name) if folder.is_dir() for file in folder.rglob("*"))
    return [file for file in found if file.is_file() and file.suffix != ".pyc" and "build" not in file.parts]


def database_digest() -> str:
    """Of all that ends up in the database: migrations, code lists, the organisation tree, processes, grants, the lock file."""
    grants = [file for name in ("grants.py", "roles.py", "bootstrap.py", "load.py", "load_tree.py") for file in SOURCE.rglob(name)]
    return digest({*_sources("migrations", "sql", "data", "codes", "processes", "decisions"), *grants, _lock()})


def assets_digest() -> str:
    """Of all that ends up among the static files."""
    return digest({*_sources("static", "assets"), *SOURCE.rglob("assets.py"), _lock()})


def read(connection: psycopg.Connection) -> dict[str, str]:
    """All stamps of a database; makes the table when it is new (as the owner)."""
    connection.execute(
        "CREATE TABLE IF NOT EXISTS jinzhi_stamp (name text PRIMARY KEY, value text NOT NULL, at timestamptz NOT NULL DEFAULT now())"
    )
    return dict(connection.execute("SELECT name, value FROM jinzhi_stamp").fetchall())


def write(connection: psycopg.Connection, name: str, value: str) -> None:
    connection.execute(
        "INSERT INTO jinzhi_stamp (name, value) VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = now()",
        (name, value),
    )


def clear(url: str, name: str) -> None:
    """Forget a stamp: the next start looks again."""
    with psycopg.connect(url, autocommit=True) as connection:
        read(connection)
        connection.execute("DELETE FROM jinzhi_stamp WHERE name = %s", (name,))
