"""A run in which anything is skipped for another reason than an absent ../shared fails."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).resolve().parents[1] / "conftest.py"


OTHER_REASONS = {
    "call": "import pytest\ndef test_a(): pytest.skip('no database here')\n",
    "mark": "import pytest\n@pytest.mark.skipif(True, reason='not today')\ndef test_a(): pass\n",
    "import": "import pytest\npytest.importorskip('no_such_package')\ndef test_a(): pass\n",
    "module": "import pytest\npytest.skip('whole file', allow_module_level=True)\n",
    "expected": "import pytest\n@pytest.mark.xfail(reason='known')\ndef test_a(): assert False\n",
}
SHARED = "def test_a(shared): pass\ndef test_b(shared): pass\ndef test_c(): pass\n"


def run(folder: Path, sources: dict[str, str], *arguments: str) -> tuple[int, str]:
    """Run test files under the suite's conftest, in a project of its own that has no ../shared."""
    tests = folder / "project" / "tests"
    tests.mkdir(parents=True)
    shutil.copy(CONFTEST, tests)
    for name, source in sources.items():
        (tests / f"test_{name}.py").write_text(source, "utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        tests.parent,
        *arguments,
    ]
    done = subprocess.run([*command, tests], cwd=tests.parent, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout


@pytest.mark.parametrize("arguments", [(), ("-n", "1")], ids=["one process", "worker"])
def test_an_absent_shared_folder_is_counted_and_allowed(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Two tests that need it, one that does not: the run is green and says 2."""
    code, output = run(tmp_path, {"shared": SHARED}, *arguments)
    assert code == 0, output
    assert "skipped: 2 (the one reason allowed" in output
    assert "FAILED by skipping" not in output


@pytest.mark.parametrize("arguments", [(), ("-n", "1")], ids=["one process", "worker"])
def test_any_other_reason_fails_the_run(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """However it is said: each is named, beside the skips that are allowed."""
    code, output = run(tmp_path, {"shared": SHARED, **OTHER_REASONS}, *arguments)
    assert code == pytest.ExitCode.TESTS_FAILED, output
    assert "skipped: 7 (" in output
    named = [line for line in output.splitlines() if line.startswith("FAILED by skipping")]
    assert len(named) == len(OTHER_REASONS)
    for name in OTHER_REASONS:
        assert any(f"test_{name}.py" in line for line in named), (name, output)
