"""A ledger's process for the crash tests: `child.py DATA OFFSET_FILE init|anchor`; settings from the environment."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

from ledger.anchoring import anchor_now
from ledger.settings import load_settings
from ledger.setup import init_ledger, open_ledger
from tests.ledger.conftest import FileClock


def main(data: str, offset: str, what: str) -> None:
    """Ends normally when everything is final, or by SIGKILL at SCEAU_CRASH_AT."""
    settings = load_settings(data=Path(data))
    clock = FileClock(Path(offset))
    if what == "init":
        init_ledger(settings, clock=clock, entropy=secrets.token_bytes)
        return
    anchor_now(open_ledger(settings, clock=clock, entropy=secrets.token_bytes), patience=60)


if __name__ == "__main__":
    main(*sys.argv[1:])
