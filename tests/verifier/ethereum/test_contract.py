"""Reading a ledger out of proven storage."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_hash.auto import keccak

from verifier.errors import Malformed, Refuted, SceauError
from verifier.ethereum.contract import ledger_id, read_contract, record_digest, slots_for
from verifier.ethereum.header import parse_header

CONTRACT = bytes(range(20))
LEDGER = keccak(b"a ledger")


def test_every_field_is_read(world: Any) -> None:
    """Head, root, owner's promise, first key, block, present records and an absent one."""
    view = read_contract(world.evidence((1, 7, 8)), CONTRACT, LEDGER)
    assert (view.chain_id, view.contract) == (31337, CONTRACT)
    assert (view.block_number, view.block_time) == (0x1234, 1_764_000_000)
    assert view.block_hash == keccak(world.header)
    assert (view.first_key, view.maximum_age, view.frozen) == (b"\xcc" * 32, 86_400, False)
    assert (view.sequence, view.size, view.time, view.root) == (7, 1000, 1_763_999_990, b"\xdd" * 32)
    assert view.records == {
        1: (1000).to_bytes(32, "big"),
        7: (1006).to_bytes(32, "big"),
        8: bytes(32),
    }


def test_a_frozen_ledger_shows(world: Any) -> None:
    """Bit 160 beside the anchorer is the frozen flag."""
    slot = slots_for(LEDGER, [])[1]
    world.storage[slot] |= 1 << 160
    world.__post_init__()
    assert read_contract(world.evidence(), CONTRACT, LEDGER).frozen


@pytest.mark.parametrize(("index", "bit"), [(0, 224), (1, 161), (3, 192)])
def test_words_of_another_layout_are_refused(world: Any, index: int, bit: int) -> None:
    """A bit that SceauLedger never sets means that this is another contract."""
    world.storage[slots_for(LEDGER, [])[index]] |= 1 << bit
    world.__post_init__()
    with pytest.raises(Refuted) as caught:
        read_contract(world.evidence(), CONTRACT, LEDGER)
    assert caught.value.code == "eth-layout"


def test_a_ledger_that_was_never_opened_is_told_apart(world: Any) -> None:
    """Proven zeros under a ledger id are `eth-ledger-absent`, not an empty ledger."""
    for slot in slots_for(LEDGER, []):
        world.storage[slot] = 0
    world.__post_init__()
    with pytest.raises(Refuted) as caught:
        read_contract(world.evidence(), CONTRACT, LEDGER)
    assert caught.value.code == "eth-ledger-absent"


def test_slots_must_be_exactly_those_of_the_ledger(world: Any) -> None:
    """A slot missing, a slot too many, another ledger's evidence: refused before any hashing of nodes."""
    evidence = world.evidence((1,))
    proofs = dict(evidence.storage_proofs)
    missing = dict(list(proofs.items())[1:])
    extra = proofs | {keccak(b"\0"): ()}
    for bad in (
        replace(evidence, storage_proofs=missing),
        replace(evidence, storage_proofs=extra),
        replace(evidence, sequences=()),
        replace(evidence, sequences=(2,)),
        replace(evidence, sequences=(1, 1)),
    ):
        with pytest.raises(Refuted) as caught:
            read_contract(bad, CONTRACT, LEDGER)
        assert caught.value.code == "eth-slots"
    with pytest.raises(Refuted):
        read_contract(evidence, CONTRACT, keccak(b"another ledger"))
    with pytest.raises(Refuted):
        read_contract(evidence, b"\1" * 20, LEDGER)


def test_no_byte_of_the_evidence_is_unchecked(world: Any) -> None:
    """A flipped byte anywhere is refused, or changes the block hash that the tiers compare."""
    evidence = world.evidence((1, 9))
    true = read_contract(evidence, CONTRACT, LEDGER)

    def flips(data: bytes) -> list[bytes]:
        return [data[:i] + bytes([data[i] ^ m]) + data[i + 1 :] for i in range(len(data)) for m in (1, 0x80)]

    for header in flips(evidence.header):
        try:
            view = read_contract(replace(evidence, header=header), CONTRACT, LEDGER)
        except SceauError:
            continue
        assert view.block_hash != true.block_hash
    for index, node in enumerate(evidence.account_proof):
        for bad in flips(node):
            proof = (*evidence.account_proof[:index], bad, *evidence.account_proof[index + 1 :])
            with pytest.raises(SceauError):
                read_contract(replace(evidence, account_proof=proof), CONTRACT, LEDGER)
    for slot, nodes in evidence.storage_proofs.items():
        for index, node in enumerate(nodes):
            for bad in flips(node)[::7]:
                changed = (*nodes[:index], bad, *nodes[index + 1 :])
                proofs = {**evidence.storage_proofs, slot: changed}
                with pytest.raises(SceauError):
                    read_contract(replace(evidence, storage_proofs=proofs), CONTRACT, LEDGER)


def test_hashes_are_those_of_the_abi() -> None:
    """Ledger id and record digest equal keccak over what the independent `eth_abi` encodes."""
    owner, salt, root = b"\1" * 20, b"\2" * 32, b"\3" * 32
    types = ["string", "uint256", "address", "address", "bytes32"]
    values = ["sceau/ledger/1", 11155111, "0x" + CONTRACT.hex(), "0x" + owner.hex(), salt]
    assert ledger_id(11155111, CONTRACT, owner, salt) == keccak(encode(types, values))
    record = encode(["bytes32", "uint64", "uint64", "bytes32", "uint64"], [LEDGER, 3, 2**40, root, 2**64 - 1])
    assert record_digest(LEDGER, 3, 2**40, root, 2**64 - 1) == keccak(record)


@pytest.mark.parametrize("sequence", [-1, 2**64])
def test_operands_outside_their_types_are_malformed(sequence: int) -> None:
    """A sequence that uint64 does not hold has no slot."""
    with pytest.raises(Malformed):
        slots_for(LEDGER, [sequence])


@pytest.mark.parametrize("name", ["too-long", "too-few-fields", "list-field", "short-root", "leading-zero", "trailing"])
def test_headers_that_are_none(world: Any, name: str) -> None:
    """Each way to be no header is malformed."""
    fields: list[Any] = list(world.fields)
    if name == "too-long":
        fields[12] = bytes(2048)
    elif name == "too-few-fields":
        fields = fields[:14]
    elif name == "list-field":
        fields[0] = []
    elif name == "short-root":
        fields[3] = bytes(31)
    elif name == "leading-zero":
        fields[8] = b"\0\1"
    world.fields = fields
    with pytest.raises(Malformed):
        parse_header(world.header + (b"\0" if name == "trailing" else b""))
