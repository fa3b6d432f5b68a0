"""What the worker does next: follow what was sent, then anchor the next checkpoint, then say "still so".

Anchors are sent in order, the next one as soon as the one before is in a block; finality is waited for beside it. A
second anchor of one checkpoint cannot act: the contract is told the sequence that each one builds on.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from ledger import log
from ledger.anchoring.crash_points import reached
from ledger.anchoring.follow import Progress, Sender, advance, next_nonce, open_groups, store_signed
from ledger.anchoring.lease import hold
from ledger.chain.contract import Head, anchor_call, error_name, read_head, read_record
from ledger.chain.rpc import Refusal
from ledger.chain.signing import current_fees, sign
from ledger.checkpoints import StoredCheckpoint, checkpoint_of, get_checkpoint, raise_alarm, tile_reader
from ledger.context import Ledger
from ledger.errors import Stopped, Unavailable
from ledger.store.database import reading, writing
from ledger.store.tables import checkpoints, transactions
from verifier.ethereum.contract import record_digest

_ANCHORED = ("mined", "final")
_NO_RECORD = bytes(32)


def step(ledger: Ledger, sender: Sender) -> Progress:
    """One step of the worker's state machine, committed before it returns.

    Raises:
        Unavailable: the node or another worker is in the way; nothing is lost, ask again.
        Stopped: the contract contradicts this database; the alarm is set.
    """
    try:
        return _step(ledger, sender)
    except Stopped as error:
        if error.code != "alarm":
            raise_alarm(ledger, error)
        raise


def _step(ledger: Ledger, sender: Sender) -> Progress:
    waiting: Progress | None = None
    for group in open_groups(sender):
        progress = advance(sender, group, lambda row: _confirm(ledger, sender, row))
        if progress.moved:
            return progress
        waiting = waiting or progress
        if not any(row.state == "mined" for row in group):
            return progress
    return _begin(ledger, sender) or waiting or Progress("idle")


def _confirm(ledger: Ledger, sender: Sender, row: Any) -> bool:
    """(before an anchor is final) The contract holds this very checkpoint, with the time that proofs will state."""
    if row.kind != "anchor":
        return True
    with reading(ledger.engine) as connection:
        point = get_checkpoint(connection, row.sequence)
    found = read_record(sender.chain, ledger.contract, ledger.ledger_id, row.sequence)
    wanted = record_digest(ledger.ledger_id, point.sequence, point.size, point.root, row.block_time)
    if found not in (wanted, _NO_RECORD):
        where = f"checkpoints/{row.sequence}"
        raise Stopped("chain-contradicts", "the contract holds another checkpoint of this number", where=where)
    return found == wanted


def _begin(ledger: Ledger, sender: Sender) -> Progress | None:
    """Signs and stores the next anchor or heartbeat, or returns None. Asks the node only when there is one."""
    with reading(ledger.engine) as connection:
        done = transactions.c.state.in_(_ANCHORED)
        anchors = select(func.max(transactions.c.sequence)).where(transactions.c.kind == "anchor", done)
        last = connection.execute(anchors).scalar() or 0
        row = connection.execute(select(checkpoints).where(checkpoints.c.sequence == last + 1)).one_or_none()
        spoken = connection.execute(select(func.max(transactions.c.block_time)).where(done)).scalar() or 0
    if row is not None:
        return _begin_anchor(ledger, sender, checkpoint_of(row))
    # An empty ledger has nothing to confirm: the contract refuses a size of 0.
    if last and ledger.now() - spoken >= ledger.settings.heartbeat_every:
        return _begin_heartbeat(ledger, sender, last)
    return None


def _begin_anchor(ledger: Ledger, sender: Sender, point: StoredCheckpoint) -> Progress:
    head = _head(ledger, sender)
    before = None
    proof: list[bytes] = []
    if point.sequence > 1:
        with reading(ledger.engine) as connection:
            before = get_checkpoint(connection, point.sequence - 1)
            proof = log.prove_consistency(tile_reader(connection), before.size, point.size)
    if head.sequence >= point.sequence:
        return _look_again(sender, point.sequence)
    if head.sequence < point.sequence - 1:
        return Progress("waiting", "anchor", point.sequence)  # the node lags behind what it showed before
    _check_head(head, before)
    data = anchor_call(ledger.ledger_id, head.sequence, point.size, point.root, proof)
    return _sign(ledger, sender, "anchor", point.sequence, data)


def _begin_heartbeat(ledger: Ledger, sender: Sender, sequence: int) -> Progress:
    head = _head(ledger, sender)
    if head.sequence < sequence:
        return Progress("waiting", "heartbeat", sequence)
    with reading(ledger.engine) as connection:
        _check_head(head, get_checkpoint(connection, sequence))
    data = anchor_call(ledger.ledger_id, head.sequence, head.size, head.root, [])
    return _sign(ledger, sender, "heartbeat", sequence, data)


def _head(ledger: Ledger, sender: Sender) -> Head:
    head = read_head(sender.chain, ledger.contract, ledger.ledger_id)
    if head.first_key != ledger.first_key:
        raise Unavailable("wrong-chain", "the node does not know this ledger")
    if head.frozen:
        raise Unavailable("ledger-frozen", "the owner has frozen the ledger: nothing is anchored any more")
    if head.anchorer != sender.address:
        raise Unavailable("not-anchorer", "the contract names another anchoring key")
    return head


def _check_head(head: Head, before: StoredCheckpoint | None) -> None:
    """Whoever anchored what this database does not know used its keys: nothing is signed on top of it."""
    found = (head.sequence, head.size, head.root)
    wanted = (0, 0, bytes(32)) if before is None else (before.sequence, before.size, before.root)
    if found != wanted:
        raise Stopped("chain-contradicts", "the contract's head is not this ledger's", where=f"head/{head.sequence}")


def _look_again(sender: Sender, sequence: int) -> Progress:
    """The contract has this checkpoint. Given up too early, a transaction of ours may be why; else nobody of ours."""
    mine = (transactions.c.kind == "anchor", transactions.c.sequence == sequence)
    with writing(sender.engine) as connection:
        hold(connection, sender.holder, sender.now())
        again = transactions.update().where(*mine, transactions.c.block_hash.is_(None)).values(state="sent")
        count = connection.execute(again).rowcount
    if count == 0:
        raise Stopped("chain-ahead", "the contract holds a checkpoint that this database did not anchor; restored?")
    return Progress("sent", "anchor", sequence)


def _sign(ledger: Ledger, sender: Sender, kind: str, sequence: int, data: bytes) -> Progress:
    try:
        gas = sender.chain.estimate(sender.address, ledger.contract, data)
    except Refusal as error:
        name = error_name(error.data)
        if name is None:
            raise
        raise Unavailable("anchor-refused", f"the contract would refuse the {kind}: {name}") from error
    signed = sign(
        sender.key,
        chain_id=sender.chain_id,
        nonce=next_nonce(sender),
        to=ledger.contract,
        data=data,
        gas=gas,
        fees=current_fees(sender.chain),
    )
    reached("before-store-raw")
    with writing(sender.engine) as connection:
        store_signed(connection, sender, signed, kind, sequence)
    reached("after-store-raw")
    return Progress("signed", kind, sequence)
