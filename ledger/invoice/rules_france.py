"""French law on an invoice of a French seller to a French business (Code de commerce, CGI, BR-FR).

A buyer is a business unless the note BAR says B2C, as the French reform marks it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from ledger.invoice.amounts import plain
from ledger.invoice.codes import (
    FRENCH_PROCESSES,
    FRENCH_RATES,
    FRENCH_TYPES,
)
from ledger.invoice.model import Draft
from ledger.invoice.party import Party
from ledger.invoice.violation import Violation
from verifier.facts import SIREN, SIRET
from verifier.seal import credits

MENTIONS = ("PMD", "PMT", "AAB")
"""Late penalties, recovery indemnity, early payment discount (UNTDID 4451)."""

CORRECTED = "384"

_LETTERS = re.compile(r"[^\W\d_]{3}")
_PLACEHOLDER = re.compile(r"\W*(?:n\.?/?\s?a\.?|tbd|todo|xxx+|test|none|aucun|aucune)\W*", re.IGNORECASE)
_RATE = re.compile(r"\d|taux|rate|bce|ecb", re.IGNORECASE)
_FORTY_EUROS = re.compile(r"(?<![\d.,])40(?:[.,]0+)?(?!\d)\s*(?:€|eur)|(?:€|eur)\s*40(?![\d])", re.IGNORECASE)


def check(draft: Draft, found: list[Violation]) -> None:
    """Append what French law finds missing; says nothing about sellers elsewhere."""
    if draft.seller.address.country != "FR":
        return
    _siren(draft.seller, "/seller", "FR-SELLER-SIREN", found)
    _foreign_currency(draft, found)
    if credits(draft.type_code) or draft.type_code == CORRECTED:
        _preceding(draft, found)
    if draft.buyer.address.country != "FR" or _is_consumer(draft):
        return
    _siren(draft.buyer, "/buyer", "FR-BUYER-SIREN", found)
    if draft.type_code not in FRENCH_TYPES:
        found.append(Violation("FR-TYPE", "/type_code", {"value": draft.type_code}))
    if draft.process is not None and draft.process not in FRENCH_PROCESSES:
        found.append(Violation("FR-PROCESS", "/process", {"value": draft.process}))
    if draft.due_date is None and draft.due_terms is None and not credits(draft.type_code):
        found.append(Violation("FR-DUE-DATE", "/due_date"))
    _mentions(draft, found)
    for index, line in enumerate(draft.lines):
        rate = line.vat.rate
        if rate is not None and plain(rate) not in FRENCH_RATES:
            found.append(Violation("FR-RATE", f"/lines/{index}/vat/rate", {"value": rate}))


def _is_consumer(draft: Draft) -> bool:
    return any(note.subject_code == "BAR" and note.text == "B2C" for note in draft.notes or ())


def _siren(party: Party, where: str, rule: str, found: list[Violation]) -> None:
    legal = party.legal_id
    if legal is None or legal.scheme != SIREN:
        found.append(Violation(rule, f"{where}/legal_id"))
        return
    for index, item in enumerate(party.ids or ()):
        if item.scheme == SIRET and item.value[:9] != legal.value:
            params = {"value": item.value, "expected": legal.value}
            found.append(Violation("FR-SIRET", f"{where}/ids/{index}/value", params))


def _mentions(draft: Draft, found: list[Violation]) -> None:
    first: dict[str, int] = {}
    for index, note in enumerate(draft.notes or ()):
        code = note.subject_code
        if code not in MENTIONS:
            continue
        if code in first:
            found.append(Violation("FR-ONCE", f"/notes/{index}", {"value": code}))
            continue
        first[code] = index
        if not says(code, note.text):
            found.append(Violation(f"FR-{code}", f"/notes/{index}/text"))
    found.extend(Violation(f"FR-{code}", "/notes") for code in MENTIONS if code not in first)


@lru_cache(maxsize=1024)
def says(code: str, text: str) -> bool:
    """Whether a mention says what the law wants, and is not "N/A" or a full stop in its place."""
    if not _LETTERS.search(text) or _PLACEHOLDER.fullmatch(text):
        return code == "PMT" and _FORTY_EUROS.search(text) is not None
    if code == "PMD":
        return _RATE.search(text) is not None
    return code != "PMT" or _FORTY_EUROS.search(text) is not None


def _preceding(draft: Draft, found: list[Violation]) -> None:
    if not draft.preceding:
        found.append(Violation("FR-PRECEDING", "/preceding"))
    for index, earlier in enumerate(draft.preceding or ()):
        if earlier.issue_date is None:
            found.append(Violation("FR-PRECEDING", f"/preceding/{index}/issue_date"))


def _foreign_currency(draft: Draft, found: list[Violation]) -> None:
    if draft.currency != "EUR" and (draft.tax_currency != "EUR" or draft.tax_total_in_tax_currency is None):
        found.append(Violation("FR-TAX-EUR", "/tax_total_in_tax_currency"))
