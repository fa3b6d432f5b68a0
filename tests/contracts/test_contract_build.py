"""The committed contract file is what the committed sources compile to."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.mutants import write_mutant
from tools.contract import build
from verifier.ethereum import contract as reader

SCRIPT = build.ROOT / "tools" / "contract" / "build.py"


def check(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the build script as a process of its own."""
    return subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True, timeout=120)


def test_the_committed_file_is_rebuilt_byte_for_byte() -> None:
    """ABI, code, layout and compiler version, to the last byte."""
    done = check("--check")
    assert (done.returncode, done.stderr) == (0, "")
    assert build.serialise(build.compile_source()) == build.OUTPUT.read_text("utf-8")


def test_the_sources_are_fresh_without_node() -> None:
    """What `make check` runs."""
    done = check("--fresh")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("mode", ["--check", "--fresh"])
def test_another_source_is_noticed(mode: str, tmp_path: Path) -> None:
    """A changed line without a new build ends with 1 and says what to run."""
    done = check(mode, "--source", write_mutant("nodes left over", tmp_path / "SceauLedger.sol"))
    assert done.returncode == 1
    assert "run `python tools/contract/build.py`" in done.stderr


def test_one_byte_of_the_code_is_noticed(tmp_path: Path) -> None:
    """The comparison reads the code itself, not only the hash of its source."""
    built = json.loads(build.OUTPUT.read_text("utf-8"))
    built["bytecode"] = built["bytecode"][:-1] + ("0" if built["bytecode"][-1] != "0" else "1")
    (tmp_path / "built.json").write_text(build.serialise(built), "utf-8")
    assert check("--check", "--output", tmp_path / "built.json").returncode == 1


def test_the_storage_layout_is_the_one_that_verifiers_read() -> None:
    """The compiler's layout against verifier/ethereum/contract.py, whose slots are part of the protocol."""
    layout: Any = build.compile_source()["storageLayout"]
    types = layout["types"]
    top = {item["label"]: item for item in layout["storage"]}
    assert [(name, int(item["slot"]), item["offset"]) for name, item in top.items()] == [
        ("_ledgers", reader._LEDGERS, 0),
        ("records", reader._RECORDS, 0),
    ]
    ledgers, records = (types[top[name]["type"]] for name in ("_ledgers", "records"))
    assert (ledgers["encoding"], ledgers["key"]) == ("mapping", "t_bytes32")
    assert (records["encoding"], records["key"]) == ("mapping", "t_bytes32")
    inner = types[records["value"]]
    assert (inner["encoding"], inner["key"], inner["value"]) == ("mapping", "t_uint64", "t_bytes32")
    members = types[ledgers["value"]]["members"]
    # Name, slot, bit of the lowest byte, bits: as the docstring of the reader draws it.
    assert [
        (m["label"], int(m["slot"]), 8 * m["offset"], 8 * int(types[m["type"]]["numberOfBytes"])) for m in members
    ] == [
        ("owner", reader._OWNER, 0, 160),
        ("maximumAge", reader._OWNER, 160, 64),
        ("anchorer", reader._ANCHORER, 0, 160),
        ("frozen", reader._ANCHORER, 160, 8),
        ("pendingOwner", 2, 0, 160),
        ("firstKey", reader._FIRST_KEY, 0, 256),
        ("head", reader._HEAD, 0, 256),
        ("root", reader._ROOT, 0, 256),
    ]
