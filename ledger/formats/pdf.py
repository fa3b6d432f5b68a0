"""The printed invoice: a completed document and its seal as a PDF.

The same arguments give the same bytes in every process: no clock, no random identifier, no set order.
The bytes do depend on the versions of reportlab and zlib, so their hash is logged once they are made.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any, Final

from reportlab.pdfgen.canvas import Canvas

from ledger.formats import fonts, qr
from ledger.formats.closing import draw_closing
from ledger.formats.figures import Language
from ledger.formats.flow import BOTTOM, LEFT, RIGHT, WIDTH, Flow
from ledger.formats.fonts import FontCoverageError, uncovered
from ledger.formats.head import draw_head, running_head
from ledger.formats.party import identifiers
from ledger.formats.table import draw_table
from ledger.formats.typeset import (
    BLACK,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    QUIET,
    WHITE,
    Box,
    Page,
    Style,
    Symbol,
    Text,
    wrap,
)
from ledger.formats.voice import Voice, voice

__all__ = ["FontCoverageError", "compose", "render", "uncovered"]

_FOOT: Final = Style(6.8, "regular", QUIET, 8.8)
_PAGE_NUMBER_WIDTH: Final = 70.0

_one_at_a_time: Final = threading.Lock()
"""reportlab cuts subsets out of a shared typeface with one read position: two threads would mix glyphs."""


def render(
    document: Mapping[str, Any],
    *,
    seal_url: str,
    verify_address: str,
    language: Language,
    created: datetime,
) -> bytes:
    """Prints an invoice on A4.

    Args:
        document: What `ledger.invoice.complete` returns.
        seal_url: `https://HOST/v#SEAL`, the text of the QR code.
        verify_address: The address that the caption says to type, such as `sceau.example/v`.
        language: Language of the fixed words; what people wrote is printed as they wrote it.
        created: Time of making, with its zone, for the PDF's own dates.

    Raises:
        FontCoverageError: when a character has no glyph, with its pointer; `uncovered` lists them all.
        ValueError: for a `created` without zone.
    """
    offset = created.utcoffset()
    if offset is None:
        raise ValueError("created needs a zone")
    fonts.check_coverage(document)
    speaking = voice(document, language)
    pages = compose(document, speaking, seal_url, verify_address)
    with _one_at_a_time:
        return _drawn(pages, document, speaking, created, int(offset.total_seconds()))


def _drawn(
    pages: Sequence[Page], document: Mapping[str, Any], speaking: Voice, created: datetime, offset: int
) -> bytes:
    out = BytesIO()
    canvas = Canvas(
        out,
        pagesize=(PAGE_WIDTH, PAGE_HEIGHT),
        pageCompression=1,
        invariant=1,
        pdfVersion=(1, 7),
        initialFontName=fonts.REGULAR,
        lang={"fr": "fr-FR", "en": "en-GB"}[speaking.language],
    )
    _describe(canvas, document, speaking, created, offset)
    for page in pages:
        _paint(canvas, page)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def compose(document: Mapping[str, Any], speaking: Voice, seal_url: str, verify_address: str) -> list[Page]:
    """Lays an invoice out as pages of marks, every one with its place."""
    foot = _foot(document, speaking)
    bottom = BOTTOM - _FOOT.line * len(foot) - 14
    flow = Flow(bottom, lambda page: running_head(page, document, speaking))
    draw_head(flow, document, speaking, (seal_url, verify_address))
    draw_table(flow, document, speaking)
    draw_closing(flow, document, speaking)
    for index, page in enumerate(flow.pages):
        page.rule(LEFT, bottom + 8, WIDTH)
        number = speaking.words["page"].format(page=index + 1, pages=len(flow.pages))
        page.text(RIGHT, bottom + 13, number, _FOOT, "right")
        page.lines(LEFT, bottom + 13, foot, _FOOT)
    return flow.pages


def _foot(document: Mapping[str, Any], speaking: Voice) -> list[str]:
    seller = document["seller"]
    legal = [seller["legal_info"]] if "legal_info" in seller else []
    # All that could be said is in the head of page 1; here what tells a loose sheet's owner.
    owner = {key: value for key, value in seller.items() if key in _OWNER}
    text = " · ".join([seller["name"], *legal, *identifiers(owner, speaking)])
    return wrap(text, WIDTH - _PAGE_NUMBER_WIDTH, _FOOT)


_OWNER: Final = frozenset({"legal_id", "vat_id", "tax_id"})


class _Stamp:
    """What reportlab's PDFDate reads: calendar fields and the offset from UTC in hours and minutes."""

    def __init__(self, when: datetime, offset: int) -> None:
        self.YMDhms = when.timetuple()[:6]
        self.t = when.timestamp()
        self.tzname = "UTC"
        sign = -1 if offset < 0 else 1
        self.dhh = sign * (abs(offset) // 3600)
        self.dmm = abs(offset) % 3600 // 60
        self.lt = when.timetuple()


def _describe(canvas: Canvas, document: Mapping[str, Any], speaking: Voice, created: datetime, offset: int) -> None:
    canvas.setTitle(f"{speaking.names.title(document['type_code'])} {document['number']}")
    canvas.setAuthor(document["seller"]["name"])
    canvas.setSubject(speaking.words["seal_subject"])
    canvas.setCreator("Sceau")
    canvas.setViewerPreference("DisplayDocTitle", "true")
    # Invariant mode would date every file 2000-01-01; the caller's time is as deterministic and true.
    canvas._doc._timeStamp = _Stamp(created, offset)


def _paint(canvas: Canvas, page: Page) -> None:
    """Paints grounds first, then codes, then all text in one text object."""
    for mark in page.marks:
        if isinstance(mark, Box):
            canvas.setFillColorRGB(*mark.fill)
            canvas.rect(mark.x, PAGE_HEIGHT - mark.y - mark.height, mark.width, mark.height, stroke=0, fill=1)
        elif isinstance(mark, Symbol):
            _paint_symbol(canvas, mark)
    pen = canvas.beginText()
    font = colour = None
    for mark in page.marks:
        if not isinstance(mark, Text):
            continue
        style = mark.style
        if style.colour != colour:
            colour = style.colour
            pen.setFillColorRGB(*colour)
        x = mark.x - style.width(mark.text) if mark.align == "right" else mark.x
        pen.setTextOrigin(x, PAGE_HEIGHT - mark.y)
        for run in fonts.runs(mark.text, style.weight):
            if (run.font, style.size) != font:
                font = (run.font, style.size)
                pen.setFont(*font)
            pen.textOut(run.text)
    canvas.drawText(pen)


def _paint_symbol(canvas: Canvas, mark: Symbol) -> None:
    """Paints dark runs as rectangles of whole units under one scale: exact, small, and quick."""
    code, top = mark.code, PAGE_HEIGHT - mark.y
    canvas.setFillColorRGB(*WHITE)
    canvas.rect(mark.x, top - code.side, code.side, code.side, stroke=0, fill=1)
    canvas.saveState()
    canvas.setFillColorRGB(*BLACK)
    quiet = qr.QUIET_ZONE
    canvas.translate(mark.x + quiet * code.module, top - (quiet + code.modules) * code.module)
    canvas.scale(code.module, code.module)
    runs = (f"{column} {code.modules - 1 - row} {length} 1 re" for column, row, length in code.dark)
    canvas.addLiteral(" ".join(runs) + " f")
    canvas.restoreState()
    area = (mark.x, top - code.side, mark.x + code.side, top)
    canvas.linkURL(mark.target, area, relative=0, thickness=0)
