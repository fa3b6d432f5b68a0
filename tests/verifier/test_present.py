"""How verdicts are worded: whole in both languages, safe against hostile names, and promising nothing."""

from __future__ import annotations

import json
import re
from dataclasses import fields, replace

import pytest

from tests.verifier.bundles.generate import FOLDER
from tests.verifier.test_verify_golden import INDEX, judge
from verifier import wording
from verifier.errors import Malformed
from verifier.figures import account, clean, day, instant, money
from verifier.html import render_sheet
from verifier.present import Sheet, present
from verifier.text import render_text
from verifier.unreadable import present_error
from verifier.verdict import Standing, Verdict
from verifier.wording import ADVICE, LANGS, REASONS

GOLDEN = sorted(INDEX["cases"])


def verdict(name: str) -> Verdict:
    return judge((FOLDER / f"{name}.json").read_bytes())[0]


def standing(**changes: object) -> Verdict:
    found = verdict("fresh-invoice")
    assert found.standing is not None
    return replace(found, standing=replace(found.standing, **changes))  # type: ignore[arg-type]


def texts(sheet: Sheet) -> str:
    rows = [f"{row.name}: {row.value}" for section in sheet.sections for row in section.rows]
    return "\n".join([sheet.headline, sheet.reason, *sheet.warnings, *sheet.advice, *rows])


@pytest.mark.parametrize("name", GOLDEN)
def test_every_golden_verdict_has_its_own_words(name: str) -> None:
    """No code without a sentence, in either language, as text and as HTML."""
    found = verdict(name)
    assert found.reason in REASONS
    assert found.reason == "authentic" or found.reason in ADVICE or found.authenticity == "forged"
    for lang in LANGS:
        sheet = present(found, lang)
        assert "{" not in texts(sheet)
        assert sheet.headline.upper() in render_text(sheet, name, lang, colour=False)
        assert f'class="sheet {sheet.mark}"' in render_sheet(sheet, lang)
    if found.authenticity == "forged":
        assert present(found, "en").advice[0] == "Do not pay."
        assert "Pay to" not in texts(present(found, "en"))


def test_both_languages_have_the_same_blanks() -> None:
    """Every pair of the module, wherever it stands."""
    pairs = [pair for pair in _pairs(vars(wording)) if all(isinstance(part, str) for part in pair)]
    assert len(pairs) > 90
    for english, french in pairs:
        assert sorted(re.findall(r"\{\w+\}", english)) == sorted(re.findall(r"\{\w+\}", french)), english
        assert english
        assert french


def test_what_could_not_be_read_is_said_in_both_languages() -> None:
    """The stable code stays; the sentence is the reader's."""
    error = Malformed("no-file", "no such file")
    assert "Ce fichier n'existe pas" in texts(present_error(error, "fr"))
    assert "[no-file]" in texts(present_error(error, "fr"))
    assert "Scan the code" in texts(present_error(Malformed("base64url", "cut"), "en", scanned=True))


def _pairs(value: object) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for key, item in value.items() if not str(key).startswith("__") for pair in _pairs(item)]
    if isinstance(value, tuple) and len(value) == 2 and all(isinstance(part, str) for part in value):
        return [] if value == LANGS else [value]
    return [pair for item in value for pair in _pairs(item)] if isinstance(value, tuple) else []


def test_nothing_says_free_to_finance() -> None:
    """Not even of an invoice that nobody has assigned."""
    for english, french in _pairs(vars(wording)):
        assert "free" not in english.lower()
        assert not re.search(r"\blibre\b", french.lower())
    assert "assigned" not in texts(present(verdict("fresh-invoice"), "en"))
    assert "assigned to a financier" in texts(present(standing(assigned=True, flags=("assigned",)), "en"))


def test_a_changed_account_is_a_warning_and_the_printed_one_is_crossed_out() -> None:
    """Known or not disclosed, the printed account is never the one to pay."""
    shown = texts(present(standing(pay_to="DE89370400440532013000", pay_to_changed=True), "en"))
    assert "The account printed on the document is no longer the one to pay." in shown
    assert "Pay to: DE89 3704 0044 0532 0130 00" in shown
    assert "FR76 1558 9297 0101 2345 6789 067 (no longer to be paid)" in shown
    hidden = texts(present(standing(pay_to=None, pay_to_changed=True), "fr"))
    assert "Payer à: un autre compte, non affiché\u00a0; pas celui imprimé" in hidden
    assert "demandez-le à l'émetteur" in hidden


def test_an_unchecked_name_is_said_to_be_one() -> None:
    """*Declared* is a warning of its own, above the name."""
    assert "Nobody has checked" in texts(present(replace(verdict("fresh-invoice"), identity="declared"), "en"))


def test_a_hostile_name_moves_no_cursor_and_adds_no_markup() -> None:
    """Escapes, right-to-left marks and tags in a seal's text."""
    found = verdict("fresh-invoice")
    assert found.seal is not None
    evil = replace(found, seal=replace(found.seal, seller_name="\x1b[2J<b>A\u202eB</b>\r\n"), ledger_name="<i>\x07")
    text = render_text(present(evil, "en"), "x", "en", colour=False)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e]", text)
    html = render_sheet(present(evil, "en"), "en")
    assert "<b>A" not in html
    assert "<i>\ufffd" not in html
    assert "&lt;b&gt;A" in html


def test_colour_is_only_on_top() -> None:
    """Without colour the same words and symbols are there."""
    sheet = present(verdict("void-number"), "en")
    coloured = render_text(sheet, "x", "en", colour=True)
    assert "\x1b[1;31m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render_text(sheet, "x", "en", colour=False)


def test_figures() -> None:
    """Both notations, written here by hand."""
    assert money(123_456_789, ("EUR", 2), "en") == "EUR\u00a01,234,567.89"
    assert money(-123_456_789, ("EUR", 2), "fr") == "\u22121\u202f234\u202f567,89\u00a0EUR"
    assert money(5, ("JPY", 0), "en") == "JPY\u00a05"
    assert money(2**53 - 1, ("TND", 3), "fr") == "9\u202f007\u202f199\u202f254\u202f740,991\u00a0TND"
    assert (day(20_423, "fr"), day(20_423, "en")) == ("1er décembre 2025", "1 December 2025")
    assert instant(1_764_000_000, "fr") == "24 novembre 2025 à 16:00 UTC"
    assert instant(2**63, "en") == "31 December 9999, 23:59 UTC"
    assert account("FR7615589297010123456789067") == "FR76 1558 9297 0101 2345 6789 067"
    assert account("not an iban") == "not an iban"
    assert clean("a" * 500) == "a" * 299 + "…"


def test_the_machine_form_has_no_number() -> None:
    """Amounts and times are strings, as everywhere in this protocol."""
    data = json.dumps(verdict("paid-invoice").to_json())
    assert not re.search(r"[:\[,] ?-?[0-9]", re.sub(r'"[^"]*"', '""', data))
    assert {field.name for field in fields(Standing)} == set(verdict("paid-invoice").to_json()["standing"])
