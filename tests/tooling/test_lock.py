"""requirements.lock, and that its check notices what must not be in it."""

from __future__ import annotations

import pytest

from tools.contract.build import ROOT
from tools.lock.check import faults

LOCK = (ROOT / "requirements.lock").read_text("utf-8")
PROJECT = (ROOT / "pyproject.toml").read_text("utf-8")


def test_the_lock_is_sound() -> None:
    """What `make check` runs."""
    assert list(faults(LOCK, PROJECT)) == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("--index-url https://example.org/simple\n", "not a pinned package"),
        ("--find-links /somewhere\n", "not a pinned package"),
        ("WARNING: Location 'file:///somewhere' is ignored\n", "not a pinned package"),
        ("thing @ https://example.org/thing.whl\n", "not a pinned package"),
        ("-e .\n", "not a pinned package"),
        ("pytest==8.0.0\n", "no hash"),
        ("pytest>=8 --hash=sha256:" + "0" * 64 + "\n", "not pinned to one version"),
    ],
)
def test_what_must_not_be_in_the_lock(line: str, fault: str) -> None:
    """An index, a path, a host, a missing hash, an open version."""
    found = list(faults(LOCK + line, PROJECT))
    assert any(text.startswith(fault) for text in found), found


def test_a_requirement_without_a_lock_is_noticed() -> None:
    """A new dependency, or a higher minimum, needs `make lock`."""
    new = PROJECT.replace('"rfc8785>=0.1.4"', '"rfc8785>=99", "no-such-package"')
    found = [fault for fault in faults(LOCK, new) if fault.startswith("the lock does not satisfy")]
    assert len(found) == 2


def test_a_package_that_is_not_installed_is_noticed() -> None:
    """The environment is what the lock says, or the check fails."""
    extra = "no-such-package==1.0 --hash=sha256:" + "0" * 64 + "\n"
    assert [*faults(LOCK + extra, PROJECT)] == [
        "no-such-package: nothing is installed, 1.0 is locked (run `make setup`)"
    ]
