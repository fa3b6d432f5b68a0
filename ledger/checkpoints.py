"""Integrate and checkpoint: entries get their log index, the map its new records, the log its state entry.

Everything that was stored before is held to its hashes on the way: a tree or a record that does not fit ends in an
alarm that stops the ledger, and nothing is signed over it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, select, tuple_

from ledger import log, state_map
from ledger.accept import encode_holdings, read_records
from ledger.context import Ledger, check_running, ledger_signer, read_meta, write_meta
from ledger.errors import Stopped
from ledger.store.database import writing
from ledger.store.tables import checkpoints, entries, log_tiles, map_blocks, meta, records
from verifier.checkpoint import RULES_VERSION, StateEntry, encode_state_entry
from verifier.errors import SceauError
from verifier.keyed_map import EMPTY
from verifier.merkle import check_consistency
from verifier.records import (
    Holdings,
    InvoiceRecord,
    IssuerRecord,
    Record,
    VoidRecord,
    issuer_key,
    ledger_key,
    record_hash,
)
from verifier.seal import decode_seal_payload
from verifier.state import apply
from verifier.statement import Entry, EntryType, decode_entry, decode_statement, encode_entry

MAX_ENTRIES = 20_000
"""Entries of one checkpoint: bounds the transaction and the memory it takes."""


@dataclass(frozen=True)
class StoredCheckpoint:
    """A checkpoint as stored; its time comes with its anchor."""

    sequence: int
    size: int
    root: bytes
    state_root: bytes
    created: int


def tile_reader(connection: Connection) -> log.Reader:
    """Reads tiles of the log."""

    def read(wanted: Iterable[log.TileKey]) -> Mapping[log.TileKey, bytes]:
        places = list(wanted)
        query = select(log_tiles).where(tuple_(log_tiles.c.level, log_tiles.c.number).in_(places))
        return {(row.level, row.number): row.hashes for row in connection.execute(query)}

    return read


def block_reader(connection: Connection, as_of: int) -> state_map.Reader:
    """Reads blocks of the state map as of a checkpoint."""

    def read(prefixes: Iterable[bytes]) -> Mapping[bytes, state_map.Block]:
        found: dict[bytes, state_map.Block] = {}
        for prefix in prefixes:
            query = (
                select(map_blocks.c.slots)
                .where(map_blocks.c.prefix == prefix, map_blocks.c.checkpoint <= as_of)
                .order_by(map_blocks.c.checkpoint.desc())
                .limit(1)
            )
            slots = connection.execute(query).scalar()
            if slots is not None:
                found[prefix] = state_map.decode_block(slots)
        return found

    return read


def last_checkpoint(connection: Connection) -> StoredCheckpoint | None:
    """The newest checkpoint, anchored or not."""
    row = connection.execute(select(checkpoints).order_by(checkpoints.c.sequence.desc()).limit(1)).one_or_none()
    return None if row is None else checkpoint_of(row)


def get_checkpoint(connection: Connection, sequence: int) -> StoredCheckpoint:
    """The checkpoint of a sequence; raises Stopped when it is not there."""
    row = connection.execute(select(checkpoints).where(checkpoints.c.sequence == sequence)).one_or_none()
    if row is None:
        raise Stopped("checkpoint-missing", "a checkpoint is missing", where=f"checkpoints/{sequence}")
    return checkpoint_of(row)


def checkpoint_of(row: Any) -> StoredCheckpoint:
    """From a row of `checkpoints`."""
    return StoredCheckpoint(row.sequence, row.size, row.root, row.state_root, row.created)


def waiting_count(connection: Connection) -> int:
    """Accepted entries that have no log index yet."""
    query = select(func.count()).select_from(entries).where(entries.c.log_index.is_(None))
    return connection.execute(query).scalar_one()


def checkpoint(ledger: Ledger, *, limit: int = MAX_ENTRIES) -> StoredCheckpoint | None:
    """Integrates waiting entries and makes the next checkpoint; None when nothing waits.

    Raises:
        Stopped: what is stored does not fit; the alarm is set and the ledger stays stopped.
    """
    try:
        with writing(ledger.engine) as connection:
            # One integrator at a time, on any number of processes: the row is the lock.
            connection.execute(select(meta).where(meta.c.name == "ledger_id").with_for_update())
            check_running(connection)
            return _checkpoint(connection, ledger, limit)
    except Stopped as error:
        if error.code != "alarm":
            raise_alarm(ledger, error)
        raise


def raise_alarm(ledger: Ledger, error: Stopped) -> None:
    """Stops the ledger for good: an engineer looks before anything is signed again."""
    with writing(ledger.engine) as connection:
        if read_meta(connection, "alarm") is None:
            write_meta(connection, "alarm", f"{error.code}: {error}")


def _checkpoint(connection: Connection, ledger: Ledger, limit: int) -> StoredCheckpoint | None:
    query = select(entries).where(entries.c.log_index.is_(None)).order_by(entries.c.seq).limit(limit)
    rows = connection.execute(query).all()
    if not rows:
        return None
    last = last_checkpoint(connection)
    size = 0 if last is None else last.size
    sequence = 1 if last is None else last.sequence + 1
    read_tile = _checked_tiles(connection, last)
    folding = _Folding(connection, ledger, sequence)
    decoded = [_decode(row) for row in rows]
    folding.load(decoded)
    for offset, (row, entry) in enumerate(zip(rows, decoded, strict=True)):
        folding.apply(size + offset, entry, row.seq)
    state_root = folding.write(EMPTY if last is None else last.state_root)
    index = size + len(rows)
    state = _state_entry(connection, ledger, StateEntry(index, state_root, RULES_VERSION, size))
    _write_entries(connection, ledger, rows, size, state)
    hashes = [row.leaf_hash for row in rows] + [state.leaf_hash]
    tiles = log.append(read_tile, size, hashes)
    _write_tiles(connection, tiles)
    root = log.root(tile_reader(connection), index + 1)
    if last is not None:
        proof = log.prove_consistency(tile_reader(connection), size, index + 1)
        try:
            check_consistency(size, last.root, index + 1, root, proof)
        except SceauError as error:
            raise Stopped("tree-broken", f"the new log does not extend the old one: {error}") from error
    made = StoredCheckpoint(sequence, index + 1, root, state_root, ledger.now())
    connection.execute(checkpoints.insert().values(**made.__dict__))
    return made


def _checked_tiles(connection: Connection, last: StoredCheckpoint | None) -> log.Reader:
    """The tile reader, once the stored tiles hash to the last root."""
    read = tile_reader(connection)
    if last is not None and log.root(read, last.size) != last.root:
        raise Stopped("tree-broken", "the stored log does not hash to its last root", where="log_tiles")
    return read


def _decode(row: Any) -> Entry:
    try:
        entry = decode_entry(row.raw)
    except SceauError as error:
        raise Stopped("entry-broken", f"a waiting entry cannot be read: {error}", where=f"entries/{row.seq}") from error
    if entry.leaf_hash != row.leaf_hash or entry.type != row.type:
        raise Stopped("entry-broken", "a waiting entry is not what was accepted", where=f"entries/{row.seq}")
    return entry


class _Folding:
    """The state map's records while a checkpoint is made."""

    def __init__(self, connection: Connection, ledger: Ledger, sequence: int) -> None:
        self.connection = connection
        self.ledger = ledger
        self.sequence = sequence
        self.state: dict[bytes, Record] = {}
        self.stored: dict[bytes, bytes] = {}
        self.changed: dict[bytes, Record] = {}

    def load(self, decoded: list[Entry]) -> None:
        """Loads every record that the entries may read: their objects, then the issuers of those."""
        keys = {ledger_key(self.ledger.ledger_id)}
        for entry in decoded:
            keys |= touched_keys(entry)
        self._read(keys)
        owners = {r.issuer for r in self.state.values() if isinstance(r, InvoiceRecord | VoidRecord)}
        self._read(owners - set(self.state))
        if self.sequence == 1:
            # The genesis record has no entry: it enters the map with the first checkpoint.
            key = ledger_key(self.ledger.ledger_id)
            self.changed[key] = self.state[key]
            self.stored.pop(key, None)

    def _read(self, keys: set[bytes]) -> None:
        for key, stored in read_records(self.connection, keys).items():
            record = stored.record
            if stored.holdings is not None:
                record = _with_holdings(record, stored.holdings, key)
            self.state[key] = record
            self.stored[key] = stored.raw

    def apply(self, index: int, entry: Entry, seq: int) -> None:
        """Applies one entry; what was accepted must still fold."""
        try:
            changes = apply(self.state, self.ledger.ledger_id, index, entry)
        except SceauError as error:
            where = f"entries/{seq}"
            raise Stopped("fold-broken", f"an accepted entry no longer folds: {error}", where=where) from error
        self.state |= changes
        self.changed |= changes

    def write(self, root: bytes) -> bytes:
        """Writes changed records and blocks; returns the new root of the map."""
        self._check_stored(root)
        hashes = {key: record_hash(record) for key, record in self.changed.items()}
        changes = state_map.update(block_reader(self.connection, self.sequence - 1), root, hashes)
        record_rows = [
            {
                "map_key": key,
                "checkpoint": self.sequence,
                "record": record.encode(),
                "holdings": _opening(record),
            }
            for key, record in self.changed.items()
        ]
        block_rows = [
            {"prefix": prefix, "checkpoint": self.sequence, "slots": state_map.encode_block(block)}
            for prefix, block in changes.blocks.items()
        ]
        self.connection.execute(records.insert(), record_rows)
        self.connection.execute(map_blocks.insert(), block_rows)
        return changes.root

    def _check_stored(self, root: bytes) -> None:
        """A stored record that the map does not hold was edited: nothing is built upon it."""
        read = block_reader(self.connection, self.sequence - 1)
        for key in self.changed.keys() & self.stored.keys():
            found, _ = state_map.prove(read, root, key)
            if found != sha256(self.stored[key]).digest():
                raise Stopped("record-broken", "a stored record is not the map's", where=f"records/{key.hex()}")


def _with_holdings(record: Record, holdings: Holdings, key: bytes) -> Record:
    if not isinstance(record, IssuerRecord):
        raise Stopped("record-broken", "an opening beside a record that has none", where=f"records/{key.hex()}")
    opened = replace(record, holdings=holdings)
    if opened.encode() != record.encode():
        raise Stopped("record-broken", "an opening does not fit its commitment", where=f"records/{key.hex()}")
    return opened


def _opening(record: Record) -> bytes | None:
    holdings = getattr(record, "holdings", None)
    return None if holdings is None else encode_holdings(holdings)


def touched_keys(entry: Entry) -> set[bytes]:
    """Map keys that an entry names; an invoice's own issuer is found through its record."""
    if entry.type == EntryType.STATE:
        return set()
    if entry.type == EntryType.INVOICE_SEALED:
        return {issuer_key(decode_seal_payload(entry.payload).seller_id)}
    statement = decode_statement(entry.type, entry.payload)
    keys = {key for key, _ in statement.objects}
    if entry.type == EntryType.NUMBER_VOID:
        keys.add(statement.values["issuer"])
    return keys


def _state_entry(connection: Connection, ledger: Ledger, content: StateEntry) -> Entry:
    signer = ledger_signer(connection, ledger)
    sign1 = signer.sign(ledger.ledger_id, EntryType.STATE, encode_state_entry(content))
    return encode_entry(EntryType.STATE, sign1)


def _write_entries(connection: Connection, ledger: Ledger, rows: Any, size: int, state: Entry) -> None:
    query = entries.update().where(entries.c.seq == bindparam("at")).values(log_index=bindparam("index"))
    connection.execute(query, [{"at": row.seq, "index": size + n} for n, row in enumerate(rows)])
    connection.execute(
        entries.insert().values(
            type=EntryType.STATE,
            issuer=None,
            object=ledger_key(ledger.ledger_id),
            leaf_hash=state.leaf_hash,
            raw=state.raw,
            accepted=ledger.now(),
            log_index=size + len(rows),
        )
    )


def _write_tiles(connection: Connection, tiles: log.Tiles) -> None:
    for (level, number), hashes in tiles.items():
        place = and_(log_tiles.c.level == level, log_tiles.c.number == number)
        if connection.execute(log_tiles.update().where(place).values(hashes=hashes)).rowcount == 0:
            connection.execute(log_tiles.insert().values(level=level, number=number, hashes=hashes))
