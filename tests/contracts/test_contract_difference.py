"""The contract's proof check against Python's, and that the comparison would notice a fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contracts.difftest import Door, main, run
from tests.contracts.evm import deploy
from tests.contracts.growth import Growth
from tests.contracts.mutants import MUTANTS, write_mutant
from tests.contracts.mutations import MUTATIONS, SIZE_ONLY, claim_of
from tools.contract import build
from verifier.merkle import check_consistency, root_of

COUNT = 2_000


def test_python_and_contract_agree() -> None:
    """2,000 true proofs and 2,000 spoilt ones: the same answer to each, and every true one accepted."""
    outcome = run(COUNT)
    assert outcome.disagreements == []
    assert outcome.both_accept["true"] == COUNT
    assert outcome.both_refuse["true"] == 0
    spoilt = {mutation.__name__ for mutation in MUTATIONS}
    assert {*outcome.both_accept, *outcome.both_refuse} == {"true", *spoilt}
    assert outcome.both_accept.total() + outcome.both_refuse.total() == 2 * COUNT
    # Known and harmless: a root does not bind its size, the state entry does (PROTOCOL.md §6).
    assert set(outcome.both_accept) - {"true"} <= SIZE_ONLY
    assert set(outcome.refusals) == {
        "SizeOutOfRange",
        "LogShrinks",
        "RootChanged",
        "ProofNotEmpty",
        "ProofTooShort",
        "ProofTooLong",
        "NotAnExtension",
    }


def test_every_pair_of_small_sizes() -> None:
    """All growths up to 40 entries: both accept the RFC's own proof."""
    door = Door()
    for new in range(2, 41):
        for old in range(1, new):
            growth = Growth(b"small", old, new, whole=True)
            check_consistency(old, growth.old_root, new, growth.new_root, growth.proof())
            assert door.verdict(claim_of(growth)) is None, (old, new)


def test_the_generator_hashes_as_the_verifier_does() -> None:
    """A whole log of the generator has the root that the verifier computes over the same leaves."""
    for size in range(2, 70):
        growth = Growth(b"x", 1, size, whole=True)
        leaves = [growth._hash(index, index + 1) for index in range(size)]
        assert growth.new_root == root_of(leaves)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_spoilt_contract_is_noticed(name: str, tmp_path: Path) -> None:
    """Each line of the check is load-bearing: without it, the comparison finds a difference."""
    code = build.compile_source(write_mutant(name, tmp_path / "SceauLedger.sol"))["bytecode"]
    assert run(200, door=Door(deploy(code))).disagreements


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    """`make difftest` prints its counts and ends with 0."""
    assert main(["--count", "50", "--seed", "7"]) == 0
    assert "disagreements 0 (seed 7" in capsys.readouterr().out
