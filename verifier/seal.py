"""The seal (type 6, PROTOCOL.md §3): what the issuer signs, the log records and the QR code carries.

The seal digest, `H(Sig_structure)`, names the invoice everywhere; it does not depend on the
signature's bytes, so that a second signature over the same facts is the same invoice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from verifier.canonical import decode_cbor, encode_cbor
from verifier.cose import Sign1, decode_sign1, encode_sign1, external_aad, sig_structure
from verifier.errors import Malformed

TYPE_SEAL = 6

MAX_SEAL = 360
"""Bytes of a whole seal: a QR code of 30 mm stays readable on a 203-dpi printer."""

MAX_AMOUNT = 2**53 - 1
"""Minor units: the largest integer that every JSON reader keeps exactly."""

CREDIT_NOTE_TYPES = frozenset({81, 83, 261, 262, 296, 308, 381, 396, 420, 458, 502, 503, 532})
"""BT-3 codes (UNTDID 1001, EN 16931's subset) of documents that credit; their amounts are written positive all
the same. The one list: the issuer's rules and the verifier's verdict must not differ on who owes whom."""

_NUMBER = re.compile(r"[!-~](?:[!-~]| (?! )){0,33}[!-~]|[!-~]")
_SCHEME = re.compile(r"[0-9]{4}")
_SIREN = re.compile(r"[0-9]{9}")
_IDENT = re.compile(r"[0-9A-Z]{2,20}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_FACTS = frozenset(range(1, 15))


def credits(type_code: str) -> bool:
    """Whether a document of this BT-3 code, as the document writes it, is a credit note."""
    return type_code.isascii() and type_code.isdecimal() and int(type_code) in CREDIT_NOTE_TYPES


@dataclass(frozen=True)
class Seal:
    """Key facts of an invoice; each field equals the document's."""

    seller_id: tuple[str, str]
    """BT-30 / BT-31: ICD scheme and identifier, normalised (SIREN 0002, VAT 9957 or national)."""
    seller_name: str
    """BT-27, at most 70 bytes of UTF-8."""
    number: str
    """BT-1, 1–35 printable ASCII."""
    type_code: int
    """BT-3."""
    issue_day: int
    """BT-2, days since 1970-01-01."""
    due_day: int | None
    """BT-9, days since 1970-01-01, or None."""
    currency: tuple[str, int]
    """BT-5 and its exponent (digits of the minor unit)."""
    total: int
    """BT-112, total with VAT, minor units."""
    total_vat: int
    """BT-110, minor units."""
    due: int
    """BT-115, amount due for payment, minor units."""
    account: str | None
    """BT-84, payee account, at most 34 bytes, or None."""
    document_root: bytes
    """RFC 9162 root of the claims (32 bytes)."""
    corrects: tuple[tuple[bytes | None, str], ...]
    """BG-3: seal digest (or None) and number of up to eight preceding invoices."""
    buyer_key: bytes | None
    """Thumbprint of the buyer's key (32 bytes), or None."""

    @property
    def is_credit_note(self) -> bool:
        """Whether BT-3 says that this document credits."""
        return self.type_code in CREDIT_NOTE_TYPES


_KEPT = 1_024
_known: dict[bytes, Seal] = {}
"""Seals by their payload, made or read not long ago: one is folded, compared and shown, and need be read only once."""


def _keep(payload: bytes, seal: Seal) -> None:
    if len(_known) >= _KEPT:
        _known.clear()
    _known[payload] = seal


def encode_seal_payload(seal: Seal) -> bytes:
    """The payload map of §3, keys 1–14; raises Malformed for a fact outside its bounds."""
    _check(seal)
    payload = encode_cbor(
        {
            1: seal.seller_id,
            2: seal.seller_name,
            3: seal.number,
            4: seal.type_code,
            5: seal.issue_day,
            6: seal.due_day,
            7: seal.currency,
            8: seal.total,
            9: seal.total_vat,
            10: seal.due,
            11: seal.account,
            12: seal.document_root,
            13: seal.corrects,
            14: seal.buyer_key,
        }
    )
    if len(payload) <= MAX_SEAL:
        _keep(payload, seal)
    return payload


def decode_seal_payload(payload: bytes) -> Seal:
    """Reads and checks the payload map; raises Malformed with the fact's name."""
    known = _known.get(payload)
    if known is not None:
        return known
    value = decode_cbor(payload, limit=MAX_SEAL)
    if not isinstance(value, dict) or value.keys() != _FACTS:
        raise Malformed("seal-shape", "a seal has the facts 1 to 14")
    seal = Seal(*[_tuples(item) for item in value.values()])  # the keys ascend, as the fields do
    _check(seal)
    _keep(payload, seal)
    return seal


def _tuples(value: Any) -> Any:
    if type(value) is list:
        return tuple([_tuples(item) for item in value])
    return value


def _fact(ok: bool, name: str, rule: str) -> None:
    if not ok:
        raise Malformed("seal-fact", rule, where=f"seal/{name}")


def _is_int(value: object, low: int, high: int) -> bool:
    return type(value) is int and low <= value <= high


def _is_text(value: object, limit: int) -> bool:
    return type(value) is str and 0 < len(value.encode()) <= limit


def _is_pair(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == 2


def _check(seal: Seal) -> None:
    check_legal_id(seal.seller_id, "seal/seller_id")
    _fact(_is_text(seal.seller_name, 70), "seller_name", "1 to 70 bytes")
    check_number(seal.number, "seal/number")
    _fact(_is_int(seal.type_code, 1, 999), "type_code", "a BT-3 code")
    _fact(_is_int(seal.issue_day, 0, 100_000), "issue_day", "days since 1970-01-01")
    _fact(seal.due_day is None or _is_int(seal.due_day, 0, 100_000), "due_day", "days since 1970-01-01")
    code_ok = _is_pair(seal.currency) and isinstance(seal.currency[0], str)
    _fact(code_ok and bool(_CURRENCY.fullmatch(seal.currency[0])), "currency", "an ISO 4217 code")
    _fact(_is_int(seal.currency[1], 0, 4), "currency", "an exponent 0 to 4")
    for name in ("total", "total_vat", "due"):
        _fact(_is_int(getattr(seal, name), 0, MAX_AMOUNT), name, "0 to 2^53-1 minor units")
    _fact(seal.account is None or _is_text(seal.account, 34), "account", "1 to 34 bytes")
    _fact(type(seal.document_root) is bytes and len(seal.document_root) == 32, "document_root", "32 bytes")
    _fact(isinstance(seal.corrects, tuple) and len(seal.corrects) <= 8, "corrects", "at most 8")
    for item in seal.corrects:
        _fact(_is_pair(item), "corrects", "[seal digest or null, number]")
        digest, number = item
        _fact(digest is None or (type(digest) is bytes and len(digest) == 32), "corrects", "a 32-byte digest")
        check_number(number, "seal/corrects")
    key = seal.buyer_key
    _fact(key is None or (type(key) is bytes and len(key) == 32), "buyer_key", "a thumbprint of 32 bytes")


def check_number(number: object, where: str) -> str:
    """BT-1 as a seal allows it: 1–35 printable ASCII, no leading, trailing or double space."""
    if not isinstance(number, str) or not _NUMBER.fullmatch(number):
        raise Malformed("seal-fact", "1 to 35 printable ASCII, no leading, trailing or double space", where=where)
    return number


def check_legal_id(pair: object, where: str) -> tuple[str, str]:
    """A normalised legal id: ICD scheme of four digits; SIREN (0002) has nine digits."""
    if (
        not isinstance(pair, tuple)
        or len(pair) != 2
        or not all(isinstance(part, str) for part in pair)
        or not _SCHEME.fullmatch(pair[0])
        or not (_SIREN if pair[0] == "0002" else _IDENT).fullmatch(pair[1])
    ):
        raise Malformed("legal-id", "[ICD scheme, identifier], normalised", where=where)
    return pair[0], pair[1]


@dataclass(frozen=True)
class SignedSeal:
    """A seal with its signature, as printed in the QR code."""

    seal: Seal
    sign1: Sign1

    def to_bytes(self) -> bytes:
        """The COSE_Sign1 bytes."""
        return encode_sign1(self.sign1)


def decode_seal(data: bytes) -> SignedSeal:
    """Parses a COSE_Sign1 whose payload is a seal; nothing about its signature is proved."""
    if len(data) > MAX_SEAL:
        raise Malformed("seal-size", f"a seal is at most {MAX_SEAL} bytes, this has {len(data)}")
    sign1 = decode_sign1(data)
    return SignedSeal(decode_seal_payload(sign1.payload), sign1)


def seal_digest(sign1: Sign1, ledger_id: bytes) -> bytes:
    """`H(Sig_structure)` (RFC 9052 §4.4): the invoice's name; needs the ledger id it was made for."""
    return sha256(sig_structure(sign1.protected, external_aad(ledger_id, TYPE_SEAL), sign1.payload)).digest()
