"""``./jinzhi bench NAME``: runs ``bench/NAME.py`` against a throw-away database, or the one of ``DATABASE_URL``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from jinzhi.kernel.text import Text
from jinzhi.site import database
from jinzhi.site.console import Stop, say
from jinzhi.site.datadir import ROOT, DataDir

FOLDER = ROOT / "bench"


def names() -> list[str]:
    return sorted(file.stem for file in FOLDER.glob("*.py") if not file.stem.startswith("_"))


def bench(name: str, *, quick: bool, json: Path | None) -> int:
    """Run one benchmark with durable settings on fresh data; its exit code is ours.

    The script finds ``DATABASE_URL`` (owner) and ``DATABASE_APP_URL`` (application) of a migrated database with reference data,
    and gets ``--quick`` and ``--json FILE`` passed on.
    """
    if name not in names():
        listed = ", ".join(names()) or "-"
        if not name:
            say(listed)
            return 0
        raise Stop(Text(f"没有名为 {name} 的测量；现有：{listed}。", f"There is no benchmark {name}; there are: {listed}."))
    target = json.resolve() if json else None
    # Under the data folder's disk, not /tmp: that may be memory, and the figures would flatter.
    (ROOT / "var").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / "var"))
    try:
        data = DataDir(folder)
        with database.borrowed(data) as addresses:
            env = data.environment()
            prepared = subprocess.run([sys.executable, "-m", "jinzhi.site.bootstrap", "database"], env=addresses.for_owner(env), cwd=ROOT)
            if prepared.returncode:
                return prepared.returncode
            command = [sys.executable, str(FOLDER / f"{name}.py")]
            command += ["--quick"] if quick else []
            command += ["--json", str(target)] if target else []
            both = addresses.for_app(addresses.for_owner(env)) | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
            return subprocess.run(command, env=both, cwd=ROOT).returncode
    finally:
        shutil.rmtree(folder, ignore_errors=True)
