"""The facts of the head: dates and references, each a label and a value, the most wanted first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ledger.formats import party
from ledger.formats.voice import Voice

Fact = tuple[str, str]

_CORRECTED: Final = "384"

_REFERENCES: Final = (
    "buyer_reference",
    "order_reference",
    "contract_reference",
    "project_reference",
    "sales_order_reference",
)
_OTHER_REFERENCES: Final = (
    ("despatch_advice_reference", "despatch_reference"),
    ("receiving_advice_reference", "receiving_reference"),
    ("tender_reference", "tender_reference"),
    ("accounting_reference", "accounting_reference"),
)


def facts(document: Mapping[str, Any], voice: Voice) -> Iterator[Fact]:
    """Label and value of each fact; the due date is always written in full."""
    words = voice.words
    yield words["issue_date"], voice.day(document["issue_date"])
    if "due_date" in document:
        yield words["due_date"], voice.day(document["due_date"])
    yield from _preceding(document, voice)
    delivery = document.get("delivery", {})
    if "date" in delivery:
        yield words["delivery_date"], voice.day(delivery["date"])
    if "period" in document:
        yield words["period"], voice.period(document["period"])
    for member in _REFERENCES:
        if member in document:
            yield words[member], document[member]
    yield from _less_wanted(document, voice)


def _preceding(document: Mapping[str, Any], voice: Voice) -> Iterator[Fact]:
    corrects = voice.credit or document["type_code"] == _CORRECTED
    label = voice.words["preceding" if corrects else "preceding_other"]
    for earlier in document.get("preceding", ()):
        value = earlier["number"]
        if "issue_date" in earlier:
            value += " " + voice.words["of_date"].format(date=voice.day(earlier["issue_date"]))
        yield label, value


def _less_wanted(document: Mapping[str, Any], voice: Voice) -> Iterator[Fact]:
    words = voice.words
    for member, key in _OTHER_REFERENCES:
        if member in document:
            yield words[key], document[member]
    if "invoiced_object" in document:
        yield words["invoiced_object"], voice.identifier(document["invoiced_object"])
    if document["currency"] != "EUR":
        yield words["currency"], document["currency"]
    if "tax_point_date" in document:
        yield words["tax_point"], voice.day(document["tax_point_date"])
    elif "tax_point_code" in document:
        code = document["tax_point_code"]
        yield words["tax_point"], words.get(f"tax_point_{code}", code)
    place = _place(document)
    if place:
        yield words["deliver_to"], party.brief(place, voice)
    if "tax_representative" in document:
        yield words["tax_representative"], party.brief(document["tax_representative"], voice)


def _place(document: Mapping[str, Any]) -> dict[str, Any]:
    """Where the goods went, when it is not simply the buyer's address."""
    delivery = document.get("delivery", {})
    place = {key: delivery[key] for key in ("name", "location", "address") if key in delivery}
    return {} if place == {"address": document["buyer"]["address"]} else place
