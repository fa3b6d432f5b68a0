"""COSE_Sign1 (RFC 9052 §4.2) in the one form of the protocol, and P-256 public keys.

`check_es256` is plain ECDSA with SHA-256; the profile (low s, one protected header, no tag) is
checked where a `Sign1` is made, so that no other form of it exists in the program.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final, NewType

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from verifier.canonical import decode_cbor, encode_cbor_bytes, encode_cbor_count, encode_cbor_text
from verifier.errors import Malformed, Refuted

PublicKey = NewType("PublicKey", bytes)
"""64 bytes x‖y of a point on P-256; made by `parse_public_key` only."""

P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""n, the order of the P-256 group (SEC 2 §2.4.2)."""

STATEMENT_CONTEXT: Final = "sceau/statement/1"
"""First member of every statement's external_aad (PROTOCOL §1)."""

KID_SIZE: Final = 8
"""Bytes of a kid, the head of the key's thumbprint."""

_AAD_HEAD = b"\x83" + encode_cbor_text(STATEMENT_CONTEXT.encode())
_ES256 = ec.ECDSA(hashes.SHA256())
_PROTECTED_HEAD = bytes.fromhex("a2 01 26 04 48")  # {1: -7, 4: bytes of length 8}
_PAYLOAD_AT = 2 + len(_PROTECTED_HEAD) + KID_SIZE + 1  # array of 4, byte string of the header, empty map
_SIGNATURE_END = 2 + 64


def parse_public_key(data: bytes) -> PublicKey:
    """Read a public key of 64 bytes x‖y.

    Raises:
        Malformed: another length, or a point that is not on P-256.
    """
    if len(data) != 64:
        raise Malformed("public-key", f"a public key of {len(data)} bytes, not 64")
    try:
        _load(data)
    except ValueError as error:
        raise Malformed("public-key", "the public key is not a point on P-256") from error
    return PublicKey(data)


# The keys of one bundle or audit are few and come back often; reading one costs a curve check.
@lru_cache(maxsize=4096)
def _load(data: bytes) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + data)


@lru_cache(maxsize=4096)
def thumbprint(key: PublicKey) -> bytes:
    """Return the RFC 9679 SHA-256 thumbprint of the key as a COSE key, 32 bytes."""
    # {1: 2, -1: 1, -2: x, -3: y} in the order of RFC 8949 §4.2.1. Negative map keys are not in the
    # protocol's CBOR profile, so its encoder is not used.
    cose_key = b"\xa4\x01\x02\x20\x01\x21\x58\x20" + key[:32] + b"\x22\x58\x20" + key[32:]
    return sha256(cose_key).digest()


def kid(key: PublicKey) -> bytes:
    """Return the first 8 bytes of the thumbprint: a hint, looked up in the issuer's own record."""
    return thumbprint(key)[:KID_SIZE]


def protected_header(kid: bytes) -> bytes:
    """Return the protected header `{1: -7, 4: kid}` as bytes.

    Raises:
        Malformed: a kid that is not 8 bytes.
    """
    if len(kid) != KID_SIZE:
        raise Malformed("cose-protected", f"a kid of {len(kid)} bytes, not {KID_SIZE}")
    return _PROTECTED_HEAD + kid


@dataclass(frozen=True, slots=True)
class Sign1:
    """A COSE_Sign1 whose form has been checked; its signature has not."""

    protected: bytes
    """Bytes of `{1: -7, 4: kid}`."""

    payload: bytes
    """What is signed: deterministic CBOR of one statement."""

    signature: bytes
    """r‖s, 32 bytes each, with s in the lower half."""

    def __post_init__(self) -> None:
        """Refuse every form but the profile's."""
        head = len(_PROTECTED_HEAD)
        if self.protected[:head] != _PROTECTED_HEAD or len(self.protected) != head + KID_SIZE:
            raise Malformed(
                "cose-protected",
                "the protected header is not {1: -7, 4: kid of 8 bytes}",
            )
        if len(self.signature) != 64:
            raise Malformed(
                "cose-signature-length",
                f"a signature of {len(self.signature)} bytes, not 64",
            )
        r, s = _split(self.signature)
        if not 1 <= r < P256_ORDER or not 1 <= s < P256_ORDER:
            raise Malformed("cose-signature-range", "r or s is not in 1 … n−1")
        # n−s would do as well for ECDSA: a second signature that nobody made.
        if s > P256_ORDER // 2:
            raise Malformed("cose-signature-high-s", "s is in the upper half of its range")

    @property
    def kid(self) -> bytes:
        """The 8 bytes that name the signing key within its issuer's record."""
        return self.protected[-KID_SIZE:]


# A seal stands in its bundle and in its entry; both are read, and checked, once.
@lru_cache(maxsize=256)
def decode_sign1(data: bytes) -> Sign1:
    """Read an untagged COSE_Sign1 of the profile.

    Raises:
        Malformed: any other form, high s among them.
    """
    quick = _slice_sign1(data)
    return sign1_of(decode_cbor(data)) if quick is None else quick


def _slice_sign1(data: bytes) -> Sign1 | None:
    """The one form, cut at its known places; None when it is not that, and the reader of CBOR says why.

    Nothing is assumed: the parts are taken only when they encode to the same bytes again.
    """
    middle = data[_PAYLOAD_AT:-_SIGNATURE_END]
    head = 1 if len(middle) <= 24 else 2 if len(middle) <= 257 else 3
    parts = data[2 : _PAYLOAD_AT - 1], middle[head:], data[-64:]
    if _join_sign1(*parts) != data:
        return None
    return Sign1(*parts)


def sign1_of(parts: object) -> Sign1:
    """Read the four members of a COSE_Sign1. Raises as `decode_sign1`."""
    if not isinstance(parts, list) or len(parts) != 4:
        raise Malformed("cose-form", "a COSE_Sign1 is an untagged array of 4")
    protected, unprotected, payload, signature = parts
    if unprotected != {}:
        raise Malformed("cose-unprotected", "the unprotected header must be the empty map")
    if not (isinstance(protected, bytes) and isinstance(payload, bytes) and isinstance(signature, bytes)):
        raise Malformed("cose-form", "protected header, payload and signature are byte strings")
    return Sign1(protected, payload, signature)


def encode_sign1(s: Sign1) -> bytes:
    """Return the bytes of a COSE_Sign1."""
    return _join_sign1(s.protected, s.payload, s.signature)


def _join_sign1(protected: bytes, payload: bytes, signature: bytes) -> bytes:
    # An array of three byte strings and the empty map, as `encode_cbor` writes it.
    head = b"\x84" + encode_cbor_bytes(protected) + b"\xa0"
    return head + encode_cbor_bytes(payload) + encode_cbor_bytes(signature)


# A bundle has a dozen signatures over one or two contexts, an audit a million over twenty.
@lru_cache(maxsize=1024)
def external_aad(ledger_id: bytes, type_: int) -> bytes:
    """Return the context that every statement's signature covers.

    Args:
        ledger_id: 32 bytes; a statement of one ledger is none in another.
        type_: type of the entry (PROTOCOL §4); a statement cannot be re-labelled.
    """
    # `encode_cbor` of the array of three, without its walk.
    return _AAD_HEAD + encode_cbor_bytes(ledger_id) + encode_cbor_count(type_)


def sig_structure(protected: bytes, aad: bytes, payload: bytes) -> bytes:
    """Return the bytes that are signed (RFC 9052 §4.4, context "Signature1")."""
    # Put together by hand: four known parts, where the encoder would check each byte of a payload again.
    parts = encode_cbor_bytes(protected) + encode_cbor_bytes(aad) + encode_cbor_bytes(payload)
    return b"\x84\x6aSignature1" + parts


def check_signature(sign1: Sign1, key: PublicKey, aad: bytes) -> None:
    """Check the signature of a statement by `key`.

    Raises:
        Refuted: `signature`, also when the kid is another key's.
    """
    if sign1.kid != kid(key):
        raise Refuted("signature", "the kid is not this key's")
    check_es256(key, sig_structure(sign1.protected, aad, sign1.payload), sign1.signature)


def check_es256(key: PublicKey, message: bytes, signature: bytes) -> None:
    """Check a raw ES256 signature r‖s (RFC 9053 §2.1), high s allowed.

    Raises:
        Refuted: `signature`.
    """
    _check_es256(key, message, signature)


# Keyed by every byte of key, message and signature; only what was proven is kept, never a refusal.
@lru_cache(maxsize=256)
def _check_es256(key: PublicKey, message: bytes, signature: bytes) -> None:
    if len(signature) != 64:
        raise Refuted("signature", f"an ES256 signature of {len(signature)} bytes, not 64")
    try:
        _load(key).verify(encode_dss_signature(*_split(signature)), message, _ES256)
    except InvalidSignature as error:
        raise Refuted("signature", "the signature is not this key's over these bytes") from error


def signature_from_der(der: bytes) -> bytes:
    """Return a fresh DER signature as r‖s with low s, the form that leaves a signer.

    For signers only: a verifier refuses high s and never turns it round.
    """
    r, s = decode_dss_signature(der)
    return r.to_bytes(32, "big") + min(s, P256_ORDER - s).to_bytes(32, "big")


def _split(signature: bytes) -> tuple[int, int]:
    return int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
