"""Marks on a sheet of paper, and how text becomes lines.

Composition yields plain marks with their places; drawing them is a loop. So a layout can be examined,
and tested for overlaps, without reading a PDF. Lengths are points; y grows downwards from the top edge.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from ledger.formats import fonts, qr
from ledger.formats.fonts import Weight

PAGE_WIDTH: Final = 210 * qr.POINTS_PER_MM
PAGE_HEIGHT: Final = 297 * qr.POINTS_PER_MM

Align = Literal["left", "right"]
Colour = tuple[float, float, float]

INK: Final[Colour] = (0.09, 0.12, 0.16)
QUIET: Final[Colour] = (0.36, 0.40, 0.46)
ACCENT: Final[Colour] = (0.11, 0.23, 0.38)
HAIRLINE: Final[Colour] = (0.82, 0.85, 0.88)
TINT: Final[Colour] = (0.953, 0.961, 0.972)
BLACK: Final[Colour] = (0.0, 0.0, 0.0)
WHITE: Final[Colour] = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Style:
    """How a line of text looks; sizes in points."""

    size: float
    weight: Weight = "regular"
    colour: Colour = INK
    leading: float = 0.0

    @property
    def line(self) -> float:
        """Height of one line."""
        return self.leading or round(self.size * 1.36, 2)

    def width(self, text: str) -> float:
        """Width of a line in points."""
        return fonts.width(text, self.weight, self.size)


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text; `x` is its left or right end, `y` its baseline."""

    x: float
    y: float
    text: str
    style: Style
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle; `y` is its top edge. A rule is a thin one."""

    x: float
    y: float
    width: float
    height: float
    fill: Colour


@dataclass(frozen=True, slots=True)
class Symbol:
    """A QR code, quiet zone included; `x`, `y` its top left corner. `target` is its link."""

    x: float
    y: float
    code: qr.Code
    target: str


Mark = Text | Box | Symbol


@dataclass(slots=True)
class Page:
    """One sheet, in the order of painting."""

    marks: list[Mark] = field(default_factory=list)

    def text(self, x: float, top: float, text: str, style: Style, align: Align = "left") -> float:
        """Sets one line whose box starts at `top`; returns where the next may start."""
        if text:
            self.marks.append(Text(x, top + _ascent(style), text, style, align))
        return top + style.line

    def lines(self, x: float, top: float, lines: list[str], style: Style, align: Align = "left") -> float:
        """Sets lines under each other; returns where the next may start."""
        for line in lines:
            top = self.text(x, top, line, style, align)
        return top

    def rule(self, x: float, top: float, width: float, colour: Colour = HAIRLINE, thickness: float = 0.5) -> None:
        """Draws a horizontal line."""
        self.marks.append(Box(x, top, width, thickness, colour))

    def box(self, x: float, top: float, width: float, height: float, fill: Colour = TINT) -> None:
        """Fills a rectangle."""
        self.marks.append(Box(x, top, width, height, fill))


def _ascent(style: Style) -> float:
    # Centres cap height (0.714 em) in the line box, so that mixed sizes on one row look level.
    return (style.line + 0.714 * style.size) / 2


def wrap(text: str, width: float, style: Style) -> list[str]:
    """Breaks text into lines no wider than `width` points.

    Breaks at spaces (never at a no-break space) and inside a word only when the word alone is too wide.
    A line feed always breaks. No character but the space at a break is dropped.
    """
    if style.width(text) <= width and "\n" not in text:
        return [text] if text else []
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines.extend(_fill(paragraph, width, style))
    return lines


def _fill(paragraph: str, width: float, style: Style) -> Iterator[str]:
    space = style.width(" ")
    line, used = "", 0.0
    for word in paragraph.split(" "):
        need = style.width(word)
        if line and used + space + need <= width:
            line, used = f"{line} {word}", used + space + need
            continue
        if line:
            yield line
        while need > width and len(word) > 1:
            head = _longest_head(word, width, style)
            yield word[:head]
            word = word[head:]
            need = style.width(word)
        line, used = word, need
    yield line


def _longest_head(word: str, width: float, style: Style) -> int:
    used = 0.0
    for at, char in enumerate(word):
        used += style.width(char)
        if used > width:
            return max(at, 1)
    return len(word)
