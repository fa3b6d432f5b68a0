"""The facts of a seal, read from the document (PROTOCOL.md §3: every fact must equal the document's).

The issuer fills the seal with them and the verifier compares them: one extraction for both, so that the two
cannot drift. The digits of the currency come from the seal, since the verifier keeps no currency table; an
amount that is not written with exactly that many is refused, so a seal cannot shift the point.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from verifier.dates import day_of
from verifier.errors import Malformed

VAT_SCHEMES: Final[Mapping[str, str]] = {
    "AD": "9922", "AL": "9923", "AT": "9914", "BA": "9924", "BE": "9925", "BG": "9926", "CH": "9927",
    "CY": "9928", "CZ": "9929", "DE": "9930", "EE": "9931", "EL": "9933", "ES": "9920", "FI": "0213",
    "FR": "9957", "GB": "9932", "HR": "9934", "HU": "9910", "IE": "9935", "IT": "0211", "LI": "9936",
    "LT": "9937", "LU": "9938", "LV": "9939", "MC": "9940", "ME": "9941", "MK": "9942", "MT": "9943",
    "NL": "9944", "PL": "9945", "PT": "9946", "RO": "9947", "RS": "9948", "SE": "9955", "SI": "9949",
    "SK": "9950", "SM": "9951", "TR": "9952", "VA": "9953",
}  # fmt: skip
"""Prefix of a VAT number and the electronic address scheme of its register (CEF EAS code list)."""

SIREN: Final = "0002"
SIRET: Final = "0009"

_AMOUNT = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.([0-9]{1,4}))?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SEPARATORS = re.compile(r"[ .\-/]")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a seal says about its document, named as the fields of the seal."""

    seller_id: tuple[str, str]
    """BT-30 or BT-31: ICD scheme and identifier, normalised."""
    seller_name: str
    """BT-27."""
    number: str
    """BT-1."""
    type_code: int
    """BT-3."""
    issue_day: int
    """BT-2, days since 1970-01-01."""
    due_day: int | None
    """BT-9, days since 1970-01-01."""
    currency: tuple[str, int]
    """BT-5 and its digits after the point."""
    total: int
    """BT-112, minor units."""
    total_vat: int
    """BT-110, minor units."""
    due: int
    """BT-115, minor units."""
    account: str | None
    """BT-84: the first account of `payment`."""
    corrects: tuple[str, ...]
    """BT-25 of each preceding invoice."""


def facts_of(document: Mapping[str, object], exponent: int) -> Facts:
    """Read the facts from a completed document.

    Args:
        document: The JSON object whose members are the claims; all that are named here must be open.
        exponent: Digits after the point of its currency, as the seal states them.

    Raises:
        Malformed: code `document-facts`, `where` a JSON pointer, when a fact is absent or not in its form.
    """
    return Facts(**{name: read(document, exponent) for name, (_, read) in _FACTS.items()})


def open_facts(document: Mapping[str, object], hidden: Iterable[str], exponent: int) -> dict[str, Any]:
    """Read the facts of which every claim is open; a member that is absent from the document is open.

    Args:
        document: Opened claims.
        hidden: Pointers of the claims that are not opened: `/member` or `/member/index`.
        exponent: Digits after the point of its currency, as the seal states them.

    Raises:
        Malformed: as `facts_of`.
    """
    closed = {pointer.split("/")[1] for pointer in hidden}
    return {name: read(document, exponent) for name, (member, read) in _FACTS.items() if member not in closed}


def seller_id(seller: Mapping[str, object], where: str = "/seller") -> tuple[str, str]:
    """The normalised legal id of a party: its SIREN, else its VAT number, else its registration.

    A SIRET counts as its SIREN. Raises Malformed when the party has none of them with a known scheme.
    """
    legal = seller.get("legal_id")
    pair: tuple[str, str] | None = None
    if legal is not None:
        legal = _object(legal, f"{where}/legal_id")
        scheme, value = (
            legal.get("scheme"),
            compact(_text(legal, "value", f"{where}/legal_id")),
        )
        if scheme in (SIREN, SIRET):
            return SIREN, value[:9]
        pair = (scheme, value) if isinstance(scheme, str) else None
    if seller.get("vat_id") is not None:
        number = compact(_text(seller, "vat_id", where))
        if number[:2] in VAT_SCHEMES:
            return VAT_SCHEMES[number[:2]], number
    if pair is None:
        raise _bad("no SIREN, VAT number or registration with a scheme", where)
    return pair


def compact(identifier: str) -> str:
    """An identifier in upper case without spaces, dots, dashes and slashes."""
    return _SEPARATORS.sub("", identifier).upper()


def day_number(text: str, where: str = "") -> int:
    """Days since 1970-01-01 of an ISO date; raises Malformed when there is no such day."""
    return _day(text, where)


def _bad(message: str, where: str) -> Malformed:
    return Malformed("document-facts", message, where=where)


def _object(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise _bad("an object is expected", where)
    return value


def _mapping(parent: Mapping[str, object], name: str, where: str) -> Mapping[str, object]:
    return _object(parent.get(name), f"{where}/{name}")


def _list(parent: Mapping[str, object], name: str) -> Sequence[object]:
    value = parent.get(name)
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise _bad("an array is expected", f"/{name}")
    return value


def _text(parent: Mapping[str, object], name: str, where: str) -> str:
    value = parent.get(name)
    if not isinstance(value, str) or not value:
        raise _bad("a string is expected", f"{where}/{name}")
    return value


def _type_code(document: Mapping[str, object]) -> int:
    text = _text(document, "type_code", "")
    if not re.fullmatch(r"[1-9][0-9]{0,2}", text):
        raise _bad("a BT-3 code has one to three digits", "/type_code")
    return int(text)


def _day(value: object, where: str) -> int:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise _bad("a date YYYY-MM-DD is expected", where)
    try:
        return day_of(date.fromisoformat(value))
    except ValueError:
        raise _bad("there is no such day", where) from None


def _minor(totals: Mapping[str, object], name: str, exponent: int) -> int:
    text = _text(totals, name, "/totals")
    match = _AMOUNT.fullmatch(text)
    if match is None or len(match[1] or "") != exponent:
        raise _bad(
            f"an amount with {exponent} digits after the point is expected",
            f"/totals/{name}",
        )
    amount = int(text.replace(".", ""))
    if amount == 0 and text[0] == "-":
        raise _bad("zero has no sign", f"/totals/{name}")
    return amount


def _account(document: Mapping[str, object]) -> str | None:
    for i, item in enumerate(_list(document, "payment")):
        means = _object(item, f"/payment/{i}")
        for name in ("iban", "account"):
            if means.get(name) is not None:
                return _text(means, name, f"/payment/{i}")
    return None


def _corrects(document: Mapping[str, object], _: int) -> tuple[str, ...]:
    items = enumerate(_list(document, "preceding"))
    return tuple(_text(_object(item, f"/preceding/{i}"), "number", f"/preceding/{i}") for i, item in items)


def _due_day(document: Mapping[str, object], _: int) -> int | None:
    value = document.get("due_date")
    return None if value is None else _day(value, "/due_date")


def _total(name: str) -> Callable[[Mapping[str, object], int], int]:
    return lambda document, exponent: _minor(_mapping(document, "totals", ""), name, exponent)


_FACTS: Final[Mapping[str, tuple[str, Callable[[Mapping[str, object], int], Any]]]] = {
    "seller_id": ("seller", lambda document, _: seller_id(_mapping(document, "seller", ""))),
    "seller_name": ("seller", lambda document, _: _text(_mapping(document, "seller", ""), "name", "/seller")),
    "number": ("number", lambda document, _: _text(document, "number", "")),
    "type_code": ("type_code", lambda document, _: _type_code(document)),
    "issue_day": ("issue_date", lambda document, _: _day(document.get("issue_date"), "/issue_date")),
    "due_day": ("due_date", _due_day),
    "currency": ("currency", lambda document, exponent: (_text(document, "currency", ""), exponent)),
    "total": ("totals", _total("tax_inclusive")),
    "total_vat": ("totals", _total("tax")),
    "due": ("totals", _total("due")),
    "account": ("payment", lambda document, _: _account(document)),
    "corrects": ("preceding", _corrects),
}
"""Each fact: the member of the document whose claims it is read from, and how."""
