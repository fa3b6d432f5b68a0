"""Every rule that a draft must satisfy, all violations at once.

Ids are EN 16931's where it has the rule, `SC-` where it is blind (what its official validators let pass),
`FR-` for French law. What follows from the form of a member is checked where it is parsed.
"""

from __future__ import annotations

from collections.abc import Callable

from ledger.invoice import (
    rules_document,
    rules_france,
    rules_lines,
    rules_parties,
    rules_totals,
    rules_vat,
)
from ledger.invoice.model import Draft
from ledger.invoice.totals import compute
from ledger.invoice.violation import InvoiceError, Violation

RULES: tuple[Callable[[Draft, list[Violation]], None], ...] = (
    rules_document.check,
    rules_parties.check,
    rules_lines.check,
    rules_vat.check,
    rules_france.check,
)
"""Rules over the draft alone; those over its amounts need amounts to exist."""


def violations(draft: Draft) -> list[Violation]:
    """Every violation of the draft, in the order of the rules; empty when it can be issued."""
    found: list[Violation] = []
    for check in RULES:
        check(draft, found)
    try:
        computed = compute(draft)
    except InvoiceError as error:
        found.extend(error.violations)
    else:
        rules_totals.check(draft, computed, found)
    return _once(found)


def _once(found: list[Violation]) -> list[Violation]:
    if len(found) < 2:
        return found
    return list({(violation.rule, violation.pointer): violation for violation in found}.values())
