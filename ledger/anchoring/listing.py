"""Anchors as people see them: each checkpoint, and how far its way onto the chain it is."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from ledger.store.tables import checkpoints, transactions

_RANK = {"final": 0, "mined": 1, "sent": 2, "signed": 3, "failed": 4, "replaced": 5}
_SHOWN = {"final": "final", "mined": "anchored"}


@dataclass(frozen=True)
class Anchor:
    """One checkpoint and the transaction that tells most about it."""

    sequence: int
    size: int
    """Entries."""
    root: bytes
    """32 bytes."""
    created: int
    """Unix seconds at which the checkpoint was made."""
    state: str
    """logged (not in a block yet), anchored (in a block) or final."""
    transaction: bytes | None
    """Hash, 32 bytes; None before one was signed."""
    block_number: int | None
    block_time: int | None
    """Unix seconds."""
    gas_used: int | None


def anchors(connection: Connection, after: int = 0, limit: int = 50) -> list[Anchor]:
    """Anchors by sequence, from the one after `after` on."""
    page = select(checkpoints).where(checkpoints.c.sequence > after).order_by(checkpoints.c.sequence).limit(limit)
    points = connection.execute(page).all()
    query = select(transactions).where(
        transactions.c.kind == "anchor", transactions.c.sequence.in_([point.sequence for point in points])
    )
    rows = connection.execute(query.order_by(transactions.c.id)).all()
    best = {row.sequence: row for row in sorted(rows, key=lambda row: -_RANK[row.state])}
    made = []
    for point in points:
        found = best.get(point.sequence)
        known = (None,) * 4 if found is None else (found.hash, found.block_number, found.block_time, found.gas_used)
        state = "logged" if found is None else _SHOWN.get(found.state, "logged")
        made.append(Anchor(point.sequence, point.size, point.root, point.created, state, *known))
    return made
