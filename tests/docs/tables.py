"""The tables of a page, by the comment `<!-- table: NAME -->` above each."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

_MARK = re.compile(r"<!-- table: ([a-z-]+) -->\n((?:\|.*\n)+)")


def tables(path: Path) -> dict[str, list[list[str]]]:
    """Rows of each marked table without its head; cells as written."""
    found: dict[str, list[list[str]]] = {}
    for name, text in _MARK.findall(path.read_text()):
        assert name not in found, f"two tables are called {name}"
        lines = text.strip().split("\n")
        assert set(lines[1]) <= set("|- "), f"{name} has no head"
        found[name] = [[cell.strip() for cell in line[1:-1].split(" |")] for line in lines[2:]]
    assert len(found) == path.read_text().count("<!-- table:"), "a marked table is not read"
    return found
