"""Acceptance: an entry is folded onto its object's present state before it is stored, or refused.

The present state of an object is its integrated record with every waiting entry about it applied, in order. All
of it happens in the accepting transaction with the issuer's row locked, so two statements about one object cannot
both follow the same one. Waiting entries have no log index yet: they are judged at `PROVISIONAL`, after all others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from ledger.context import Ledger, check_running
from ledger.errors import Conflict, NotFound, Stopped
from ledger.keys import SigningKeyPair
from ledger.store.tables import entries, issuers, records
from verifier.cose import Sign1
from verifier.errors import Refuted, SceauError
from verifier.records import (
    Holdings,
    InvoiceRecord,
    IssuerRecord,
    LedgerRecord,
    Record,
    decode_record,
    ledger_key,
)
from verifier.state import apply
from verifier.statement import (
    NONCE_SIZE,
    Entry,
    EntryType,
    Statement,
    decode_entry,
    encode_entry,
    encode_statement,
)

PROVISIONAL = 2**40
"""Log index at which waiting entries are judged: beyond any real one."""

_CHUNK = 500
"""Keys of one IN list: both databases take many more, this keeps statements cacheable."""

State = dict[bytes, Record]


@dataclass(frozen=True)
class StoredRecord:
    """A record of the state map as stored."""

    record: Record
    raw: bytes
    holdings: Holdings | None


def chunks(keys: Iterable[bytes]) -> Iterable[list[bytes]]:
    """The keys in lists short enough for one statement."""
    listed = list(dict.fromkeys(keys))
    return (listed[at : at + _CHUNK] for at in range(0, len(listed), _CHUNK))


def read_records(
    connection: Connection, keys: Iterable[bytes], *, as_of: int | None = None
) -> dict[bytes, StoredRecord]:
    """Latest stored record of each key, or the one that stood at checkpoint `as_of`."""
    found: dict[bytes, StoredRecord] = {}
    for part in chunks(keys):
        latest = select(records.c.map_key, func.max(records.c.checkpoint).label("at")).where(
            records.c.map_key.in_(part)
        )
        if as_of is not None:
            latest = latest.where(records.c.checkpoint <= as_of)
        newest = latest.group_by(records.c.map_key).subquery()
        query = select(records).join(
            newest, and_(records.c.map_key == newest.c.map_key, records.c.checkpoint == newest.c.at)
        )
        for row in connection.execute(query):
            found[row.map_key] = _stored(row)
    return found


def _stored(row: Any) -> StoredRecord:
    try:
        record = decode_record(row.record)
        holdings = None if row.holdings is None else decode_holdings(row.holdings)
    except SceauError as error:
        where = f"records/{row.map_key.hex()}/{row.checkpoint}"
        raise Stopped("record-broken", f"a stored record cannot be read: {error}", where=where) from error
    return StoredRecord(record, row.record, holdings)


def encode_holdings(holdings: Holdings) -> bytes:
    """Salt, count, chain and latest index, 80 bytes."""
    return holdings.salt + holdings.count.to_bytes(8, "big") + holdings.chain + holdings.latest.to_bytes(8, "big")


def decode_holdings(data: bytes) -> Holdings:
    """Reads `encode_holdings`'s form."""
    if len(data) != 80:
        raise Stopped("record-broken", "a stored opening has another length")
    return Holdings(data[:32], int.from_bytes(data[32:40], "big"), data[40:72], int.from_bytes(data[72:], "big"))


def lock_issuers(connection: Connection, keys: Iterable[bytes]) -> dict[bytes, Any]:
    """Locks the issuers' rows, in one order everywhere so that two transactions cannot wait for each other."""
    wanted = sorted(set(keys))
    query = select(issuers).where(issuers.c.map_key.in_(wanted)).order_by(issuers.c.map_key).with_for_update()
    rows = {row.map_key: row for row in connection.execute(query)}
    check_running(connection)
    return rows


def load_state(connection: Connection, ledger: Ledger, keys: Iterable[bytes]) -> State:
    """Present state of some objects, with the ledger's record; their issuers' rows must be locked."""
    wanted = {ledger_key(ledger.ledger_id), *keys}
    waiting: dict[int, bytes] = {}
    fresh = set(wanted)
    while fresh:
        # A waiting credit is about two invoices: the other one's waiting entries come before it.
        named = _waiting(connection, fresh, waiting)
        fresh = named - wanted
        wanted |= fresh
    state: State = {key: stored.record for key, stored in read_records(connection, wanted).items()}
    for seq in sorted(waiting):
        try:
            state |= apply(state, ledger.ledger_id, PROVISIONAL, decode_entry(waiting[seq]))
        except SceauError as error:
            message = f"a waiting entry no longer folds: {error}"
            raise Stopped("entry-broken", message, where=f"entries/{seq}") from error
    return state


def _waiting(connection: Connection, keys: Iterable[bytes], found: dict[int, bytes]) -> set[bytes]:
    """Adds the waiting entries about some objects to `found`; returns every object that they name."""
    named: set[bytes] = set()
    for part in chunks(keys):
        about = or_(entries.c.object.in_(part), entries.c.second_object.in_(part))
        columns = (entries.c.seq, entries.c.raw, entries.c.object, entries.c.second_object, entries.c.issuer)
        for row in connection.execute(select(*columns).where(entries.c.log_index.is_(None), about)):
            found[row.seq] = row.raw
            named |= {key for key in (row.object, row.second_object, row.issuer) if key is not None}
    return named


def issuer_record(state: Mapping[bytes, Record], key: bytes) -> IssuerRecord:
    """The issuer's record; raises NotFound `issuer`."""
    record = state.get(key)
    if not isinstance(record, IssuerRecord):
        raise NotFound("issuer", "no issuer is enrolled under this id")
    return record


def invoice_record(state: Mapping[bytes, Record], key: bytes) -> InvoiceRecord:
    """The invoice's record; raises NotFound `invoice`."""
    record = state.get(key)
    if not isinstance(record, InvoiceRecord):
        raise NotFound("invoice", "no invoice is sealed under this number")
    return record


def chain_of(record: Record) -> bytes:
    """What the next statement about an object must give as `prev`."""
    if isinstance(record, IssuerRecord):
        return record.control_chain
    if isinstance(record, InvoiceRecord | LedgerRecord):
        return record.chain
    raise Conflict("number-void", "this number is void: nothing follows")


def state_signed(
    ledger: Ledger,
    entry_type: EntryType,
    objects: Sequence[tuple[bytes, bytes]],
    values: Mapping[str, Any],
    signers: Sequence[SigningKeyPair],
) -> Entry:
    """An entry with a statement made now and signed by each of `signers`."""
    statement = Statement(
        type=entry_type,
        objects=tuple(objects),
        nonce=ledger.entropy(NONCE_SIZE),
        time=ledger.now(),
        values=values,
    )
    payload = encode_statement(statement)
    signatures: list[Sign1] = [pair.sign(ledger.ledger_id, entry_type, payload) for pair in signers]
    return encode_entry(entry_type, *signatures)


def accept(
    connection: Connection,
    ledger: Ledger,
    state: State,
    entry: Entry,
    objects: Sequence[bytes],
    issuer: bytes,
) -> int:
    """Folds an entry onto `state` (updated in place) and stores it; returns its number in the queue.

    Raises:
        Conflict: `fold-…`, the fold refuses it: 409, nothing stored.
    """
    fold(ledger, state, entry)
    row = entry_row(entry, objects, issuer, ledger.now())
    return int(connection.execute(entries.insert().values(row).returning(entries.c.seq)).scalar_one())


def fold(ledger: Ledger, state: State, entry: Entry) -> None:
    """Applies an entry to `state` in place; raises Conflict when the fold refuses it."""
    try:
        state |= apply(state, ledger.ledger_id, PROVISIONAL, entry)
    except Refuted as error:
        raise Conflict(error.code, error.message, where=error.where) from error


def entry_row(entry: Entry, objects: Sequence[bytes], issuer: bytes, now: int) -> dict[str, Any]:
    """The row of a waiting entry."""
    return {
        "type": entry.type,
        "issuer": issuer,
        "object": objects[0],
        "second_object": objects[1] if len(objects) > 1 else None,
        "leaf_hash": entry.leaf_hash,
        "raw": entry.raw,
        "accepted": now,
    }
