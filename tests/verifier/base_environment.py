"""`sceau-verify` as a stranger has it: a process that can import the base dependencies and nothing else.

`python -I -S` reads no site-packages, no PYTHONPATH and no working folder. Its one path is a folder of links to
the packages that the base dependencies name, followed to their own dependencies, and to `verifier` alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
_START = "import sys; sys.path.append(sys.argv.pop(1)); from verifier.__main__ import main; main()"


def build(folder: Path) -> Path:
    """Fills `folder` with the links."""
    for name in sorted(closure("sceau") - {"sceau"}):
        dist = distribution(name)
        tops = {Path(file).parts[0] for file in dist.files or () if not str(file).startswith("..")}
        for top in tops - {"__pycache__"}:
            link = folder / top
            if not link.exists():
                link.symlink_to(Path(str(dist.locate_file(top))))
    (folder / "verifier").symlink_to(ROOT / "verifier")
    return folder


def closure(root: str) -> set[str]:
    """Names of a distribution and all that it needs without extras."""
    found: set[str] = set()
    waiting: list[tuple[str, frozenset[str]]] = [(root, frozenset())]
    while waiting:
        name, extras = waiting.pop()
        name = canonicalize_name(name)
        if name in found and not extras:
            continue
        found.add(name)
        for line in distribution(name).requires or ():
            needed = Requirement(line)
            wanted = [{"extra": extra} for extra in extras] or [{"extra": ""}]
            if needed.marker is None or any(needed.marker.evaluate(values) for values in wanted):
                waiting.append((needed.name, frozenset(needed.extras)))
    return found


def python(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Runs a line of Python in the environment."""
    start = f"import sys; sys.path.append({str(folder)!r}); {code}"
    return subprocess.run([sys.executable, "-I", "-S", "-c", start], capture_output=True, text=True, check=False)


def sceau_verify(
    folder: Path, *arguments: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs the command; the environment names no policy and no language unless told."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-I", "-S", "-X", "utf8", "-c", _START, str(folder), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**kept, "HOME": str(folder), **(env or {})},
        timeout=60,
        check=False,
    )
