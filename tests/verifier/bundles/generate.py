"""Writes tests/vectors/bundles: `python -m tests.verifier.bundles.generate`. Same code, same bytes."""

from __future__ import annotations

import json
from pathlib import Path

from tests.verifier.bundles.cases import CASES, NOW, world

FOLDER = Path(__file__).resolve().parents[2] / "vectors" / "bundles"


def files() -> dict[str, bytes]:
    """Every file by its name in the folder."""
    w = world()
    made = {f"{case.name}.json": case.make(w) for case in CASES}
    index = {
        "now": str(NOW),
        "cases": {case.name: {"end": case.end, "refusal": case.refusal} for case in CASES},
    }
    evidence = w.ledger.evidence((1, 2, 3, 4, 5, 6)).to_json()
    made["index.json"] = json.dumps(index, indent=1, ensure_ascii=False).encode() + b"\n"
    made["evidence.json"] = json.dumps(evidence, indent=1).encode() + b"\n"
    made["policy.json"] = w.ledger.policy().encode()
    return made


def main() -> None:
    """Write them all and remove what is no longer made."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    made = files()
    for path in FOLDER.iterdir():
        if path.name not in made:
            path.unlink()
    for name, data in made.items():
        (FOLDER / name).write_bytes(data)
    print(f"{len(made)} files, {sum(map(len, made.values()))} bytes in {FOLDER}")


if __name__ == "__main__":
    main()
