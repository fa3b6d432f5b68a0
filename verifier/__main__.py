"""`sceau-verify`, and `python -m verifier`."""

from __future__ import annotations

import sys

from verifier.command import run


def main() -> None:
    """Runs the command with the arguments of this process."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
