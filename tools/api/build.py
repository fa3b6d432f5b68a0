"""Writes the frozen description of the REST API and the list of its problems.

python tools/api/build.py            write api/openapi.json and docs/problems.md
python tools/api/build.py --check    compare, exit 1 on a difference
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from api.freeze import main

if __name__ == "__main__":
    sys.exit(main())
