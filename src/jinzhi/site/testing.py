"""``./jinzhi test``: linters, types, import contracts, then the tests on a throw-away database of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from jinzhi.kernel.text import Text
from jinzhi.site.console import Step, complain, say
from jinzhi.site.datadir import ROOT

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FAST = "not slow and not browser"


def test(arguments: list[str]) -> int:
    """``--fast`` leaves out what is slow or needs a browser; other arguments go to pytest. 0 when everything holds."""
    fast = "--fast" in arguments
    rest = [word for word in arguments if word != "--fast"]
    failed = [name for name, command in checks() if not check(name, command)]
    env = dict(os.environ)
    if not fast:
        tools(env)
    if failed:  # said before the tests, whose own summary is the last line
        complain(Text(f"检查未通过：{'、'.join(failed)}；仍继续测试", f"checks failed: {', '.join(failed)} (see above); the tests run all the same"))
    code = run_pytest([*(["-m", FAST] if fast else []), *rest], env)
    return code or (1 if failed else 0)


def checks() -> list[tuple[str, list[str]]]:
    python = sys.executable
    tool = Path(python).parent
    return [
        ("ruff", [python, "-m", "ruff", "check", "--quiet", "."]),
        ("mypy", [python, "-m", "mypy", "--no-error-summary"]),
        ("import contracts", [str(tool / "lint-imports")]),
    ]


def check(name: str, command: list[str]) -> bool:
    """Run one check; its output is shown only when it fails."""
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "jinzhi.site.settings", "JINZHI_SECRET_KEY": "check"}
    started = time.monotonic()
    with Step(Text(name, name)) as step:
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    if done.returncode:
        print(done.stdout + done.stderr, flush=True)
        complain(Text(f"{name} 未通过", f"{name} failed"))
    elif not step.shown:
        say(f"  {name}  {time.monotonic() - started:.0f}s")
    return done.returncode == 0


def tools(env: dict[str, str]) -> None:
    """Chromium, a Chinese font and poppler for the browser and document tests: installed as root, asked for otherwise."""
    wanted = {
        "chromium": any(shutil.which(name) for name in BROWSERS),
        "poppler-utils": shutil.which("pdftoppm") is not None,
        "fonts-noto-cjk": bool(shutil.which("fc-list")) and "CJK" in _output(["fc-list", ":lang=zh"]),
    }
    missing = [name for name, there in wanted.items() if not there]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        with Step(Text(f"安装 {' '.join(missing)}", f"installing {' '.join(missing)}")):
            quiet = {**env, "DEBIAN_FRONTEND": "noninteractive"}
            _output(["apt-get", "update", "-qq"], quiet)
            _output(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing], quiet)
        missing = [name for name in missing if name == "chromium" and not any(shutil.which(each) for each in BROWSERS)]
    if missing:
        complain(
            Text(
                f"浏览器测试缺少工具，将跳过；请安装：sudo apt install {' '.join(missing)}",
                f"the browser tests lack tools and will be skipped; install them with: sudo apt install {' '.join(missing)}",
            )
        )
    browser = next(filter(None, (shutil.which(name) for name in BROWSERS)), None)
    if browser:
        env["JINZHI_CHROMIUM"] = browser


def _output(command: list[str], env: dict[str, str] | None = None) -> str:
    return subprocess.run(command, capture_output=True, text=True, env=env).stdout


def run_pytest(arguments: list[str], env: dict[str, str]) -> int:
    """pytest in parallel; its fixtures start a database of their own (``conftest.py``)."""
    parallel = [] if any(word.startswith("-n") for word in arguments) else ["-n", "2", "--dist", "loadscope"]
    return subprocess.run([sys.executable, "-m", "pytest", *parallel, *arguments], cwd=ROOT, env=env).returncode
