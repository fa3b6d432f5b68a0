"""Who may do what in SceauLedger, and what each step changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.contracts.evm import ARTIFACT, CHAIN_ID, START, Reverted, World, address, deploy
from tests.contracts.growth import Growth
from verifier.ethereum.contract import ledger_id, record_digest

OWNER, ANCHORER, STRANGER, HEIR = (address(number) for number in (1, 2, 3, 4))
SALT, FIRST_KEY, NOBODY = b"\x51" * 32, b"\x0f" * 32, "0x" + "00" * 20
MONTH = 30 * 86_400
LOG = Growth(b"rules", 5, 12, whole=True)


@pytest.fixture
def world() -> World:
    """A fresh chain with the contract."""
    return deploy()


@pytest.fixture
def ledger(world: World) -> bytes:
    """A ledger whose owner and anchorer are two."""
    opened: bytes = world.call(OWNER, "open", SALT, ANCHORER, MONTH, FIRST_KEY)
    return opened


@pytest.fixture
def anchored(world: World, ledger: bytes) -> bytes:
    """The same after its first anchor."""
    world.call(ANCHORER, "anchor", ledger, 0, LOG.old_size, LOG.old_root, [])
    return ledger


def state(world: World, ledger: bytes) -> dict[str, Any]:
    """Everything that the contract stores about a ledger, and its first records."""
    stored: dict[str, Any] = world.call(STRANGER, "ledgers", ledger)
    return {**stored, "records": [world.records(ledger, sequence) for sequence in range(4)]}


def refused(world: World, ledger: bytes, error: str, sender: str, name: str, *arguments: Any) -> None:
    """The call reverts with this error, and nothing of the ledger has changed."""
    before = state(world, ledger)
    with pytest.raises(Reverted) as caught:
        world.call(sender, name, *arguments)
    assert str(caught.value) == error
    assert state(world, ledger) == before


# ------------------------------------------------------------------ opening


def test_opening(world: World, ledger: bytes) -> None:
    """The id is the one that Python computes; terms are stored; the log is empty."""
    contract, owner = (bytes.fromhex(text[2:]) for text in (world.contract, OWNER))
    assert ledger == ledger_id(CHAIN_ID, contract, owner, SALT) == world.call(STRANGER, "ledgerIdOf", OWNER, SALT)
    assert state(world, ledger) == {
        "owner": OWNER,
        "pendingOwner": NOBODY,
        "anchorer": ANCHORER,
        "maximumAge": MONTH,
        "frozen": False,
        "firstKey": FIRST_KEY,
        "sequence": 0,
        "size": 0,
        "time": 0,
        "root": bytes(32),
        "records": [bytes(32)] * 4,
    }


def test_an_id_cannot_be_taken(world: World, ledger: bytes) -> None:
    """The same salt gives another owner another ledger, and its owner no second one."""
    theirs = world.call(STRANGER, "open", SALT, STRANGER, 1, FIRST_KEY)
    assert theirs != ledger
    assert state(world, ledger)["owner"] == OWNER
    refused(world, ledger, "AlreadyOpen", OWNER, "open", SALT, STRANGER, 1, b"\x01" * 32)


def test_an_id_is_of_one_contract(world: World, ledger: bytes) -> None:
    """Another deployment gives another id for the same owner and salt."""
    other = World(world.evm, world.evm.deploy(STRANGER, bytes.fromhex(ARTIFACT["bytecode"][2:])))
    assert other.call(OWNER, "ledgerIdOf", OWNER, SALT) != ledger


@pytest.mark.parametrize(
    ("maximum_age", "first_key", "error"),
    [(0, FIRST_KEY, "ZeroMaximumAge"), (MONTH, bytes(32), "ZeroFirstKey")],
)
def test_empty_terms_are_refused(world: World, maximum_age: int, first_key: bytes, error: str) -> None:
    """A promise of nothing and a key of nobody."""
    ledger = world.call(OWNER, "ledgerIdOf", OWNER, SALT)
    refused(world, ledger, error, OWNER, "open", SALT, ANCHORER, maximum_age, first_key)


# ---------------------------------------------------------------- anchoring


def test_an_anchor_changes_head_root_and_one_record(world: World, anchored: bytes) -> None:
    """Sequence, size, time and root of the new checkpoint; the first record stays."""
    first = record_digest(anchored, 1, LOG.old_size, LOG.old_root, START)
    before = state(world, anchored)
    assert (before["sequence"], before["size"], before["time"], before["root"]) == (1, 5, START, LOG.old_root)
    now = world.later(600)
    world.call(ANCHORER, "anchor", anchored, 1, LOG.new_size, LOG.new_root, LOG.proof())
    second = record_digest(anchored, 2, LOG.new_size, LOG.new_root, now)
    assert state(world, anchored) == {
        **before,
        "sequence": 2,
        "size": 12,
        "time": now,
        "root": LOG.new_root,
        "records": [bytes(32), first, second, bytes(32)],
    }


def test_a_heartbeat_changes_the_time_only(world: World, anchored: bytes) -> None:
    """The same size and root: no new sequence, no record, not even when it is sent twice."""
    before = state(world, anchored)
    for _ in range(2):
        now = world.later(86_400)
        world.call(ANCHORER, "anchor", anchored, 1, LOG.old_size, LOG.old_root, [])
        assert state(world, anchored) == {**before, "time": now}


@pytest.mark.parametrize("sender", [OWNER, STRANGER, HEIR, NOBODY])
def test_only_the_anchorer_anchors(world: World, anchored: bytes, sender: str) -> None:
    """Neither the owner nor anyone else: no growth, no heartbeat."""
    grow = (anchored, 1, LOG.new_size, LOG.new_root, LOG.proof())
    refused(world, anchored, "NotAnchorer", sender, "anchor", *grow)
    refused(world, anchored, "NotAnchorer", sender, "anchor", anchored, 1, LOG.old_size, LOG.old_root, [])


def test_a_ledger_that_is_not_open_takes_nothing(world: World) -> None:
    """An id without a ledger has the zero address for anchorer, which nobody is."""
    refused(world, b"\x77" * 32, "NotAnchorer", STRANGER, "anchor", b"\x77" * 32, 0, 5, LOG.old_root, [])
    refused(world, b"\x77" * 32, "NotOwner", STRANGER, "freeze", b"\x77" * 32)


@pytest.mark.parametrize("expected", [0, 2, 2**64 - 1])
def test_another_expected_sequence_is_refused(world: World, anchored: bytes, expected: int) -> None:
    """A transaction that was sent twice, or built on another head, acts at most once."""
    grow = (anchored, expected, LOG.new_size, LOG.new_root, LOG.proof())
    refused(world, anchored, "WrongSequence", ANCHORER, "anchor", *grow)
    beat = (anchored, expected, LOG.old_size, LOG.old_root, [])
    refused(world, anchored, "WrongSequence", ANCHORER, "anchor", *beat)


def test_the_same_growth_twice_is_refused(world: World, anchored: bytes) -> None:
    """The second copy of one transaction meets a head that has moved."""
    grow = (anchored, 1, LOG.new_size, LOG.new_root, LOG.proof())
    world.call(ANCHORER, "anchor", *grow)
    refused(world, anchored, "WrongSequence", ANCHORER, "anchor", *grow)


def test_the_same_size_with_another_root_is_refused(world: World, anchored: bytes) -> None:
    """Not even with a proof, and a heartbeat has none."""
    same = (anchored, 1, LOG.old_size)
    refused(world, anchored, "RootChanged", ANCHORER, "anchor", *same, LOG.new_root, [])
    refused(world, anchored, "RootChanged", ANCHORER, "anchor", *same, LOG.new_root, LOG.proof())
    refused(world, anchored, "ProofNotEmpty", ANCHORER, "anchor", *same, LOG.old_root, LOG.proof())


@pytest.mark.parametrize("size", [1, 4, 8, 11])
def test_a_smaller_log_is_refused(world: World, anchored: bytes, size: int) -> None:
    """Whatever the root and the nodes."""
    world.call(ANCHORER, "anchor", anchored, 1, LOG.new_size, LOG.new_root, LOG.proof())
    for root in (LOG.old_root, LOG.new_root):
        for proof in ([], LOG.proof(), LOG.rebuilding_nodes()):
            refused(world, anchored, "LogShrinks", ANCHORER, "anchor", anchored, 2, size, root, proof)


@pytest.mark.parametrize("size", [0, 2**40 + 1, 2**64 - 1])
def test_sizes_out_of_range_are_refused(world: World, ledger: bytes, size: int) -> None:
    """Before the first anchor and after it."""
    refused(world, ledger, "SizeOutOfRange", ANCHORER, "anchor", ledger, 0, size, LOG.old_root, [])
    world.call(ANCHORER, "anchor", ledger, 0, LOG.old_size, LOG.old_root, [])
    refused(world, ledger, "SizeOutOfRange", ANCHORER, "anchor", ledger, 1, size, LOG.new_root, LOG.proof())


def test_the_largest_log_is_anchored_and_grows_no_more(world: World, ledger: bytes) -> None:
    """2^40 entries are allowed, reached from one entry before."""
    log = Growth(b"end", 2**40 - 1, 2**40)
    world.call(ANCHORER, "anchor", ledger, 0, log.old_size, log.old_root, [])
    world.call(ANCHORER, "anchor", ledger, 1, log.new_size, log.new_root, log.proof())
    assert state(world, ledger)["size"] == 2**40


def test_a_growth_without_its_proof_is_refused(world: World, anchored: bytes) -> None:
    """No proof, a node short, a node long, another history."""
    proof = LOG.proof()
    grow = (anchored, 1, LOG.new_size, LOG.new_root)
    refused(world, anchored, "ProofTooShort", ANCHORER, "anchor", *grow, [])
    refused(world, anchored, "ProofTooShort", ANCHORER, "anchor", *grow, proof[:-1])
    refused(world, anchored, "ProofTooLong", ANCHORER, "anchor", *grow, [*proof, bytes(32)])
    fork = Growth(b"fork", LOG.old_size, LOG.new_size, whole=True)
    forked = (anchored, 1, fork.new_size, fork.new_root, fork.proof())
    refused(world, anchored, "NotAnExtension", ANCHORER, "anchor", *forked)


# ------------------------------------------------------------------- owning

POWERS: dict[str, Callable[[bytes], tuple[Any, ...]]] = {
    "setAnchorer": lambda ledger: (ledger, STRANGER),
    "freeze": lambda ledger: (ledger,),
    "transferOwnership": lambda ledger: (ledger, STRANGER),
}


@pytest.mark.parametrize("name", POWERS)
@pytest.mark.parametrize("sender", [ANCHORER, STRANGER, HEIR, NOBODY])
def test_nobody_has_power_over_anothers_ledger(world: World, anchored: bytes, name: str, sender: str) -> None:
    """Not the anchorer, not an owner of another ledger, not whoever deployed the contract."""
    world.call(STRANGER, "open", SALT, STRANGER, MONTH, FIRST_KEY)
    refused(world, anchored, "NotOwner", sender, name, *POWERS[name](anchored))
    refused(world, anchored, "NotOwner", address(0), name, *POWERS[name](anchored))


def test_the_contract_has_no_other_door(world: World, anchored: bytes) -> None:
    """Its functions are those tested here: no administrator, no upgrade; it takes neither ether nor unknown
    calls."""
    functions = {item["name"]: item["stateMutability"] for item in ARTIFACT["abi"] if item["type"] == "function"}
    writing = {name for name, kind in functions.items() if kind != "view"}
    assert writing == {"open", "anchor", "setAnchorer", "freeze", "transferOwnership", "acceptOwnership"}
    assert {item["type"] for item in ARTIFACT["abi"]} == {"function", "event", "error"}
    assert "payable" not in functions.values()
    before = state(world, anchored)
    for data in (b"", b"\x00", b"\xde\xad\xbe\xef" + bytes(64)):
        with pytest.raises(Reverted):
            world.send(OWNER, data)
    assert state(world, anchored) == before


def test_the_owner_replaces_the_anchorer(world: World, anchored: bytes) -> None:
    """The old key has no power any more, the new one has; the zero address suspends anchoring."""
    before = state(world, anchored)
    world.call(OWNER, "setAnchorer", anchored, HEIR)
    assert state(world, anchored) == {**before, "anchorer": HEIR}
    grow = (anchored, 1, LOG.new_size, LOG.new_root, LOG.proof())
    refused(world, anchored, "NotAnchorer", ANCHORER, "anchor", *grow)
    world.call(HEIR, "anchor", *grow)
    world.call(OWNER, "setAnchorer", anchored, NOBODY)
    refused(world, anchored, "NotAnchorer", HEIR, "anchor", anchored, 2, LOG.new_size, LOG.new_root, [])


def test_a_hand_over_takes_two_steps(world: World, anchored: bytes) -> None:
    """An offer changes nothing until it is accepted, by whom it was made to; then the old owner has no
    power."""
    before = state(world, anchored)
    world.call(OWNER, "transferOwnership", anchored, HEIR)
    assert state(world, anchored) == {**before, "pendingOwner": HEIR}
    refused(world, anchored, "NotOwner", HEIR, "freeze", anchored)
    for sender in (STRANGER, OWNER, ANCHORER):
        refused(world, anchored, "NotPendingOwner", sender, "acceptOwnership", anchored)
    world.call(HEIR, "acceptOwnership", anchored)
    assert state(world, anchored) == {**before, "owner": HEIR}
    for name, arguments in POWERS.items():
        refused(world, anchored, "NotOwner", OWNER, name, *arguments(anchored))
    refused(world, anchored, "NotPendingOwner", HEIR, "acceptOwnership", anchored)
    world.call(HEIR, "setAnchorer", anchored, STRANGER)


def test_an_offer_is_withdrawn(world: World, anchored: bytes) -> None:
    """By another offer, or by one to nobody."""
    world.call(OWNER, "transferOwnership", anchored, HEIR)
    world.call(OWNER, "transferOwnership", anchored, STRANGER)
    refused(world, anchored, "NotPendingOwner", HEIR, "acceptOwnership", anchored)
    world.call(OWNER, "transferOwnership", anchored, NOBODY)
    refused(world, anchored, "NotPendingOwner", STRANGER, "acceptOwnership", anchored)


def test_frozen_is_for_good(world: World, anchored: bytes) -> None:
    """No growth and no heartbeat, whoever is made anchorer or owner; what was anchored stays readable."""
    before = state(world, anchored)
    world.call(OWNER, "freeze", anchored)
    assert state(world, anchored) == {**before, "frozen": True}
    grow = (anchored, 1, LOG.new_size, LOG.new_root, LOG.proof())
    beat = (anchored, 1, LOG.old_size, LOG.old_root, [])

    def nothing_moves(anchorer: str) -> None:
        refused(world, anchored, "LedgerIsFrozen", anchorer, "anchor", *grow)
        refused(world, anchored, "LedgerIsFrozen", anchorer, "anchor", *beat)

    nothing_moves(ANCHORER)
    world.call(OWNER, "setAnchorer", anchored, HEIR)
    nothing_moves(HEIR)
    world.call(OWNER, "transferOwnership", anchored, STRANGER)
    world.call(STRANGER, "acceptOwnership", anchored)
    world.call(STRANGER, "freeze", anchored)
    nothing_moves(HEIR)
    refused(world, anchored, "AlreadyOpen", OWNER, "open", SALT, ANCHORER, MONTH, FIRST_KEY)
    assert state(world, anchored)["frozen"] is True
