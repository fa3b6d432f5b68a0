"""What a rule of the fold is given, and the checks that rules share (PROTOCOL.md §4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from verifier.cose import PublicKey, Sign1, check_signature, external_aad, kid, thumbprint
from verifier.errors import Refuted
from verifier.records import InvoiceRecord, IssuerRecord, LedgerRecord, Record, SigningKey, chain_next, ledger_key
from verifier.seal import MAX_AMOUNT
from verifier.statement import SETTLE_TYPES, Entry, Statement

Changes = dict[bytes, Record]
"""Records by map key."""


@dataclass(frozen=True)
class Fold:
    """What a rule sees: the state before, the entry, and its place."""

    ledger_id: bytes
    state: Mapping[bytes, Record]
    index: int
    entry: Entry

    def aad(self) -> bytes:
        """external_aad of the entry's signatures: binds ledger and type."""
        return external_aad(self.ledger_id, self.entry.type)

    def ledger(self) -> LedgerRecord:
        """The ledger's record; there from the start."""
        record = self.state.get(ledger_key(self.ledger_id))
        if not isinstance(record, LedgerRecord):
            raise refused("no-ledger-record", "the state lacks the ledger's record")
        return record

    def issuer(self, key: bytes) -> IssuerRecord:
        """The issuer under a map key."""
        record = self.state.get(key)
        if not isinstance(record, IssuerRecord):
            raise refused("no-issuer", "no issuer is enrolled under this id")
        return record

    def invoice(self, key: bytes) -> InvoiceRecord:
        """The invoice under a map key; an erased one is frozen."""
        record = self.state.get(key)
        if not isinstance(record, InvoiceRecord):
            raise refused("no-invoice", "no invoice is sealed under this number")
        if record.erased:
            raise refused("erased", "the invoice is erased and frozen")
        return record

    def signature(self, position: int, count: int) -> Sign1:
        """One of the entry's `count` signatures."""
        if len(self.entry.signatures) != count:
            raise refused("signers", f"{count} signature(s) needed, {len(self.entry.signatures)} given")
        return self.entry.signatures[position]


def refused(code: str, message: str) -> Refuted:
    """The error of a rule: `fold-CODE`."""
    return Refuted(f"fold-{code}", message)


def check_signed_by(fold: Fold, sign1: Sign1, keys: tuple[PublicKey, ...]) -> PublicKey:
    """The one of `keys` that signed; kid picks it, the signature proves it."""
    for key in keys:
        if kid(key) == sign1.kid:
            check_signature(sign1, key, fold.aad())
            return key
    raise refused("signer", "signed by a key that has no right to this statement")


def check_signing_key(fold: Fold, sign1: Sign1, issuer: IssuerRecord) -> SigningKey:
    """A signing key of the issuer, valid at this log index for this type, that made the signature."""
    key = issuer.key_by_kid(sign1.kid)
    if key is None:
        raise refused("key-unknown", "the issuer's record has no such signing key")
    if key.void_from is not None and key.void_from <= fold.index:
        raise refused("key-void", "the signing key is compromised and void")
    if key.retired_at is not None and key.retired_at <= fold.index:
        raise refused("key-retired", "the signing key is retired")
    if fold.index < key.valid_from:
        raise refused("key-early", "the signing key is not valid yet")
    if key.scope == "settle" and fold.entry.type not in SETTLE_TYPES:
        raise refused("key-scope", "this key may only settle")
    check_signature(sign1, key.public_key, fold.aad())
    return key


def check_prev(statement: Statement, position: int, key: bytes, chain: bytes) -> None:
    """`prev` chains the statement: nothing is repeated, dropped from the middle or reordered."""
    named, prev = statement.objects[position]
    if named != key:
        raise refused("object", "the statement is about another object")
    if prev != chain:
        raise refused("prev", "the statement does not follow the object's last one")


def about_invoice(fold: Fold, statement: Statement, position: int = 0) -> tuple[bytes, InvoiceRecord]:
    """Map key and record of the invoice that a statement follows; erased or unknown ones are refused."""
    key = statement.objects[position][0]
    record = fold.invoice(key)
    check_prev(statement, position, key, record.chain)
    return key, record


def next_record(fold: Fold, statement: Statement, record: InvoiceRecord, **changes: object) -> InvoiceRecord:
    """The record after this entry: its chain grown, its place and time those of the entry."""
    chain = chain_next(record.chain, fold.entry.leaf_hash)
    return replace(record, chain=chain, latest=fold.index, time=statement.time, **changes)  # type: ignore[arg-type]


def checked_amount(value: int) -> int:
    """An amount of a record, 0 to 2^53−1 minor units."""
    if not 0 <= value <= MAX_AMOUNT:
        raise refused("overflow", "an amount leaves 0 to 2^53-1 minor units")
    return value


def check_party(fold: Fold, sign1: Sign1, public: bytes | None, wanted: bytes) -> None:
    """A party signs with the key that its statement carries and the record knows by thumbprint."""
    if public is None or thumbprint(PublicKey(public)) != wanted:
        raise refused("signer", "signed by a key that has no right to this statement")
    check_signed_by(fold, sign1, (PublicKey(public),))
