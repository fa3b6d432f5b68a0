"""The stored trees and records against those that the replay makes: every version of every row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Table

from ledger import log, state_map
from ledger.accept import decode_holdings, encode_holdings
from ledger.audit.context import Audit
from ledger.audit.rows import place, read
from ledger.store.tables import log_tiles, map_blocks, records
from verifier.errors import SceauError
from verifier.keyed_map import EMPTY
from verifier.records import Holdings, IssuerRecord, Record, decode_record


class Versions:
    """Rows of a table in order of their checkpoint, taken one checkpoint at a time."""

    def __init__(self, audit: Audit, table: Table) -> None:
        self._audit = audit
        self._table = table
        self._rows: Iterator[Any] = read(audit.connection, audit.findings, table, table.c.checkpoint)
        self._next: Any = next(self._rows, None)

    def take(self, checkpoint: int) -> list[Any]:
        """The rows of a checkpoint; rows of earlier ones that nobody asked for are findings."""
        found = []
        while self._next is not None and self._next.checkpoint <= checkpoint:
            if self._next.checkpoint == checkpoint:
                found.append(self._next)
            else:
                self._extra(self._next)
            self._next = next(self._rows, None)
        return found

    def finish(self) -> None:
        """No row may be left after the last checkpoint."""
        while self._next is not None:
            self._extra(self._next)
            self._next = next(self._rows, None)

    def _extra(self, row: Any) -> None:
        where = place(self._table, row)
        self._audit.findings.add("row-extra", where, f"no entry leads to this row of checkpoint {row.checkpoint}")


class Trees:
    """The map and the log, made anew in memory."""

    def __init__(self, audit: Audit) -> None:
        self.audit = audit
        self.root = EMPTY
        """Root of the map."""
        self._records = Versions(audit, records)
        self._versions = Versions(audit, map_blocks)
        self._blocks: dict[bytes, state_map.Block] = {}
        self._tiles: log.Tiles = {}
        self._size = 0

    def stored(self, checkpoint: int) -> dict[bytes, Any]:
        """Stored records of a checkpoint by map key."""
        return {row.map_key: row for row in self._records.take(checkpoint)}

    def compare_records(self, checkpoint: int, changed: Mapping[bytes, Record], stored: dict[bytes, Any]) -> None:
        """A checkpoint has exactly the records that its entries changed."""
        findings = self.audit.findings
        for key, record in changed.items():
            row = stored.get(key)
            where = f"records/{key.hex()}/{checkpoint}"
            if row is None:
                findings.add("row-missing", where, "the replay leads to a record that is not stored")
                continue
            findings.equal(row.record, record.encode(), f"{where}/record", "the replay")
            holdings = record.holdings if isinstance(record, IssuerRecord) else None
            opening = None if holdings is None else encode_holdings(holdings)
            findings.equal(row.holdings, opening, f"{where}/holdings", "the replay")
        for key in stored.keys() - changed.keys():
            where = f"records/{key.hex()}/{checkpoint}"
            findings.add("row-extra", where, "no entry of this checkpoint leads to this record")
        self.audit.counts["records"] = self.audit.counts.get("records", 0) + len(stored)

    def update(self, checkpoint: int, hashes: Mapping[bytes, bytes]) -> bytes:
        """Puts changed records into the map, compares the blocks that change; returns the new root."""
        made = state_map.update(self._read_blocks, self.root, hashes)
        self._blocks |= made.blocks
        self.root = made.root
        findings = self.audit.findings
        stored = {row.prefix: row.slots for row in self._versions.take(checkpoint)}
        for prefix, block in made.blocks.items():
            where = f"map_blocks/{prefix.hex()}/{checkpoint}"
            if prefix in stored:
                findings.equal(stored[prefix], state_map.encode_block(block), f"{where}/slots", "the replay")
            else:
                findings.add("row-missing", where, "the replay leads to a block that is not stored")
        for prefix in stored.keys() - made.blocks.keys():
            findings.add("row-extra", f"map_blocks/{prefix.hex()}/{checkpoint}", "the replay has no such block")
        self.audit.counts["map_blocks"] = self.audit.counts.get("map_blocks", 0) + len(stored)
        return made.root

    def _read_blocks(self, prefixes: Any) -> Mapping[bytes, state_map.Block]:
        return {prefix: self._blocks[prefix] for prefix in prefixes if prefix in self._blocks}

    def append(self, leaves: list[bytes]) -> None:
        """Adds leaves to the tiles."""
        made = log.append(lambda wanted: {key: self._tiles.get(key, b"") for key in wanted}, self._size, leaves)
        self._tiles |= made
        self._size += len(leaves)

    def finish(self) -> None:
        """Compares every tile, and that no version of anything is left over."""
        self._records.finish()
        self._versions.finish()
        findings, seen = self.audit.findings, 0
        expected = dict(self._tiles)
        for row in read(self.audit.connection, findings, log_tiles):
            seen += 1
            where = f"log_tiles/{row.level}/{row.number}"
            hashes = expected.pop((row.level, row.number), None)
            if hashes is None:
                findings.add("row-extra", where, "the log has no such tile")
            elif hashes != row.hashes:
                self._differs(where, hashes, row.hashes)
        for level, number in expected:
            findings.add("row-missing", f"log_tiles/{level}/{number}", "a tile of the log is not stored")
        self.audit.counts["log_tiles"] = seen

    def _differs(self, where: str, expected: bytes, found: bytes) -> None:
        same = next((at for at, pair in enumerate(zip(expected, found, strict=False)) if pair[0] != pair[1]), None)
        at = min(len(expected), len(found)) if same is None else same
        message = f"the tile differs from the replay at its hash {at // 32}"
        self.audit.findings.add("column-differs", f"{where}/hashes", message)


def adopted(row: Any) -> Record | None:
    """A stored record with its opening, or None when it cannot be read."""
    try:
        record = decode_record(row.record)
        holdings: Holdings | None = None if row.holdings is None else decode_holdings(row.holdings)
    except SceauError:
        return None
    if isinstance(record, IssuerRecord) and holdings is not None and holdings.commitment() == record.commitment:
        return IssuerRecord(**{**record.__dict__, "holdings": holdings})
    return record
