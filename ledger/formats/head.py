"""The head of the first page: who bills whom, what it is called, its dates, and the seal's QR code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ledger.formats import party, qr
from ledger.formats.facts import Fact, facts
from ledger.formats.flow import LEFT, RIGHT, TOP, WIDTH, Block, Flow, beside, line, lines, space, stack, total
from ledger.formats.typeset import ACCENT, INK, QUIET, Page, Style, Symbol, wrap
from ledger.formats.voice import Voice

LABEL: Final = Style(6.8, "bold", QUIET, 9.2)
VALUE: Final = Style(9.2, "regular", INK, 12.4)
_SELLER: Final = Style(14, "bold", ACCENT, 19)
_BUYER: Final = Style(10.5, "bold", INK, 14)
_DETAIL: Final = Style(8.2, "regular", QUIET, 11)
_TITLE: Final = Style(21, "bold", ACCENT, 27)
_NUMBER: Final = Style(11.5, "bold", INK, 16)
_ADDRESS: Final = Style(8, "bold", INK, 10.4)
_CHECK: Final = Style(6.8, "regular", QUIET, 8.7)
_RUNNING: Final = Style(7.6, "regular", QUIET, 10.4)

_GUTTER: Final = 14.0
_BUYER_WIDTH: Final = 190.0
_SEAL_WIDTH: Final = 116.0
_TALLEST: Final = 230.0
"""Points that the seller's or the buyer's block takes at most; what is beyond goes on below the head."""


def draw_head(flow: Flow, document: Mapping[str, Any], voice: Voice, seal: tuple[str, str]) -> None:
    """Draws the head; `seal` is the URL in the QR code and the address that its caption says to type."""
    title_width = WIDTH * 0.42
    left, left_rest = _cut(_seller(document["seller"], WIDTH - title_width - _GUTTER, voice))
    flow.add(beside([(0, left), (WIDTH - title_width, _title(document, title_width, voice))]))
    flow.add(space(9))
    flow.page.rule(LEFT, flow.y, WIDTH)
    flow.add(space(11))

    code = qr.encode(seal[0])
    seal_width = max(_SEAL_WIDTH, code.side)
    buyer, buyer_rest = _cut(_buyer(document["buyer"], _BUYER_WIDTH, voice))
    facts_x = _BUYER_WIDTH + _GUTTER
    facts_width = WIDTH - facts_x - seal_width - _GUTTER
    caption = _caption(seal[1], qr.QUIET_ZONE * code.module, seal_width, voice)
    seal_block = stack([_symbol(code, seal[0]), *caption])
    height = max(buyer.height, seal_block.height)
    shown, others = _fitting(list(facts(document, voice)), facts_width, height)
    flow.add(beside([(0, buyer), (facts_x, stack(shown)), (WIDTH - seal_width, seal_block)]))
    flow.add(space(8))
    for block in (*left_rest, *buyer_rest):
        flow.add(block)
    _grid(flow, others)
    flow.add(space(6))


def running_head(page: Page, document: Mapping[str, Any], voice: Voice) -> float:
    """Draws the head of a page that continues; returns where its content begins."""
    title = f"{voice.names.title(document['type_code'])} {document['number']} ({voice.words['continued']})"
    end = page.text(RIGHT, TOP, title, _RUNNING, "right")
    room = WIDTH - _RUNNING.width(title) - _GUTTER
    page.text(LEFT, TOP, wrap(document["seller"]["name"], room, _RUNNING)[0], _RUNNING)
    page.rule(LEFT, end + 4, WIDTH)
    return end + 14


def _seller(seller: Mapping[str, Any], width: float, voice: Voice) -> list[Block]:
    blocks = lines(seller["name"], width, _SELLER)
    for text in (
        seller.get("trading_name", ""),
        *party.postal(seller["address"], voice),
        " · ".join(party.contact(seller)),
        *party.identifiers(seller, voice),
    ):
        blocks.extend(lines(text, width, _DETAIL))
    return blocks


def _buyer(buyer: Mapping[str, Any], width: float, voice: Voice) -> list[Block]:
    blocks = [line(voice.words["bill_to"].upper(), LABEL), space(2), *lines(buyer["name"], width, _BUYER)]
    for text in (buyer.get("trading_name", ""), *party.postal(buyer["address"], voice)):
        blocks.extend(lines(text, width, VALUE))
    blocks.append(space(3))
    for text in (*party.identifiers(buyer, voice), *party.contact(buyer)):
        blocks.extend(lines(text, width, _DETAIL))
    return blocks


def _cut(blocks: Sequence[Block]) -> tuple[Block, list[Block]]:
    height, fitting = 0.0, 0
    for block in blocks:
        height += block.height
        if height > _TALLEST:
            break
        fitting += 1
    return stack(blocks[:fitting]), list(blocks[fitting:])


def _title(document: Mapping[str, Any], width: float, voice: Voice) -> Block:
    blocks = []
    for text, style in ((voice.names.title(document["type_code"]), _TITLE), (document["number"], _NUMBER)):
        blocks += [_right(part, width, style) for part in wrap(text, width, style)]
    return stack(blocks)


def _right(text: str, width: float, style: Style) -> Block:
    def draw(page: Page, x: float, y: float) -> None:
        page.text(x + width, y, text, style, "right")

    return Block(style.line, draw)


def _symbol(code: qr.Code, target: str) -> Block:
    def draw(page: Page, x: float, y: float) -> None:
        page.marks.append(Symbol(x, y, code, target))

    return Block(code.side, draw)


def _caption(address: str, quiet: float, width: float, voice: Voice) -> list[Block]:
    # Begins under the dark square, not under the white of the quiet zone.
    sentence = voice.words["check_credit" if voice.credit else "check"].format(colon=voice.words["colon"])
    room = width - quiet
    blocks = [*lines(address, room, _ADDRESS), *lines(sentence, room, _CHECK)]
    return [beside([(quiet, block)]) for block in blocks]


def _fact(fact: Fact, width: float) -> Block:
    label, value = fact
    return stack([*lines(label.upper(), width, LABEL), *lines(value, width, VALUE), space(4.5)])


def _fitting(found: Sequence[Fact], width: float, height: float) -> tuple[list[Block], list[Fact]]:
    """The facts that have room beside the QR code, as blocks, and those that have not."""
    blocks: list[Block] = []
    for index, fact in enumerate(found):
        block = _fact(fact, width)
        if total(blocks) + block.height > height + 5:
            return blocks, list(found[index:])
        blocks.append(block)
    return blocks, []


def _grid(flow: Flow, found: Sequence[Fact], columns: int = 3) -> None:
    step = (WIDTH + _GUTTER) / columns
    for at in range(0, len(found), columns):
        row = found[at : at + columns]
        flow.add(beside([(i * step, _fact(fact, step - _GUTTER)) for i, fact in enumerate(row)]))
