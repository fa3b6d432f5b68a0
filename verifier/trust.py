"""`sceau-verify trust`: the policy file, where it is, and how a ledger is added to it."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from verifier.errors import Malformed
from verifier.policy import MAX_POLICY, Policy, TrustedLedger, parse_policy

COMMAND: Final = (
    "sceau-verify trust --ledger LEDGER --name NAME --chain-id N --contract 0xADDRESS --rpc URL --host HOST"
)

_HOST: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:]{2,45}\])(?::[0-9]{1,5})?", re.ASCII)


def policy_path(given: Path | None, environment: Mapping[str, str]) -> Path:
    """The policy file: as given, else SCEAU_POLICY, else `~/.config/sceau/policy.json`."""
    if given is not None:
        return given
    named = environment.get("SCEAU_POLICY")
    if named:
        return Path(named)
    home = environment.get("HOME") or environment.get("USERPROFILE")
    return (Path(home) if home else Path.cwd()) / ".config" / "sceau" / "policy.json"


def read_policy(path: Path) -> Policy:
    """Reads the policy.

    Raises:
        Malformed: `no-policy-file`, with the command that makes one; `policy`.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_POLICY + 1)
    except FileNotFoundError as error:
        raise Malformed(
            "no-policy-file", f"you trust no ledger yet: {path} does not exist; make it with: {COMMAND}"
        ) from error
    except OSError as error:
        raise Malformed("policy", f"{path} cannot be read: {error.strerror}") from error
    try:
        policy = parse_policy(data)
    except Malformed as error:
        raise Malformed(error.code, f"{path}: {error.message}", where=error.where) from error
    if not policy.ledgers:
        raise Malformed("no-policy-file", f"{path} trusts no ledger; add one with: {COMMAND}")
    return policy


def check_host(text: str) -> str:
    """A host as a policy names it: `name`, or `name:port`, in lower case.

    Raises:
        Malformed: `policy`, for an address or anything else.
    """
    if not _HOST.fullmatch(text.lower()):
        raise Malformed("policy", "a host is NAME or NAME:PORT, without https://", where="--host")
    return text.lower()


def add_ledger(path: Path, trusted: TrustedLedger) -> bool:
    """Adds a ledger to the policy file, or replaces what was said about it; the file is replaced in one step.

    Returns:
        Whether the ledger was trusted already.

    Raises:
        Malformed: `policy`, for a file that cannot be read or written, or a ledger outside the bounds.
    """
    try:
        before = dict(parse_policy(path.read_bytes()).ledgers) if path.exists() else {}
        known = trusted.ledger_id in before
        data = Policy({**before, trusted.ledger_id: trusted}).encode()
        parse_policy(data)
        _replace(path, data)
    except OSError as error:
        raise Malformed("policy", f"{path} cannot be written: {error.strerror}") from error
    return known


def _replace(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".policy-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            # A crash before the rename leaves the old file; without this one, perhaps an empty new one.
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
