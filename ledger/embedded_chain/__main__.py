"""`python -m ledger.embedded_chain --data DIR --port N`: the chain as a process of its own."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from ledger.embedded_chain import dev_account
from ledger.embedded_chain.chain import EmbeddedChain
from ledger.embedded_chain.clock import parse_clock
from ledger.embedded_chain.errors import EmbeddedChainError
from ledger.embedded_chain.methods import Methods
from ledger.embedded_chain.server import RpcServer
from ledger.embedded_chain.store import BlockStore

URL_FILE = "url"
DEFAULT_CHAIN_ID = 31337


def main(arguments: list[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT. Returns the exit code: 0, or 2 when it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m ledger.embedded_chain", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the chain, made if absent")
    parser.add_argument("--port", type=int, default=0, help="loopback port; 0 takes a free one")
    parser.add_argument("--chain-id", type=int, default=DEFAULT_CHAIN_ID)
    parser.add_argument("--block-clock", default="system", help="system, offset:SECONDS or file:PATH")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    try:
        clock = parse_clock(options.block_clock)
        folder: Path = options.data
        folder.mkdir(parents=True, exist_ok=True)
        store = BlockStore(folder / "chain.sqlite3")
        funded = dev_account.load_or_create(folder)
        chain = EmbeddedChain(store, chain_id=options.chain_id, clock=clock, funded=funded)
        server = RpcServer(options.port, Methods(chain))
    except (EmbeddedChainError, OSError, ValueError, OverflowError) as error:
        print(f"the embedded chain cannot start: {error}", file=sys.stderr)
        return 2
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    serving.start()
    _announce(folder, server.url)
    stop.wait()
    server.shutdown()
    server.server_close()
    (folder / URL_FILE).unlink(missing_ok=True)
    chain.close()
    return 0


def _announce(folder: Path, url: str) -> None:
    """Say where the chain answers: in the folder's `url` file, whole or not at all, and on stdout."""
    draft = folder / f"{URL_FILE}.{os.getpid()}"
    draft.write_text(url)
    draft.replace(folder / URL_FILE)
    print(url, flush=True)


if __name__ == "__main__":
    sys.exit(main())
