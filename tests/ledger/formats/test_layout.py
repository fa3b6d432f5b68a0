"""Where marks stand: long invoices (case F1), long words, no overlap, and the size of the code."""

from __future__ import annotations

import re

import pytest

from ledger.formats.flow import BOTTOM, LEFT, RIGHT
from ledger.formats.pdf import compose
from ledger.formats.qr import POINTS_PER_MM, QUIET_ZONE, encode
from ledger.formats.typeset import Style, Symbol, Text, wrap
from ledger.formats.voice import voice

from .conftest import seal_url


def composed(document, language="fr", url=None, address="sceau.example/v"):
    return compose(document, voice(document, language), url or seal_url(267), address)


def box(mark):
    if isinstance(mark, Symbol):
        return mark.x, mark.y, mark.x + mark.code.side, mark.y + mark.code.side
    width = mark.style.width(mark.text)
    left = mark.x - width if mark.align == "right" else mark.x
    # Cap height above the baseline and the descender below: the ink, not the line.
    return left, mark.y - 0.72 * mark.style.size, left + width, mark.y + 0.22 * mark.style.size


def overlaps(page):
    marks = [mark for mark in page.marks if isinstance(mark, (Text, Symbol))]
    boxes = sorted(((box(mark), mark) for mark in marks), key=lambda pair: pair[0][1])
    found = []
    for at, (first, one) in enumerate(boxes):
        for second, other in boxes[at + 1 :]:
            if second[1] >= first[3] - 0.01:
                break
            if second[0] < first[2] - 0.01 and first[0] < second[2] - 0.01:
                found.append((one, other))
    return found


def check_page(page):
    assert overlaps(page) == []
    for left, top, right, bottom in (box(mark) for mark in page.marks if isinstance(mark, (Text, Symbol))):
        assert left >= LEFT - 0.1
        assert right <= RIGHT + 0.1
        assert top > 0
        assert bottom <= BOTTOM + 1


def many(sample, count, **members):
    draft = sample("five-lines")
    base = draft["lines"][0]
    draft["lines"] = [{**base, "name": f"Article numéro {at:04d}.", **members} for at in range(1, count + 1)]
    return draft


@pytest.mark.parametrize("count", [1, 14, 15, 16, 17, 18, 19, 40, 300, 1000])
def test_f1_long_invoices(sample, issued, printed, pages, count):
    document = issued(many(sample, count))
    for page in composed(document):
        check_page(page)
    texts = pages(printed(document))
    whole = "".join(texts)
    labels = re.findall(r"Articlenuméro(\d{4})\.", whole)
    assert labels == [f"{at:04d}" for at in range(1, count + 1)]
    assert [f"page{at}/{len(texts)}" in text for at, text in enumerate(texts, 1)] == [True] * len(texts)
    assert ["Netàpayer" in text for text in texts] == [False] * (len(texts) - 1) + [True]
    assert whole.count("TotalTTC") == 1
    with_lines = [text for text in texts if "Articlenuméro" in text]
    assert all("N°DésignationQuantitéPrixunitaireHTTVAMontantHT" in text for text in with_lines)


def test_what_is_carried_forward_is_brought_forward(sample, issued):
    document = issued(many(sample, 300))
    says = voice(document, "fr")
    nets = [1018_80] * 300
    pages = composed(document)
    shown = 0
    carried = None
    for page in pages:
        texts = [mark.text for mark in page.marks if isinstance(mark, Text)]
        if carried is not None and "Report" in texts:
            assert texts[texts.index("Report") + 1] == carried
        shown += sum(text.startswith("Article numéro") for text in texts)
        if "À reporter" in texts:
            carried = texts[texts.index("À reporter") + 1]
            cents = sum(nets[:shown])
            assert carried == says.bare(f"{cents // 100}.{cents % 100:02d}")
    assert shown == 300
    assert carried is not None


def test_no_row_is_split_unless_no_page_could_hold_it(sample, issued):
    draft = many(sample, 60, description="une description assez longue " * 12 + "jusqu’au-bout")
    pages = composed(issued(draft))
    assert len(pages) > 4
    for page in pages:
        texts = [mark.text for mark in page.marks if isinstance(mark, Text)]
        starts = sum(text.startswith("Article numéro") for text in texts)
        ends = sum(text.endswith("jusqu’au-bout") for text in texts)
        assert starts == ends


def extreme(sample):
    """Every member as long as the model lets it be."""
    draft = many(sample, 30, quantity="123456.789123", net_price="987654.321")
    for at, line in enumerate(draft["lines"]):
        line["name"] = f"Nom d’article très long avec Œuvres, Ελλάδα, Київ, ±≥m³ € {'W' * 120} nº {at:02d}"
    draft["lines"][3]["note"] = "x" * 4000
    draft["lines"][4]["description"] = ("mot " * 1000)[:3999] + "!"
    draft["lines"][5].update(id="I" * 100, seller_item_id="S" * 100, buyer_item_id="B" * 100)
    seller, buyer = draft["seller"], draft["buyer"]
    seller.update(name="W" * 70, legal_info="R" * 1000, ids=[{"value": "J" * 100}] * 10)
    buyer.update(name="W" * 200, trading_name="T" * 200, ids=[{"value": "K" * 100}] * 10)
    for party in (seller, buyer):
        for member in ("line1", "line2", "line3", "city", "postcode", "subdivision"):
            party["address"][member] = "Adresse " * 24 + "fin"
    for member in ("project", "contract", "order", "sales_order", "buyer", "tender", "accounting"):
        draft[f"{member}_reference"] = "Dossier " * 24 + "fin"
    draft["notes"] += [{"text": ("note " * 800)[:3999] + "."}] * 5
    draft["payment"] = [
        {
            "means_code": "30",
            "iban": "FR7630003012340002034567885",
            "account_name": "N" * 200,
            "reference": "R" * 100,
        }
    ] * 20
    draft["preceding"] = [{"number": f"{at}-" + "P" * 30, "issue_date": "2026-01-01"} for at in range(8)]
    return draft


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_longest_members_neither_overlap_nor_get_lost(sample, issued, language):
    document = issued(extreme(sample))
    pages = composed(document, language, seal_url(500), "un-hote-tres-long." * 4 + "example/v")
    for page in pages:
        check_page(page)
    whole = "".join("".join(mark.text.split()) for page in pages for mark in page.marks if isinstance(mark, Text))
    counts = {
        "x": 4000,
        "T": 200,
        "J": 1000,
        "K": 1000,
        "Adresse": 2 * 6 * 24,
        "Dossier": 7 * 24,
        "R": 1000 + 20 * 100,
        "I": 100,
        "S": 100,
        "B": 100,
    }
    for letter, count in counts.items():
        assert whole.count(letter) >= count, letter
    assert [at for at in range(30) if f"nº{at:02d}" not in whole] == []
    assert [at for at in range(8) if f"{at}-PPP" not in whole] == []
    assert whole.count("note") >= 5 * 799


@pytest.mark.parametrize("size", range(250, 361, 10))
def test_the_code_is_large_enough_for_any_seal(sample, issued, size):
    pages = composed(issued(sample("five-lines")), url=seal_url(size))
    symbols = [mark for page in pages for mark in page.marks if isinstance(mark, Symbol)]
    assert len(symbols) == 1
    assert symbols[0] in pages[0].marks
    code = symbols[0].code
    assert code.modules * code.module / POINTS_PER_MM >= 30
    assert code.module / POINTS_PER_MM >= 0.375
    columns = [column + length for column, _, length in code.dark]
    assert (max(columns), max(row for _, row, _ in code.dark) + 1) == (code.modules, code.modules)
    assert code.side == pytest.approx((code.modules + 2 * QUIET_ZONE) * code.module)
    assert symbols[0].x + code.side <= RIGHT + 0.1
    assert overlaps(pages[0]) == []


def test_the_code_is_level_m_with_the_fixed_mask():
    code = encode(seal_url(267))
    dark = {(column + at, row) for column, row, length in code.dark for at in range(length)}
    # ISO/IEC 18004 §7.9: the format word beside the top left finder, masked by 101010000010010.
    places = [(0, 8), (1, 8), (2, 8), (3, 8), (4, 8), (5, 8), (7, 8), (8, 8)]
    places += [(8, 7), (8, 5), (8, 4), (8, 3), (8, 2), (8, 1), (8, 0)]
    word = int("".join("1" if place in dark else "0" for place in places), 2) ^ 0b101010000010010
    assert word >> 13 == 0b00  # level M
    assert word >> 10 & 0b111 == 3


def test_wrapping_drops_nothing_but_the_space_at_a_break():
    style = Style(9)
    text = "Un  texte avec deux espaces, un-mot-" + "très" * 40 + " et une fin"
    lines = wrap(text, 80, style)
    assert max(map(style.width, lines)) <= 80
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
