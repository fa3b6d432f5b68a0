"""External signatures: the raw check agrees with each; what the profile refuses of them is counted."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import cbor2

from verifier import cose
from verifier.errors import Malformed, Refuted

PROFILE_REFUSES = {
    "ecdsa-examples/ecdsa-sig-01.json": "cbor-type",  # tag 18
    "sign1-tests/sign-pass-01.json": "cbor-type",  # tag 18
    "sign1-tests/sign-pass-02.json": "cbor-type",  # tag 18
    "sign1-tests/sign-pass-03.json": "cose-unprotected",  # kid outside the protected header
}
"""Formally valid ES256 COSE_Sign1 that the profile refuses, with the reason met first.

Without their tag, all are refused for their unprotected header, which holds the kid.
"""

OTHER_ALGORITHMS = [
    "ecdsa-examples/ecdsa-02.json",
    "ecdsa-examples/ecdsa-03.json",
    "ecdsa-examples/ecdsa-04.json",
    "ecdsa-examples/ecdsa-sig-02.json",
    "ecdsa-examples/ecdsa-sig-03.json",
    "ecdsa-examples/ecdsa-sig-04.json",
    "eddsa-examples/eddsa-01.json",
    "eddsa-examples/eddsa-02.json",
    "eddsa-examples/eddsa-sig-01.json",
    "eddsa-examples/eddsa-sig-02.json",
]
"""Formally valid, of algorithms that the protocol does not have (ES384, ES512, EdDSA)."""


WYCHEPROOF_FORM = {
    ("valid", "accepted"): 103,
    ("valid", "cose-signature-high-s"): 70,
    ("invalid", "accepted"): 9,
    ("invalid", "cose-signature-high-s"): 9,
    ("invalid", "cose-signature-length"): 21,
    ("invalid", "cose-signature-range"): 50,
}
"""(result, what the form of the signature says): 70 valid signatures are refused for high s.

The nine invalid ones of a right form are refused by the raw check.
"""


def coordinate(text: str) -> bytes:
    """Return a JWK coordinate."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def public_key(key: dict[str, str]) -> cose.PublicKey:
    """Return the key of a vector."""
    return cose.parse_public_key(coordinate(key["x"]) + coordinate(key["y"]))


def profile(data: bytes) -> str:
    """Return `accepted` or the code with which the profile refuses."""
    try:
        cose.decode_sign1(data)
    except Malformed as error:
        return error.code
    return "accepted"


def is_es256(case: dict[str, Any]) -> bool:
    """Say whether a vector was made with ES256."""
    signer = signer_of(case)
    return "ES256" in (signer.get("alg"), signer.get("protected", {}).get("alg"))


def signer_of(case: dict[str, Any]) -> dict[str, Any]:
    """Return the one signer of a vector, of a COSE_Sign1 or a COSE_Sign."""
    signer: dict[str, Any] = case["input"].get("sign0") or case["input"]["sign"]["signers"][0]
    return signer


def raw_outcome(case: dict[str, Any]) -> str:
    """Check a COSE_Sign1 as RFC 9052 has it, without the profile."""
    item = cbor2.loads(bytes.fromhex(case["output"]["cbor"]))
    if isinstance(item, cbor2.CBORTag):
        if item.tag != 18:
            return "tag"
        item = item.value
    protected, _, payload, signature = item
    # RFC 9052 §4.4: an empty map is signed as the empty string.
    protected = b"" if protected == b"\xa0" else protected
    signer = signer_of(case)
    signed = cose.sig_structure(protected, bytes.fromhex(signer.get("external", "")), payload)
    try:
        cose.check_es256(public_key(signer["key"]), signed, signature)
    except Refuted as error:
        return error.code
    assert signed.hex().upper() == case["intermediates"]["ToBeSign_hex"]
    return "holds"


def test_all_cose_vectors(shared: Path) -> None:
    """Twenty-one files: ten ES256 COSE_Sign1, one ES256 COSE_Sign, ten of other algorithms."""
    folder = shared / "vectors" / "cose-sign1"
    others: list[str] = []
    refused: dict[str, str] = {}
    untagged: dict[str, str] = {}
    raw: dict[str, int] = {}
    for path in sorted(folder.rglob("*.json")):
        name = path.relative_to(folder).as_posix()
        case = json.loads(path.read_text("utf-8"))
        data = bytes.fromhex(case["output"]["cbor"])
        code = profile(data)
        assert code != "accepted", name
        if not is_es256(case):
            others.append(name)
            continue
        if "sign" in case["input"]:
            signer = cbor2.loads(data).value[3][0]
            signed = bytes.fromhex(case["intermediates"]["signers"][0]["ToBeSign_hex"])
            cose.check_es256(public_key(signer_of(case)["key"]), signed, signer[2])
            raw["COSE_Sign holds"] = raw.get("COSE_Sign holds", 0) + 1
            continue
        outcome = raw_outcome(case)
        assert (outcome != "holds") == case.get("fail", False), name
        raw[outcome] = raw.get(outcome, 0) + 1
        if outcome == "holds":
            refused[name] = code
            untagged[name] = profile(data.removeprefix(b"\xd2"))
    assert raw == {"COSE_Sign holds": 1, "holds": 4, "signature": 5, "tag": 1}
    assert others == OTHER_ALGORITHMS
    assert refused == PROFILE_REFUSES
    assert untagged == dict.fromkeys(PROFILE_REFUSES, "cose-unprotected")


def test_all_wycheproof_vectors(shared: Path) -> None:
    """All 262 P-256 vectors: the raw check agrees; the profile refuses the 70 valid ones with high s."""
    path = shared / "vectors" / "wycheproof" / "ecdsa_secp256r1_sha256_p1363_test.json"
    raw: dict[str, int] = {}
    form: dict[tuple[str, str], int] = {}
    for group in json.loads(path.read_text("utf-8"))["testGroups"]:
        point = bytes.fromhex(group["publicKey"]["uncompressed"])
        key = cose.parse_public_key(point.removeprefix(b"\x04"))
        for case in group["tests"]:
            signature = bytes.fromhex(case["sig"])
            try:
                cose.check_es256(key, bytes.fromhex(case["msg"]), signature)
                outcome = "valid"
            except Refuted:
                outcome = "invalid"
            assert outcome == case["result"], case["tcId"]
            raw[outcome] = raw.get(outcome, 0) + 1
            try:
                cose.Sign1(cose.protected_header(cose.kid(key)), b"", signature)
                code = "accepted"
            except Malformed as error:
                code = error.code
            form[outcome, code] = form.get((outcome, code), 0) + 1
    assert raw == {"valid": 173, "invalid": 89}
    assert form == WYCHEPROOF_FORM
