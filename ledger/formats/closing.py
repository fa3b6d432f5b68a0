"""The end of the invoice: VAT by rate, totals, the amount due, how to pay, and what the law wants said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ledger.formats import figures
from ledger.formats.flow import WIDTH, Block, Flow, beside, line, lines, space, stack, total
from ledger.formats.payment import payment
from ledger.formats.typeset import ACCENT, HAIRLINE, INK, QUIET, WHITE, Page, Style, wrap
from ledger.formats.voice import Voice

_TITLE: Final = Style(7.2, "bold", ACCENT, 12)
_HEAD: Final = Style(7, "regular", QUIET, 11)
_CELL: Final = Style(8.4, "regular", INK, 12.6)
_SMALL: Final = Style(7, "regular", QUIET, 9.2)
_SUM: Final = Style(9.2, "regular", INK, 14.5)
_STRONG: Final = Style(9.2, "bold", INK, 15)
_DUE_LABEL: Final = Style(9.5, "bold", WHITE, 13)
_DUE: Final = Style(17, "bold", WHITE, 22)
_DUE_DATE: Final = Style(8, "regular", WHITE, 11)
_NOTE: Final = Style(7.6, "regular", INK, 10.4)

_RIGHT_WIDTH: Final = 204.0
_GAP: Final = 22.0
_LEFT_WIDTH: Final = WIDTH - _RIGHT_WIDTH - _GAP


def draw_closing(flow: Flow, document: Mapping[str, Any], voice: Voice) -> None:
    """Draws the end; on one page whenever one can hold it, so that totals and payment are seen together."""
    left = [*_breakdown(document, voice), space(10), *payment(document, voice, _LEFT_WIDTH)]
    right = stack(list(_totals(document, voice)))
    below = list(_notes(document, voice))
    sides = max(total(left), right.height)
    whole = 12 + sides + 14 + total(below)
    if whole > flow.room and whole <= flow.fresh_room():
        flow.turn()
    flow.add(space(min(12, max(flow.room, 0))))
    if sides <= flow.fresh_room():
        flow.add(beside([(0, stack(left)), (_LEFT_WIDTH + _GAP, right)]))
    else:
        for block in left:
            flow.add(block)
        flow.add(beside([(_LEFT_WIDTH + _GAP, right)]))
    flow.add(space(min(14, max(flow.room, 0))))
    for block in below:
        flow.add(block)


def _cells(cells: Sequence[str], rights: Sequence[float], style: Style) -> Block:
    """A row of which the first cell begins at the left edge and the others end at their places."""
    first = wrap(cells[0], rights[0] - style.width(cells[1]) - 8, style)

    def draw(page: Page, x: float, y: float) -> None:
        page.lines(x, y, first, style)
        for cell, right in zip(cells[1:], rights, strict=True):
            page.text(x + right, y, cell, style, "right")

    return Block(style.line * max(len(first), 1), draw)


def _rule(width: float) -> Block:
    def draw(page: Page, x: float, y: float) -> None:
        page.rule(x, y + 1, width, HAIRLINE)

    return Block(3, draw)


def _breakdown(document: Mapping[str, Any], voice: Voice) -> Iterator[Block]:
    words = voice.words
    groups = document["vat_breakdown"]
    taxes = max(_CELL.width(voice.bare(group["tax"])) for group in groups)
    rights = (_LEFT_WIDTH - max(78, taxes + 14), _LEFT_WIDTH)
    yield stack(
        [
            line(words["vat_summary"].upper(), _TITLE),
            _cells((words["vat_rate"], words["taxable"], words["tax"]), rights, _HEAD),
            _rule(_LEFT_WIDTH),
        ]
    )
    for group in groups:
        cells = (_rate(group, voice), voice.bare(group["taxable"]), voice.bare(group["tax"]))
        reason = " – ".join(group[key] for key in ("exemption_reason", "exemption_code") if key in group)
        yield _cells(cells, rights, _CELL)
        yield from lines(reason, _LEFT_WIDTH, _SMALL)


def _rate(group: Mapping[str, str], voice: Voice) -> str:
    if group["category"] == "S":
        return voice.percent(group["rate"])
    name = voice.names.vat.get(group["category"], group["category"])
    rate = group.get("rate", "0")
    return name if figures.is_zero(rate) else f"{name} {voice.percent(rate)}"


def _totals(document: Mapping[str, Any], voice: Voice) -> Iterator[Block]:
    totals = document["totals"]
    minus = figures.opposite
    rows = [("tax_exclusive", totals["tax_exclusive"]), ("tax_total", totals["tax"])]
    if not (figures.is_zero(totals["allowances"]) and figures.is_zero(totals["charges"])):
        adjustments = [("allowances", minus(totals["allowances"])), ("charges", totals["charges"])]
        rows = [
            ("sum_lines", totals["lines"]),
            *(row for row in adjustments if not figures.is_zero(row[1])),
            *rows,
        ]
    for key, value in rows:
        yield _sum(voice.words[key], voice.money(value), _SUM)
    if "tax_total_in_tax_currency" in document:
        label = voice.words["tax_total_in"].format(currency=document["tax_currency"])
        value = voice.money(document["tax_total_in_tax_currency"], document["tax_currency"])
        yield _sum(label, value, _SUM)
    yield _rule(_RIGHT_WIDTH)
    yield _sum(voice.words["tax_inclusive"], voice.money(totals["tax_inclusive"]), _STRONG)
    for key, value in (("prepaid", minus(totals["prepaid"])), ("rounding", totals["rounding"])):
        if not figures.is_zero(value):
            yield _sum(voice.words[key], voice.money(value), _SUM)
    yield space(6)
    yield _due(document, voice)


def _sum(label: str, value: str, style: Style) -> Block:
    def draw(page: Page, x: float, y: float) -> None:
        page.text(x + 10, y, label, style)
        page.text(x + _RIGHT_WIDTH - 10, y, value, style, "right")

    return Block(style.line, draw)


def _due(document: Mapping[str, Any], voice: Voice) -> Block:
    due = document["totals"]["due"]
    label = voice.words["due_credit" if voice.credit else "due"]
    owed = "due_date" in document and not figures.is_zero(due) and not voice.credit
    until = voice.words["due_by"].format(date=voice.day(document["due_date"])) if owed else ""
    height = 16 + _DUE_LABEL.line + _DUE.line + (_DUE_DATE.line + 2 if until else 0)

    def draw(page: Page, x: float, y: float) -> None:
        page.box(x, y, _RIGHT_WIDTH, height, ACCENT)
        right = x + _RIGHT_WIDTH - 10
        y = page.text(x + 10, y + 8, label, _DUE_LABEL)
        y = page.text(right, y, voice.money(due), _DUE, "right")
        page.text(right, y + 2, until, _DUE_DATE, "right")

    return Block(height, draw)


def _notes(document: Mapping[str, Any], voice: Voice) -> Iterator[Block]:
    sections = (
        ("terms", [document["terms"]] if "terms" in document else []),
        ("notes", [note["text"] for note in document.get("notes", ())]),
        ("attachments", [_attachment(item) for item in document.get("attachments", ())]),
    )
    for key, texts in sections:
        if not texts:
            continue
        first, *rest = [part for text in texts for part in lines(text, WIDTH, _NOTE)]
        yield stack([line(voice.words[key].upper(), _TITLE), first])
        yield from rest
        yield space(5)


def _attachment(item: Mapping[str, str]) -> str:
    return " – ".join(item[key] for key in ("id", "description", "name", "url") if key in item)
