"""Chain evidence: one block header and the EIP-1186 proofs under it, as a value and as JSON.

It travels inside a bundle, so its JSON form is strict: lower-case hex without 0x, decimal strings,
no JSON numbers, no unknown members, limits before anything is hashed. It proves what one block's
state says about one contract; that the block is the chain's is the reading tier's business.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from verifier.errors import Malformed
from verifier.ethereum.header import MAX_HEADER_SIZE
from verifier.ethereum.trie import MAX_NODE_SIZE, MAX_NODES

MAX_SEQUENCES = 256
"""Records that one piece of evidence may prove: an auditor reads a long history in several pieces."""

MAX_SLOTS = MAX_SEQUENCES + 8
"""The ledger's own slots are five; the rest is one slot for each record."""

MAX_UINT64 = 2**64 - 1

_MEMBERS = {"chain_id", "header", "account_proof", "storage_proofs", "sequences"}
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,19}")
_HEX = re.compile(r"(?:[0-9a-f]{2})*")


@dataclass(frozen=True, slots=True)
class ChainEvidence:
    """A block header and proofs of one contract's storage under its state root."""

    chain_id: int
    """EIP-155 chain id that the evidence claims. No header proves it: policy compares it."""
    header: bytes
    """RLP of the block header."""
    account_proof: tuple[bytes, ...]
    """Nodes of the account trie, root first."""
    storage_proofs: Mapping[bytes, tuple[bytes, ...]]
    """Slot (32 bytes) to nodes of the storage trie, root first."""
    sequences: tuple[int, ...] = field(default=())
    """Ascending: the checkpoints whose record slots are among `storage_proofs`."""

    def to_json(self) -> dict[str, object]:
        """Return the one JSON form (a dict of strings, lists and dicts; slots in ascending order)."""
        return {
            "chain_id": str(self.chain_id),
            "header": self.header.hex(),
            "account_proof": [node.hex() for node in self.account_proof],
            "storage_proofs": {
                slot.hex(): [node.hex() for node in self.storage_proofs[slot]] for slot in sorted(self.storage_proofs)
            },
            "sequences": [str(sequence) for sequence in self.sequences],
        }

    @classmethod
    def from_json(cls, value: object) -> ChainEvidence:
        """Parse the JSON form.

        Raises:
            Malformed: `eth-evidence`, with a pointer, for anything but the one form within the limits.
        """
        if not isinstance(value, dict) or set(value) != _MEMBERS:
            raise Malformed("eth-evidence", f"chain evidence has the members {', '.join(sorted(_MEMBERS))}")
        slots = value["storage_proofs"]
        if not isinstance(slots, dict) or len(slots) > MAX_SLOTS:
            raise _bad("/storage_proofs", f"an object with at most {MAX_SLOTS} slots is expected")
        proofs = {
            _bytes(slot, 32, f"/storage_proofs/{slot}", exact=True): _nodes(nodes, f"/storage_proofs/{slot}")
            for slot, nodes in slots.items()
        }
        sequences = tuple(
            _integer(item, f"/sequences/{index}")
            for index, item in enumerate(_list(value["sequences"], MAX_SEQUENCES, "/sequences"))
        )
        if any(a >= b for a, b in pairwise(sequences)):
            raise _bad("/sequences", "the sequences ascend and none is repeated")
        return cls(
            chain_id=_integer(value["chain_id"], "/chain_id"),
            header=_bytes(value["header"], MAX_HEADER_SIZE, "/header"),
            account_proof=_nodes(value["account_proof"], "/account_proof"),
            storage_proofs=proofs,
            sequences=sequences,
        )


def _bad(where: str, message: str) -> Malformed:
    return Malformed("eth-evidence", message, where=where)


def _list(value: object, limit: int, where: str) -> list[object]:
    if not isinstance(value, list) or len(value) > limit:
        raise _bad(where, f"a list of at most {limit} is expected")
    return value


def _nodes(value: object, where: str) -> tuple[bytes, ...]:
    return tuple(
        _bytes(item, MAX_NODE_SIZE, f"{where}/{index}") for index, item in enumerate(_list(value, MAX_NODES, where))
    )


def _bytes(value: object, limit: int, where: str, *, exact: bool = False) -> bytes:
    if not isinstance(value, str) or len(value) > 2 * limit or not _HEX.fullmatch(value):
        raise _bad(where, f"lower-case hex of at most {limit} bytes, without 0x, is expected")
    if exact and len(value) != 2 * limit:
        raise _bad(where, f"{limit} bytes are expected")
    return bytes.fromhex(value)


def _integer(value: object, where: str) -> int:
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value) or int(value) > MAX_UINT64:
        raise _bad(where, "a decimal string up to 2^64-1 is expected")
    return int(value)
