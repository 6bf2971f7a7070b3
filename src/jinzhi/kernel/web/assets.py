"""Bundles: one style sheet and one script per shell, joined from the committed sources without any tool of another language.

A browser asks for two files instead of forty; the names are hashed later by ``collectstatic``. Sources are small files with one
component each. Style sheets are wrapped in cascade layers in the order of ``LAYERS``; script modules are joined into one module:
their ``import`` lines (only of each other) and the word ``export`` are taken out, so top-level names must be unique over all files.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

STATIC = Path(__file__).resolve().parent / "static" / "web"
BUILD = STATIC / "build"
LAYERS = ("tokens", "base", "components", "shells", "print")

_WORK_JS = ("core", "forms", "htmx", "dialog", "keyboard", "rows", "session", "autosave", "upload", "picker", "lines", "scroll", "people")
#: bundle name → (style sheet globs by layer, script modules in the order they are joined)
BUNDLES: dict[str, tuple[dict[str, tuple[str, ...]], tuple[str, ...]]] = {
    "work": (
        {
            "tokens": ("tokens.css",),
            "base": ("base.css",),
            "components": ("components/*.css",),
            "shells": ("shells/work.css", "shells/layouts.css", "shells/workbench.css"),
            "print": ("print.css",),
        },
        _WORK_JS,
    ),
    "public": (
        {
            "tokens": ("tokens.css",),
            "base": ("base.css",),
            "components": tuple(
                f"components/{name}.css"
                for name in (
                    "helpers", "demo", "panel", "button", "status_tag", "summary_list", "field", "error_summary", "notice", "verdict", "empty_state",
                    "data_table", "document_frame",
                )
            ),
            "shells": ("shells/public.css",),
            "print": ("print.css",),
        },
        ("core", "forms"),
    ),
}  # fmt: skip

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_IMPORT = re.compile(r"^import\s.*?;\n", re.MULTILINE | re.DOTALL)
_EXPORT = re.compile(r"^export\s+", re.MULTILINE)


def sources(bundle: str) -> list[Path]:
    """Every source file of a bundle, style sheets first."""
    sheets, scripts = BUNDLES[bundle]
    found = [path for layer in LAYERS for pattern in sheets[layer] for path in sorted((STATIC / "css").glob(pattern))]
    return found + [STATIC / "js" / f"{name}.js" for name in scripts]


def style(bundle: str) -> str:
    """The joined style sheet of a bundle."""
    sheets, _ = BUNDLES[bundle]
    parts = [f"@layer {','.join(LAYERS)};"]
    for layer in LAYERS:
        files = [path for pattern in sheets[layer] for path in sorted((STATIC / "css").glob(pattern))]
        css = "\n".join(_COMMENT.sub("", path.read_text("utf-8")) for path in files)
        # @page cannot stand in a layer of older browser cores
        pages = "".join(re.findall(r"@page[^}]*\}", css))
        css = re.sub(r"@page[^}]*\}", "", css)
        lines = "\n".join(line.strip() for line in css.splitlines() if line.strip())
        parts.append(f"{pages}@layer {layer}{{\n{lines}\n}}")
    return "\n".join(parts) + "\n"


def script(bundle: str) -> str:
    """The joined script module of a bundle."""
    parts = []
    for name in BUNDLES[bundle][1]:
        text = (STATIC / "js" / f"{name}.js").read_text("utf-8")
        text = _EXPORT.sub("", _IMPORT.sub("", text))
        # comments that fill whole lines help the reader of the source only
        lines = (line.strip() for line in re.sub(r"^\s*/\*\*.*?\*/\n", "", text, flags=re.MULTILINE | re.DOTALL).splitlines())
        parts.append("\n".join(line for line in lines if line and not line.startswith("//")))
    return "\n".join(parts) + "\n"


def _write(path: Path, text: str) -> None:
    """Put a file in place whole or not at all: several processes may start at once."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(temporary).chmod(0o644)
    Path(temporary).replace(path)


def build() -> list[Path]:
    """Write all bundles; returns the files written. Raises OSError when the folder cannot be written."""
    BUILD.mkdir(exist_ok=True)
    written = []
    for bundle in BUNDLES:
        for suffix, text in ((".css", style(bundle)), (".js", script(bundle))):
            path = BUILD / f"{bundle}{suffix}"
            _write(path, text)
            written.append(path)
    return written


def stale() -> bool:
    """Whether a bundle is missing or older than one of its sources (about a millisecond)."""
    try:
        oldest = min((BUILD / f"{name}{suffix}").stat().st_mtime for name in BUNDLES for suffix in (".css", ".js"))
        newest = max(path.stat().st_mtime for name in BUNDLES for path in sources(name))
    except FileNotFoundError:
        return True
    return max(newest, Path(__file__).stat().st_mtime) > oldest


def ensure() -> None:
    """Build when needed. On a read-only installation the bundles were built when it was made, so failure to write is no error."""
    if stale():
        try:
            build()
        except PermissionError:
            if not (BUILD / "work.css").exists():
                raise
