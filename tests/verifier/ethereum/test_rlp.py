"""Strict RLP against the independent PyPI `rlp`, and the encodings that must be refused."""

from __future__ import annotations

from typing import Any

import pytest
import rlp as oracle
from hypothesis import given
from hypothesis import strategies as st

from verifier.errors import Malformed
from verifier.ethereum import rlp

items = st.recursive(st.binary(max_size=80), lambda inner: st.lists(inner, max_size=6), max_leaves=12)


def depth(item: Any) -> int:
    return 0 if isinstance(item, bytes) else 1 + max((depth(child) for child in item), default=0)


@given(items.filter(lambda item: depth(item) <= rlp.MAX_DEPTH))
def test_encodings_agree_with_the_library_and_come_back(item: Any) -> None:
    """What we encode is what `rlp` encodes, and decoding gives the item back."""
    encoded = rlp.encode(item)
    assert encoded == oracle.encode(item)
    assert rlp.decode(encoded) == item


@given(st.binary(max_size=60))
def test_whatever_is_accepted_is_the_only_encoding(data: bytes) -> None:
    """Bytes that decode are exactly the bytes that encoding gives: there is no second spelling."""
    try:
        item = rlp.decode(data)
    except Malformed:
        return
    assert rlp.encode(item) == data


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty", ""),
        ("trailing-byte", "8000"),
        ("single-byte-behind-prefix", "8105"),
        ("long-form-for-short-string", "b801ff"),
        ("long-form-for-short-list", "f800"),
        ("length-with-leading-zero", "b90038" + "ff" * 56),
        ("string-ends-early", "83ffff"),
        ("length-ends-early", "b9ff"),
        ("child-longer-than-list", "c281"),
        ("list-nested-nine-deep", "c8c7c6c5c4c3c2c1c0"),
    ],
)
def test_other_spellings_are_refused(name: str, data: str) -> None:
    """Each way to write RLP loosely is malformed."""
    with pytest.raises(Malformed):
        rlp.decode(bytes.fromhex(data))


@pytest.mark.parametrize("item", [b"\0", b"\0\1", b"\1" * 33, []])
def test_integers_have_one_form(item: Any) -> None:
    """Leading zeros, lists and over-long integers are malformed."""
    with pytest.raises(Malformed):
        rlp.decode_integer(item, 32)
