"""The pure part of an audit: a whole log folded from its genesis, its tree grown leaf by leaf.

The auditor reads no proof: it has every entry, so it makes the tree and the records anew and compares. Memory is that
of the records, not of the log: of the tree only the frontier is kept.
"""

from __future__ import annotations

from collections.abc import Mapping

from verifier.checkpoint import RULES_VERSION, decode_state_entry
from verifier.cose import PublicKey
from verifier.errors import Refuted, SceauError
from verifier.merkle import node_hash, root_of
from verifier.records import EMPTY_CHAIN, LedgerRecord, Record, ledger_key
from verifier.state import Changes, apply
from verifier.statement import Entry


class LogTree:
    """An RFC 9162 tree that grows at its end: the roots of its complete subtrees, widest first."""

    def __init__(self) -> None:
        self.size = 0
        """Leaves so far."""
        self._peaks: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Adds a leaf hash."""
        peak = leaf
        # Each trailing one bit of the size is a subtree that the new leaf completes to twice its width.
        size = self.size
        while size & 1:
            peak = node_hash(self._peaks.pop(), peak)
            size >>= 1
        self._peaks.append(peak)
        self.size += 1

    def root(self) -> bytes:
        """Root of all leaves so far."""
        if not self._peaks:
            return root_of([])
        *rest, root = self._peaks
        for peak in reversed(rest):
            root = node_hash(peak, root)
        return root


class Replay:
    """The fold of a log from its genesis."""

    def __init__(self, ledger_id: bytes, first_key: PublicKey) -> None:
        self.ledger_id = ledger_id
        self.tree = LogTree()
        key = ledger_key(ledger_id)
        self.state: dict[bytes, Record] = {key: LedgerRecord(((first_key, 0),), EMPTY_CHAIN)}
        """Every record as of the last entry that was folded."""
        self.changed: dict[bytes, Record] = dict(self.state)
        """Records that changed since the last state entry; the genesis record enters the map with the first."""
        self.closed = 0
        """Size of the log at the last state entry."""

    def fold(self, index: int, entry: Entry) -> Changes:
        """Applies one entry at its log index.

        Raises:
            Refuted, Malformed, Inconclusive: the fold refuses it; the state stays as it was.
        """
        changes = apply(self.state, self.ledger_id, index, entry)
        self.state |= changes
        self.changed |= changes
        return changes

    def adopt(self, records: Mapping[bytes, Record]) -> None:
        """Takes records as they are told, where a damaged entry keeps them from being computed."""
        self.state |= records
        self.changed |= records

    def close(self, entry: Entry | None, state_root: bytes) -> list[SceauError]:
        """Ends a checkpoint with its state entry, the last leaf of the tree; returns what is wrong with it.

        Args:
            entry: the state entry; None when it is lost.
            state_root: root of the map of `state`, as the caller made it anew.
        """
        index = self.tree.size - 1
        faults: list[SceauError] = []
        if entry is not None:
            try:
                self.fold(index, entry)  # the ledger key's signature
                faults += self._faults(entry, index, state_root)
            except SceauError as error:
                faults.append(error)
        self.changed = {}
        self.closed = self.tree.size
        return faults

    def _faults(self, entry: Entry, index: int, state_root: bytes) -> list[SceauError]:
        said = decode_state_entry(entry.payload)
        rules: list[tuple[bool, str, str]] = [
            (said.index == index, "state-index", f"the state entry says index {said.index}, it stands at {index}"),
            (said.state_root == state_root, "state-root", "the map of all earlier entries has another root"),
            (
                said.previous_size == self.closed,
                "state-previous",
                f"not {said.previous_size} entries before",
            ),
            (said.rules == RULES_VERSION, "state-rules", f"rules version {said.rules} is not known here"),
        ]
        return [Refuted(code, message) for holds, code, message in rules if not holds]
