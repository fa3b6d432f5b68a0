"""One issuer's completeness, as a file that an auditor verifies without this server, and the same carried out here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, or_, select

from ledger import log, state_map
from ledger.accept import read_records
from ledger.checkpoints import StoredCheckpoint, block_reader, tile_reader
from ledger.context import Ledger
from ledger.errors import Stopped
from ledger.issuers import Issuer, get_issuer
from ledger.policy import policy_of
from ledger.prove import anchored_checkpoint, final_checkpoint
from ledger.series import list_series
from ledger.store.database import reading
from ledger.store.tables import entries, invoices
from verifier.bundle import LoggedEntry, ProvenRecord
from verifier.issuer_audit import IssuerReport
from verifier.issuer_evidence import IssuerEvidence, SeriesClaim
from verifier.judge import judge_issuer
from verifier.records import Holdings, ledger_key
from verifier.statement import EntryType, decode_entry


def issuer_audit(ledger: Ledger, issuer_id: str) -> IssuerReport:
    """Proves one issuer's completeness to itself: makes the evidence and judges it as its auditor would.

    Raises:
        NotFound: `issuer`.
        Unavailable: `not-anchored`, no checkpoint is final yet.
        Stopped: what is stored does not prove.
    """
    return judge_issuer(issuer_evidence(ledger, issuer_id), policy_of(ledger), ledger.now())


def issuer_evidence(ledger: Ledger, issuer_id: str) -> bytes:
    """The evidence of an issuer's completeness as of the last final checkpoint, RFC 8785 bytes.

    It holds every entry about its invoices and nothing of any other issuer's but hashes, and the opening of its
    commitment: it is the issuer's to give.

    Raises:
        As `issuer_audit`.
    """
    with reading(ledger.engine) as connection:
        issuer = get_issuer(connection, issuer_id)
        point = final_checkpoint(connection)
        return _Proof(connection, ledger, issuer, point).evidence().encode()


class _Proof:
    """Everything as of one checkpoint, each tile and block read once."""

    def __init__(self, connection: Connection, ledger: Ledger, issuer: Issuer, point: StoredCheckpoint) -> None:
        self.connection = connection
        self.ledger = ledger
        self.issuer = issuer
        self.point = point
        self.tiles: log.Reader = _once(tile_reader(connection))
        self.blocks: state_map.Reader = _once(block_reader(connection, point.sequence))

    def evidence(self) -> IssuerEvidence:
        """The whole of it."""
        own = ledger_key(self.ledger.ledger_id)
        logged, numbers = self._entries(own)
        raws = self._raws([own, self.issuer.map_key, *numbers])
        series = list_series(self.connection, self.issuer.id)
        return IssuerEvidence(
            ledger_id=self.ledger.ledger_id,
            legal_id=self.issuer.legal_id,
            checkpoint=anchored_checkpoint(self.connection, self.point),
            state=self._state(),
            entries=tuple(logged),
            ledger=self._record(own, raws),
            issuer=self._record(self.issuer.map_key, raws),
            holdings=self._holdings(),
            invoices=tuple(self._record(key, raws) for key in numbers),
            series=tuple(SeriesClaim(item.pattern, item.reset == "yearly") for item in series if item.issued),
        )

    def _entries(self, own: bytes) -> tuple[list[LoggedEntry], list[bytes]]:
        """Every entry about this issuer in log order, and the map key of each number in the same order."""
        mine = select(invoices.c.map_key).where(invoices.c.issuer_id == self.issuer.id)
        about = or_(
            entries.c.issuer == self.issuer.map_key,
            # A credit note of another issuer's, applied to an invoice of this one.
            entries.c.second_object.in_(mine),
            (entries.c.object == own) & (entries.c.type == EntryType.LEDGER_KEY_CHANGED),
        )
        query = select(entries).where(about, entries.c.log_index < self.point.size).order_by(entries.c.log_index)
        logged, numbers = [], []
        for row in self.connection.execute(query):
            logged.append(self._logged(row.log_index, row.raw))
            if row.type in (EntryType.INVOICE_SEALED, EntryType.NUMBER_VOID):
                numbers.append(row.object)
        return logged, numbers

    def _logged(self, index: int, raw: bytes) -> LoggedEntry:
        return LoggedEntry(index, decode_entry(raw), tuple(log.prove_inclusion(self.tiles, index, self.point.size)))

    def _state(self) -> LoggedEntry:
        index = self.point.size - 1
        raw = self.connection.execute(select(entries.c.raw).where(entries.c.log_index == index)).scalar()
        if raw is None:
            raise Stopped("entry-missing", "a state entry is missing", where=f"entries/{index}")
        return self._logged(index, raw)

    def _raws(self, keys: list[bytes]) -> dict[bytes, bytes]:
        found = read_records(self.connection, keys, as_of=self.point.sequence)
        return {key: stored.raw for key, stored in found.items()}

    def _record(self, key: bytes, raws: Mapping[bytes, bytes]) -> ProvenRecord:
        found, proof = state_map.prove(self.blocks, self.point.state_root, key)
        if found is None or key not in raws:
            raise Stopped("record-broken", "a record of the state map is missing", where=f"records/{key.hex()}")
        return ProvenRecord(raws[key], proof)

    def _holdings(self) -> Holdings:
        key = self.issuer.map_key
        stored = read_records(self.connection, [key], as_of=self.point.sequence).get(key)
        if stored is None or stored.holdings is None:
            raise Stopped("record-broken", "the opening of a commitment is missing", where=f"records/{key.hex()}")
        return stored.holdings


def _once(read: Callable[[Iterable[Any]], Mapping[Any, Any]]) -> Callable[[Iterable[Any]], Mapping[Any, Any]]:
    """A reader that keeps what it has read."""
    kept: dict[Any, Any] = {}

    def cached(wanted: Iterable[Any]) -> Mapping[Any, Any]:
        places = list(wanted)
        new = [place for place in places if place not in kept]
        if new:
            kept.update(read(new))
        return {place: kept[place] for place in places if place in kept}

    return cached
