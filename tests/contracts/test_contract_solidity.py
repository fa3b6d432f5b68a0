"""Hardhat's fuzz and invariant tests of contracts/test, and that they would notice a fault."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.contracts.mutants import write_mutant
from tools.contract import build

HARDHAT = Path("node_modules") / "hardhat" / "dist" / "src" / "cli.js"


def hardhat(project: Path) -> tuple[int, str]:
    """Run every Solidity test of a project: exit code and output without colours."""
    if not (project / HARDHAT).is_file():
        pytest.fail("node_modules is missing: run `make node_modules`")
    environment = {**os.environ, "NO_COLOR": "1", "HARDHAT_DISABLE_TELEMETRY_PROMPT": "true", "CI": "true"}
    done = subprocess.run(
        [build.node(), HARDHAT, "test", "solidity"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the contract's project, with the same node_modules."""
    for name in ("package.json", "hardhat.config.js"):
        shutil.copy(build.ROOT / name, tmp_path)
    shutil.copytree(build.ROOT / "contracts", tmp_path / "contracts")
    (tmp_path / "node_modules").symlink_to(build.ROOT / "node_modules")
    return tmp_path


def test_fuzz_and_invariant_tests_pass(copy: Path) -> None:
    """Every test of contracts/test is found, runs and passes."""
    code, output = hardhat(copy)
    assert code == 0, output
    written = {
        name
        for file in (copy / "contracts" / "test").glob("*.t.sol")
        for name in re.findall(r"function ((?:test|invariant)\w*)\(", file.read_text("utf-8"))
    }
    assert set(re.findall(r"✔ (\w+)\(", output)) == written
    assert f"{len(written)} passing" in output
    assert "failing" not in output


def test_a_shrinking_log_is_noticed(copy: Path) -> None:
    """An action tries to shrink the log at every step: it breaks the invariant once the contract lets it."""
    write_mutant("log may shrink", copy / "contracts" / "SceauLedger.sol")
    code, output = hardhat(copy)
    assert code == 1, output
    assert "invariant_headIsTheLastHonestCheckpoint" in re.findall(r"\d+\) (\w+)\(", output), output
    assert re.search(r"shrank (to an old root|under the same root|by one under the same root)", output), output
