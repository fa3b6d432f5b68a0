"""The typefaces of the printed invoice: which glyphs exist, how wide they are, how a PDF names them.

A character that no typeface can draw is an error with its place, never an empty box (case F2). So
coverage is a question that can be asked without drawing: `uncovered` serves preview and issue.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any, Final, Literal, NamedTuple

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from ledger.invoice.pointers import strings
from verifier.errors import SceauError

Weight = Literal["regular", "bold"]

REGULAR: Final = "Sceau-NotoSans"
BOLD: Final = "Sceau-NotoSans-Bold"
MATH: Final = "Sceau-NotoSansMath"

_FILES: Final = {
    REGULAR: "NotoSans_400Regular.ttf",
    BOLD: "NotoSans_700Bold.ttf",
    MATH: "NotoSansMath_400Regular.ttf",
}
_STACKS: Final[Mapping[Weight, tuple[str, ...]]] = {"regular": (REGULAR, MATH), "bold": (BOLD, MATH)}

# Noto Sans has Devanagari glyphs, but a row of them is unreadable without shaping (conjuncts, reordering),
# which reportlab does not do: drawn wrong is worse than refused.
_NEEDS_SHAPING: Final = (range(0x0900, 0x0980), range(0x1CD0, 0x1D00), range(0xA8E0, 0xA900))


class FontCoverageError(SceauError):
    """A character of the document has no glyph in the embedded typefaces.

    Attributes:
        character: The character itself.
        where: RFC 6901 pointer of the member that holds it, such as `/lines/0/name`.
    """

    kind = "unprintable"

    def __init__(self, character: str, where: str) -> None:
        name = unicodedata.name(character, "unnamed character")
        super().__init__(
            "font_coverage",
            f"no embedded typeface can draw {character!r} (U+{ord(character):04X}, {name})",
            where=where,
        )
        self.character = character


class Run(NamedTuple):
    """A stretch of text that one typeface draws."""

    font: str
    """Registered name, for the canvas."""
    text: str


class _Faces(NamedTuple):
    widths: Mapping[str, Mapping[int, float]]
    """Advance of each code point in thousandths of the type size, for each face."""
    stacks: Mapping[Weight, frozenset[int]]
    """Code points that a weight can draw, with its fallback."""


_loading = threading.Lock()


@cache
def _load() -> _Faces:
    widths: dict[str, Mapping[int, float]] = {}
    folder = resources.files(__package__) / "fonts"
    for name, file in _FILES.items():
        with resources.as_file(folder / file) as path:
            font = TTFont(name, str(path), asciiReadable=False, shapable=False)
        pdfmetrics.registerFont(font)
        widths[name] = {
            code: font.face.charWidths.get(code, font.face.defaultWidth)
            for code in font.face.charToGlyph
            if _drawable(code)
        }
    stacks = {weight: frozenset(code for name in names for code in widths[name]) for weight, names in _STACKS.items()}
    return _Faces(widths, stacks)


def faces() -> _Faces:
    """Registers the typefaces once in a process and returns their metrics."""
    with _loading:
        return _load()


def _drawable(code: int) -> bool:
    if any(code in block for block in _NEEDS_SHAPING):
        return False
    # Noto Sans Math has Arabic letters for formulas; unjoined and left to right they are no word.
    if unicodedata.bidirectional(chr(code)) in {"R", "AL", "AN"}:
        return False
    # Cf: joiners, bidirectional overrides, soft hyphens. Their glyphs are blank or misleading, and an
    # override makes a reader see another text than the one that was signed. Co: private use.
    return unicodedata.category(chr(code)) not in {"Cc", "Cf", "Co", "Cn", "Cs"}


def runs(text: str, weight: Weight) -> Iterator[Run]:
    """Cuts text into stretches of one typeface each; the main one wherever it has the glyph."""
    known = faces()
    main, *fallbacks = _STACKS[weight]
    glyphs = known.widths[main]
    if all(ord(c) in glyphs for c in text):
        if text:
            yield Run(main, text)
        return
    start, current = 0, ""
    for at, char in enumerate(text):
        name = next((n for n in (main, *fallbacks) if ord(char) in known.widths[n]), main)
        if name != current:
            if at > start:
                yield Run(current, text[start:at])
            start, current = at, name
    yield Run(current, text[start:])


def width(text: str, weight: Weight, size: float) -> float:
    """Width of a line of text in points, at a type size in points."""
    glyphs = faces().widths[_STACKS[weight][0]]
    try:
        return sum([glyphs[ord(c)] for c in text]) * size / 1000
    except KeyError:
        table = faces().widths
        advance = sum(table[run.font].get(ord(c), 600) for run in runs(text, weight) for c in run.text)
        return advance * size / 1000


@cache
def _both() -> frozenset[str]:
    return frozenset(map(chr, faces().stacks["regular"] & faces().stacks["bold"])) | {"\n"}


def covers(text: str) -> bool:
    """Whether every character can be drawn in every weight; `uncovered` says which cannot, and where."""
    return (text.isascii() and text.isprintable()) or _both().issuperset(text)


def uncovered(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Lists the characters of a document that could not be drawn, in document order.

    Every string of the document is looked at, printed or not, so that the answer does not depend on
    the layout. A line feed is allowed: it starts a new line.

    Returns:
        Pairs of an RFC 6901 pointer and a character, each pair once; empty when all can be drawn.
    """
    glyphs = _both()
    found = {
        (pointer, char): None
        for pointer, text in strings(document)
        if not (text.isascii() and text.isprintable())
        for char in text
        if char not in glyphs
    }
    return list(found)


def check_coverage(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the document when every character can be drawn.

    Raises:
        FontCoverageError: for the first one that cannot, with its pointer.
    """
    for pointer, char in uncovered(document):
        raise FontCoverageError(char, pointer)
    return document
