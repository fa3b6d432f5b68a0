"""Checks, without any network, that requirements.lock is what the project may be installed from.

    python tools/lock/check.py

It must name nothing but packages (no index, host or local path: those are the installer's own settings), pin
each one with hashes, hold every requirement of pyproject.toml with all its extras at an allowed version, and
be what is installed here.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
_FOREIGN = re.compile(r"://|^\s*-|^WARNING| @ ", re.MULTILINE)


def faults(lock: str, project: str) -> Iterator[str]:
    """Every fault of a lock file's text against the text of pyproject.toml; nothing when it is sound."""
    # A comment names what a package is needed by, and ends at its line; a continued line is one statement.
    statements = re.sub(r"^\s*#.*\n", "", lock, flags=re.MULTILINE).replace("\\\n", " ")
    pinned: dict[str, list[Requirement]] = {}
    for statement in filter(str.strip, statements.splitlines()):
        text = _HASH.sub("", statement).strip()
        if _FOREIGN.search(text):
            yield f"not a pinned package: {text[:80]}"
            continue
        requirement = Requirement(text)
        pinned.setdefault(canonicalize_name(requirement.name), []).append(requirement)
        if not _HASH.search(statement):
            yield f"no hash: {text}"
        if [part.operator for part in requirement.specifier] != ["=="]:
            yield f"not pinned to one version: {text}"
    yield from _missing(pinned, project)
    yield from _not_installed(pinned)


def _missing(pinned: dict[str, list[Requirement]], project: str) -> Iterator[str]:
    table = tomllib.loads(project)["project"]
    wanted = [
        *table["dependencies"],
        *(line for extra in table["optional-dependencies"].values() for line in extra),
    ]
    for requirement in map(Requirement, wanted):
        if canonicalize_name(requirement.name) == table["name"]:
            continue
        locked = pinned.get(canonicalize_name(requirement.name), [])
        if not any(requirement.specifier.contains(_pin(one), prereleases=True) for one in locked):
            yield f"the lock does not satisfy: {requirement} (run `make lock`)"


def _not_installed(pinned: dict[str, list[Requirement]]) -> Iterator[str]:
    for name, locked in pinned.items():
        here = [_pin(one) for one in locked if one.marker is None or one.marker.evaluate()]
        if not here:
            continue
        try:
            installed = version(name)
        except PackageNotFoundError:
            installed = "nothing"
        if installed not in here:
            yield f"{name}: {installed} is installed, {here[0]} is locked (run `make setup`)"


def _pin(requirement: Requirement) -> str:
    return next(iter(requirement.specifier)).version


def main() -> int:
    """0 when the lock is sound, 1 with one line a fault otherwise."""
    found = list(faults((ROOT / "requirements.lock").read_text("utf-8"), (ROOT / "pyproject.toml").read_text("utf-8")))
    for fault in found:
        print(f"error: requirements.lock: {fault}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
