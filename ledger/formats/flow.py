"""Blocks that follow each other down the pages: what fits stays, what does not turns the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from ledger.formats.qr import POINTS_PER_MM
from ledger.formats.typeset import PAGE_HEIGHT, PAGE_WIDTH, Page, Style, wrap

LEFT: Final = 17 * POINTS_PER_MM
TOP: Final = 14 * POINTS_PER_MM
WIDTH: Final = PAGE_WIDTH - 2 * LEFT
RIGHT: Final = LEFT + WIDTH
BOTTOM: Final = PAGE_HEIGHT - 12 * POINTS_PER_MM
"""Lowest ink on a page: office printers keep some 5 mm of the sheet for their grip."""


@dataclass(frozen=True, slots=True)
class Block:
    """Something of a height, in points, that is drawn whole at a place: page, left edge, top edge."""

    height: float
    draw: Callable[[Page, float, float], None]


def space(height: float) -> Block:
    """An empty block."""
    return Block(height, lambda _page, _x, _y: None)


def line(text: str, style: Style) -> Block:
    """One line of text."""

    def draw(page: Page, x: float, y: float) -> None:
        page.text(x, y, text, style)

    return Block(style.line, draw)


def lines(text: str, width: float, style: Style) -> list[Block]:
    """A paragraph, a block for each line, so that it may go on over the page."""
    return [line(part, style) for part in wrap(text, width, style)]


def stack(blocks: Sequence[Block]) -> Block:
    """Blocks under each other that are not parted."""

    def draw(page: Page, x: float, y: float) -> None:
        for block in blocks:
            block.draw(page, x, y)
            y += block.height

    return Block(total(blocks), draw)


def beside(columns: Sequence[tuple[float, Block]]) -> Block:
    """Blocks side by side, each with its distance from the left edge."""

    def draw(page: Page, x: float, y: float) -> None:
        for offset, block in columns:
            block.draw(page, x + offset, y)

    return Block(max(block.height for _, block in columns), draw)


def total(blocks: Iterable[Block]) -> float:
    """Height of blocks under each other."""
    return sum(block.height for block in blocks)


@dataclass(slots=True)
class Flow:
    """Where the next block goes.

    Attributes:
        bottom: Lowest place of a block: the footer is below.
        start: Draws the head of a page that continues; returns where its blocks begin.
        pages: The pages so far, the last one being filled.
        y: Where the next block begins.
    """

    bottom: float
    start: Callable[[Page], float]
    pages: list[Page] = field(default_factory=lambda: [Page()])
    y: float = TOP

    @property
    def page(self) -> Page:
        """The page being filled."""
        return self.pages[-1]

    @property
    def room(self) -> float:
        """Points left on this page."""
        return self.bottom - self.y

    def turn(self) -> None:
        """Begins a new page."""
        self.pages.append(Page())
        self.y = self.start(self.page)

    def fresh_room(self) -> float:
        """Points that a new page offers."""
        return self.bottom - self.start(Page())

    def add(self, block: Block) -> None:
        """Places a block here, or on a new page when it does not fit."""
        if block.height > self.room:
            self.turn()
        block.draw(self.page, LEFT, self.y)
        self.y += block.height
