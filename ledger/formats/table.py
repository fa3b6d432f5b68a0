"""The table of lines: its head on each page, whole rows, and what is carried from page to page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from ledger.formats.flow import LEFT, WIDTH, Flow
from ledger.formats.item import Row, rows
from ledger.formats.typeset import ACCENT, INK, QUIET, TINT, Style, wrap
from ledger.formats.voice import Voice

_HEAD: Final = Style(7.2, "bold", ACCENT, 9.6)
_NAME: Final = Style(8.8, "regular", INK, 11.8)
_DETAIL: Final = Style(7.3, "regular", QUIET, 9.7)
_CARRIED: Final = Style(7.6, "regular", QUIET, 10.6)

_PAD: Final = 3.4
_GAP: Final = 10.0
_INSET: Final = 4.0
_CARRY: Final = _CARRIED.line + 2 * _PAD
_HEAD_PAD: Final = 4.0
_KEYS: Final = ("line", "quantity", "price", "vat", "net")
_WIDEST: Final = (40.0, 88.0, 84.0, 46.0, 92.0)
"""Points of the columns id, quantity, price, VAT, net at most; a longer figure goes on a second line."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """Points: widths of the five narrow columns, right edges of the four of figures, place of the name."""

    widths: tuple[float, ...]
    rights: tuple[float, ...]
    name: float
    name_width: float


@dataclass(frozen=True, slots=True)
class _Set:
    """A row broken into lines: those of the name and the details, and those of each other cell."""

    text: tuple[tuple[str, Style], ...]
    cells: tuple[tuple[str, ...], ...]
    net: Decimal

    @property
    def height(self) -> float:
        """Points that it takes, padding included."""
        left = sum(style.line for _, style in self.text)
        return max(left, max(map(len, self.cells)) * _NAME.line) + 2 * _PAD


@dataclass(slots=True)
class _Table:
    flow: Flow
    columns: _Columns
    voice: Voice
    carried: Decimal = Decimal(0)
    started: bool = False

    def head(self) -> None:
        """Draws the names of the columns."""
        page, top, columns, words = self.flow.page, self.flow.y, self.columns, self.voice.words
        page.box(LEFT, top, WIDTH, _HEAD.line + 2 * _HEAD_PAD, TINT)
        y = top + _HEAD_PAD
        page.text(LEFT + _INSET, y, words["line"], _HEAD)
        page.text(columns.name, y, words["description"], _HEAD)
        for key, right in zip(_KEYS[1:], columns.rights, strict=True):
            page.text(right, y, words[key], _HEAD, "right")
        self.flow.y = top + _HEAD.line + 2 * _HEAD_PAD

    def turn(self) -> None:
        """Goes on over the page, with the sum of the rows so far on both sides of the turn."""
        if self.started:
            self.carry("carried_forward")
        self.flow.turn()
        self.head()
        if self.started:
            self.carry("brought_forward")

    def carry(self, key: str) -> None:
        """Draws the sum of the rows so far."""
        flow, net = self.flow, self.columns.rights[-1]
        amount = self.voice.bare(format(self.carried, "f"))
        flow.page.text(self.columns.name, flow.y + _PAD, self.voice.words[key], _CARRIED)
        flow.page.text(net, flow.y + _PAD, amount, _CARRIED, "right")
        flow.y += _CARRY
        flow.page.rule(LEFT, flow.y, WIDTH)

    def row(self, row: _Set, kept: float) -> None:
        """Draws a row whole, over the page if need be; only one taller than a page is parted."""
        whole = row.height + kept
        if whole > self.flow.room and (self.started or whole <= self._page_room()):
            self.turn()
        while row.height + kept > self.flow.room:
            piece, row = _parted(row, self.flow.room - _CARRY)
            self._draw(piece)
            self.turn()
        self._draw(row)
        self.flow.page.rule(LEFT, self.flow.y, WIDTH)

    def _page_room(self) -> float:
        return self.flow.fresh_room() - _HEAD.line - 2 * _HEAD_PAD

    def _draw(self, row: _Set) -> None:
        page, top, columns = self.flow.page, self.flow.y + _PAD, self.columns
        page.lines(LEFT + _INSET, top, list(row.cells[0]), _NAME)
        y = top
        for text, style in row.text:
            y = page.text(columns.name, y, text, style)
        for cell, right in zip(row.cells[1:], columns.rights, strict=True):
            page.lines(right, top, list(cell), _NAME, "right")
        self.flow.y += row.height
        self.carried += row.net
        self.started = True


def draw_table(flow: Flow, document: Mapping[str, Any], voice: Voice) -> None:
    """Draws the lines, then the allowances and charges on the whole document."""
    found = list(rows(document, voice))
    table = _Table(flow, _columns(found, voice), voice)
    if flow.room < 90:
        flow.turn()
    table.head()
    last = len(found) - 1
    for index, row in enumerate(found):
        table.row(_broken(row, table.columns), 0.0 if index == last else _CARRY)


def _columns(found: Sequence[Row], voice: Voice) -> _Columns:
    # A hair more than the text: sums of floats must not break a figure that fits.
    wanted = [
        max(_HEAD.width(voice.words[key]), *(_NAME.width(row.cells[at]) for row in found)) + 0.1
        for at, key in enumerate(_KEYS)
    ]
    widths = tuple(map(min, wanted, _WIDEST))
    rights, right = [], LEFT + WIDTH - _INSET
    for width in reversed(widths[1:]):
        rights.append(right)
        right -= width + _GAP
    name = LEFT + _INSET + widths[0] + _GAP
    return _Columns(widths, tuple(reversed(rights)), name, right - name)


def _broken(row: Row, columns: _Columns) -> _Set:
    text = [(part, _NAME) for part in wrap(row.name, columns.name_width, _NAME)]
    for detail in row.details:
        text += [(part, _DETAIL) for part in wrap(detail, columns.name_width, _DETAIL)]
    cells = tuple(tuple(wrap(cell, width, _NAME)) for cell, width in zip(row.cells, columns.widths, strict=True))
    return _Set(tuple(text), cells, row.net)


def _parted(row: _Set, room: float) -> tuple[_Set, _Set]:
    """Cuts a row that no page can hold: its figures stay with its first lines."""
    height, fitting = 2 * _PAD, 0
    for _, style in row.text:
        if height + style.line > room:
            break
        height += style.line
        fitting += 1
    fitting = max(fitting, 1)
    rest = replace(row, text=row.text[fitting:], cells=((),) * len(row.cells), net=Decimal(0))
    return replace(row, text=row.text[:fitting]), rest
