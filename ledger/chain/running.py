"""Where the chain answers: the configured node, or the embedded chain, started here if nobody runs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from ledger.embedded_chain import client
from ledger.embedded_chain.errors import EmbeddedChainError
from ledger.errors import Unavailable
from ledger.settings import Settings

_PORT_FILE = "port"


def chain_folder(settings: Settings) -> Path:
    """The embedded chain's own folder."""
    return settings.data / "chain"


def chain_address(settings: Settings) -> str:
    """The configured node, or where the embedded chain said that it answers; '' when it does not run."""
    if settings.chain_url is not None:
        return settings.chain_url
    try:
        return (chain_folder(settings) / "url").read_text()
    except OSError:
        return ""


@contextmanager
def running_chain(settings: Settings) -> Iterator[str]:
    """The chain's URL while the block runs. An embedded chain that was started here ends with the block.

    Raises:
        Unavailable: `chain-start`, the embedded chain does not start.
    """
    if settings.chain_url is not None:
        yield settings.chain_url
        return
    folder = chain_folder(settings)
    try:
        url: str | None = client.attach(folder).url
    except EmbeddedChainError:
        url = None
    if url is not None:
        yield url
        return
    with _start(folder, settings.chain_id) as chain:
        yield chain.url


def _start(folder: Path, chain_id: int) -> client.RunningChain:
    """On the port of the last time when it is free: policies that were written name it."""
    port = _last_port(folder)
    try:
        chain = client.start(folder, port=port, chain_id=chain_id)
    except EmbeddedChainError as error:
        if port == 0:
            raise Unavailable("chain-start", str(error)) from error
        try:
            chain = client.start(folder, chain_id=chain_id)
        except EmbeddedChainError as second:
            raise Unavailable("chain-start", str(second)) from second
    (folder / _PORT_FILE).write_text(str(httpx.URL(chain.url).port))
    return chain


def _last_port(folder: Path) -> int:
    try:
        return int((folder / _PORT_FILE).read_text())
    except (OSError, ValueError):
        return 0
