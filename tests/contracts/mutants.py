"""The contract with one line spoilt: what the tests of its proof check must notice."""

from __future__ import annotations

from pathlib import Path

from tools.contract import build

MUTANTS = {
    "old root not compared": ("oldHash != oldRoot || newHash != newRoot", "newHash != newRoot"),
    "either root suffices": (
        "oldHash != oldRoot || newHash != newRoot",
        "oldHash != oldRoot && newHash != newRoot",
    ),
    "nodes left over": ("if (next != end) revert ProofTooLong();", ""),
    "log may shrink": ("if (newSize < size) revert LogShrinks(size);", ""),
    "root may change at the same size": ("if (newRoot != ledger.root) revert RootChanged();", ""),
    "sibling on the wrong side": ("newHash = _node(newHash, sibling);", "newHash = _node(sibling, newHash);"),
    "no limit of size": ("newSize == 0 || newSize > MAXIMUM_SIZE", "newSize == 0"),
}
"""Name to text and replacement."""


def write_mutant(name: str, target: Path) -> Path:
    """Write the contract with the mutant's change to a file, and return it."""
    text, replacement = MUTANTS[name]
    source = build.SOURCE.read_text("utf-8")
    if source.count(text) != 1:
        raise AssertionError(f"the contract does not have this line once: {text}")
    target.write_text(source.replace(text, replacement), "utf-8")
    return target
