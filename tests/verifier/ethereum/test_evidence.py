"""The JSON form of chain evidence: one spelling, within limits."""

from __future__ import annotations

import json
from typing import Any

import pytest

from verifier.errors import Malformed
from verifier.ethereum.evidence import MAX_SEQUENCES, ChainEvidence


def test_evidence_comes_back(world: Any) -> None:
    """Through JSON text and back nothing changes, and the JSON holds strings only."""
    evidence = world.evidence((1, 2, 9))
    text = json.dumps(evidence.to_json())
    assert ChainEvidence.from_json(json.loads(text)) == evidence
    assert json.loads(text, parse_int=_refuse, parse_float=_refuse) == evidence.to_json()


def _refuse(text: str) -> None:
    raise AssertionError(f"a JSON number: {text}")


@pytest.mark.parametrize(
    ("name", "member", "value"),
    [
        ("number-for-string", "chain_id", 31337),
        ("leading-zero", "chain_id", "031337"),
        ("sign", "chain_id", "-1"),
        ("non-ascii-digit", "chain_id", "\u0663"),
        ("trailing-newline", "chain_id", "1\n"),
        ("above-uint64", "chain_id", str(2**64)),
        ("prefix", "header", "0xf9"),
        ("upper-case", "header", "F9"),
        ("half-a-byte", "header", "f"),
        ("header-too-long", "header", "00" * 2049),
        ("node-too-long", "account_proof", ["00" * 533]),
        ("too-many-nodes", "account_proof", ["00"] * 66),
        ("no-list", "account_proof", "00"),
        ("slot-too-short", "storage_proofs", {"00": []}),
        ("no-object", "storage_proofs", []),
        ("too-many-slots", "storage_proofs", {f"{n:064x}": [] for n in range(300)}),
        ("descending", "sequences", ["2", "1"]),
        ("repeated", "sequences", ["1", "1"]),
        ("too-many-sequences", "sequences", [str(n) for n in range(MAX_SEQUENCES + 1)]),
        ("unknown-member", "extra", "1"),
    ],
)
def test_other_forms_are_refused(world: Any, name: str, member: str, value: object) -> None:
    """Each loose spelling, unknown member or excess is malformed, and so is a missing member."""
    document = world.evidence((1,)).to_json()
    with pytest.raises(Malformed):
        ChainEvidence.from_json({**document, member: value})
    with pytest.raises(Malformed):
        ChainEvidence.from_json({key: document[key] for key in list(document)[1:]})
