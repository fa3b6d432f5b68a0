"""What every test may ask for, and the rule about skipping."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# Examples are not timed: the machine that runs the suite is shared, and a slow example is no fault.
settings.register_profile("sceau", deadline=None)
settings.load_profile("sceau")

SHARED_IS_ABSENT = "the folder ../shared is absent"
"""The one reason to skip a test. A real part that does not start fails the run."""


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of external vectors beside the project; the one reason to skip a test."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip(SHARED_IS_ABSENT)
    return folder


def _skipped(config: pytest.Config) -> tuple[int, list[str]]:
    """How many tests or files were skipped, and those that had another reason than the one that counts."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    reports = [] if reporter is None else [*reporter.stats.get("skipped", []), *reporter.stats.get("xfailed", [])]
    others = []
    for report in reports:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if not reason.endswith(SHARED_IS_ABSENT):
            others.append(f"{report.nodeid}: {reason.strip().splitlines()[-1]}")
    return len(reports), others


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run for a skip (or an expected failure) that has another reason."""
    if not hasattr(session.config, "workerinput") and _skipped(session.config)[1]:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the number of skipped tests, and each one that may not be skipped."""
    count, others = _skipped(config)
    terminalreporter.write_line(f"skipped: {count} (the one reason allowed: {SHARED_IS_ABSENT})")
    for line in others:
        terminalreporter.write_line(f"FAILED by skipping: {line}", red=True)
