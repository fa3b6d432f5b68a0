"""One bundle verified: `python -m bench.product_verify BUNDLE EVIDENCE POLICY NOW COUNT`, one process a run.

From the bundle's JSON bytes to the whole verdict, the chain's evidence given (no network). Whatever a program may
remember from one bundle to the next is forgotten before each, so that every signature, key and hash is done each time.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import orjson

import verifier.seal
from verifier.bundle import decode_bundle
from verifier.ethereum.evidence import ChainEvidence
from verifier.policy import parse_policy
from verifier.verdict import Authenticity, StatusAxis
from verifier.verify import verify


def memories() -> list[Any]:
    """Every cache of the verifier's modules."""
    found: list[Any] = [verifier.seal._known]
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] == "verifier":
            found += [value for value in vars(module).values() if hasattr(value, "cache_clear")]
    return found


def forget(caches: list[Any]) -> None:
    for cache in caches:
        cache.clear() if isinstance(cache, dict) else cache.cache_clear()


def main(bundle: Path, evidence: Path, policy: Path, now: int, count: int) -> None:
    data = bundle.read_bytes()
    chain = ChainEvidence.from_json(orjson.loads(evidence.read_bytes()))
    trusted = parse_policy(policy.read_bytes())
    caches = memories()
    cpu = wall = 0.0
    for at in range(-20, count):
        forget(caches)
        began, clock = time.process_time(), time.perf_counter()
        verdict = verify(decode_bundle(data), chain, trusted, now)
        if at >= 0:
            cpu, wall = cpu + time.process_time() - began, wall + time.perf_counter() - clock
        assert (verdict.authenticity, verdict.status) == (Authenticity.AUTHENTIC, StatusAxis.CURRENT), verdict.reason
    print(json.dumps({"cpu": cpu, "wall": wall, "count": count}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
