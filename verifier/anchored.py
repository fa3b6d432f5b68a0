"""Steps 8 to 10 of PROTOCOL.md §8: a bundle against the contract, as its storage is proven."""

from __future__ import annotations

from verifier.bundle import Bundle, LoggedEntry
from verifier.checkpoint import Checkpoint
from verifier.errors import Inconclusive, Refuted, SceauError
from verifier.ethereum.contract import ContractView, read_contract, record_digest
from verifier.ethereum.evidence import ChainEvidence
from verifier.merkle import check_inclusion
from verifier.policy import TrustedLedger
from verifier.records import InvoiceRecord
from verifier.verdict import StatusAxis

CLOCK_TOLERANCE = 900
"""Seconds that a block may be ahead of the reader's clock: blocks are stamped within seconds of true time, and
a phone's clock is rarely off by more."""


def sequences_needed(bundle: Bundle) -> list[int]:
    """Checkpoints whose records the chain evidence must prove, ascending."""
    origin = bundle.origin
    points = [bundle.checkpoint]
    if origin is not None:
        points += [origin.checkpoint] if origin.before is None else [origin.before, origin.checkpoint]
    return sorted({point.sequence for point in points})


def proven_view(
    trusted: TrustedLedger, evidence: ChainEvidence | None, evidence_error: SceauError | None
) -> ContractView:
    """The contract that the policy pins, as the evidence proves it.

    Raises:
        Inconclusive: `unreachable`, or the error with which fetching ended; `wrong-chain`.
        Malformed, Refuted: the evidence does not verify.
    """
    if evidence is None:
        raise evidence_error or Inconclusive("unreachable", "the chain was not asked")
    if evidence.chain_id != trusted.chain_id:
        raise Inconclusive(
            "wrong-chain", f"evidence of chain {evidence.chain_id}, your policy names {trusted.chain_id}"
        )
    return read_contract(evidence, trusted.contract, trusted.ledger_id)


def check_recorded(view: ContractView, ledger_id: bytes, point: Checkpoint) -> None:
    """A checkpoint is one that the contract recorded under its sequence.

    Raises:
        Inconclusive: `not-anchored`, the proven block does not have it yet.
        Refuted: `checkpoint`, another one is recorded; `evidence-sequence`, the evidence leaves it out.
    """
    recorded = view.records.get(point.sequence)
    if recorded is None:
        raise Refuted("evidence-sequence", f"the evidence does not prove checkpoint {point.sequence}")
    if not any(recorded):
        raise Inconclusive("not-anchored", f"checkpoint {point.sequence} is not anchored yet: wait and retry")
    if recorded != record_digest(ledger_id, point.sequence, point.size, point.root, point.time):
        raise Refuted("checkpoint", f"the chain has recorded another checkpoint {point.sequence}")


def is_head(view: ContractView, point: Checkpoint) -> bool:
    """Whether a recorded checkpoint is the newest; a heartbeat since then leaves it so.

    Raises:
        Refuted: `checkpoint`, when head and record disagree.
    """
    if point.sequence != view.sequence:
        if point.sequence > view.sequence:
            raise Refuted("checkpoint", "a recorded checkpoint is beyond the contract's head")
        return False
    if (point.size, point.root) != (view.size, view.root):
        raise Refuted("checkpoint", "the contract's head is another log")
    return True


def check_ages(view: ContractView, trusted: TrustedLedger, head: bool, now: int) -> tuple[StatusAxis, str]:
    """How fresh the answer is: block and head against the stricter of the two maximum ages.

    Raises:
        Refuted: `clock`, when a time lies in the reader's future.
    """
    if max(view.block_time, view.time) > now + CLOCK_TOLERANCE:
        raise Refuted("clock", "the block is dated in the future: the node or this machine's clock is wrong")
    limit = min(trusted.maximum_age, view.maximum_age)
    if not head:
        return StatusAxis.AS_OF, "superseded"
    if now - view.block_time > limit or now - view.time > limit:
        return StatusAxis.AS_OF, "stale"
    return StatusAxis.CURRENT, "current"


def check_origin_form(
    bundle: Bundle, record: object, entry: LoggedEntry | None
) -> tuple[Checkpoint, Checkpoint | None] | None:
    """The two checkpoints between which the seal was logged, without the chain; None where there is no seal.

    Raises:
        Refuted: `origin`, `inclusion`.
    """
    origin = bundle.origin
    if not isinstance(record, InvoiceRecord) or entry is None:
        if origin is not None:
            raise Refuted("origin", "an origin where no seal is logged", where="/origin")
        return None
    if origin is None:
        raise Refuted("origin", "the bundle does not show when the seal was logged", where="/origin")
    first, before = origin.checkpoint, origin.before
    # Two neighbours, the seal beyond the earlier one: a later pair would move the date back or forth.
    if (0 if before is None else before.sequence) != first.sequence - 1:
        raise Refuted("origin", "the two checkpoints do not follow each other", where="/origin/before")
    if before is not None and entry.index < before.size:
        raise Refuted("origin", "the seal was logged before that", where="/origin/before")
    check_inclusion(entry.entry.leaf_hash, entry.index, first.size, origin.path, first.root)
    return first, before


def check_origin(
    bundle: Bundle, view: ContractView, record: object, entry: LoggedEntry | None
) -> tuple[int | None, int] | None:
    """(T0, T1): the block times between which the seal was logged; T0 is None before the first anchor.

    Raises:
        Refuted, Inconclusive: as `check_origin_form` and `check_recorded`.
    """
    points = check_origin_form(bundle, record, entry)
    if points is None:
        return None
    first, before = points
    check_recorded(view, bundle.ledger_id, first)
    if before is None:
        return None, first.time
    check_recorded(view, bundle.ledger_id, before)
    return before.time, first.time
