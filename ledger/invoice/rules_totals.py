"""Given amounts against computed ones, and the bounds of the seal."""

from __future__ import annotations

from ledger.invoice.amounts import MAX_MINOR, to_minor, to_text
from ledger.invoice.line import Totals, VatGroup
from ledger.invoice.model import Draft
from ledger.invoice.rules_vat import FAMILIES
from ledger.invoice.totals import Computed, vat_key
from ledger.invoice.violation import Violation

GIVEN = (
    ("lines", "lines", "BR-CO-10", "BR-DEC-09"),
    ("allowances", "allowance_total", "BR-CO-11", "BR-DEC-10"),
    ("charges", "charge_total", "BR-CO-12", "BR-DEC-11"),
    ("tax_exclusive", "tax_exclusive", "BR-CO-13", "BR-DEC-12"),
    ("tax", "tax", "BR-CO-14", "BR-DEC-13"),
    ("tax_inclusive", "tax_inclusive", "BR-CO-15", "BR-DEC-14"),
    ("due", "due", "BR-CO-16", "BR-DEC-18"),
)
"""Member of `totals`, field of `Computed`, rule of its value, rule of its digits."""

SEALED = ("tax_inclusive", "tax", "due")


def check(draft: Draft, computed: Computed, found: list[Violation]) -> None:
    """Append every given amount that differs, what a seal cannot carry, and a due amount without a date."""
    for index, line in enumerate(draft.lines):
        if line.net_amount is not None:
            pointer = f"/lines/{index}/net_amount"
            _compare(
                line.net_amount,
                computed.line_nets[index],
                computed.digits,
                pointer,
                ("SC-LINE-NET", "BR-DEC-23"),
                found,
            )
    if draft.totals is not None:
        _totals(draft.totals, computed, found)
    if draft.vat_breakdown:
        _breakdown(draft.vat_breakdown, computed, found)
    for name in SEALED:
        value = getattr(computed, name)
        if not 0 <= value <= MAX_MINOR:
            rule = "SC-SEAL-NEGATIVE" if value < 0 else "SC-SEAL-AMOUNT"
            found.append(Violation(rule, f"/totals/{name}", {"value": to_text(value, computed.digits)}))
    if computed.due > 0 and draft.due_date is None and draft.due_terms is None and draft.terms is None:
        found.append(Violation("BR-CO-25", "/due_date"))


def _totals(totals: Totals, computed: Computed, found: list[Violation]) -> None:
    for member, field, rule, digits_rule in GIVEN:
        given = getattr(totals, member)
        if given is not None:
            expected = getattr(computed, field)
            _compare(
                given,
                expected,
                computed.digits,
                f"/totals/{member}",
                (rule, digits_rule),
                found,
            )


def _breakdown(rows: list[VatGroup], computed: Computed, found: list[Violation]) -> None:
    expected = {group.vat: group for group in computed.groups}
    given = [vat_key(row.category, row.rate) for row in rows]
    if sorted(given) != sorted(expected):
        text = ", ".join(" ".join(part for part in key if part) for key in expected)
        found.append(Violation("BR-CO-18", "/vat_breakdown", {"expected": text}))
    for index, (row, key) in enumerate(zip(rows, given, strict=True)):
        group = expected.get(key)
        if group is None:
            continue
        where, family = f"/vat_breakdown/{index}", FAMILIES.get(row.category, "BR-S")
        _compare(
            row.taxable,
            group.taxable,
            computed.digits,
            f"{where}/taxable",
            (f"{family}-08", "BR-DEC-19"),
            found,
        )
        _compare(
            row.tax,
            group.tax,
            computed.digits,
            f"{where}/tax",
            ("BR-CO-17", "BR-DEC-20"),
            found,
        )


def _compare(
    given: str,
    expected: int,
    digits: int,
    pointer: str,
    rules: tuple[str, str],
    found: list[Violation],
) -> None:
    minor = to_minor(given, digits)
    if minor is None:
        found.append(Violation(rules[1], pointer, {"value": given, "digits": str(digits)}))
    elif minor != expected:
        found.append(
            Violation(
                rules[0],
                pointer,
                {"given": given, "expected": to_text(expected, digits)},
            )
        )
