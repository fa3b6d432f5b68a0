"""COSE_Sign1 in the protocol's one form, and P-256 keys."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from verifier import cose
from verifier.errors import Malformed, Refuted

N = cose.P256_ORDER
PRIVATE = ec.derive_private_key(0x5CEA0, ec.SECP256R1())
OTHER = ec.derive_private_key(0x5CEA1, ec.SECP256R1())
LEDGER = b"L" * 32
SEAL = 6


def public(private: ec.EllipticCurvePrivateKey) -> cose.PublicKey:
    """Return the 64 bytes of a private key's point."""
    numbers = private.public_key().public_numbers()
    return cose.parse_public_key(numbers.x.to_bytes(32) + numbers.y.to_bytes(32))


KEY = public(PRIVATE)
AAD = cose.external_aad(LEDGER, SEAL)


def sign(payload: bytes, aad: bytes = AAD, kid: bytes | None = None) -> cose.Sign1:
    """Return a statement signed by the test key (RFC 6979: the same bytes each time)."""
    protected = cose.protected_header(cose.kid(KEY) if kid is None else kid)
    algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    der = PRIVATE.sign(cose.sig_structure(protected, aad, payload), algorithm)
    return cose.Sign1(protected, payload, cose.signature_from_der(der))


GOOD = sign(b"payload")
PARTS: list[Any] = [GOOD.protected, {}, GOOD.payload, GOOD.signature]


def malformed(check: Callable[..., object], *operands: Any) -> str:
    """Return the code of the `Malformed` that the call must raise."""
    with pytest.raises(Malformed) as caught:
        check(*operands)
    return caught.value.code


def refuted(check: Callable[..., object], *operands: Any) -> str:
    """Return the code of the `Refuted` that the call must raise."""
    with pytest.raises(Refuted) as caught:
        check(*operands)
    return caught.value.code


@given(st.binary(max_size=400), st.binary(min_size=32, max_size=32), st.integers(0, 23))
def test_a_statement_comes_back_and_holds(payload: bytes, ledger: bytes, type_: int) -> None:
    """What is signed decodes to itself and its signature holds in its own context."""
    aad = cose.external_aad(ledger, type_)
    statement = sign(payload, aad)
    read = cose.decode_sign1(cose.encode_sign1(statement))
    assert read == statement
    assert read.kid == cose.thumbprint(KEY)[:8]
    cose.check_signature(read, KEY, aad)


def test_the_signed_bytes_are_those_of_rfc_9052() -> None:
    """Sig_structure and context, written out by hand."""
    assert AAD == b"\x83\x71sceau/statement/1\x58\x20" + LEDGER + b"\x06"
    assert cose.sig_structure(b"P", b"A", b"L") == b"\x84\x6aSignature1\x41P\x41A\x41L"
    assert GOOD.protected == b"\xa2\x01\x26\x04\x48" + cose.kid(KEY)


def test_a_statement_of_another_type_or_ledger_is_refuted() -> None:
    """A signature cannot be re-labelled nor carried to another ledger."""
    for aad in (cose.external_aad(LEDGER, 8), cose.external_aad(b"M" * 32, SEAL), b""):
        assert refuted(cose.check_signature, GOOD, KEY, aad) == "signature"


def test_every_changed_byte_of_a_statement_is_refused() -> None:
    """Whatever byte of a statement is changed, it is malformed or its signature does not hold."""
    data = cose.encode_sign1(GOOD)
    outcomes = set()
    for position in range(len(data)):
        for mask in (0x01, 0x80, 0xFF):
            altered = bytearray(data)
            altered[position] ^= mask
            with pytest.raises((Malformed, Refuted)) as caught:
                cose.check_signature(cose.decode_sign1(bytes(altered)), KEY, AAD)
            outcomes.add(type(caught.value))
    assert outcomes == {Malformed, Refuted}


def test_another_key_is_refuted() -> None:
    """Neither another key's signature nor a kid that is not the key's holds."""
    assert refuted(cose.check_signature, GOOD, public(OTHER), AAD) == "signature"
    other_kid = sign(b"payload", kid=cose.kid(public(OTHER)))
    assert refuted(cose.check_signature, other_kid, KEY, AAD) == "signature"
    assert refuted(cose.check_signature, other_kid, public(OTHER), AAD) == "signature"


def test_the_second_signature_of_ecdsa_is_refused() -> None:
    """n−s holds as a raw signature and is refused as a statement: one statement, one set of bytes."""
    r, s = GOOD.signature[:32], int.from_bytes(GOOD.signature[32:])
    high = r + (N - s).to_bytes(32)
    message = cose.sig_structure(GOOD.protected, AAD, GOOD.payload)
    cose.check_es256(KEY, message, GOOD.signature)
    cose.check_es256(KEY, message, high)
    assert malformed(cose.Sign1, GOOD.protected, GOOD.payload, high) == "cose-signature-high-s"
    data = cbor2.dumps([GOOD.protected, {}, GOOD.payload, high])
    assert malformed(cose.decode_sign1, data) == "cose-signature-high-s"


@pytest.mark.parametrize(
    ("r", "s", "code"),
    [
        (0, 1, "cose-signature-range"),
        (1, 0, "cose-signature-range"),
        (N, 1, "cose-signature-range"),
        (1, N, "cose-signature-range"),
        (2**256 - 1, 1, "cose-signature-range"),
        (1, N - 1, "cose-signature-high-s"),
        (1, (N + 1) // 2, "cose-signature-high-s"),
    ],
)
def test_r_and_s_stand_in_their_ranges(r: int, s: int, code: str) -> None:
    """1 ≤ r ≤ n−1 and 1 ≤ s ≤ (n−1)/2, the ends included."""
    signature = r.to_bytes(32) + s.to_bytes(32)
    assert malformed(cose.Sign1, GOOD.protected, b"", signature) == code
    edge = (N - 1).to_bytes(32) + ((N - 1) // 2).to_bytes(32)
    assert cose.Sign1(GOOD.protected, b"", edge).signature == edge


def test_a_signer_leaves_with_low_s() -> None:
    """Both forms of a fresh signature leave the signer as the same 64 bytes."""
    for s in (1, 2**200, (N - 1) // 2):
        low, high = (cose.signature_from_der(encode_dss_signature(7, value)) for value in (s, N - s))
        assert low == high == (7).to_bytes(32) + s.to_bytes(32)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (cbor2.dumps(cbor2.CBORTag(18, PARTS)), "cbor-type"),
        (cbor2.dumps(PARTS[:3]), "cose-form"),
        (cbor2.dumps([*PARTS, b""]), "cose-form"),
        (cbor2.dumps({1: PARTS}), "cose-form"),
        (cbor2.dumps([PARTS[0], {4: b"12345678"}, *PARTS[2:]]), "cose-unprotected"),
        (cbor2.dumps([PARTS[0], None, *PARTS[2:]]), "cose-unprotected"),
        (cbor2.dumps([PARTS[0], [], *PARTS[2:]]), "cose-unprotected"),
        (cbor2.dumps([PARTS[0], b"\xa0", *PARTS[2:]]), "cose-unprotected"),
        (cbor2.dumps([{1: -7}, {}, *PARTS[2:]]), "cose-form"),
        (cbor2.dumps([*PARTS[:2], None, PARTS[3]]), "cose-form"),
        (cbor2.dumps([*PARTS[:2], "payload", PARTS[3]]), "cose-form"),
        (cbor2.dumps([*PARTS[:3], PARTS[3].hex()]), "cose-form"),
        (cbor2.dumps([*PARTS[:3], PARTS[3][:63]]), "cose-signature-length"),
        (cbor2.dumps([*PARTS[:3], PARTS[3] + b"\x00"]), "cose-signature-length"),
        (cbor2.dumps([*PARTS[:3], b""]), "cose-signature-length"),
        (cbor2.dumps(PARTS) + b"\x00", "cbor-not-deterministic"),
        (b"\x9f" + cbor2.dumps(PARTS)[1:] + b"\xff", "cbor-not-deterministic"),
        (b"", "cbor-invalid"),
    ],
)
def test_a_statement_in_another_form_is_malformed(data: bytes, code: str) -> None:
    """Tags, other headers, detached payloads and other encodings are formally valid COSE, and refused."""
    assert malformed(cose.decode_sign1, data) == code


@pytest.mark.parametrize(
    "header",
    [
        {},
        {1: -7},
        {4: bytes(8)},
        {1: -8, 4: bytes(8)},
        {1: -35, 4: bytes(8)},
        {1: -7, 4: bytes(7)},
        {1: -7, 4: bytes(9)},
        {1: -7, 4: "12345678"},
        {1: -7, 3: 0, 4: bytes(8)},
        {1: -7, 4: bytes(8), 5: b""},
        {1: "ES256", 4: bytes(8)},
        {2: [4], 1: -7, 4: bytes(8)},
    ],
)
def test_a_protected_header_in_another_form_is_malformed(header: dict[int, Any]) -> None:
    """Exactly ES256 and a kid of eight bytes: no algorithm to choose, nothing critical to ignore."""
    protected = cbor2.dumps(header, canonical=True)
    assert malformed(cose.Sign1, protected, b"", GOOD.signature) == "cose-protected"
    assert malformed(cose.decode_sign1, cbor2.dumps([protected, *PARTS[1:]])) == "cose-protected"


@pytest.mark.parametrize("protected", ["a2044800000000000000000126", "b90002012604480000000000000000", ""])
def test_a_protected_header_in_other_bytes_is_malformed(protected: str) -> None:
    """The right header in another order, a longer map head, or an empty string."""
    assert malformed(cose.Sign1, bytes.fromhex(protected), b"", GOOD.signature) == "cose-protected"


def test_a_kid_has_eight_bytes() -> None:
    """A protected header is made for no other kid."""
    for length in (0, 7, 9, 32):
        assert malformed(cose.protected_header, bytes(length)) == "cose-protected"


def test_the_thumbprint_is_that_of_rfc_9679() -> None:
    """The example of RFC 9679 §6, and the construction by another encoder."""
    key = cose.parse_public_key(
        bytes.fromhex(
            "65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d"
            "1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c"
        )
    )
    expected = "496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec"
    assert cose.thumbprint(key).hex() == expected
    assert cose.kid(key).hex() == expected[:16]
    cose_key = cbor2.dumps({1: 2, -1: 1, -2: KEY[:32], -3: KEY[32:]}, canonical=True)
    assert cose.thumbprint(KEY) == sha256(cose_key).digest()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(64),
        KEY[:63],
        KEY + b"\x00",
        b"\x04" + KEY,
        b"\x02" + KEY[:32],
        KEY[:63] + bytes([KEY[63] ^ 1]),
        KEY[32:] + KEY[:32],
        # x + p: the same point, written with a coordinate beyond the field.
        (5 + 2**256 - 2**224 + 2**192 + 2**96 - 1).to_bytes(32) + KEY[32:],
        b"\xff" * 64,
    ],
)
def test_a_point_off_the_curve_is_malformed(data: bytes) -> None:
    """64 bytes of a point on P-256: no other length, compressed form, infinity or unreduced coordinate."""
    assert malformed(cose.parse_public_key, data) == "public-key"


def test_a_raw_signature_of_another_length_is_refuted() -> None:
    """The raw check answers no to whatever is not 64 bytes."""
    for signature in (b"", GOOD.signature[:63], GOOD.signature + b"\x00", bytes(64), b"\xff" * 64):
        assert refuted(cose.check_es256, KEY, b"", signature) == "signature"
