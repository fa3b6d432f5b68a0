"""A sheet as HTML, for the report and the page. Every text is escaped here; there is no markup in a verdict.

The mark is a shape, a word and a colour at once: a reader who sees no colour loses nothing.
"""

from __future__ import annotations

from html import escape
from importlib import resources
from typing import Final

from verifier.present import CheckLine, Mark, Row, Section, Sheet
from verifier.text import OUTCOME_SYMBOLS
from verifier.wording import Lang, pick

_TICK: Final = '<path class="line" d="M14 25l7 7 14-15"/>'
_CROSS: Final = '<path class="line" d="M17 17l14 14M31 17L17 31"/>'
_OCTAGON: Final = '<path class="ground" d="M15 2h18l13 13v18L33 46H15L2 33V15z"/>'

_SHAPES: Final[dict[Mark, str]] = {
    "current": f'<circle class="ground" cx="24" cy="24" r="22"/>{_TICK}',
    "as_of": '<circle class="ground" cx="24" cy="24" r="22"/><path class="line" d="M24 12v13l9 5"/>',
    "cannot_tell": '<path class="ground" d="M24 3l22 41H2z"/><path class="line" d="M24 18v13M24 37v1"/>',
    "forged": _OCTAGON + _CROSS,
    "not_sealed_file": f'<path class="ground" d="M8 2h22l10 10v34H8z"/>{_CROSS}',
    "malformed": '<path class="ground" d="M3 3h42v42H3z"/><path class="line" d="M24 13v15M24 35v1"/>',
}
"""48 by 48: circle with tick, circle with clock hands, triangle, octagon with cross, sheet with cross, square."""


def render_sheet(sheet: Sheet, lang: Lang, *, unfolded: bool = False) -> str:
    """One `<article>`; `unfolded` shows the checks at once, as paper must."""
    parts = [
        f'<article class="sheet {sheet.mark}" lang="{lang}">',
        '<header class="verdict" role="status">',
        f'<svg viewBox="0 0 48 48" aria-hidden="true">{_SHAPES[sheet.mark]}</svg>',
        f"<div><h2>{escape(sheet.headline)}</h2><p>{escape(sheet.reason)}</p></div></header>",
        *(f'<p class="warning"><b aria-hidden="true">!</b> {escape(text)}</p>' for text in sheet.warnings),
    ]
    if sheet.advice:
        title = pick(("What to do", "Que faire"), lang)
        items = "".join(f"<li>{escape(item)}</li>" for item in sheet.advice)
        parts.append(f'<section class="advice"><h3>{title}</h3><ul>{items}</ul></section>')
    parts += [_section(section) for section in sheet.sections]
    if sheet.checks:
        parts.append(_checks(sheet.checks, lang, unfolded))
    return "\n".join([*parts, "</article>"])


def stylesheet() -> str:
    """The one style sheet of report and page."""
    return resources.files("verifier").joinpath("sheet.css").read_text("utf-8")


def _section(section: Section) -> str:
    rows = "".join(_row(row) for row in section.rows)
    return f"<section><h3>{escape(section.title)}</h3><dl>{rows}</dl></section>"


def _row(row: Row) -> str:
    classes = " ".join(name for name, holds in (("warn", row.warn), ("main", row.main), ("hash", row.hash)) if holds)
    sign = '<b aria-hidden="true">!</b> ' if row.warn else ""
    attribute = f' class="{classes}"' if classes else ""
    return f"<div{attribute}><dt>{escape(row.name)}</dt><dd>{sign}{escape(row.value)}</dd></div>"


def _checks(checks: tuple[CheckLine, ...], lang: Lang, unfolded: bool) -> str:
    passed = sum(check.outcome == "passed" for check in checks)
    title = pick(
        ("{n} of {m} checks passed", "{n} vérifications réussies sur {m}"), lang, n=str(passed), m=str(len(checks))
    )
    items = "".join(
        f'<li class="{check.outcome}"><b aria-hidden="true">{OUTCOME_SYMBOLS[check.outcome]}</b>'
        f"<span>{check.step}. {escape(check.title)} <i>{escape(check.word)}</i>"
        f"{f'<small>{escape(check.detail)}</small>' if check.detail else ''}</span></li>"
        for check in checks
    )
    return f'<details{" open" if unfolded else ""}><summary>{title}</summary><ol class="checks">{items}</ol></details>'
