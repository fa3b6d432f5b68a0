"""From a draft to the fixed document: number, date, every computed amount; ready to be canonicalised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.invoice.amounts import to_text
from ledger.invoice.codes import DEFAULT_UNIT, unit_code
from ledger.invoice.keys import day
from ledger.invoice.model import Draft
from ledger.invoice.parse import parse_draft
from ledger.invoice.rules_lines import line_id
from ledger.invoice.rules_vat import EXEMPT, exemptions
from ledger.invoice.terms import EndOfMonth
from ledger.invoice.terms import due_date as due_date_of
from ledger.invoice.totals import Computed, Share, compute
from ledger.invoice.violation import InvoiceError, Violation
from verifier.errors import Malformed
from verifier.seal import check_number

_LISTS = frozenset({"allowances", "charges", "attributes"})
_INPUTS = {"due_terms", "totals", "vat_breakdown"}
"""Members that the document has in another form."""


def complete(draft: Draft, *, number: str, issue_date: date | str) -> dict[str, Any]:
    """The document of a draft that has passed `violations`.

    Its members are the claims (PROTOCOL.md section 2). Everything in it is a string, an object or an array:
    no JSON number, no null, no empty array; money has exactly its currency's digits.

    Args:
        draft: A draft without violations (what `parse_draft` returns).
        number: BT-1, from the series.
        issue_date: BT-2, a calendar date in the seller's zone; takes the place of the draft's own.

    Raises:
        InvoiceError: for a number that a seal cannot carry, an issue date after the due date, or a draft
            whose amounts cannot be computed.
    """
    return prepare(draft).finish(number, issue_date)


@dataclass(slots=True)
class Prepared:
    """A document without its number and dates, which is all that a draft leaves behind until it gets them.

    A large batch waits in this form: models by the thousand make the garbage collector go through them again and again.
    """

    document: dict[str, Any]
    issue_date: date | None
    """BT-2 when the draft gives it."""
    due_terms: tuple[int, EndOfMonth] | None
    """Days, and where they go to the end of the month."""
    digits: int
    """Digits of the currency after the point."""

    def finish(self, number: str, issue_date: date | str) -> dict[str, Any]:
        """The document; once only, since it is the one that was prepared. Arguments and errors as `complete`."""
        issued = day(issue_date) if isinstance(issue_date, str) else issue_date
        if issued is None:
            raise InvoiceError([Violation("SC-DATE", "/issue_date", {"value": str(issue_date)})])
        document = self.document
        document["number"] = number
        document["issue_date"] = issued.isoformat()
        if self.due_terms is not None:
            document["due_date"] = due_date_of(issued, *self.due_terms).isoformat()
        _check(document)
        return document


def prepare(draft: Draft) -> Prepared:
    """All of the document that does not depend on when it is issued.

    Raises:
        InvoiceError: the draft's amounts cannot be computed.
    """
    computed = compute(draft)
    document = _given(draft, computed)
    _lines(draft, computed, document["lines"])
    for member, shares in (
        ("allowances", computed.allowances),
        ("charges", computed.charges),
    ):
        if member in document:
            document[member] = [_share(document[member][share.source], share, computed.digits) for share in shares]
    document["vat_breakdown"] = _breakdown(draft, computed)
    document["totals"] = _totals(computed)
    for member in [name for name, value in document.items() if not value]:
        del document[member]
    given = None if draft.issue_date is None else day(draft.issue_date)
    terms = None if draft.due_terms is None else (int(draft.due_terms.days), draft.due_terms.end_of_month)
    return Prepared(document, given, terms, computed.digits)


def _given(draft: Draft, computed: Computed) -> dict[str, Any]:
    """The draft's members that stay, with lines of its own to be completed."""
    source = draft._source
    if source is None or computed.line_parts:
        return draft.model_dump(exclude_none=True, exclude=_INPUTS)
    document = {name: value for name, value in source.items() if name not in _INPUTS}
    document["type_code"] = draft.type_code
    document["lines"] = [dict(line) for line in source["lines"]]
    return document


def violations_of(document: Mapping[str, Any]) -> tuple[Violation, ...]:
    """What is wrong with a completed document: its form, its rules, and any amount that is not the computed
    one."""
    draft = {name: value for name, value in document.items() if name != "number"}
    found: list[Violation] = []
    try:
        parsed = parse_draft(draft)
        again = complete(
            parsed,
            number=document.get("number") or "",
            issue_date=document.get("issue_date") or "",
        )
        for name in sorted(again.keys() | document.keys()):
            if again.get(name) != document.get(name):
                found.append(
                    Violation(
                        "SC-FORM",
                        f"/{name}",
                        {"value": name, "expected": "as completed"},
                    )
                )
    except InvoiceError as error:
        found.extend(error.violations)
    return tuple(found)


def _check(document: Mapping[str, Any]) -> None:
    found = []
    try:
        check_number(document["number"], "/number")
    except Malformed:
        found.append(Violation("SC-SEAL-NUMBER", "/number"))
    due, issued = document.get("due_date"), document["issue_date"]
    if due is not None and due < issued:
        found.append(Violation("SC-DUE-BEFORE-ISSUE", "/due_date", {"given": due, "expected": issued}))
    if found:
        raise InvoiceError(found)


def _lines(draft: Draft, computed: Computed, lines: list[dict[str, Any]]) -> None:
    digits, parts = computed.digits, computed.line_parts
    for index, (line, net) in enumerate(zip(lines, computed.line_nets, strict=True)):
        line["id"] = line_id(draft.lines[index], index)
        unit = line.get("unit")
        line["unit"] = DEFAULT_UNIT if unit is None else unit_code(unit)
        line["net_amount"] = to_text(net, digits)
        line.pop("currency", None)
        if index in parts:
            for member, amounts in zip(("allowances", "charges"), parts[index], strict=True):
                _amounts(line, member, amounts, digits)
        for member in _LISTS & line.keys():
            if not line[member]:
                del line[member]


def _amounts(line: dict[str, Any], member: str, amounts: list[int], digits: int) -> None:
    for item, amount in zip(line.get(member, ()), amounts, strict=True):
        item["amount"] = to_text(amount, digits)
        if "base" in item:
            item["base"] = _padded(item["base"], digits)


def _padded(text: str, digits: int) -> str:
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.ljust(digits, '0')}" if digits else whole


def _share(item: dict[str, Any], share: Share, digits: int) -> dict[str, Any]:
    category, rate = share.vat
    part = {**item, "amount": to_text(share.amount, digits)}
    if "vat" not in item:
        # A percentage of the whole document is no percentage of the part: what is said is the amount.
        part.pop("percent", None)
        part.pop("base", None)
        part["vat"] = {"category": category, "rate": rate} if rate else {"category": category}
    elif "base" in part:
        part["base"] = _padded(part["base"], digits)
    return part


def _breakdown(draft: Draft, computed: Computed) -> list[dict[str, str]]:
    reasons = exemptions(draft) if any(group.vat[0] in EXEMPT for group in computed.groups) else {}
    rows = []
    for (category, rate), taxable, tax in computed.groups:
        row = {
            "category": category,
            "taxable": to_text(taxable, computed.digits),
            "tax": to_text(tax, computed.digits),
        }
        if rate:
            row["rate"] = rate
        reason, code = reasons.get((category, rate), (None, None))
        if reason is not None:
            row["exemption_reason"] = reason
        if code is not None:
            row["exemption_code"] = code
        rows.append(row)
    return rows


def _totals(computed: Computed) -> dict[str, str]:
    digits = computed.digits
    return {
        "lines": to_text(computed.lines, digits),
        "allowances": to_text(computed.allowance_total, digits),
        "charges": to_text(computed.charge_total, digits),
        "tax_exclusive": to_text(computed.tax_exclusive, digits),
        "tax": to_text(computed.tax, digits),
        "tax_inclusive": to_text(computed.tax_inclusive, digits),
        "prepaid": to_text(computed.prepaid, digits),
        "rounding": to_text(computed.rounding, digits),
        "due": to_text(computed.due, digits),
    }
