"""How to pay: each way with its account, grouped as bank statements have it, to compare it by eye."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ledger.formats import figures, party
from ledger.formats.flow import Block, line, lines, space, stack
from ledger.formats.typeset import ACCENT, INK, QUIET, Page, Style, wrap
from ledger.formats.voice import Voice

_TITLE: Final = Style(7.2, "bold", ACCENT, 12)
_LABEL: Final = Style(7.6, "regular", QUIET, 12)
_VALUE: Final = Style(8.4, "regular", INK, 12)
_IBAN: Final = Style(9.6, "bold", INK, 14)
_SMALL: Final = Style(7, "regular", QUIET, 9.2)
_LABEL_WIDTH: Final = 84.0

_MEMBERS: Final = (
    ("account", "account"),
    ("account_name", "account_name"),
    ("bic", "bic"),
    ("card_number", "card"),
    ("card_holder", "account_name"),
    ("mandate_reference", "mandate"),
    ("creditor_id", "creditor_id"),
    ("debited_account", "debited_account"),
)


def payment(document: Mapping[str, Any], voice: Voice, width: float) -> Iterator[Block]:
    """Blocks of the ways to pay; nothing for a document that names none."""
    ways = document.get("payment", [])
    owed = not voice.credit and not figures.is_zero(document["totals"]["due"])
    if not ways:
        return
    yield line(voice.words["payment"].upper(), _TITLE)
    if "payee" in document:
        payee = document["payee"]
        known = {key: payee[key] for key in ("name", "legal_id") if key in payee}
        if "id" in payee:
            known["ids"] = [payee["id"]]
        yield _pair(voice.words["payee"], party.brief(known, voice), width)
    for at, way in enumerate(ways):
        if at:
            yield space(6)
        yield from _way(way, document["number"] if owed else "", voice, width)
    if owed and any("iban" in way for way in ways):
        yield space(2)
        yield stack(lines(voice.words["compare_iban"], width, _SMALL))


def _way(way: Mapping[str, str], number: str, voice: Voice, width: float) -> Iterator[Block]:
    named = voice.names.means.get(way["means_code"], way["means_code"])
    yield _pair(voice.words["means"], way.get("means_text", named), width)
    if "iban" in way:
        yield _pair(voice.words["iban"], figures.grouped(way["iban"]), width, _IBAN)
    for member, key in _MEMBERS:
        if member in way:
            yield _pair(voice.words[key], way[member], width)
    reference = way.get("reference", number)
    if reference:
        yield _pair(voice.words["reference"], reference, width)


def _pair(label: str, value: str, width: float, style: Style = _VALUE) -> Block:
    values = wrap(value, width - _LABEL_WIDTH, style)

    def draw(page: Page, x: float, y: float) -> None:
        page.text(x, y + (style.line - _LABEL.line) / 2, label, _LABEL)
        page.lines(x + _LABEL_WIDTH, y, values, style)

    return Block(style.line * len(values), draw)
