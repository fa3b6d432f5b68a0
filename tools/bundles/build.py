"""Writes the golden bundles and their mutants under tests/vectors/bundles.

python tools/bundles/build.py            write them
python tools/bundles/build.py --check    compare byte for byte, exit 1 on a difference
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.verifier.bundles import generate


def main(arguments: list[str] | None = None) -> int:
    """0 when the folder holds (now) what the generator makes, and nothing else."""
    parser = argparse.ArgumentParser(description="Build the golden bundles.")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    if not parser.parse_args(arguments).check:
        generate.main()
        return 0
    made = generate.files()
    found = {path.name: path.read_bytes() for path in generate.FOLDER.iterdir()}
    different = sorted(name for name in made.keys() | found.keys() if made.get(name) != found.get(name))
    for name in different:
        print(f"error: {name} is not what the generator makes; run `python tools/bundles/build.py`", file=sys.stderr)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
