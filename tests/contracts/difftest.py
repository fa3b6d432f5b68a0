"""Consistency proofs put before verifier/merkle.py and before the contract: the two must never differ.

    python -m tests.contracts.difftest --count 20000 [--seed 9162]

runs that many true proofs (logs of up to 2^40 entries) and as many spoilt ones. Each goes through the
contract's own
door: a first `anchor` of the old root, then one of the new root with the proof.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.contracts.evm import Reverted, World, address, deploy
from tests.contracts.growth import Growth
from tests.contracts.mutations import MUTATIONS, Claim, claim_of
from verifier.errors import Malformed, Refuted
from verifier.merkle import MAX_SIZE, check_consistency

SEED = 9162
_REFUSALS = {
    "SizeOutOfRange",
    "LogShrinks",
    "RootChanged",
    "ProofNotEmpty",
    "ProofTooShort",
    "ProofTooLong",
    "NotAnExtension",
}


@dataclass
class Outcome:
    """Counts by kind of claim ("true", or the mutation's name)."""

    both_accept: Counter[str] = field(default_factory=Counter)
    both_refuse: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    disagreements: list[tuple[str, bool, bool, Claim]] = field(default_factory=list)
    """Kind, Python accepts, the contract accepts, claim."""


class Door:
    """One open ledger of a contract, put back to empty after every claim."""

    def __init__(self, world: World | None = None) -> None:
        """Use a fresh EVM, or the one of a mutant."""
        self.world = world or deploy()
        self.owner = address(1)
        self.ledger: bytes = self.world.call(self.owner, "open", bytes(32), self.owner, 86_400, b"\x0f" * 32)

    def verdict(self, claim: Claim) -> str | None:
        """None when the contract accepts the step, else the error that it refuses with."""
        evm: Any = self.world.evm
        start = evm.snapshot()
        try:
            self._anchor(0, claim.old_size, claim.old_root, ())
            self._anchor(1, claim.new_size, claim.new_root, claim.proof)
            return None
        except Reverted as error:
            return str(error)
        finally:
            evm.revert(start)

    def _anchor(self, sequence: int, size: int, root: bytes, proof: tuple[bytes, ...]) -> None:
        self.world.call(self.owner, "anchor", self.ledger, sequence, size, root, list(proof))


def python_accepts(claim: Claim) -> bool:
    """The verifier's answer."""
    try:
        check_consistency(claim.old_size, claim.old_root, claim.new_size, claim.new_root, claim.proof)
    except (Malformed, Refuted):
        return False
    return True


def draw_growth(draw: Random) -> Growth:
    """A small log hashed whole, or one of up to 2^40 entries; sizes at powers of two are as likely as
    others."""
    seed = draw.randbytes(8)
    if draw.random() < 0.3:
        new = draw.randrange(2, 130)
        return Growth(seed, draw.randrange(1, new), new, whole=True)
    old, new = sorted((_size(draw), _size(draw)))
    if old == new:
        old, new = (old, new + 1) if new < MAX_SIZE else (old - 1, new)
    return Growth(seed, old, new)


def _size(draw: Random) -> int:
    power = 1 << draw.randrange(1, 41)
    return max(1, min(MAX_SIZE, draw.choice((power - 1, power, power + 1, draw.randrange(1, power + 1)))))


def run(count: int, seed: int = SEED, door: Door | None = None) -> Outcome:
    """Put `count` true claims and `count` spoilt ones before both checks."""
    draw, outcome, door = Random(seed), Outcome(), door or Door()
    for number in range(count):
        growth = draw_growth(draw)
        true = claim_of(growth)
        _compare("true", true, door, outcome)
        mutation = MUTATIONS[number % len(MUTATIONS)]
        spoilt = mutation(true, growth, draw)
        if spoilt == true:
            raise AssertionError(f"{mutation.__name__} changed nothing in {true}")
        _compare(mutation.__name__, spoilt, door, outcome)
    return outcome


def _compare(kind: str, claim: Claim, door: Door, outcome: Outcome) -> None:
    accepted, why = python_accepts(claim), door.verdict(claim)
    if accepted != (why is None) or (why is not None and why not in _REFUSALS):
        outcome.disagreements.append((f"{kind}: {why}", accepted, why is None, claim))
    elif accepted:
        outcome.both_accept[kind] += 1
    else:
        outcome.both_refuse[kind] += 1
        outcome.refusals[str(why)] += 1


def main(arguments: list[str] | None = None) -> int:
    """0 when both sides agree about every claim and accept every true one."""
    parser = argparse.ArgumentParser(description="Compare the contract's proof check with Python's.")
    parser.add_argument("--count", type=int, default=2_000, help="true claims, and as many spoilt ones")
    parser.add_argument("--seed", type=int, default=SEED, help="another seed draws other claims")
    options = parser.parse_args(arguments)
    begin = time.monotonic()
    outcome = run(options.count, options.seed)
    true, accepted = outcome.both_accept["true"], Counter(outcome.both_accept)
    del accepted["true"]
    print(f"true proofs   {options.count}: both accept {true}")
    refused = outcome.both_refuse.total()
    print(f"spoilt proofs {options.count}: both refuse {refused}, both accept {accepted.total()}")
    print(f"              accepted, by what was spoilt: {dict(accepted)}")
    print(f"disagreements {len(outcome.disagreements)} (seed {options.seed}, {time.monotonic() - begin:.1f} s)")
    for disagreement in outcome.disagreements[:10]:
        print("  ", *disagreement)
    return 1 if outcome.disagreements or true != options.count else 0


if __name__ == "__main__":
    sys.exit(main())
