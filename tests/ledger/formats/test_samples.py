"""Every sample in both languages: the words, the figures and the code that a reader gets from the paper."""

from __future__ import annotations

import io

import pypdf
import pypdfium2
import pytest
import zxingcpp

from ledger.formats import figures
from ledger.formats.qr import encode
from ledger.formats.voice import voice

from .conftest import SAMPLES, seal_url

BOTH = ["fr", "en"]


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("language", BOTH)
@pytest.mark.parametrize("name", SAMPLES)
def test_everything_is_on_the_paper(sample, issued, printed, pages, name, language):
    document = issued(sample(name))
    says = voice(document, language)
    text = "".join(pages(printed(document, language=language)))
    expected = [
        says.names.title(document["type_code"]),
        document["number"],
        document["seller"]["name"],
        document["buyer"]["name"],
        document["buyer"]["address"]["line1"],
        says.day(document["issue_date"]),
        says.money(document["totals"]["due"]),
        says.money(document["totals"]["tax_inclusive"]),
        says.money(document["totals"]["tax"]),
        "sceau.example/v",
        document["terms"],
        *(note["text"] for note in document.get("notes", ())),
        *(earlier["number"] for earlier in document.get("preceding", ())),
        *(figures.grouped(way["iban"]) for way in document.get("payment", ()) if "iban" in way),
    ]
    for line in document["lines"]:
        # One after the other, as they stand on the row.
        expected += [line["id"] + line["name"], says.bare(line["net_price"]), says.bare(line["net_amount"])]
    for group in document["vat_breakdown"]:
        expected += [says.bare(group["taxable"]) + says.bare(group["tax"]), group.get("exemption_reason", "")]
    if "due_date" in document:
        expected.append(says.words["due_by"].format(date=says.day(document["due_date"])))
    assert [word for word in expected if squeezed(word) not in text] == []


@pytest.mark.parametrize("language", BOTH)
@pytest.mark.parametrize("name", SAMPLES)
def test_the_code_is_read_from_the_rendered_page(sample, issued, printed, name, language):
    page = pypdfium2.PdfDocument(printed(issued(sample(name)), language=language))[0]
    found = zxingcpp.read_barcodes(page.render(scale=200 / 72).to_pil())
    assert [code.text for code in found] == [seal_url(267)]


@pytest.mark.parametrize("size", [250, 300, 360])
def test_the_code_survives_a_203_dpi_head_in_black_and_white(sample, issued, printed, size):
    pdf = printed(issued(sample("five-lines")), seal_url=seal_url(size))
    picture = pypdfium2.PdfDocument(pdf)[0].render(scale=203 / 72).to_pil().convert("1", dither=0)
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [seal_url(size)]


@pytest.mark.parametrize("size", [250, 360])
def test_the_code_measured_on_the_page_is_three_centimetres(sample, issued, printed, size):
    pdf = printed(issued(sample("five-lines")), seal_url=seal_url(size))
    (code,) = zxingcpp.read_barcodes(pypdfium2.PdfDocument(pdf)[0].render(scale=600 / 72).to_pil())
    corners = code.position
    side = abs(corners.top_right.x - corners.top_left.x) * 25.4 / 600
    assert code.ec_level == "M"
    assert side >= 30
    # The symbol has 17 + 4 × version modules; its version is the smallest that holds the text.
    modules = encode(seal_url(size)).modules
    assert side / modules >= 0.375 - 0.002


def test_a_credit_note_asks_for_no_payment(sample, issued, printed, pages):
    document = issued(sample("credit-note"))
    french = pages(printed(document))[0]
    assert "Netenvotrefaveur" in french
    assert "CORRIGEF-2026-0001du31août2026" in french
    assert "Netàpayer" not in french
    assert "Avantdepayer" not in french


def test_nothing_owed_gives_no_reference_to_quote(sample, issued, printed, pages):
    text = pages(printed(issued(sample("consumer"))))[0]
    assert "Netàpayer0,00€" in text
    assert "Référenceàrappeler" not in text


@pytest.mark.parametrize("name", ["greek-buyer", "cyrillic-buyer", "forty-lines"])
def test_every_font_is_embedded_and_maps_back_to_unicode(sample, issued, printed, name):
    reader = pypdf.PdfReader(io.BytesIO(printed(issued(sample(name)))))
    fonts = {font for page in reader.pages for font in page["/Resources"]["/Font"].values()}
    assert fonts
    for font in (reference.get_object() for reference in fonts):
        assert "NotoSans" in font["/BaseFont"]
        assert "/FontFile2" in font["/FontDescriptor"]
        assert "/ToUnicode" in font


def test_the_files_own_facts(sample, issued, printed):
    reader = pypdf.PdfReader(io.BytesIO(printed(issued(sample("bakery")), language="en")))
    assert reader.metadata.title == "Invoice F-2026-0042"
    assert reader.metadata.author == "Boulangerie des Halles SAS"
    assert reader.metadata["/CreationDate"] == reader.metadata["/ModDate"] == "D:20260930083000+00'00'"
    assert reader.trailer["/Root"]["/Lang"] == "en-GB"
