"""Writes what is committed about the API: `python -m api.freeze [--check]` makes api/openapi.json and docs/problems.md.

A change of the API then shows in a review as a change of these files; `--check` fails when they are not up to date.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from api.app import build
from api.openapi import describe
from api.problem_pages import problems_markdown

_ROOT = Path(__file__).resolve().parents[1]


def frozen() -> dict[Path, str]:
    """Each file with what it must hold."""
    description = json.dumps(describe(build(https=False)), ensure_ascii=False, indent=1, sort_keys=True)
    return {
        _ROOT / "api" / "openapi.json": description + "\n",
        _ROOT / "docs" / "problems.md": problems_markdown(),
    }


def main(arguments: list[str] | None = None) -> int:
    """Writes the files, or compares them; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m api.freeze", description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check = parser.parse_args(arguments).check
    stale = [path for path, text in frozen().items() if not path.exists() or path.read_text("utf-8") != text]
    for path in stale:
        if check:
            sys.stderr.write(f"{path.relative_to(_ROOT)} is not up to date: run python -m api.freeze\n")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(frozen()[path], "utf-8")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
