"""The RFC 6962/9162 proofs of transparency-dev/merkle, each named for its mutation."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from verifier import merkle
from verifier.errors import Malformed, Refuted

NOT_HASHES = ["additional/sizes-are-equal-one-and-proof-is-empty.json"]
"""Formally valid, refused by us: its roots are placeholder text of 12 bytes. With hashes of them it holds."""


def cases(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    """Return the vectors of a folder with their names."""
    return [
        (str(path.relative_to(folder)), json.loads(path.read_text("utf-8"))) for path in sorted(folder.rglob("*.json"))
    ]


def hashes(case: dict[str, Any]) -> list[bytes]:
    """Return a vector's proof."""
    return [base64.b64decode(item, validate=True) for item in case["proof"] or ()]


def test_all_inclusion_vectors(shared: Path) -> None:
    """Every one of the 98 files ends as it says."""
    outcomes: dict[str, int] = {}
    for name, case in cases(shared / "vectors" / "merkle-rfc6962" / "inclusion"):
        leaf, root = (base64.b64decode(case[key] or "", validate=True) for key in ("leafHash", "root"))
        try:
            merkle.check_inclusion(leaf, case["leafIdx"], case["treeSize"], hashes(case), root)
            outcome = "holds"
        except (Malformed, Refuted) as error:
            outcome = error.code
        assert (outcome != "holds") == case["wantErr"], name
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    assert outcomes == {"holds": 6, "inclusion": 55, "merkle-bounds": 17, "merkle-hash-length": 20}


def test_all_consistency_vectors(shared: Path) -> None:
    """Every one of the 98 files ends as it says, but for the listed one whose roots are no hashes."""
    outcomes: dict[str, int] = {}
    refused: list[str] = []
    for name, case in cases(shared / "vectors" / "merkle-rfc6962" / "consistency"):
        roots = [base64.b64decode(case[key] or "", validate=True) for key in ("root1", "root2")]
        outcome = consistency_outcome(case, roots)
        if outcome == "merkle-hash-length" and not case["wantErr"]:
            refused.append(name)
            assert consistency_outcome(case, [sha256(root).digest() for root in roots]) == "holds"
        else:
            assert (outcome != "holds") == case["wantErr"], name
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    assert refused == NOT_HASHES
    assert outcomes == {"holds": 5, "consistency": 60, "merkle-bounds": 13, "merkle-hash-length": 20}


def consistency_outcome(case: dict[str, Any], roots: list[bytes]) -> str:
    """Return `holds` or the code of the refusal."""
    try:
        merkle.check_consistency(case["size1"], roots[0], case["size2"], roots[1], hashes(case))
    except (Malformed, Refuted) as error:
        return error.code
    return "holds"
