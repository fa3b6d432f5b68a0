"""A sheet as aligned plain text. Every mark is a symbol and a word; colour comes on top, on a terminal only."""

from __future__ import annotations

import textwrap
from typing import Final

from verifier.present import Mark, Row, Sheet
from verifier.wording import Lang, pick

SYMBOLS: Final[dict[Mark, str]] = {
    "current": "✓",
    "as_of": "◷",
    "cannot_tell": "?",
    "forged": "✗",
    "not_sealed_file": "✗",
    "malformed": "!",
}
OUTCOME_SYMBOLS: Final = {"passed": "✓", "failed": "✗", "skipped": "·"}

_COLOURS: Final[dict[Mark, str]] = {
    "current": "32", "as_of": "34", "cannot_tell": "33", "forged": "31", "not_sealed_file": "31", "malformed": "33",
}  # fmt: skip


def render_text(sheet: Sheet, source: str, lang: Lang, *, colour: bool, width: int = 100) -> str:
    """The sheet of one input, whose name is `source`; ends with a newline."""
    width = max(40, min(width, 110))
    lines = [_paint(source, "1", colour)]
    head = f"{SYMBOLS[sheet.mark]} {sheet.headline.upper()}"
    lines += ["", "  " + _paint(head, f"1;{_COLOURS[sheet.mark]}", colour)]
    lines += _wrapped(sheet.reason, "    ", "    ", width)
    for warning in sheet.warnings:
        lines += ["", *_wrapped(warning, "  ! ", "    ", width)]
    if sheet.advice:
        lines += ["", "  " + _paint(pick(("What to do", "Que faire"), lang), "1", colour)]
        for item in sheet.advice:
            lines += _wrapped(item, "  → ", "    ", width)
    names = [len(row.name) for section in sheet.sections for row in section.rows]
    column = max(names, default=0)
    for section in sheet.sections:
        lines += ["", "  " + _paint(section.title, "1", colour)]
        for row in section.rows:
            lines += _row(row, column, width)
    if sheet.checks:
        lines += ["", "  " + _paint(pick(("The checks", "Les vérifications"), lang), "1", colour)]
        colon = pick(("", " "), lang)
        for check in sheet.checks:
            line = f"{OUTCOME_SYMBOLS[check.outcome]} {check.step:>2}  {check.title}{colon}: {check.word}"
            lines += _wrapped(line, "    ", "          ", width)
            if check.detail:
                lines += _wrapped(check.detail, "          ", "          ", width)
    return "\n".join(lines) + "\n"


def _row(row: Row, column: int, width: int) -> list[str]:
    mark = "!" if row.warn else " "
    return _wrapped(row.value, f"  {mark} {row.name:<{column}}  ", " " * (column + 6), width)


def _wrapped(text: str, first: str, rest: str, width: int) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False, break_long_words=False
    ) or [first.rstrip()]


def _paint(text: str, code: str, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour else text
