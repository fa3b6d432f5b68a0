"""The API as a process of its own, for tests that kill it: python -m tests.api.server URL FOLDER PORT [CRASH].

CRASH ends the process by SIGKILL at one point of the first request with an Idempotency-Key that gets there:
`before-commit`, with everything written and nothing durable; `after-commit`, durable and not answered.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import uvicorn

from api import idempotency
from api.app import create_app
from tests.api.opened import reopen


def _die(*_args: object, **_more: object) -> bytes:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def main() -> None:
    url, folder, port, crash = [*sys.argv[1:], "never"][:4]
    if crash == "before-commit":
        idempotency.Once._forget = _die  # the last statement of the transaction
    elif crash == "after-commit":
        idempotency.Answer.response = _die  # the first thing done after the commit
    app = create_app(reopen(url, Path(folder)))
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
