"""Every byte of a bundle counts: each one changed, in three whole bundles, and no verdict is positive.

Not sampled: each position twice, with 0x01 (another letter or digit) and with 0x80 (no longer ASCII).
"""

from __future__ import annotations

import json
from collections import Counter
from functools import cache

import pytest

from tests.verifier.bundles.cases import NOW
from tests.verifier.bundles.generate import FOLDER
from verifier.bundle import Bundle, decode_bundle
from verifier.errors import SceauError
from verifier.ethereum.evidence import ChainEvidence
from verifier.policy import Policy, parse_policy
from verifier.verdict import Authenticity
from verifier.verify import cannot_tell, verify

NAMES = ("fresh-invoice", "paid-invoice", "credit-note")
PARTS = 4
"""Slices of a bundle, so that two processes can share the work."""


@cache
def material() -> tuple[ChainEvidence, Policy]:
    evidence = ChainEvidence.from_json(json.loads((FOLDER / "evidence.json").read_bytes()))
    return evidence, parse_policy((FOLDER / "policy.json").read_bytes())


def verdict_of(data: bytes) -> Authenticity:
    evidence, policy = material()
    try:
        bundle: Bundle = decode_bundle(data)
    except SceauError as error:
        return cannot_tell(error).authenticity
    return verify(bundle, evidence, policy, NOW).authenticity


def seal_span(data: bytes) -> range:
    """Where the seal stands: the one member whose change makes another seal, which may be proven forged."""
    at = data.index(b'"seal":"') + len(b'"seal":"')
    return range(at, data.index(b'"', at))


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", NAMES)
def test_no_changed_byte_passes(name: str, part: int) -> None:
    """Every position of this slice, 0x01 and 0x80: never authentic, and outside the seal never forged."""
    data = (FOLDER / f"{name}.json").read_bytes()
    assert verdict_of(data) is Authenticity.AUTHENTIC
    seal = seal_span(data)
    seen: Counter[Authenticity] = Counter()
    positions = range(part * len(data) // PARTS, (part + 1) * len(data) // PARTS)
    for at in positions:
        for mask in (0x01, 0x80):
            changed = data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]
            verdict = verdict_of(changed)
            seen[verdict] += 1
            assert verdict is not Authenticity.AUTHENTIC, f"byte {at} of {name} ^ {mask:#x}"
            assert verdict is Authenticity.CANNOT_TELL or at in seal, f"byte {at} of {name} ^ {mask:#x}"
    assert sum(seen.values()) == 2 * len(positions)


def test_a_changed_seal_is_forged_and_a_damaged_signature_is_not() -> None:
    """Inside the seal: other facts under the number are forged; other signature bytes cannot tell."""
    data = (FOLDER / "paid-invoice.json").read_bytes()
    span = seal_span(data)
    verdicts = [verdict_of(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]) for at in span]
    signature = len(span) - 64 * 4 // 3
    assert Authenticity.FORGED in verdicts[:signature]
    assert set(verdicts[signature + 2 :]) == {Authenticity.CANNOT_TELL}
