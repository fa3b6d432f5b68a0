"""SceauLedger as a verifier sees it: no call, no event, only storage slots proven under a block header.

Layout (pinned by a test against the compiler's `storageLayout`; Solidity docs, "Layout of State
Variables in Storage"):

    slot 0  mapping(bytes32 ledger id => Ledger)
            +0  owner (160 bits) | maximum age (64)     +3  thumbprint of the first ledger key
            +1  anchorer (160) | frozen (bit 160)       +4  sequence (64) | size (64) | time (64)
            +2  pending owner                           +5  root
    slot 1  mapping(bytes32 ledger id => mapping(uint64 sequence => bytes32 record digest))
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from eth_hash.auto import keccak

from verifier.errors import Malformed, Refuted
from verifier.ethereum.evidence import MAX_UINT64, ChainEvidence
from verifier.ethereum.header import Header, parse_header
from verifier.ethereum.trie import account_storage_root, storage_value

_LEDGERS, _RECORDS = 0, 1
_OWNER, _ANCHORER, _FIRST_KEY, _HEAD, _ROOT = 0, 1, 3, 4, 5
_LEDGER_FIELDS = (_OWNER, _ANCHORER, _FIRST_KEY, _HEAD, _ROOT)
_ID_TAG = b"sceau/ledger/1"


@dataclass(frozen=True, slots=True)
class ContractView:
    """What the contract said about one ledger at one block."""

    chain_id: int
    """EIP-155 chain id, as the evidence claims it: policy compares it."""
    contract: bytes
    """20 bytes: the address whose storage was proven."""
    block_number: int
    """Height of the block."""
    block_hash: bytes
    """32 bytes: keccak-256 of the header."""
    block_time: int
    """Seconds since 1970-01-01 UTC: "as of"."""
    first_key: bytes
    """32 bytes: RFC 9679 thumbprint of the ledger's first key."""
    maximum_age: int
    """Seconds: the age of the head that the owner promises never to pass."""
    frozen: bool
    """The owner has stopped the ledger: no anchor is accepted."""
    sequence: int
    """Number of the last checkpoint with a new root; 0 before the first."""
    size: int
    """Entries in the log at the head, by the operator's word (the state entry confirms it)."""
    time: int
    """Seconds since 1970-01-01 UTC: block time of the last anchor or heartbeat."""
    root: bytes
    """32 bytes: RFC 9162 root of the log at the head."""
    records: Mapping[int, bytes]
    """Sequence to record digest (32 bytes); 32 zero bytes where the chain proves that none exists."""


def slots_for(ledger_id: bytes, sequences: Iterable[int]) -> list[bytes]:
    """Return the slots (32 bytes each) to prove: the ledger's five, then one for each sequence.

    Raises:
        Malformed: `eth-slot`, for a ledger id not of 32 bytes or a sequence outside uint64.
    """
    base = int.from_bytes(keccak(_ledger(ledger_id) + _word(_LEDGERS)), "big")
    records = keccak(ledger_id + _word(_RECORDS))
    # Solidity wraps at 2^256; a keccak that close to the end is out of reach, but the rule is the rule.
    return [_word((base + offset) % 2**256) for offset in _LEDGER_FIELDS] + [
        keccak(_uint64(sequence) + records) for sequence in sequences
    ]


def record_digest(ledger_id: bytes, sequence: int, size: int, root: bytes, time: int) -> bytes:
    """Return what the contract stores for a checkpoint.

    `keccak256(abi.encode(bytes32, uint64, uint64, bytes32, uint64))`, PROTOCOL.md section 6.

    Args:
        ledger_id: 32 bytes.
        sequence: number of the checkpoint.
        size: entries in the log.
        root: 32 bytes, RFC 9162 root of the log.
        time: block time of the anchor, seconds since 1970-01-01 UTC.

    Raises:
        Malformed: `eth-slot`, for an operand of the wrong size.
    """
    return keccak(_ledger(ledger_id) + _uint64(sequence) + _uint64(size) + _exactly(root, 32, "root") + _uint64(time))


def ledger_id(chain_id: int, contract: bytes, owner: bytes, salt: bytes) -> bytes:
    """Return `keccak256(abi.encode("sceau/ledger/1", chain id, contract, owner, salt))`.

    Args:
        chain_id: EIP-155 chain id.
        contract: 20 bytes.
        owner: 20 bytes, the account that opened the ledger.
        salt: 32 bytes, chosen by the owner.

    Raises:
        Malformed: `eth-slot`, for an operand of the wrong size.
    """
    # ABI: a dynamic string is an offset in the head (five words) and length plus padded bytes behind it.
    return keccak(
        _word(5 * 32)
        + _word(chain_id)
        + _exactly(contract, 20, "contract").rjust(32, b"\0")
        + _exactly(owner, 20, "owner").rjust(32, b"\0")
        + _exactly(salt, 32, "salt")
        + _word(len(_ID_TAG))
        + _ID_TAG.ljust(32, b"\0")
    )


def prove_slots(evidence: ChainEvidence, contract: bytes, ledger_id: bytes) -> tuple[Header, list[int]]:
    """Verify header, account and every slot; the words in the order of `slots_for`.

    Raises:
        Malformed: bytes of the evidence that are not canonical, or over a limit.
        Refuted: `eth-proof` for a proof that does not verify, `eth-slots` when the slots are not
            exactly the ones that this ledger and these sequences need, `eth-account-absent`.
    """
    slots = slots_for(ledger_id, evidence.sequences)
    if len(set(slots)) != len(slots) or set(slots) != set(evidence.storage_proofs):
        raise Refuted("eth-slots", "the evidence does not prove exactly the slots of this ledger")
    header = parse_header(evidence.header)
    storage_root = account_storage_root(header.state_root, contract, evidence.account_proof)
    return header, [storage_value(storage_root, slot, evidence.storage_proofs[slot]) for slot in slots]


def read_contract(evidence: ChainEvidence, contract: bytes, ledger_id: bytes) -> ContractView:
    """Read one ledger from proven storage: header, then account, then every slot.

    Args:
        evidence: header and proofs; every byte of it is checked.
        contract: 20 bytes, from the verifier's policy.
        ledger_id: 32 bytes, from the verifier's policy.

    Raises:
        Malformed: bytes of the evidence that are not canonical, or over a limit.
        Refuted: a proof does not verify, no contract is at the address (`eth-account-absent`), it
            holds no such ledger (`eth-ledger-absent`), or its words do not fit the layout
            (`eth-layout`).
    """
    header, words = prove_slots(evidence, contract, ledger_id)
    owner, anchorer, first_key, head, root = words[: len(_LEDGER_FIELDS)]
    if owner % 2**160 == 0:
        raise Refuted("eth-ledger-absent", "the contract proves that no ledger was opened under this id")
    if owner >> 224 or anchorer >> 161 or head >> 192:
        raise Refuted("eth-layout", "the storage of the contract does not have the layout of SceauLedger")
    return ContractView(
        chain_id=evidence.chain_id,
        contract=contract,
        block_number=header.number,
        block_hash=header.hash,
        block_time=header.timestamp,
        first_key=_word(first_key),
        maximum_age=owner >> 160,
        frozen=bool(anchorer >> 160),
        sequence=head & MAX_UINT64,
        size=head >> 64 & MAX_UINT64,
        time=head >> 128,
        root=_word(root),
        records={
            sequence: _word(word)
            for sequence, word in zip(evidence.sequences, words[len(_LEDGER_FIELDS) :], strict=True)
        },
    )


def _word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def _uint64(value: int) -> bytes:
    if not 0 <= value <= MAX_UINT64:
        raise Malformed("eth-slot", f"{value} does not fit uint64")
    return _word(value)


def _exactly(value: bytes, size: int, name: str) -> bytes:
    if len(value) != size:
        raise Malformed("eth-slot", f"{name} has {size} bytes, not {len(value)}")
    return value


def _ledger(value: bytes) -> bytes:
    return _exactly(value, 32, "the ledger id")
