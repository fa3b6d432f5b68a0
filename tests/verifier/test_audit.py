"""The growing tree against the one that is computed at once; numbers read back by their pattern."""

from __future__ import annotations

from datetime import date
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.audit import LogTree
from verifier.merkle import root_of
from verifier.numbering import Numbered, check_run, counter_of, number_at, year_of

EPOCH = date(1970, 1, 1)


def day(text: str) -> int:
    return (date.fromisoformat(text) - EPOCH).days


def test_the_tree_grown_leaf_by_leaf_has_the_root_of_the_whole() -> None:
    tree, leaves = LogTree(), []
    assert tree.root() == root_of([])
    for number in range(300):
        leaf = sha256(number.to_bytes(2, "big")).digest()
        leaves.append(leaf)
        tree.append(leaf)
        assert (tree.size, tree.root()) == (len(leaves), root_of(leaves))


@given(st.sampled_from(["F-{YYYY}-{seq:4}", "{seq}", "{YY}/{seq:6}-FR", "A.{seq:2}.{YYYY}"]), st.integers(1, 10**6))
def test_a_number_is_read_back(pattern: str, counter: int) -> None:
    assert counter_of(pattern, number_at(pattern, 2026, counter), 2026) == counter


@pytest.mark.parametrize(
    ("number", "year"),
    [
        ("F-2026-001", 2026),  # too short for the width
        ("F-2026-00001", 2026),  # another spelling of 1
        ("F-2025-0001", 2026),  # another year
        ("F-2026-0001 ", 2026),
        ("f-2026-0001", 2026),
        ("F-2026-٠٠٠١", 2026),  # digits, but not ASCII ones
        ("", 2026),
    ],
)
def test_a_number_of_another_pattern(number: str, year: int) -> None:
    assert counter_of("F-{YYYY}-{seq:4}", number, year) is None
    assert counter_of("no place", number, year) is None


def run(*items: tuple[str, str], voids: tuple[str, ...] = (), yearly: bool = True) -> list[str]:
    numbered = [Numbered(number, day(when)) for number, when in items]
    return [message for _, message in check_run("F-{YYYY}-{seq:4}", yearly, numbered, voids).faults]


def test_runs() -> None:
    """A yearly counter begins again at 1; a gap, a repetition and a date that goes back are each told."""
    first, second = ("F-2025-0007", "2025-12-30"), ("F-2025-0008", "2025-12-31")
    assert run() == []
    assert run(first, second, ("F-2026-0001", "2026-01-02")) == []
    assert run(first, ("F-2026-0008", "2026-01-02"), yearly=False) == []
    assert run(first, ("F-2026-0002", "2026-01-02")) == ["F-2026-0002 follows where F-2026-0001 is due"]
    assert run(first, ("F-2025-0009", "2025-12-31")) == ["F-2025-0009 follows where F-2025-0008 is due"]
    assert run(first, ("F-2025-0009", "2025-12-31"), voids=("F-2025-0008",)) == []
    assert run(first, first) == ["F-2025-0007 follows where F-2025-0008 is due"]
    assert run(first, ("F-2025-0008", "2025-12-29")) == ["F-2025-0008 is dated before the number that precedes it"]
    assert run(("G-1", "2025-12-29")) == ["G-1 is no number of the pattern F-{YYYY}-{seq:4} in 2025"]


def test_what_a_run_comes_to() -> None:
    numbered = [Numbered("F-2025-0007", day("2025-12-30")), Numbered("F-2025-0009", day("2025-12-30"))]
    found = check_run("F-{YYYY}-{seq:4}", True, numbered, {"F-2025-0008"})
    assert (found.first, found.last, found.year, found.voids) == (7, 9, 2025, 1)
    assert year_of(day("2025-12-31")) == 2025
