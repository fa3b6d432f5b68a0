"""What is put together or cut by hand for speed, against the encoder, the reader and the library that it stands for."""

from __future__ import annotations

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.verifier.small_ledger import BAKERY, SmallLedger, document_of
from verifier.canonical import encode_cbor, encode_cbor_count, encode_cbor_text
from verifier.cose import decode_sign1, encode_sign1
from verifier.document import MAX_NAME, _salts, disclose, layout_of
from verifier.errors import Malformed, SceauError
from verifier.statement import decode_entry, encode_entry


@given(st.integers(0, 65_535))
def test_counts(number: int) -> None:
    assert encode_cbor_count(number) == encode_cbor(number)


@given(st.integers(0, 65_535))
def test_texts(size: int) -> None:
    assert encode_cbor_text(b"a" * size) == encode_cbor("a" * size)


@given(st.binary(max_size=200), st.lists(st.binary(max_size=90), max_size=4))
def test_salts_are_macs(secret: bytes, messages: list[bytes]) -> None:
    assert _salts(secret, messages) == [hmac.digest(secret, message, "sha256")[:16] for message in messages]


@given(st.lists(st.integers(0, 300) | st.none(), min_size=1, max_size=30))
def test_layout_is_what_the_encoder_says(counts: list[int | None]) -> None:
    members = tuple((f"m{at:02d}", count) for at, count in enumerate(counts))
    layout = layout_of(members)
    assert layout.index == encode_cbor([[name, count] for name, count in members])
    paths = [[name] if at is None else [name, at] for name, at in layout.names]
    assert list(layout.paths) == [encode_cbor(encode_cbor(path)) for path in paths]


def test_a_name_of_megabytes_is_malformed() -> None:
    with pytest.raises(Malformed):
        layout_of((("m" * (MAX_NAME + 1), None),))
    assert disclose({"m" * MAX_NAME: "x"}, bytes(32)).members == (("m" * MAX_NAME, None),)


def test_an_entry_that_is_cut_is_the_entry_that_is_read() -> None:
    """Every single-byte change and every truncation of an entry is refused, or is read as those very bytes."""
    ledger = SmallLedger()
    ledger.enrol(BAKERY)
    signed = ledger.issue(BAKERY, document_of(BAKERY, "F-1"))
    raw = ledger.entries[-1].raw
    assert decode_entry(raw).raw == encode_entry(6, signed.sign1).raw == raw
    assert decode_sign1(encode_sign1(signed.sign1)) == signed.sign1
    changed = [raw[:at] + bytes((raw[at] ^ bit,)) + raw[at + 1 :] for at in range(len(raw)) for bit in (1, 0x80)]
    for data in [*changed, *(raw[:size] for size in range(len(raw))), raw + b"\0"]:
        try:
            entry = decode_entry(data)
        except SceauError:
            continue
        assert data in changed
        assert encode_entry(entry.type, *entry.signatures).raw == data
