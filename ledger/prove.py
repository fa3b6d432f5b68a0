"""Prove: the bundle of one invoice as of the last final checkpoint (PROTOCOL.md §7).

The verifier's own offline steps run on each bundle before it leaves: a bundle that we would refuse is a fault of ours,
and an alarm, not somebody's forged invoice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select

from ledger import log, state_map
from ledger.accept import StoredRecord, read_records
from ledger.checkpoints import StoredCheckpoint, block_reader, get_checkpoint, tile_reader
from ledger.context import Ledger
from ledger.errors import Stopped, Unavailable
from ledger.invoices import Invoice, seal_of
from ledger.store.database import reading
from ledger.store.tables import checkpoints, entries, transactions
from verifier.bundle import Bundle, LoggedEntry, Origin, ProvenRecord
from verifier.checkpoint import Checkpoint
from verifier.document import Disclosure, disclose
from verifier.errors import SceauError
from verifier.offline import check_offline
from verifier.records import InvoiceRecord, IssuerRecord, decode_record, invoice_key, issuer_key, ledger_key
from verifier.seal import SignedSeal, decode_seal
from verifier.statement import CONTROL_TYPES, EntryType, decode_entry


def prove_invoice(ledger: Ledger, invoice: Invoice, opened: frozenset[str] | None = None) -> Bundle:
    """The bundle of the issuer and the buyer: the claims in `opened` (None: all of them) are shown.

    Raises:
        Unavailable: `not-anchored`, no checkpoint is final yet.
        Stopped: what is stored does not prove.
    """
    with reading(ledger.engine) as connection:
        seal = decode_seal(seal_of(connection, invoice.map_key))
        disclosure = disclose(invoice.document, invoice.secret, opened)
        return _prove(connection, ledger, seal, disclosure)


def prove_seal(ledger: Ledger, seal: SignedSeal) -> Bundle:
    """The bundle for whoever holds a seal: no claim beyond its facts, absence proofs when it is not in the ledger."""
    with reading(ledger.engine) as connection:
        return _prove(connection, ledger, seal, None)


def final_checkpoint(connection: Connection) -> StoredCheckpoint:
    """The newest checkpoint whose anchor is final; raises Unavailable `not-anchored`."""
    query = (
        select(transactions.c.sequence)
        .where(transactions.c.kind == "anchor", transactions.c.state == "final")
        .order_by(transactions.c.sequence.desc())
        .limit(1)
    )
    sequence = connection.execute(query).scalar()
    if sequence is None:
        raise Unavailable("not-anchored", "no checkpoint is final yet; ask again after the next anchor")
    return get_checkpoint(connection, sequence)


def anchored_checkpoint(connection: Connection, stored: StoredCheckpoint) -> Checkpoint:
    """A stored checkpoint with the block time of its anchor."""
    query = select(transactions.c.block_time).where(
        transactions.c.kind == "anchor",
        transactions.c.sequence == stored.sequence,
        transactions.c.state.in_(("mined", "final")),
    )
    time = connection.execute(query).scalar()
    if time is None:
        raise Unavailable("not-anchored", "the checkpoint is not anchored")
    return Checkpoint(stored.sequence, stored.size, stored.root, time)


def _prove(connection: Connection, ledger: Ledger, seal: SignedSeal, document: Disclosure | None) -> Bundle:
    proving = _Proving(connection, ledger, final_checkpoint(connection))
    issuer_at = issuer_key(seal.seal.seller_id)
    proven_issuer = proving.record(issuer_at)
    wanted = [(ledger_key(ledger.ledger_id), {EntryType.LEDGER_KEY_CHANGED}), (issuer_at, CONTROL_TYPES)]
    proven_invoice, origin = None, None
    if proven_issuer.record is not None:
        issuer = decode_record(proven_issuer.record)
        if not isinstance(issuer, IssuerRecord):
            raise Stopped("record-broken", "an issuer's record is of another kind", where=f"records/{issuer_at.hex()}")
        invoice_at = invoice_key(issuer.pepper, issuer_at, seal.seal.number)
        proven_invoice = proving.record(invoice_at)
        wanted.append((invoice_at, frozenset(range(6, 21))))
        if proven_invoice.record is not None and isinstance(decode_record(proven_invoice.record), InvoiceRecord):
            origin = proving.origin(invoice_at)
    bundle = Bundle(
        ledger_id=ledger.ledger_id,
        seal=seal,
        document=document,
        checkpoint=anchored_checkpoint(connection, proving.point),
        entries=proving.entries(wanted),
        state=proving.state_entry(),
        ledger=proving.record(ledger_key(ledger.ledger_id)),
        issuer=proven_issuer,
        invoice=proven_invoice,
        origin=origin,
        payee=None,
    )
    try:
        check_offline(bundle, ledger.first_key)
    except SceauError as error:
        # A damaged signature is in the asker's copy of the seal: the verifier says so, and nothing of ours is broken.
        if error.code != "damaged-seal":
            raise Stopped("bundle-broken", f"the bundle does not verify: {error}") from error
    return bundle


class _Proving:
    """Everything as of one checkpoint."""

    def __init__(self, connection: Connection, ledger: Ledger, point: StoredCheckpoint) -> None:
        self.connection = connection
        self.ledger = ledger
        self.point = point
        self.tiles = tile_reader(connection)
        self.blocks = block_reader(connection, point.sequence)

    def record(self, key: bytes) -> ProvenRecord:
        """The record under a key with its proof, or the proof that there is none."""
        found, proof = state_map.prove(self.blocks, self.point.state_root, key)
        if found is None:
            return ProvenRecord(None, proof)
        stored: StoredRecord | None = read_records(self.connection, [key], as_of=self.point.sequence).get(key)
        if stored is None:
            raise Stopped("record-broken", "a record that the map holds is missing", where=f"records/{key.hex()}")
        return ProvenRecord(stored.raw, proof)

    def entries(self, wanted: Sequence[tuple[bytes, Iterable[int]]]) -> tuple[LoggedEntry, ...]:
        """The logged entries of these types about these objects, in log order."""
        found: dict[int, LoggedEntry] = {}
        for key, types in wanted:
            query = select(entries.c.log_index, entries.c.raw).where(
                (entries.c.object == key) | (entries.c.second_object == key),
                entries.c.type.in_([int(item) for item in types]),
                entries.c.log_index < self.point.size,
            )
            for row in self.connection.execute(query):
                found[row.log_index] = self._logged(row.log_index, row.raw)
        return tuple(found[index] for index in sorted(found))

    def _logged(self, index: int, raw: bytes) -> LoggedEntry:
        path = log.prove_inclusion(self.tiles, index, self.point.size)
        return LoggedEntry(index, decode_entry(raw), tuple(path))

    def state_entry(self) -> LoggedEntry:
        """The checkpoint's last leaf."""
        index = self.point.size - 1
        raw = self.connection.execute(select(entries.c.raw).where(entries.c.log_index == index)).scalar()
        if raw is None:
            raise Stopped("entry-missing", "a state entry is missing", where=f"entries/{index}")
        return self._logged(index, raw)

    def origin(self, key: bytes) -> Origin:
        """The first checkpoint with the seal's entry, and the one before."""
        query = select(entries.c.log_index).where(entries.c.object == key, entries.c.type == EntryType.INVOICE_SEALED)
        index = self.connection.execute(query).scalar_one()
        first = self.connection.execute(
            select(checkpoints.c.sequence).where(checkpoints.c.size > index).order_by(checkpoints.c.sequence).limit(1)
        ).scalar_one()
        stored = get_checkpoint(self.connection, first)
        before = None
        if first > 1:
            before = anchored_checkpoint(self.connection, get_checkpoint(self.connection, first - 1))
        path = log.prove_inclusion(self.tiles, index, stored.size)
        return Origin(anchored_checkpoint(self.connection, stored), tuple(path), before)
