"""One transaction from signed to final, a committed step at a time.

    signed ── sent ── mined ── final            signed: stored, not known to have been sent
      └────────┴────────┴──► failed             failed: reverted, or its nonce was used by a stranger
                └► replaced                     replaced: a twin with the same nonce and higher fees was stored

What shares a nonce is one group: at most one of it is ever mined, and the receipt may be any member's. A reorganisation
takes a mined transaction back to sent; the same bytes are then sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from ledger.anchoring.crash_points import reached
from ledger.anchoring.lease import hold
from ledger.chain.rpc import Chain, Receipt, Refusal
from ledger.chain.signing import Signed, current_fees, replacement
from ledger.store.database import reading, writing
from ledger.store.tables import transactions

STUCK = 120
"""Seconds without a block after which a transaction gets a dearer twin."""

PATIENCE = 60
"""Seconds in which a node may know a nonce as used and not yet have the receipt."""

_OPEN = ("signed", "sent", "mined")


@dataclass(frozen=True)
class Progress:
    """What one step did."""

    step: str
    """idle, waiting, signed, sent, resent, replaced, mined, reorganised, failed or final."""
    kind: str | None = None
    """deploy, open, anchor or heartbeat."""
    sequence: int | None = None

    @property
    def moved(self) -> bool:
        """Whether the next step is worth trying at once."""
        return self.step not in ("idle", "waiting")


@dataclass(frozen=True)
class Sender:
    """The account that sends, and what is needed to follow what it sends."""

    engine: Engine
    chain: Chain
    key: bytes
    """32 bytes."""
    address: bytes
    """20 bytes."""
    chain_id: int
    finality: str
    """`finalized`, or a number of blocks above the transaction's."""
    now: Callable[[], int]
    holder: str
    """Whose lease."""


def open_groups(sender: Sender) -> list[list[Any]]:
    """Rows of every nonce that is not settled, by nonce, each group oldest first."""
    own = transactions.c.sender == sender.address
    nonces = select(transactions.c.nonce).where(own, transactions.c.state.in_(_OPEN))
    query = select(transactions).where(own, transactions.c.nonce.in_(nonces))
    with reading(sender.engine) as connection:
        rows = connection.execute(query.order_by(transactions.c.nonce, transactions.c.id)).all()
    groups: dict[int, list[Any]] = {}
    for row in rows:
        groups.setdefault(row.nonce, []).append(row)
    return list(groups.values())


def next_nonce(sender: Sender) -> int:
    """The first nonce that neither the chain nor the database has used."""
    with reading(sender.engine) as connection:
        query = select(func.max(transactions.c.nonce)).where(transactions.c.sender == sender.address)
        last = connection.execute(query).scalar()
    return max(-1 if last is None else last, sender.chain.nonce(sender.address) - 1) + 1


def store_signed(connection: Connection, sender: Sender, signed: Signed, kind: str, sequence: int | None) -> None:
    """Keeps a transaction before anybody hears of it: what was ever sent can always be sent again."""
    hold(connection, sender.holder, sender.now())
    connection.execute(
        transactions.insert().values(
            kind=kind,
            sequence=sequence,
            sender=sender.address,
            nonce=signed.nonce,
            raw=signed.raw,
            hash=signed.hash,
            state="signed",
            created=sender.now(),
        )
    )


def advance(sender: Sender, group: Sequence[Any], confirm: Callable[[Any], bool]) -> Progress:
    """Makes the next step of one nonce.

    Args:
        sender: the account.
        group: the nonce's rows, oldest first.
        confirm: asked before a mined row is final: does the contract hold what it was to do? False: not yet.

    Raises:
        Unavailable: the node does not answer or refuses; nothing is lost, ask again.
    """
    mined = next((row for row in group if row.state == "mined"), None)
    if mined is not None:
        return _finalise(sender, group, mined, confirm)
    if group[-1].state == "signed":
        return _send(sender, group)
    return _look(sender, group)


def _send(sender: Sender, group: Sequence[Any]) -> Progress:
    row = group[-1]
    reached("before-send")
    try:
        sender.chain.send(row.raw)
    except Refusal as error:
        if error.underpriced:
            return _replace(sender, group)
        if not error.known:
            raise
    reached("after-send")
    _write(sender, row, state="sent")
    reached("after-sent-persisted")
    return _progress("sent", row)


def _look(sender: Sender, group: Sequence[Any]) -> Progress:
    """Sent, and no receipt seen yet."""
    found = _receipt(sender, group)
    if found is not None:
        return _mined(sender, *found)
    row = group[-1]
    used = sender.chain.nonce(sender.address)
    if used > row.nonce:
        return _passed(sender, group)
    _fill_gap(sender, used, row.nonce)
    if not sender.chain.knows(row.hash):
        return _resend(sender, group)
    if sender.now() - row.created > STUCK:
        return _replace(sender, group)
    return _progress("waiting", row)


def _resend(sender: Sender, group: Sequence[Any]) -> Progress:
    """The node forgot it (a restart, a reorganisation, a full pool): the same bytes, so it cannot act twice."""
    row = group[-1]
    try:
        sender.chain.send(row.raw)
    except Refusal as error:
        if error.underpriced:
            return _replace(sender, group)
        if not error.known:
            raise
    if sender.now() - row.created > STUCK:
        return _replace(sender, group)
    return _progress("waiting", row)


def _fill_gap(sender: Sender, used: int, nonce: int) -> None:
    """After a reorganisation an earlier transaction, even a failed one, may have to be mined anew."""
    own = (transactions.c.sender == sender.address, transactions.c.nonce.in_(range(used, nonce)[:100]))
    with reading(sender.engine) as connection:
        rows = connection.execute(select(transactions).where(*own).order_by(transactions.c.id)).all()
    newest = {row.nonce: row.raw for row in rows}
    for earlier in sorted(newest):
        try:
            sender.chain.send(newest[earlier])
        except Refusal as error:
            if not error.known:
                raise


def _passed(sender: Sender, group: Sequence[Any]) -> Progress:
    """The nonce is used, and by none of ours that the node can show: late receipt, or a stranger with our key."""
    row = group[-1]
    if sender.now() - row.created <= PATIENCE:
        return _progress("waiting", row)
    with writing(sender.engine) as connection:
        hold(connection, sender.holder, sender.now())
        _set_group(connection, sender, row.nonce, "failed")
    return _progress("failed", row)


def _replace(sender: Sender, group: Sequence[Any]) -> Progress:
    """A twin with higher fees; the earlier hashes stay, since any of them may still be the one that is mined."""
    row = group[-1]
    twin = replacement(sender.key, row.raw, current_fees(sender.chain))
    if twin is None:
        return _progress("waiting", row)
    with writing(sender.engine) as connection:
        hold(connection, sender.holder, sender.now())
        _set_group(connection, sender, row.nonce, "replaced")
        store_signed(connection, sender, twin, row.kind, row.sequence)
    reached("after-store-raw")
    return _progress("replaced", row)


def _mined(sender: Sender, row: Any, receipt: Receipt) -> Progress:
    block = sender.chain.block(receipt.block_number)
    if block is None or block.hash != receipt.block_hash:
        return _progress("waiting", row)
    reached("after-mined-seen")
    state = "mined" if receipt.succeeded else "failed"
    with writing(sender.engine) as connection:
        hold(connection, sender.holder, sender.now())
        _set_group(connection, sender, row.nonce, "replaced")
        connection.execute(
            transactions.update()
            .where(transactions.c.id == row.id)
            .values(
                state=state,
                block_number=block.number,
                block_hash=block.hash,
                block_time=block.time,
                gas_used=receipt.gas_used,
            )
        )
    reached("after-mined-persisted")
    return _progress(state, row)


def _finalise(sender: Sender, group: Sequence[Any], mined: Any, confirm: Callable[[Any], bool]) -> Progress:
    found = _receipt(sender, group)
    if found is None:
        with writing(sender.engine) as connection:
            hold(connection, sender.holder, sender.now())
            _set_group(connection, sender, mined.nonce, "replaced")
            # The newest of the group, since the dearest is the likeliest to be mined again.
            connection.execute(transactions.update().where(transactions.c.id == group[-1].id).values(state="sent"))
        return _progress("reorganised", mined)
    row, receipt = found
    if row.id != mined.id or receipt.block_hash != mined.block_hash:
        return _mined(sender, row, receipt)
    if not _deep_enough(sender, mined.block_number):
        return _progress("waiting", mined)
    canonical = sender.chain.block(mined.block_number)
    if canonical is None or canonical.hash != mined.block_hash or not confirm(mined):
        return _progress("waiting", mined)
    reached("before-final")
    _write(sender, mined, state="final")
    reached("after-final")
    return _progress("final", mined)


def _deep_enough(sender: Sender, number: int) -> bool:
    if sender.finality == "finalized":
        block = sender.chain.block("finalized")
        return block is not None and block.number >= number
    head = sender.chain.block("latest")
    return head is not None and head.number - number >= int(sender.finality)


def _receipt(sender: Sender, group: Sequence[Any]) -> tuple[Any, Receipt] | None:
    for row in reversed(group):
        receipt = sender.chain.receipt(row.hash)
        if receipt is not None:
            return row, receipt
    return None


def _write(sender: Sender, row: Any, **values: object) -> None:
    with writing(sender.engine) as connection:
        hold(connection, sender.holder, sender.now())
        connection.execute(transactions.update().where(transactions.c.id == row.id).values(**values))


def _set_group(connection: Connection, sender: Sender, nonce: int, state: str) -> None:
    """Every member to one state, and to no block."""
    connection.execute(
        transactions.update()
        .where(transactions.c.sender == sender.address, transactions.c.nonce == nonce)
        .values(state=state, block_number=None, block_hash=None, block_time=None, gas_used=None)
    )


def _progress(step: str, row: Any) -> Progress:
    return Progress(step, row.kind, row.sequence)
