"""Rules of lines, and of document allowances and charges."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.invoice.amounts import POWERS, fixed, plain, to_text
from ledger.invoice.code_lists import (
    ALLOWANCE_REASONS,
    CHARGE_REASONS,
    COUNTRIES,
    UNITS,
)
from ledger.invoice.codes import unit_code
from ledger.invoice.line import InvoiceLine, LineAdjustment
from ledger.invoice.model import Draft
from ledger.invoice.rules_document import check_period
from ledger.invoice.rules_parties import identifier
from ledger.invoice.violation import Violation


def check(draft: Draft, found: list[Violation]) -> None:
    """Append what is wrong with the lines and the document's allowances and charges."""
    currency = draft.currency
    for index, line in enumerate(draft.lines):
        if line.net_price[0] == "-":
            found.append(Violation("BR-27", f"/lines/{index}/net_price"))
        if line.unit is not None and line.unit not in UNITS and unit_code(line.unit) is None:
            found.append(Violation("BR-CL-23", f"/lines/{index}/unit", {"value": line.unit}))
        if line.currency is not None and line.currency != currency:
            params = {"given": line.currency, "expected": currency}
            found.append(Violation("SC-CURRENCY-MIX", f"/lines/{index}/currency", params))
        if line.allowances:
            _adjustments(line.allowances, f"/lines/{index}/allowances", "BR-42", found)
        if line.charges:
            _adjustments(line.charges, f"/lines/{index}/charges", "BR-44", found)
        _rare(line, index, found)
    _line_ids(draft, found)
    _adjustments(draft.allowances or (), "/allowances", "BR-33", found)
    _adjustments(draft.charges or (), "/charges", "BR-38", found)


def line_id(line: InvoiceLine, index: int) -> str:
    """BT-126: the line's own number, or its place in the list."""
    return str(index + 1) if line.id is None else line.id


def _rare(line: InvoiceLine, index: int, found: list[Violation]) -> None:
    where = f"/lines/{index}"
    if line.gross_price is not None or line.price_discount is not None:
        _price(line, where, found)
    if line.period is not None:
        check_period(line.period, f"{where}/period", ("BR-CO-20", "BR-30"), found)
    if line.standard_item_id is not None:
        identifier(line.standard_item_id, f"{where}/standard_item_id", "BR-CL-21", found)
    if line.origin is not None and line.origin not in COUNTRIES:
        found.append(Violation("BR-CL-15", f"{where}/origin", {"value": line.origin}))


def _price(line: InvoiceLine, where: str, found: list[Violation]) -> None:
    if line.gross_price is not None and line.gross_price[0] == "-":
        found.append(Violation("BR-28", f"{where}/gross_price"))
    gross, discount = (_millionths(text) for text in (line.gross_price or line.net_price, line.price_discount or "0"))
    if line.gross_price is None or gross - discount != _millionths(line.net_price):
        params = {
            "given": line.net_price,
            "expected": plain(to_text(gross - discount, 6)),
        }
        found.append(Violation("SC-PRICE", f"{where}/net_price", params))


def _millionths(text: str) -> int:
    mantissa, scale = fixed(text)
    return mantissa * POWERS[6 - scale]


def _line_ids(draft: Draft, found: list[Violation]) -> None:
    lines = draft.lines
    seen = {line_id(line, index) for index, line in enumerate(lines)}
    if len(seen) == len(lines):
        return
    seen.clear()
    for index, line in enumerate(lines):
        name = line_id(line, index)
        if name in seen:
            found.append(Violation("SC-LINE-ID", f"/lines/{index}/id", {"value": name}))
        seen.add(name)


def _adjustments(items: Sequence[LineAdjustment], where: str, rule: str, found: list[Violation]) -> None:
    allowance = rule in ("BR-33", "BR-42")
    codes, code_rule = (ALLOWANCE_REASONS, "BR-CL-19") if allowance else (CHARGE_REASONS, "BR-CL-20")
    for index, item in enumerate(items):
        if item.reason is None and item.reason_code is None:
            found.append(Violation(rule, f"{where}/{index}/reason"))
        if item.reason_code is not None and item.reason_code not in codes:
            found.append(
                Violation(
                    code_rule,
                    f"{where}/{index}/reason_code",
                    {"value": item.reason_code},
                )
            )
        if item.amount is not None and item.amount[0] == "-":
            found.append(Violation("SC-ADJUSTMENT-SIGN", f"{where}/{index}/amount"))
