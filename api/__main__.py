"""`python -m api --port N`: the server as a process, on the ledger that the environment names."""

from __future__ import annotations

import argparse
import sys

import uvicorn

from api.app import from_environment
from verifier.errors import SceauError


def main() -> int:
    """Serves until SIGTERM or SIGINT. Returns 1 when the ledger cannot be opened."""
    parser = argparse.ArgumentParser(prog="python -m api", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    try:
        app = from_environment()
    except SceauError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 1
    uvicorn.run(app, host=options.host, port=options.port, server_header=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
