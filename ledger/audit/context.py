"""What the stages of one audit share: the snapshot that is read, and what the replay of the log has shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from ledger.audit.findings import Findings
from ledger.context import Ledger
from verifier.records import Record

Progress = Callable[[str, int, int], None]
"""Stage, done, total."""

_STEP = 500


@dataclass(frozen=True)
class Said:
    """What an entry says that other tables repeat."""

    seq: int
    type: int
    objects: tuple[bytes, ...]
    leaf_hash: bytes
    values: Mapping[str, Any]
    """The statement's fields."""


@dataclass(frozen=True)
class Sealed:
    """The entry that seals an invoice."""

    seq: int
    index: int | None
    """Log index; None while it waits."""
    payload: bytes


@dataclass(frozen=True)
class Point:
    """A checkpoint as the replay has it."""

    sequence: int
    size: int
    root: bytes
    state_root: bytes


@dataclass
class Shown:
    """What the entries come to."""

    state: dict[bytes, Record] = field(default_factory=dict)
    """Every record, waiting entries counted."""
    points: list[Point] = field(default_factory=list)
    seals: dict[bytes, Sealed] = field(default_factory=dict)
    """Each invoice's seal, by map key."""
    said: dict[int, Said] = field(default_factory=dict)
    """Payments, reversals and renditions by number in the queue."""
    damaged: set[bytes] = field(default_factory=set)
    """Objects about which an entry is damaged: what is unknown about them is no second finding."""


@dataclass
class Audit:
    """One run."""

    connection: Connection
    ledger: Ledger
    findings: Findings
    progress: Progress
    shown: Shown = field(default_factory=Shown)
    counts: dict[str, int] = field(default_factory=dict)

    def step(self, stage: str, done: int, total: int) -> None:
        """Tells how far a stage is, now and then."""
        if done % _STEP == 0 or done >= total:
            self.progress(stage, done, max(total, done))
