"""Opening the ledger that the options and the environment name."""

from __future__ import annotations

import argparse
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.chain.running import running_chain
from ledger.context import Ledger
from ledger.errors import Invalid
from ledger.settings import Settings, load_settings
from ledger.setup import open_ledger


def settings_of(options: argparse.Namespace) -> Settings:
    """Settings from the environment, with the folder from `--data`."""
    return load_settings(data=getattr(options, "data", None))


@contextmanager
def opened(options: argparse.Namespace, *, chain: bool = False) -> Iterator[Ledger]:
    """The ledger; with `chain`, its embedded chain runs meanwhile."""
    settings = settings_of(options)
    if not chain:
        yield open_ledger(settings, clock=time.time, entropy=secrets.token_bytes)
        return
    with running_chain(settings) as url:
        yield open_ledger(settings, clock=time.time, entropy=secrets.token_bytes, chain_url=url)


def read_file(path: Path, limit: int = 16 * 1024 * 1024) -> bytes:
    """A file named on the command line; raises Invalid `file`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Invalid("file", error.strerror or "cannot be read", where=str(path)) from error
    if len(data) > limit:
        raise Invalid("file", f"more than {limit} bytes", where=str(path))
    return data


def write_new(path: Path, data: bytes, *, private: bool = False) -> None:
    """Writes a file whole or not at all; a private one for its owner only, and never over another."""
    if private and path.exists():
        raise Invalid("file", "the file exists; it is not overwritten", where=str(path))
    draft = path.with_name(f".{path.name}.part")
    try:
        draft.touch(mode=0o600 if private else 0o644)
        draft.write_bytes(data)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise Invalid("file", error.strerror or "cannot be written", where=str(path)) from error
