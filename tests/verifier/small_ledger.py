"""A whole ledger in memory, made from the verifier's own primitives: fixed keys, signatures of RFC 6979.

It accepts with `apply`, proves with `merkle` and `keyed_map`, and its contract is a true storage trie under a
true block header, built by the independent PyPI `trie`. Same calls, same bytes: the golden files rely on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import rlp
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from eth_hash.auto import keccak
from trie import HexaryTrie

from verifier.anchored import sequences_needed
from verifier.bundle import Bundle, LoggedEntry, Origin, PayeeOpening, ProvenRecord
from verifier.checkpoint import RULES_VERSION, Checkpoint, StateEntry, encode_state_entry
from verifier.cose import (
    PublicKey,
    Sign1,
    external_aad,
    kid,
    protected_header,
    sig_structure,
    signature_from_der,
    thumbprint,
)
from verifier.document import disclose, document_root
from verifier.ethereum.contract import ledger_id as contract_ledger_id
from verifier.ethereum.contract import record_digest, slots_for
from verifier.ethereum.evidence import ChainEvidence
from verifier.facts import facts_of
from verifier.keyed_map import prove, root_of
from verifier.merkle import inclusion_nodes
from verifier.merkle import root_of as merkle_root
from verifier.policy import Policy, TrustedLedger
from verifier.records import (
    EMPTY_CHAIN,
    InvoiceRecord,
    IssuerRecord,
    LedgerRecord,
    Record,
    VoidRecord,
    invoice_key,
    issuer_key,
    ledger_key,
    record_hash,
)
from verifier.seal import Seal, SignedSeal, decode_seal_payload, encode_seal_payload, seal_digest
from verifier.state import apply
from verifier.statement import Entry, EntryType, Statement, encode_entry, encode_statement

START = 1_764_000_000
"""2025-11-24 16:00 UTC: the ledger's first minute."""

DAY = 86_400
CHAIN_ID = 31337
CONTRACT = bytes(range(1, 21))
OWNER = b"\xaa" * 20
MAXIMUM_AGE = 2 * DAY


@dataclass(frozen=True)
class Key:
    """A key pair with a fixed scalar."""

    scalar: int

    @property
    def private(self) -> ec.EllipticCurvePrivateKey:
        return ec.derive_private_key(self.scalar, ec.SECP256R1())

    @property
    def public(self) -> PublicKey:
        numbers = self.private.public_key().public_numbers()
        return PublicKey(numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big"))

    @property
    def thumbprint(self) -> bytes:
        return thumbprint(self.public)

    def sign(self, payload: bytes, aad: bytes) -> Sign1:
        """A COSE_Sign1 by RFC 6979."""
        protected = protected_header(kid(self.public))
        algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
        der = self.private.sign(sig_structure(protected, aad, payload), algorithm)
        return Sign1(protected, payload, signature_from_der(der))


@dataclass(frozen=True)
class Firm:
    """An issuer with its keys."""

    name: str
    siren: str
    control: Key
    signing: Key
    zone: str = "Europe/Paris"

    @property
    def legal_id(self) -> tuple[str, str]:
        return "0002", self.siren

    @property
    def key(self) -> bytes:
        return issuer_key(self.legal_id)

    @property
    def pepper(self) -> bytes:
        return sha256(b"pepper" + self.siren.encode()).digest()

    def invoice(self, number: str) -> bytes:
        """Map key of one of its numbers."""
        return invoice_key(self.pepper, self.key, number)


BAKERY = Firm("Boulangerie Test SAS", "902345610", Key(101), Key(102))
FARM = Firm("Ferme Essai EARL", "823456710", Key(201), Key(202))
LEDGER_KEY, NEXT_LEDGER_KEY = Key(1), Key(2)
STRANGER = Key(666)


def document_of(firm: Firm, number: str, **changes: Any) -> dict[str, Any]:
    """A small invoice of 120.00 EUR, 20.00 of them VAT."""
    document: dict[str, Any] = {
        "number": number,
        "type_code": "380",
        "issue_date": "2025-11-24",
        "due_date": "2025-12-24",
        "currency": "EUR",
        "seller": {"name": firm.name, "legal_id": {"scheme": "0002", "value": firm.siren}},
        "buyer": {"name": "Café Démo"},
        "lines": [{"name": "Pain", "net": "60.00"}, {"name": "Thé", "net": "40.00"}],
        "payment": [{"means_code": "30", "iban": "FR7615589297010123456789067"}],
        "totals": {"tax_inclusive": "120.00", "tax": "20.00", "due": "120.00"},
    }
    return {name: value for name, value in (document | changes).items() if value is not None}


def secret_of(document: Mapping[str, Any]) -> bytes:
    """A fixed invoice secret."""
    return sha256(b"secret" + str(document["number"]).encode()).digest()


def seal_of(document: Mapping[str, Any], **changes: Any) -> Seal:
    """The seal's facts of a document."""
    facts = facts_of(document, 2)
    values = {name: getattr(facts, name) for name in Seal.__dataclass_fields__ if hasattr(facts, name)}
    values["corrects"] = tuple((None, number) for number in facts.corrects)
    values |= {"document_root": document_root(document, secret_of(document)), "buyer_key": None}
    return Seal(**(values | changes))


@dataclass(frozen=True)
class Anchored:
    """A checkpoint with the state that it commits to."""

    checkpoint: Checkpoint
    state: dict[bytes, Record]


class SmallLedger:
    """Log, map and contract. Every method that logs returns the log index."""

    def __init__(self, salt: bytes = bytes(32)) -> None:
        self.ledger_id = contract_ledger_id(CHAIN_ID, CONTRACT, OWNER, salt)
        first: Record = LedgerRecord(((LEDGER_KEY.public, 0),), EMPTY_CHAIN)
        self.ledger_signer = LEDGER_KEY
        self.state: dict[bytes, Record] = {ledger_key(self.ledger_id): first}
        self.entries: list[Entry] = []
        self.about: list[set[bytes]] = []
        self.anchored: list[Anchored] = []
        self.nonces = 0

    # --- statements ---

    def aad(self, entry_type: int) -> bytes:
        return external_aad(self.ledger_id, entry_type)

    def prev(self, key: bytes) -> bytes:
        """The object's chain as it stands."""
        record = self.state.get(key)
        if isinstance(record, IssuerRecord):
            return record.control_chain
        if isinstance(record, InvoiceRecord | LedgerRecord):
            return record.chain
        return EMPTY_CHAIN

    def statement(
        self,
        entry_type: int,
        objects: Iterable[bytes],
        values: Mapping[str, Any],
        *signers: Key,
        signer: bytes | None = None,
        prev: bytes | None = None,
        time: int = START,
        label: int | None = None,
    ) -> Entry:
        """A signed entry; `label` signs it as another type, `prev` chains it elsewhere."""
        self.nonces += 1
        nonce = sha256(b"nonce" + self.nonces.to_bytes(8, "big")).digest()[:16]
        pairs = tuple((key, self.prev(key) if prev is None else prev) for key in objects)
        payload = encode_statement(Statement(entry_type, pairs, nonce, time, dict(values), signer))
        aad = self.aad(entry_type if label is None else label)
        return encode_entry(entry_type, *(key.sign(payload, aad) for key in signers))

    def offer(self, entry: Entry) -> int:
        """Accept an entry by the fold's rules and log it."""
        changes = apply(self.state, self.ledger_id, len(self.entries), entry)
        about = {
            key
            for key, record in changes.items()
            if not (isinstance(record, IssuerRecord) and entry.type >= EntryType.INVOICE_SEALED)
        }
        self.state |= changes
        return self.force(entry, about)

    def force(self, entry: Entry, about: set[bytes]) -> int:
        """Log an entry without any rule."""
        self.entries.append(entry)
        self.about.append(about)
        return len(self.entries) - 1

    def enrol(self, firm: Firm, **changes: Any) -> int:
        values = {
            "legal_id": list(firm.legal_id),
            "name": firm.name,
            "country": "FR",
            "zone": firm.zone,
            "control_keys": [firm.control.public],
            "signing_key": [firm.signing.public, "server", "all"],
            "pepper": firm.pepper,
            "salt": sha256(b"salt" + firm.siren.encode()).digest(),
        }
        return self.offer(self.statement(1, [firm.key], values | changes, firm.control, self.ledger_signer))

    def control(self, firm: Firm, entry_type: int, **values: Any) -> int:
        """Types 2 to 4."""
        return self.offer(self.statement(entry_type, [firm.key], values, firm.control))

    def seal_entry(self, signed: SignedSeal) -> Entry:
        return encode_entry(EntryType.INVOICE_SEALED, signed.sign1)

    def sign_seal(self, seal: Seal, key: Key) -> SignedSeal:
        """A seal signed for this ledger, logged nowhere."""
        sign1 = key.sign(encode_seal_payload(seal), self.aad(EntryType.INVOICE_SEALED))
        return SignedSeal(decode_seal_payload(sign1.payload), sign1)

    def issue(self, firm: Firm, document: Mapping[str, Any], key: Key | None = None) -> SignedSeal:
        """Seal a document and log the seal."""
        signed = self.sign_seal(seal_of(document), key or firm.signing)
        self.offer(self.seal_entry(signed))
        return signed

    def pay(self, firm: Firm, number: str, amount: int, **changes: Any) -> int:
        values = {
            "amount": amount,
            "day": 20_417,
            "means": "30",
            "grade": "declared",
            "reference": None,
            "payment_id": sha256(number.encode()).digest()[:16],
        }
        return self.about_invoice(firm, number, 8, firm.signing, **(values | changes))

    def about_invoice(self, firm: Firm, number: str, entry_type: int, *signers: Key, **values: Any) -> int:
        return self.offer(self.statement(entry_type, [firm.invoice(number)], values, *signers))

    # --- checkpoints and the contract ---

    def checkpoint(self, time: int) -> Checkpoint:
        """Append the state entry and anchor."""
        items = {key: record_hash(record) for key, record in self.state.items()}
        previous = self.anchored[-1].checkpoint.size if self.anchored else 0
        index = len(self.entries)
        payload = encode_state_entry(StateEntry(index, root_of(items), RULES_VERSION, previous))
        self.force(encode_entry(0, self.ledger_signer.sign(payload, self.aad(0))), set())
        return self.anchor_log(time)

    def anchor_log(self, time: int) -> Checkpoint:
        """Anchor the log as it is, whatever its last entry."""
        root = merkle_root(self.leaves())
        point = Checkpoint(len(self.anchored) + 1, len(self.entries), root, time)
        self.anchored.append(Anchored(point, dict(self.state)))
        return point

    def leaves(self, size: int | None = None) -> list[bytes]:
        return [entry.leaf_hash for entry in self.entries[:size]]

    def path(self, index: int, size: int) -> tuple[bytes, ...]:
        leaves = self.leaves(size)
        return tuple(merkle_root(leaves[begin:end]) for begin, end in inclusion_nodes(index, size))

    def evidence(
        self, sequences: Iterable[int] | None = None, *, block_time: int | None = None, head_time: int | None = None
    ) -> ChainEvidence:
        """Header and proofs as an honest node sends them; all checkpoints unless told."""
        head = self.anchored[-1].checkpoint
        wanted = tuple(range(1, len(self.anchored) + 1)) if sequences is None else tuple(sorted(sequences))
        now = head.time if head_time is None else head_time
        base, anchorer, first, head_slot, root, *records = slots_for(
            self.ledger_id, [item.checkpoint.sequence for item in self.anchored]
        )
        storage = {
            base: int.from_bytes(OWNER, "big") | MAXIMUM_AGE << 160,
            anchorer: int.from_bytes(b"\xbb" * 20, "big"),
            first: int.from_bytes(LEDGER_KEY.thumbprint, "big"),
            head_slot: head.sequence | head.size << 64 | now << 128,
            root: int.from_bytes(head.root, "big"),
        }
        for slot, item in zip(records, self.anchored, strict=True):
            point = item.checkpoint
            word = record_digest(self.ledger_id, point.sequence, point.size, point.root, point.time)
            storage[slot] = int.from_bytes(word, "big")
        return prove_storage(self.ledger_id, storage, wanted, now if block_time is None else block_time)

    def policy(self, **changes: Any) -> Policy:
        """What an honest reader of this ledger trusts."""
        trusted = TrustedLedger(
            self.ledger_id, "Small ledger", CHAIN_ID, CONTRACT, MAXIMUM_AGE, ("localhost:8000",), "one",
            ("http://127.0.0.1:8545",), "latest",
        )  # fmt: skip
        return Policy({self.ledger_id: replace(trusted, **changes)})

    # --- bundles ---

    def bundle(
        self,
        signed: SignedSeal,
        document: Mapping[str, Any] | None = None,
        *,
        opened: frozenset[str] | None = None,
        sequence: int | None = None,
        payee: PayeeOpening | None = None,
    ) -> Bundle:
        """The bundle of a seal as of a checkpoint (the newest unless told)."""
        at = self.anchored[-1 if sequence is None else sequence - 1]
        size = at.checkpoint.size
        place = issuer_key(signed.seal.seller_id)
        issuer = at.state.get(place)
        keys = {ledger_key(self.ledger_id), place}
        invoice = None
        if isinstance(issuer, IssuerRecord):
            invoice = invoice_key(issuer.pepper, place, signed.seal.number)
            keys.add(invoice)
        entries = tuple(
            LoggedEntry(index, self.entries[index], self.path(index, size))
            for index in range(size - 1)
            if self.about[index] & keys
        )
        shown = None if document is None else disclose(document, secret_of(document), opened)
        return Bundle(
            ledger_id=self.ledger_id,
            seal=signed,
            document=shown,
            checkpoint=at.checkpoint,
            entries=entries,
            state=LoggedEntry(size - 1, self.entries[size - 1], self.path(size - 1, size)),
            ledger=self.proven(at, ledger_key(self.ledger_id)),
            issuer=self.proven(at, place),
            invoice=None if invoice is None else self.proven(at, invoice),
            origin=self.origin(entries, invoice, at),
            payee=payee,
        )

    @staticmethod
    def proven(at: Anchored, key: bytes) -> ProvenRecord:
        items = {place: record_hash(record) for place, record in at.state.items()}
        record = at.state.get(key)
        return ProvenRecord(None if record is None else record.encode(), prove(items, key))

    def origin(self, entries: tuple[LoggedEntry, ...], invoice: bytes | None, at: Anchored) -> Origin | None:
        index = next((item.index for item in entries if item.entry.type == EntryType.INVOICE_SEALED), None)
        if index is None or invoice is None or isinstance(at.state[invoice], VoidRecord):
            return None
        points = [item.checkpoint for item in self.anchored]
        first = next(point for point in points if point.size > index)
        before = None if first.sequence == 1 else points[first.sequence - 2]
        return Origin(first, self.path(index, first.size), before)

    def digest(self, signed: SignedSeal) -> bytes:
        return seal_digest(signed.sign1, self.ledger_id)

    def evidence_for(self, bundle: Bundle) -> ChainEvidence:
        """What a verifier fetches for a bundle."""
        return self.evidence(sequences_needed(bundle))


def prove_storage(
    ledger_id: bytes, storage: Mapping[bytes, int], sequences: tuple[int, ...], block_time: int
) -> ChainEvidence:
    """A header over an account over a storage trie, and the proofs of one ledger's slots."""
    slots = HexaryTrie({})
    for slot, word in storage.items():
        slots[keccak(slot)] = rlp.encode(word)
    accounts = HexaryTrie({})
    for other in range(1, 5):
        accounts[keccak(bytes([other]) * 20)] = rlp.encode([b"", b"\1", bytes(32), bytes(32)])
    accounts[keccak(CONTRACT)] = rlp.encode([b"\1", b"", slots.root_hash, keccak(b"code")])
    fields = [
        *(bytes([n]) * 32 for n in (1, 2)), b"\3" * 20, accounts.root_hash,
        *(bytes([n]) * 32 for n in (4, 5)), bytes(256), b"", b"\x12\x34", b"\x01\xc9\xc3\x80", b"",
        block_time.to_bytes(4, "big"), b"extra", b"\6" * 32, bytes(8), b"\7",
    ]  # fmt: skip
    return ChainEvidence(
        CHAIN_ID,
        bytes(rlp.encode(fields)),
        tuple(rlp.encode(node) for node in accounts.get_proof(keccak(CONTRACT))),
        {
            slot: tuple(rlp.encode(node) for node in slots.get_proof(keccak(slot)))
            for slot in slots_for(ledger_id, sequences)
        },
        sequences,
    )
