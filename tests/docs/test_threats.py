"""docs/threat-model.md: every place and every test that it names is there."""

from __future__ import annotations

import re

import pytest

from tests.docs.tables import DOCS, ROOT, tables

ROWS = tables(DOCS / "threat-model.md")["threats"]


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_a_row_names_code_and_tests_that_exist(row: list[str]) -> None:
    assert len(row) == 5
    code, named = quoted(row[2]), quoted(row[3])
    assert code, "a claim without code"
    assert named, "a claim without a test"
    for path in code:
        assert (ROOT / path).is_file(), path
    for name in named:
        path, _, function = name.partition("::")
        assert (ROOT / path).is_file(), path
        if function:
            assert re.search(rf"^def {function}\(", (ROOT / path).read_text(), re.MULTILINE), name
    assert row[4], "nothing is said about what stays open"
