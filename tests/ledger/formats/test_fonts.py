"""Which characters can be printed (case F2), and what is said of those that cannot."""

from __future__ import annotations

import pytest

from ledger.formats.pdf import FontCoverageError, uncovered

WORDS = ["Société Œuvré – ±≥m³ €", "Ελλάδα", "Київ", "Łódź, Čeština, Türkçe, İstanbul", "Ћирилица", "ὁ λόγος"]


@pytest.mark.parametrize("words", WORDS)
def test_f2_text_extracted_equals_the_input(sample, issued, printed, pages, words):
    draft = sample("five-lines")
    draft["lines"][0]["name"] = words
    draft["buyer"]["name"] = words
    document = issued(draft)
    assert uncovered(document) == []
    text = pages(printed(document))[0]
    assert text.count("".join(words.split())) == 2


@pytest.mark.parametrize(
    ("character", "what"),
    [
        ("株", "Han"),
        ("ش", "Arabic"),
        ("क", "Devanagari"),
        ("😀", "emoji"),
        ("\u200d", "joiner"),
        ("\ue000", "private"),
    ],
)
def test_a_character_without_a_glyph_is_refused_with_its_place(sample, issued, printed, character, what):
    draft = sample("five-lines")
    draft["lines"][2]["name"] = f"Livre {character}"
    document = issued(draft)
    with pytest.raises(FontCoverageError) as caught:
        printed(document)
    assert caught.value.code == "font_coverage"
    assert caught.value.where == "/lines/2/name"
    assert caught.value.character == character
    assert f"U+{ord(character):04X}" in caught.value.message


def test_uncovered_lists_every_place_once_in_document_order(sample, issued):
    draft = sample("five-lines")
    draft["buyer"]["name"] = "株式会社 株"
    draft["lines"][4]["name"] = "株"
    document = issued(draft)
    expected = [("/buyer/name", char) for char in "株式会社"] + [("/lines/4/name", "株")]
    assert uncovered(document) == expected
