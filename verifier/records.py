"""Records: the leaves of the state map, one per object, and their keys (PROTOCOL.md §5)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from verifier.canonical import Cbor, decode_cbor, encode_cbor, is_cbor_of, u64be
from verifier.cose import PublicKey, parse_public_key, thumbprint
from verifier.errors import Malformed
from verifier.statement import MAX_ENTRY

EMPTY_CHAIN = bytes(32)
"""c0 of every object chain."""


def chain_next(chain: bytes, leaf: bytes) -> bytes:
    """`c' = H(04 ‖ c ‖ leaf hash)`."""
    return sha256(b"\x04" + chain + leaf).digest()


def ledger_key(ledger_id: bytes) -> bytes:
    """Map key of the ledger's own record."""
    return sha256(b"sceau/ledger-record/1\x00" + ledger_id).digest()


# The issuers of a bundle are one, those of a batch and an audit few; each entry asks for its own.
@lru_cache(maxsize=1024)
def issuer_key(legal_id: tuple[str, str]) -> bytes:
    """Map key of an issuer: one legal id, one record."""
    return sha256(b"sceau/issuer/1\x00" + encode_cbor(list(legal_id))).digest()


def invoice_key(pepper: bytes, issuer: bytes, number: str) -> bytes:
    """Map key of an invoice number; the pepper keeps numbers from being enumerated by a neighbour."""
    message = b"sceau/invoice/1\x00" + issuer + number.upper().encode("ascii")
    return hmac.digest(pepper, message, "sha256")


def payee_commitment(nonce: bytes, account: str | None) -> bytes:
    """`H(05 ‖ CBOR([nonce, account]))`; a seal's nonce is its digest, so anyone with the seal can recompute
    it."""
    return sha256(b"\x05" + encode_cbor([nonce, account])).digest()


@dataclass(frozen=True)
class LedgerRecord:
    """Kind 0: the keys that attest for the ledger."""

    keys: tuple[tuple[PublicKey, int], ...]
    """(public key, log index from which it is valid), oldest first."""
    chain: bytes
    """Over type 21."""

    def encode(self) -> bytes:
        """CBOR bytes; their SHA-256 is what the map's leaf commits to."""
        return encode_cbor(self.plain())

    def plain(self) -> Cbor:
        """CBOR map form."""
        return {0: 0, 1: [[bytes(key), start] for key, start in self.keys], 2: self.chain}

    def key_at(self, index: int) -> PublicKey:
        """The key valid at a log index."""
        return [key for key, start in self.keys if start <= index][-1]


@dataclass(frozen=True)
class SigningKey:
    """A key entry of an issuer's record."""

    public_key: PublicKey
    valid_from: int
    """Log index from which it signs."""
    custody: str
    """`server`, `client` or `device`."""
    scope: str
    """`all` or `settle`."""
    retired_at: int | None = None
    """Log index from which it no longer signs, or None."""
    void_from: int | None = None
    """Log index from which it is compromised, or None."""
    suspect_since: int | None = None
    """Claimed earlier log index of the compromise, or None."""

    @property
    def thumbprint(self) -> bytes:
        """RFC 9679 SHA-256 thumbprint."""
        return thumbprint(self.public_key)

    def plain(self) -> list[Any]:
        """CBOR array form."""
        return [
            bytes(self.public_key),
            self.thumbprint,
            self.valid_from,
            self.custody,
            self.scope,
            self.retired_at,
            self.void_from,
            self.suspect_since,
        ]


@dataclass(frozen=True)
class Identity:
    """Something proven about who the issuer is."""

    kind: str
    value: str
    evidence: bytes
    checked: int
    """Time of the check, Unix seconds."""

    def plain(self) -> list[Any]:
        """CBOR array form."""
        return [self.kind, self.value, self.evidence, self.checked]


@dataclass(frozen=True)
class Holdings:
    """What an issuer's record commits to and opens to the issuer and its auditors only."""

    salt: bytes
    count: int
    """Entries of types 6–20 about the issuer's invoices."""
    chain: bytes
    """Document chain over them."""
    latest: int
    """Log index of the last of them, 0 when there is none."""

    def commitment(self) -> bytes:
        """`H(salt ‖ u64be(count) ‖ document chain ‖ u64be(latest index))`."""
        return sha256(self.salt + u64be(self.count) + self.chain + u64be(self.latest)).digest()


@dataclass(frozen=True)
class IssuerRecord:
    """Kind 1: who may sign for a legal id."""

    legal_id: tuple[str, str]
    name: str
    country: str
    zone: str
    """IANA time zone: due dates are days there."""
    control_keys: tuple[PublicKey, ...]
    keys: tuple[SigningKey, ...]
    identities: tuple[Identity, ...]
    pepper: bytes
    control_chain: bytes
    """Over types 1–5."""
    commitment: bytes
    holdings: Holdings | None
    """Opening of the commitment; None in a record that was read from the map."""

    def encode(self) -> bytes:
        """CBOR bytes."""
        return encode_cbor(self.plain())

    def plain(self) -> Cbor:
        """CBOR map form."""
        commitment = self.commitment if self.holdings is None else self.holdings.commitment()
        return {
            0: 1,
            1: list(self.legal_id),
            2: self.name,
            3: self.country,
            4: self.zone,
            5: [bytes(key) for key in self.control_keys],
            6: [key.plain() for key in self.keys],
            7: [identity.plain() for identity in self.identities],
            8: self.pepper,
            9: self.control_chain,
            10: commitment,
        }

    def key_by_kid(self, kid: bytes) -> SigningKey | None:
        """The signing key of that kid, whatever its state."""
        return next((key for key in self.keys if key.thumbprint[:8] == kid), None)


@dataclass(frozen=True)
class InvoiceRecord:
    """Kind 2: how one invoice number stands now. Amounts in minor units."""

    issuer: bytes
    """Map key of the issuer."""
    seal_digest: bytes
    type_code: int
    """BT-3."""
    currency: tuple[str, int]
    due: int
    """BT-115."""
    received: int
    credited: int
    """Credited, or for a credit note: used."""
    written_off: int
    open_payments: tuple[tuple[bytes, int], ...]
    """(leaf hash, amount) of each payment that is not reversed."""
    dispute: tuple[str, str] | None
    """(reason code, opened by `issuer`, `buyer` or `link`), or None."""
    assignee: tuple[bytes, bytes] | None
    """(thumbprint, payee commitment before the assignment), or None."""
    payee: bytes
    """Payee commitment: whom to pay."""
    renditions: tuple[tuple[bytes, str], ...]
    """(SHA-256 of a file, media type)."""
    buyer_key: bytes | None
    """Thumbprint, or None."""
    chain: bytes
    latest: int
    """Log index of the last entry about it."""
    time: int
    """That entry's own time, Unix seconds (a seal's: its issue date at 00:00 UTC)."""
    erased: bool = False

    @property
    def remaining(self) -> int:
        """due − received − credited − written off; negative is a balance in the buyer's favour."""
        return self.due - self.received - self.credited - self.written_off

    def encode(self) -> bytes:
        """CBOR bytes."""
        return encode_cbor(self.plain())

    def plain(self) -> Cbor:
        """CBOR map form."""
        return {
            0: 2,
            1: self.issuer,
            2: self.seal_digest,
            3: self.type_code,
            4: list(self.currency),
            5: self.due,
            6: self.received,
            7: self.credited,
            8: self.written_off,
            9: [list(item) for item in self.open_payments],
            10: None if self.dispute is None else list(self.dispute),
            11: None if self.assignee is None else list(self.assignee),
            12: self.payee,
            13: [list(item) for item in self.renditions],
            14: self.buyer_key,
            15: self.chain,
            16: self.latest,
            17: self.time,
            18: self.erased,
        }


@dataclass(frozen=True)
class VoidRecord:
    """Kind 3: a number that was prepared and never sealed, closed for good."""

    issuer: bytes
    number: str
    reason: str

    def encode(self) -> bytes:
        """CBOR bytes."""
        return encode_cbor(self.plain())

    def plain(self) -> Cbor:
        """CBOR map form."""
        return {0: 3, 1: self.issuer, 2: self.number, 3: self.reason}


Record = LedgerRecord | IssuerRecord | InvoiceRecord | VoidRecord


def record_hash(record: Record) -> bytes:
    """`H(record)`, what the map's leaf commits to."""
    return sha256(record.encode()).digest()


def _pairs(value: Any) -> tuple[Any, ...]:
    return tuple(tuple(item) for item in value)


def _pair(value: Any) -> Any:
    return None if value is None else tuple(value)


def _decode_ledger(v: dict[int, Any]) -> LedgerRecord:
    return LedgerRecord(tuple((parse_public_key(key), start) for key, start in v[1]), v[2])


def _decode_issuer(v: dict[int, Any]) -> IssuerRecord:
    keys = []
    for public, _, start, custody, scope, retired, void, since in v[6]:
        keys.append(SigningKey(parse_public_key(public), start, custody, scope, retired, void, since))
    return IssuerRecord(
        legal_id=(v[1][0], v[1][1]),
        name=v[2],
        country=v[3],
        zone=v[4],
        control_keys=tuple(parse_public_key(key) for key in v[5]),
        keys=tuple(keys),
        identities=tuple(Identity(*item) for item in v[7]),
        pepper=v[8],
        control_chain=v[9],
        commitment=v[10],
        holdings=None,
    )


def _decode_invoice(v: dict[int, Any]) -> InvoiceRecord:
    return InvoiceRecord(
        v[1], v[2], v[3], (v[4][0], v[4][1]), v[5], v[6], v[7], v[8],
        _pairs(v[9]), _pair(v[10]), _pair(v[11]), v[12], _pairs(v[13]), v[14], v[15], v[16], v[17], v[18],
    )  # fmt: skip


def _decode_void(v: dict[int, Any]) -> VoidRecord:
    return VoidRecord(v[1], v[2], v[3])


_DECODERS: dict[int, Any] = {0: _decode_ledger, 1: _decode_issuer, 2: _decode_invoice, 3: _decode_void}


def decode_record(data: bytes) -> Record:
    """Reads a record; its truth comes from the map proof, its form is checked by encoding it again.

    Raises:
        Malformed: not a record of a known kind, or not in its one form.
    """
    value = decode_cbor(data, limit=MAX_ENTRY)
    if not isinstance(value, dict) or type(value.get(0)) is not int or value[0] not in _DECODERS:
        raise Malformed("record-kind", "a record is of kind 0 to 3")
    try:
        record: Record = _DECODERS[value[0]](value)
        same = is_cbor_of(record.plain(), data)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise Malformed("record-shape", f"a record of kind {value[0]} has other members") from error
    if not same:
        raise Malformed("record-shape", "the record is not in its one form")
    return record
