"""`python -m ledger.anchoring`: the worker as a process of its own, on the ledger that the environment names."""

from __future__ import annotations

import logging
import secrets
import signal
import sys
import threading
import time

from ledger.anchoring.worker import run_worker
from ledger.errors import LedgerError
from ledger.settings import load_settings


def main() -> int:
    """Runs until SIGTERM or SIGINT. Returns 0, or 1 when the ledger cannot be opened or has stopped."""
    # Not at the top: `setup` stands above this package and uses its parts.
    from ledger.setup import open_ledger

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        ledger = open_ledger(load_settings(), clock=time.time, entropy=secrets.token_bytes)
        run_worker(ledger, stop)
    except LedgerError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
