"""VAT category rules of EN 16931 (BR-S, BR-Z, BR-E, BR-AE, BR-IC, BR-G, BR-O, BR-AF, BR-AG)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from ledger.invoice.code_lists import VATEX
from ledger.invoice.line import Vat, VatGroup
from ledger.invoice.model import Draft
from ledger.invoice.totals import VatKey, vat_key
from ledger.invoice.violation import Violation

FAMILIES = {
    "S": "BR-S", "Z": "BR-Z", "E": "BR-E", "AE": "BR-AE", "K": "BR-IC", "G": "BR-G", "O": "BR-O",
    "L": "BR-AF", "M": "BR-AG",
}  # fmt: skip
"""VAT category (UNTDID 5305) and the family of its rules; L is IGIC (Canaries), M is IPSI (Ceuta,
Melilla)."""

EXEMPT = frozenset({"E", "AE", "K", "G", "O"})
"""Categories without VAT, which say why."""

_SILENT = frozenset({"S", "Z", "L", "M"})
"""Categories that have no exemption reason."""

_WITH_RATE = frozenset({"L", "M"})


def check(draft: Draft, found: list[Violation]) -> None:
    """Append what is wrong with VAT categories, rates, reasons and the numbers that they need."""
    lines = draft.lines
    categories = set()
    for index, line in enumerate(lines):
        vat = line.vat
        categories.add(vat.category)
        rule = rate_problem(vat.category, vat.rate, "05")
        if rule is not None:
            found.append(_rate_violation(rule, f"/lines/{index}/vat", vat))
    for member, suffix in (("allowances", "06"), ("charges", "07")):
        for index, item in enumerate(getattr(draft, member) or ()):
            if item.vat is None:
                continue
            categories.add(item.vat.category)
            rule = rate_problem(item.vat.category, item.vat.rate, suffix)
            if rule is not None:
                found.append(_rate_violation(rule, f"/{member}/{index}/vat", item.vat))
    _numbers(draft, categories, found)
    if not categories <= _SILENT or draft.vat_breakdown or _gives_reason(draft):
        exemptions(draft, found)
    if "O" in categories and len(categories) > 1:
        found.append(Violation("BR-O-11", "/lines"))
    if "K" in categories:
        _intra_community(draft, found)


@lru_cache(maxsize=4096)
def rate_problem(category: str, rate: str | None, suffix: str) -> str | None:
    """The rule that a category and rate break, or None; `suffix` is 05 for lines, 06 allowances, 07
    charges."""
    family = FAMILIES.get(category)
    if family is None:
        return "BR-CL-18"
    if category == "O":
        return None if rate is None else "BR-O-05"
    if rate is None:
        return "BR-48"
    is_zero = not rate.strip("0.")
    wrong = is_zero if category == "S" else not is_zero and category not in _WITH_RATE
    return f"{family}-{suffix}" if wrong else None


def _gives_reason(draft: Draft) -> bool:
    return any(vat.exemption_reason or vat.exemption_code for vat, _ in _vats(draft))


def _rate_violation(rule: str, where: str, vat: Vat) -> Violation:
    if rule == "BR-CL-18":
        return Violation(rule, f"{where}/category", {"value": vat.category})
    expected = "> 0" if vat.category == "S" else "0"
    return Violation(rule, f"{where}/rate", {"category": vat.category, "expected": expected})


def _numbers(draft: Draft, categories: set[str], found: list[Violation]) -> None:
    seller, buyer = draft.seller, draft.buyer
    has_vat = seller.vat_id is not None or draft.tax_representative is not None
    for category in sorted(categories & FAMILIES.keys()):
        params = {"category": category}
        if category == "O":
            if seller.vat_id is not None:
                found.append(Violation("BR-O-02", "/seller/vat_id"))
            if buyer.vat_id is not None:
                found.append(Violation("BR-O-02", "/buyer/vat_id"))
            if draft.tax_representative is not None:
                found.append(Violation("BR-O-02", "/tax_representative/vat_id"))
            continue
        local_enough = category not in ("K", "G") and seller.tax_id is not None
        if not has_vat and not local_enough:
            found.append(Violation(f"{FAMILIES[category]}-02", "/seller/vat_id", params))
        buyer_known = buyer.vat_id is not None or (category == "AE" and buyer.legal_id is not None)
        if category in ("AE", "K") and not buyer_known:
            found.append(Violation(f"{FAMILIES[category]}-02", "/buyer/vat_id", params))


def _intra_community(draft: Draft, found: list[Violation]) -> None:
    delivery = draft.delivery
    if (delivery is None or delivery.date is None) and draft.period is None:
        found.append(Violation("BR-IC-11", "/delivery/date"))
    if delivery is None or delivery.address is None:
        found.append(Violation("BR-IC-12", "/delivery/address/country"))


Reason = tuple[str | None, str | None]
"""BT-120 and BT-121."""


def exemptions(draft: Draft, found: list[Violation] | None = None) -> dict[VatKey, Reason]:
    """Why no VAT is charged, for each exempt group of the draft; what is wrong with it is appended to
    `found`."""
    reasons: dict[VatKey, Reason] = {}
    places: dict[VatKey, str] = {}
    problems: list[Violation] = [] if found is None else found
    for vat, where in _vats(draft):
        category = vat.category
        if category not in EXEMPT:
            if vat.exemption_reason is not None or vat.exemption_code is not None:
                attendu = "pas de motif d'exonération"
                params = {
                    "category": category,
                    "expected": "no exemption reason",
                    "attendu": attendu,
                }
                problems.append(
                    Violation(
                        f"{FAMILIES.get(category, 'BR-S')}-10",
                        f"{where}/exemption_reason",
                        params,
                    )
                )
            continue
        key = vat_key(category, vat.rate)
        places.setdefault(key, where)
        if vat.exemption_code is not None and vat.exemption_code not in VATEX:
            problems.append(Violation("BR-CL-22", f"{where}/exemption_code", {"value": vat.exemption_code}))
        if vat.exemption_reason is None and vat.exemption_code is None:
            continue
        reason = (vat.exemption_reason, vat.exemption_code)
        if reasons.setdefault(key, reason) != reason:
            problems.append(Violation("SC-EXEMPTION", f"{where}/exemption_reason"))
    for key, where in places.items():
        if key not in reasons:
            params = {
                "category": key[0],
                "expected": "an exemption reason or its code is required",
                "attendu": "un motif d'exonération ou son code est obligatoire",
            }
            problems.append(Violation(f"{FAMILIES[key[0]]}-10", f"{where}/exemption_reason", params))
    return reasons


def _vats(draft: Draft) -> Iterator[tuple[Vat | VatGroup, str]]:
    for index, line in enumerate(draft.lines):
        yield line.vat, f"/lines/{index}/vat"
    for member in ("allowances", "charges"):
        for index, item in enumerate(getattr(draft, member) or ()):
            if item.vat is not None:
                yield item.vat, f"/{member}/{index}/vat"
    for index, group in enumerate(draft.vat_breakdown or ()):
        yield group, f"/vat_breakdown/{index}"
