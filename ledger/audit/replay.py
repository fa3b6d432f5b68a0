"""The log: every entry decoded, hashed and folded in log order; each checkpoint against what its entries come to.

A damaged entry must not drown the report in what follows from it. Its place in the tree is kept by the hash that column
and tile agree on; the objects that it is about are taken, at the next checkpoint, from their stored records, which the
map's root then confirms or not.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from sqlalchemy import select

from ledger.accept import PROVISIONAL
from ledger.audit.context import Audit, Point, Said, Sealed
from ledger.audit.differences import Differences
from ledger.audit.rows import count, read
from ledger.audit.trees import Trees, adopted
from ledger.checkpoints import touched_keys
from ledger.store.tables import checkpoints, entries, log_tiles
from verifier.audit import Replay
from verifier.cose import PublicKey
from verifier.errors import SceauError
from verifier.keyed_map import root_of
from verifier.merkle import leaf_hash
from verifier.records import InvoiceRecord, VoidRecord, ledger_key
from verifier.state import Changes
from verifier.statement import CONTROL_TYPES, Entry, EntryType, decode_entry, decode_statement

STAGE = "entries"
_KEPT = frozenset({EntryType.PAYMENT_RECEIVED, EntryType.PAYMENT_REVERSED, EntryType.RENDITION_REGISTERED})
_MAX_GAP = 1000
"""Missing entries that are named one by one."""


def replay(audit: Audit, first_key: PublicKey) -> None:
    """Replays the log and the waiting entries; fills `audit.shown`."""
    _Log(audit, first_key).run()


class _Log:
    def __init__(self, audit: Audit, first_key: PublicKey) -> None:
        self.audit = audit
        self.findings = audit.findings
        self.replay = Replay(audit.ledger.ledger_id, first_key)
        self.trees = Trees(audit)
        self.leaves: list[bytes] = []
        self.tainted: set[bytes] = set()
        self.unchecked = 0
        self.lost = False
        self.moved: set[int] = set()
        self.differences = Differences()
        self.total = count(audit.connection, audit.findings, entries)
        self.last_seq: dict[bytes, int] = {}
        self.rows = {row.sequence: row for row in read(audit.connection, audit.findings, checkpoints)}
        self.sizes = {row.size for row in self.rows.values()}

    def run(self) -> None:
        """Every logged entry, then every waiting one."""
        self._genesis()
        done = 0
        for row in read(self.audit.connection, self.findings, entries, entries.c.log_index, where=_logged()):
            if self._in_place(row):
                self._gap(row.log_index)
                self._logged(row)
            done += 1
            self.audit.step(STAGE, done, self.total)
        self._gap(max(self.sizes, default=0))
        self._finish()
        waiting = 0
        for row in read(self.audit.connection, self.findings, entries, entries.c.seq, where=~_logged()):
            self._waiting(row)
            waiting += 1
            self.audit.step(STAGE, done + waiting, self.total)
        self.audit.shown.state = self.replay.state
        self.audit.shown.damaged |= self.tainted
        self.audit.counts |= {"entries": done, "waiting": waiting, "checkpoints": len(self.audit.shown.points)}

    def _in_place(self, row: Any) -> bool:
        """Whether a row stands where the log goes on; one that was moved is looked up when its place comes."""
        if row.seq in self.moved:
            return False
        index = self._index()
        if row.log_index == index or (
            row.log_index > index and self._tile_leaf(row.log_index) in (row.leaf_hash, leaf_hash(row.raw))
        ):
            return True
        self._moved(row)
        return False

    def _moved(self, row: Any) -> None:
        if row.seq not in self.moved:
            self.moved.add(row.seq)
            message = f"the entry was logged at another place than {row.log_index}"
            self.findings.add("log-index", f"entries/{row.seq}/log_index", message)

    def _index(self) -> int:
        return self.replay.tree.size

    def _genesis(self) -> None:
        """The genesis record is stored before the first checkpoint, as of 0."""
        self.trees.compare_records(0, dict(self.replay.state), self.trees.stored(0))

    # --- entries ---

    def _logged(self, row: Any) -> None:
        entry = self._decoded(row, self._index())
        leaf = self._leaf(row, entry, self._index())
        self.replay.tree.append(leaf)
        self.leaves.append(leaf)
        index = self._index() - 1
        if entry is not None and entry.type == EntryType.STATE:
            self._columns(row, entry, (ledger_key(self.replay.ledger_id),), None)
            self._close(row, entry)
        elif entry is None and index + 1 in self.sizes:
            self._close(row, None)
        else:
            self._fold(row, entry, index)

    def _decoded(self, row: Any, index: int | None) -> Entry | None:
        """The entry when it is what was accepted."""
        where = f"entries/{row.seq}/raw"
        with self.findings.guard("entry-unreadable", where):
            entry = decode_entry(row.raw)
            if entry.leaf_hash == row.leaf_hash or self._tile_leaf(index) == entry.leaf_hash:
                return entry
            self.findings.add("entry-hash", where, "the entry has another hash than the one that was logged")
        return None

    def _leaf(self, row: Any, entry: Entry | None, index: int) -> bytes:
        computed = leaf_hash(row.raw)
        if entry is not None:
            self.findings.equal(row.leaf_hash, computed, f"entries/{row.seq}/leaf_hash", "the entry")
            return computed
        held = self._tile_leaf(index)
        return computed if held is None else held

    def _tile_leaf(self, index: int | None) -> bytes | None:
        """What the stored tiles have at a place: the third witness, asked only where two disagree."""
        if index is None:
            return None
        with self.findings.guard("database", "log_tiles"):
            query = select(log_tiles.c.hashes).where(log_tiles.c.level == 0, log_tiles.c.number == index // 256)
            hashes = self.audit.connection.execute(query).scalar()
            part = b"" if hashes is None else bytes(hashes)[index % 256 * 32 : index % 256 * 32 + 32]
            return part if len(part) == 32 else None
        return None

    def _fold(self, row: Any, entry: Entry | None, index: int) -> None:
        named = {key for key in (row.object, row.second_object, row.issuer) if key is not None}
        if entry is None:
            self._taint(named)
            return
        where = f"entries/{row.seq}"
        with self.findings.guard("entry-unreadable", where):
            named |= touched_keys(entry)
            if named & self.tainted:
                # It follows a damaged entry: nothing can be said until a checkpoint shows how things stood.
                self.unchecked += 1
                self._taint(named)
                return
            changes = self._apply(index, entry, where)
            if changes is None:
                self._taint(named)
                return
            self._compare(row, entry, changes)
            return
        self._taint(named)

    def _apply(self, index: int, entry: Entry, where: str) -> Changes | None:
        try:
            return self.replay.fold(index, entry)
        except SceauError as error:
            self.findings.add(error.code, where, f"the log is broken here: {error.message}")
            return None

    def _taint(self, keys: set[bytes]) -> None:
        self.tainted |= keys
        self.audit.shown.damaged |= keys

    def _compare(self, row: Any, entry: Entry, changes: Changes) -> None:
        """The columns by which an entry is found, and what other tables repeat of it."""
        values: dict[str, Any] = {}
        if entry.type == EntryType.INVOICE_SEALED:
            objects = tuple(key for key, record in changes.items() if isinstance(record, InvoiceRecord))
            self.audit.shown.seals[objects[0]] = Sealed(row.seq, row.log_index, entry.payload)
        else:
            statement = decode_statement(entry.type, entry.payload)
            objects = tuple(key for key, _ in statement.objects)
            values = dict(statement.values)
        self._columns(row, entry, objects, self._issuer(entry, objects))
        if entry.type in _KEPT:
            said = Said(row.seq, entry.type, objects, entry.leaf_hash, values)
            self.audit.shown.said[row.seq] = said
        for key in objects:
            # The queue keeps the order of statements about one object.
            holds = self.last_seq.get(key, 0) < row.seq
            self.findings.check(holds, "entry-order", f"entries/{row.seq}/seq", "it follows a later number")
            self.last_seq[key] = row.seq

    def _issuer(self, entry: Entry, objects: tuple[bytes, ...]) -> bytes | None:
        if entry.type in CONTROL_TYPES:
            return objects[0]
        record = self.replay.state.get(objects[0])
        return record.issuer if isinstance(record, InvoiceRecord | VoidRecord) else None

    def _columns(self, row: Any, entry: Entry, objects: tuple[bytes, ...], issuer: bytes | None) -> None:
        where = f"entries/{row.seq}"
        expected = {
            "type": entry.type,
            "object": objects[0],
            "second_object": objects[1] if len(objects) > 1 else None,
            "issuer": issuer,
        }
        for name, value in expected.items():
            self.findings.equal(getattr(row, name), value, f"{where}/{name}", "the entry")

    def _gap(self, until: int) -> None:
        """Goes on to `until`: entries that were moved away are fetched, missing ones are named, their places kept."""
        missing = 0
        while self._index() < until:
            index = self._index()
            held = self._tile_leaf(index)
            row = None if held is None else self._by_hash(held)
            if row is not None:
                self._moved(row)
                self._logged(row)
                continue
            missing += 1
            if missing <= _MAX_GAP:
                self.findings.add("entry-missing", f"entries/log_index={index}", "the log has no entry at this place")
            elif held is None:
                self.findings.add("entry-missing", f"entries/log_index={index}", f"nor at any other below {until}")
                return
            self._lost(bytes(32) if held is None else held)

    def _by_hash(self, leaf: bytes) -> Any:
        rows = read(self.audit.connection, self.findings, entries, where=entries.c.leaf_hash == leaf)
        return next(rows, None)

    def _lost(self, leaf: bytes) -> None:
        self.lost = True
        self.replay.tree.append(leaf)
        self.leaves.append(leaf)
        if self._index() in self.sizes:
            self._close(None, None)

    # --- checkpoints ---

    def _close(self, row: Any, entry: Entry | None) -> None:
        """Ends a checkpoint: records, blocks, state entry, both roots."""
        sequence = len(self.audit.shown.points) + 1
        stored = self.trees.stored(sequence)
        if self.tainted or self.lost:
            self._adopt(stored)
        changed = dict(self.replay.changed)
        self.trees.compare_records(sequence, changed, stored)
        state_root = self.trees.update(
            sequence, {key: sha256(record.encode()).digest() for key, record in changed.items()}
        )
        self.trees.append(self.leaves)
        self.leaves = []
        place = f"entries/log_index={self._index() - 1}" if row is None else f"entries/{row.seq}"
        for fault in self.replay.close(entry, state_root):
            self.differences.add(sequence, fault.code, place, fault.message)
        root = self.replay.tree.root()
        point = Point(sequence, self._index(), root, state_root)
        self.audit.shown.points.append(point)
        self._row(point)

    def _adopt(self, stored: dict[bytes, Any]) -> None:
        if self.unchecked:
            message = f"{self.unchecked} entries after a damaged one could not be folded on their own"
            self.findings.add("entry-unchecked", f"checkpoints/{len(self.audit.shown.points) + 1}", message, "warning")
        keys = self.tainted & stored.keys()
        if self.lost:
            # What a lost entry was about is not known: what the checkpoint wrote beyond the replay is taken as told.
            keys |= stored.keys() - self.replay.changed.keys()
        found = {key: adopted(stored[key]) for key in keys}
        self.replay.adopt({key: record for key, record in found.items() if record is not None})
        self.tainted, self.unchecked, self.lost = set(), 0, False

    def _row(self, point: Point) -> None:
        where = f"checkpoints/{point.sequence}"
        row = self.rows.pop(point.sequence, None)
        if row is None:
            self.findings.add("row-missing", where, "a state entry stands in the log, its checkpoint is not stored")
            return
        self.findings.equal(row.size, point.size, f"{where}/size", "the replay")
        for name in ("root", "state_root"):
            if getattr(row, name) != getattr(point, name):
                message = f"the replay of {point.size} entries has another {name.replace('_', ' ')}"
                self.differences.add(point.sequence, f"checkpoint-{name.replace('_', '-')}", f"{where}/{name}", message)

    def _finish(self) -> None:
        for row in self.rows.values():
            where = f"checkpoints/{row.sequence}"
            self.findings.add("row-extra", where, f"no state entry stands at the end of {row.size} entries")
        self.differences.report(self.findings, len(self.audit.shown.points))
        if self.leaves:
            at = f"entries/log_index={self._index() - 1}"
            self.findings.add("state-missing", at, "the logged entries do not end in a state entry")
            self.trees.append(self.leaves)
        self.trees.finish()
        self._rebuild()

    def _rebuild(self) -> None:
        """The map once more, from nothing and by the verifier's own code."""
        if not self.audit.shown.points or self.replay.changed:
            return
        items = {key: sha256(record.encode()).digest() for key, record in self.replay.state.items()}
        holds = root_of(items) == self.audit.shown.points[-1].state_root
        self.findings.check(holds, "map-rebuild", "map_blocks", "the map rebuilt at once has another root")
        self.audit.counts["objects"] = len(items)

    def _waiting(self, row: Any) -> None:
        entry = self._decoded(row, None)
        if entry is not None:
            self.findings.equal(row.leaf_hash, entry.leaf_hash, f"entries/{row.seq}/leaf_hash", "the entry")
        self._fold(row, entry, PROVISIONAL)


def _logged() -> Any:
    return entries.c.log_index.is_not(None)
