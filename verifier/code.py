"""What stands in the QR code: `https://HOST/v#<seal>`, the seal in base64url (DESIGN.md §3).

HOST is whatever whoever printed the paper wanted. It is compared with the policy and never followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from verifier.canonical import b64url_decode
from verifier.errors import Malformed
from verifier.seal import MAX_SEAL, SignedSeal, decode_seal

MAX_CODE: Final = 2048
"""Characters: base64url of the largest seal has 480, the rest is for the host."""

_ADDRESS: Final = re.compile(r"https?://([^/#?@\s]{1,300})/v/?(?:\?[^#]*)?#([A-Za-z0-9_-]*)", re.ASCII | re.IGNORECASE)
_BARE: Final = re.compile(r"#?([A-Za-z0-9_-]{100,480})", re.ASCII)


@dataclass(frozen=True)
class Code:
    """A seal as it was scanned or typed."""

    seal: SignedSeal
    host: str | None
    """Of the address, in lower case, with a port when there is one; None for a bare seal. Not trusted."""


def looks_like_code(text: str) -> bool:
    """Whether a text is meant as the address of a seal, or as a bare seal."""
    return len(text) <= MAX_CODE and bool(_ADDRESS.fullmatch(text) or _BARE.fullmatch(text))


def parse_code(text: str) -> Code:
    """Reads the text of a code.

    Raises:
        Malformed: `code-form`, or what is wrong with the seal.
    """
    text = text.strip()
    if len(text) > MAX_CODE:
        raise Malformed("code-form", f"the text of a code has at most {MAX_CODE} characters")
    address, bare = _ADDRESS.fullmatch(text), _BARE.fullmatch(text)
    if address:
        return Code(decode_seal(_bytes(address[2])), address[1].lower())
    if bare:
        return Code(decode_seal(_bytes(bare[1])), None)
    raise Malformed("code-form", "the address of a seal is https://HOST/v#SEAL")


def only_code(texts: Iterable[str]) -> Code:
    """The one seal among the codes of a file; payment codes and others beside it do not count.

    Raises:
        Malformed: `no-code`; `two-seals`, with both numbers; what is wrong with the seal.
    """
    codes = [parse_code(text) for text in texts if looks_like_code(text.strip())]
    if not codes:
        raise Malformed("no-code", "no code of a sealed invoice is in this file")
    first = codes[0]
    for other in codes[1:]:
        if other.seal != first.seal:
            numbers = f"{first.seal.seal.number} and {other.seal.seal.number}"
            raise Malformed("two-seals", f"this file carries the codes of two seals, {numbers}: give one file for each")
    return first


def _bytes(text: str) -> bytes:
    if len(text) > MAX_SEAL * 4 // 3:
        raise Malformed("seal-size", f"a seal is at most {MAX_SEAL} bytes")
    return b64url_decode(text)
