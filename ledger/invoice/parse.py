"""Reading a draft: JSON or a mapping in, a `Draft` without violations out, or all of them at once."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson
from pydantic import ValidationError

from ledger.invoice import scalars
from ledger.invoice.model import Draft
from ledger.invoice.party import Party
from ledger.invoice.pointers import escaped, strings
from ledger.invoice.rules import violations
from ledger.invoice.violation import InvoiceError, Violation

MAX_BYTES = 8 * 1024 * 1024
"""Bytes of a draft as JSON: 10,000 lines with room to spare."""

_KEY = re.compile(rb'"[ \t\r\n]*:')

_PATTERNS: dict[str, tuple[str, dict[str, str]]] = {
    scalars.TEXT: ("SC-TEXT", {}),
    scalars.TOKEN: ("SC-TOKEN", {}),
    scalars.DATE: ("SC-DATE", {}),
    scalars.DECIMAL: ("SC-DECIMAL", {"digits": "6"}),
    scalars.MONEY: ("SC-DECIMAL", {"digits": "4"}),
    scalars.PERCENT: ("SC-PERCENT-RANGE", {}),
    scalars.CODE: ("SC-FORM", {"expected": "A-Z a-z 0-9 -"}),
    scalars.HASH: ("SC-FORM", {"expected": "[0-9a-f]{64}"}),
}

_REQUIRED = {
    ("currency",): "BR-05",
    ("seller", "name"): "BR-06",
    ("buyer", "name"): "BR-07",
    ("seller", "address"): "BR-08",
    ("seller", "address", "country"): "BR-09",
    ("buyer", "address"): "BR-10",
    ("buyer", "address", "country"): "BR-11",
    ("lines",): "BR-16",
    ("payee", "name"): "BR-17",
    ("tax_representative", "name"): "BR-18",
    ("tax_representative", "address"): "BR-19",
    ("tax_representative", "address", "country"): "BR-20",
    ("tax_representative", "vat_id"): "BR-56",
    ("delivery", "address", "country"): "BR-57",
    ("lines", "*", "quantity"): "BR-22",
    ("lines", "*", "name"): "BR-25",
    ("lines", "*", "net_price"): "BR-26",
    ("lines", "*", "vat"): "BR-CO-04",
    ("lines", "*", "vat", "category"): "BR-CO-04",
    ("lines", "*", "attributes", "*", "name"): "BR-54",
    ("lines", "*", "attributes", "*", "value"): "BR-54",
    ("payment", "*", "means_code"): "BR-49",
    ("attachments", "*", "id"): "BR-52",
    ("preceding", "*", "number"): "BR-55",
}
"""Absent members that EN 16931 has a rule for."""

_DECIMAL_MEMBERS = frozenset(
    [
        "quantity",
        "net_price",
        "gross_price",
        "price_discount",
        "price_base_quantity",
        "net_amount",
        "amount",
        "base",
        "percent",
        "rate",
        "taxable",
        "tax",
        "lines",
        "allowances",
        "charges",
        "tax_exclusive",
        "tax_inclusive",
        "prepaid",
        "rounding",
        "due",
        "tax_total_in_tax_currency",
    ]
)


def parse_draft(data: Mapping[str, Any] | bytes, *, seller: Mapping[str, Any] | None = None) -> Draft:
    """Read a draft and check every rule.

    Args:
        data: JSON bytes, or the object that they hold.
        seller: BG-4 to put in the place of the draft's own: what the issuer's record says.

    Raises:
        InvoiceError: with every violation. Rules over values are checked when the form of all members is
            right.
    """
    draft = read_draft(data, seller=seller)
    found = violations(draft)
    if found:
        raise InvoiceError(found)
    return draft


def read_draft(data: Mapping[str, Any] | bytes, *, seller: Mapping[str, Any] | None = None) -> Draft:
    """Read a draft whose members have the right form, without its rules (for a draft that is still being
    written).

    Raises:
        InvoiceError: with every member that has not.
    """
    raw = bytes(data) if isinstance(data, bytes | bytearray | memoryview) else None
    value = data if raw is None else _loads(raw)
    if not isinstance(value, Mapping):
        raise InvoiceError([Violation("SC-JSON", "", {"reason": "an object is expected"})])
    members: dict[str, Any] = dict(value)
    party: Party | None = None
    if seller is not None:
        members["seller"] = dict(seller)
        party = _known_seller(orjson.dumps(members["seller"]))
    try:
        draft = Draft.model_validate(members if party is None else {**members, "seller": party})
    except ValidationError as error:
        raise InvoiceError([_translate(item) for item in error.errors(include_url=False)]) from None
    dumped = orjson.dumps(members if raw is None else value)
    if raw is not None and dumped != raw:
        _refuse_duplicates(raw, dumped)
    # A seller that is known is in this form; then it does not matter that the bytes may hold another.
    text = dumped if party is not None or raw is None else orjson.dumps(members)
    if not text.isascii() and not unicodedata.is_normalized("NFC", text.decode()):
        _refuse_other_forms(members)
    if b"null" not in dumped and (seller is None or party is not None):
        draft._source = members if raw is not None else orjson.loads(dumped)
    return draft


@lru_cache(maxsize=256)
def _known_seller(raw: bytes) -> Party | None:
    """The seller of a batch, read once; None when there is something to say about it, at each draft's place."""
    try:
        party = Party.model_validate(orjson.loads(raw))
    except ValidationError:
        return None
    return party if b"null" not in raw and unicodedata.is_normalized("NFC", raw.decode()) else None


def _loads(raw: bytes) -> Any:
    if len(raw) > MAX_BYTES:
        raise InvoiceError([Violation("SC-SIZE", "", {"limit": str(MAX_BYTES)})])
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise InvoiceError([Violation("SC-JSON", "", {"reason": str(error)})]) from None


def _refuse_duplicates(raw: bytes, dumped: bytes) -> None:
    # Reading keeps the last of two members with one name. Where nothing is escaped, strings stand in both
    # forms alike, so as many quote-colons mean as many members; the slow reading is for the rest.
    if b"\\" in raw or len(_KEY.findall(raw)) != len(_KEY.findall(dumped)):
        json.loads(raw, object_pairs_hook=_unique)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise InvoiceError([Violation("SC-DUPLICATE", "", {"value": name})])
        members[name] = value
    return members


def _refuse_other_forms(members: Mapping[str, Any]) -> None:
    found = [
        Violation("SC-NFC", pointer)
        for pointer, string in strings(members)
        if not unicodedata.is_normalized("NFC", string)
    ]
    if found:
        raise InvoiceError(found)


def _translate(error: Any) -> Violation:
    kind, path, context = error["type"], error["loc"], error.get("ctx") or {}
    pointer = "".join(f"/{escaped(part)}" for part in path)
    general = tuple("*" if isinstance(part, int) else part for part in path)
    name = path[-1] if path else ""
    if kind == "missing":
        return Violation(_REQUIRED.get(general, "SC-REQUIRED"), pointer)
    if kind == "extra_forbidden":
        return Violation("SC-UNKNOWN", pointer)
    if kind == "none_required":
        return Violation("SC-NUMBER", pointer)
    if kind == "too_short":
        return Violation("BR-16", pointer)
    if kind in ("too_long", "string_too_long"):
        return Violation("SC-LENGTH", pointer, {"limit": str(context["max_length"])})
    if kind == "string_pattern_mismatch":
        rule, params = _PATTERNS.get(context["pattern"], ("SC-FORM", {"expected": context["pattern"]}))
        return Violation(rule, pointer, {"value": _shown(error["input"]), **params})
    if kind in ("string_type", "string_unicode") and name in _DECIMAL_MEMBERS and not isinstance(error["input"], dict):
        return Violation("SC-DECIMAL", pointer, {"digits": "6"})
    return Violation("SC-TYPE", pointer, {"expected": _EXPECTED.get(kind, kind)})


_EXPECTED = {
    "string_type": "a string",
    "string_unicode": "Unicode text",
    "list_type": "an array",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "literal_error": '"none", "before" or "after"',
}


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
