"""`sceau` and `python -m ledger`."""

from __future__ import annotations

import sys


def main() -> int:
    """Runs the command line; without the server's packages it says how to get them."""
    try:
        from ledger.command.main import run
    except ModuleNotFoundError as error:
        print(f"sceau: {error.name} is missing; install it with: pip install 'sceau[server]'", file=sys.stderr)
        return 2
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
