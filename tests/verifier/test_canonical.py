"""RFC 8785 JSON, deterministic CBOR and the small encodings: one form of bytes for each value."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from typing import Any

import cbor2
import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from verifier import canonical
from verifier.canonical import Cbor, Json
from verifier.errors import Malformed


def in_profile(text: str) -> bool:
    """Say whether I-JSON and the protocol allow the text, by another road than the code's."""
    return all(
        unicodedata.category(char) not in ("Cc", "Cs")
        and not (0xFDD0 <= ord(char) <= 0xFDEF)
        and ord(char) & 0xFFFE != 0xFFFE
        for char in text
    ) and text == unicodedata.normalize("NFC", text)


ASCII = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=12)
TEXT = st.text(max_size=12).map(lambda text: unicodedata.normalize("NFC", text)).filter(in_profile)


def json_values(keys: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Values of the JSON profile with member names of one kind."""
    scalars = st.none() | st.booleans() | TEXT
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    )


CBOR_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-canonical.MAX_INT, canonical.MAX_INT) | st.binary(max_size=300) | TEXT,
    lambda inner: st.lists(inner, max_size=30) | st.dictionaries(st.integers(0, 23), inner, max_size=6),
    max_leaves=20,
)


def nested(levels: int) -> list[Any]:
    """Return `levels` arrays in one another."""
    value: list[Any] = []
    for _ in range(levels - 1):
        value = [value]
    return value


def code_of(call: Callable[[], object]) -> str:
    """Return the code of the `Malformed` that the call must raise."""
    with pytest.raises(Malformed) as caught:
        call()
    return caught.value.code


@given(json_values(ASCII))
def test_the_fast_encoder_gives_the_bytes_of_rfc8785(value: Json) -> None:
    """On ASCII member names orjson and the reference implementation agree byte for byte."""
    assert canonical.encode_json(value) == rfc8785.dumps(value)


@given(json_values(TEXT))
@example({"\U00010000": "", "\uffe0": ""})
def test_any_member_name_gives_the_bytes_of_rfc8785(value: Json) -> None:
    """Names beyond ASCII are sorted by UTF-16 unit, where code point order differs."""
    assert canonical.encode_json(value) == rfc8785.dumps(value)


@given(json_values(TEXT))
def test_json_comes_back(value: Json) -> None:
    """Decoding what was encoded gives the value again."""
    assert canonical.decode_json(canonical.encode_json(value), limit=1 << 20) == value


@given(json_values(ASCII).filter(lambda value: isinstance(value, list | dict) and bool(value)))
def test_json_with_white_space_is_refused(value: Json) -> None:
    """The same value in other bytes is not canonical."""
    data = json.dumps(value, ensure_ascii=False, indent=1).encode()
    assert code_of(lambda: canonical.decode_json(data, limit=1 << 20)) == "json-not-canonical"


@given(st.binary(max_size=40))
@example(b'{"a":"1","a":"1"}')
def test_whatever_json_is_accepted_is_canonical(data: bytes) -> None:
    """Arbitrary bytes either are the encoding of their value or end in Malformed."""
    try:
        value = canonical.decode_json(data, limit=40)
    except Malformed:
        return
    assert canonical.encode_json(value) == data


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"a":"1","a":"1"}', "json-not-canonical"),
        (b'{"a":"1","a":"2"}', "json-not-canonical"),
        (b'{"b":"","a":""}', "json-not-canonical"),
        (b'"\\u0061"', "json-not-canonical"),
        (b'"\\/"', "json-not-canonical"),
        (b'"a" ', "json-not-canonical"),
        (b'\xef\xbb\xbf"a"', "json-invalid"),
        (b'"a"x', "json-invalid"),
        (b"", "json-invalid"),
        (b"NaN", "json-invalid"),
        (b'"\xff"', "json-invalid"),
        (b'"\xed\xa0\x80"', "json-invalid"),
        (b'"\\ud800"', "json-invalid"),
        (b"[" * 100_000, "json-invalid"),
        (b"[" * 17 + b"]" * 17, "json-depth"),
        (b"1", "json-number"),
        (b'{"a":-0.0}', "json-number"),
        (b'["1",2e400]', "json-invalid"),
        (b'["1",99999999999999999999999999]', "json-number"),
        (b'"\\n"', "json-character"),
        (b'"\x7f"', "json-character"),
        (b'{"\xc2\x85":""}', "json-character"),
        (b'"\xef\xbf\xbf"', "json-character"),
        ("\ufdd0".join('""').encode(), "json-character"),
        (b'"A\xcc\x8a"', "json-not-nfc"),
        (b'{"A\xcc\x8a":""}', "json-not-nfc"),
        (b'"' + b"a" * 199_999 + b'"', "json-too-long"),
    ],
)
def test_json_outside_the_profile_is_refused(data: bytes, code: str) -> None:
    """Each way of leaving the profile has its own code."""
    assert code_of(lambda: canonical.decode_json(data, limit=200_000)) == code


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("\ud800", "json-character"),
        ({"\udead": "a"}, "json-character"),
        (["é", "\udfff"], "json-character"),
        ({1: "a"}, "json-type"),
        ({None: "a"}, "json-type"),
        (b"a", "json-type"),
        ({"a": {"b"}}, "json-type"),
        (1, "json-number"),
        ([1.5], "json-number"),
        (nested(17), "json-depth"),
        (nested(5000), "json-depth"),
    ],
)
def test_values_outside_the_json_profile_are_not_encoded(value: Any, code: str) -> None:
    """The encoder raises Malformed where the libraries raise other errors or write bytes."""
    assert code_of(lambda: canonical.encode_json(value)) == code


def test_sixteen_levels_of_json_are_allowed() -> None:
    """The limit itself is inside; an endless value ends in Malformed."""
    assert canonical.encode_json(nested(16)) == b"[" * 16 + b"]" * 16
    endless: list[Any] = []
    endless.append(endless)
    assert code_of(lambda: canonical.encode_json(endless)) == "json-depth"


def test_the_json_limit_is_exact() -> None:
    """As many bytes as the limit are read, one more is refused."""
    assert canonical.decode_json(b'"abc"', limit=5) == "abc"
    assert code_of(lambda: canonical.decode_json(b'"abc"', limit=4)) == "json-too-long"


@given(CBOR_VALUES)
def test_cbor_comes_back(value: Cbor) -> None:
    """Encoding is the inverse of decoding within 8 levels, and a plain decoder reads the same value."""
    try:
        data = canonical.encode_cbor(value)
    except Malformed as error:
        assert error.code == "cbor-depth"
        return
    assert canonical.decode_cbor(data) == value
    assert cbor2.loads(data) == value


@given(st.binary(max_size=24))
def test_whatever_cbor_is_accepted_is_deterministic(data: bytes) -> None:
    """Arbitrary bytes either are the encoding of their value or end in Malformed."""
    try:
        value = canonical.decode_cbor(data)
    except Malformed:
        return
    assert canonical.encode_cbor(value) == data


@given(CBOR_VALUES.filter(lambda value: value is not None), st.data())
def test_a_flipped_bit_of_cbor_is_never_the_same_value(value: Cbor, data: st.DataObject) -> None:
    """There are no two encodings of one value a bit apart."""
    try:
        encoded = bytearray(canonical.encode_cbor(value))
    except Malformed:
        return
    encoded[data.draw(st.integers(0, len(encoded) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    try:
        other = canonical.decode_cbor(bytes(encoded))
    except Malformed:
        return
    # repr tells true from 1, which Python holds equal.
    assert repr(other) != repr(value)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("", "cbor-invalid"),
        ("0000", "cbor-not-deterministic"),
        ("1800", "cbor-not-deterministic"),
        ("1900ff", "cbor-not-deterministic"),
        ("3800", "cbor-not-deterministic"),
        ("580100", "cbor-not-deterministic"),
        ("780161", "cbor-not-deterministic"),
        ("9800", "cbor-not-deterministic"),
        ("b800", "cbor-not-deterministic"),
        ("9f00ff", "cbor-not-deterministic"),
        ("bf0000ff", "cbor-not-deterministic"),
        ("5f4100ff", "cbor-not-deterministic"),
        ("7f6161ff", "cbor-not-deterministic"),
        ("a201000000", "cbor-not-deterministic"),
        ("a200000000", "cbor-not-deterministic"),
        ("c24100", "cbor-not-deterministic"),
        ("82d81c6161d81d00", "cbor-not-deterministic"),
        ("d81c81d81d00", "cbor-type"),
        ("d28440a04040", "cbor-type"),
        ("c11a514b67b0", "cbor-type"),
        ("d9010281 00", "cbor-type"),
        ("c482 20 00", "cbor-type"),
        ("f97e00", "cbor-type"),
        ("f90000", "cbor-type"),
        ("fb3ff0000000000000", "cbor-type"),
        ("f7", "cbor-type"),
        ("e0", "cbor-type"),
        ("f8ff", "cbor-type"),
        ("ff", "cbor-invalid"),
        ("5bffffffffffffffff00", "cbor-invalid"),
        ("9bffffffffffffffff00", "cbor-invalid"),
        ("61ff", "cbor-invalid"),
        ("63eda080", "cbor-invalid"),
        ("6341cc8a", "cbor-not-nfc"),
        ("1b0020000000000000", "cbor-integer"),
        ("3b001fffffffffffff", "cbor-integer"),
        ("c249010000000000000000", "cbor-integer"),
        ("a1181800", "cbor-map-key"),
        ("a12000", "cbor-map-key"),
        ("a1616100", "cbor-map-key"),
        ("a1f500", "cbor-map-key"),
        ("a1f9000000", "cbor-map-key"),
        ("a18000", "cbor-map-key"),
        ("81" * 9 + "00", "cbor-depth"),
        ("81" * 8 + "80", "cbor-depth"),
        ("81" * 60_000 + "00", "cbor-invalid"),
        ("00" * 65_536, "cbor-too-long"),
    ],
)
def test_cbor_outside_the_profile_is_refused(data: str, code: str) -> None:
    """Each way of leaving the profile is refused, formally valid CBOR among them."""
    assert code_of(lambda: canonical.decode_cbor(bytes.fromhex(data))) == code


def test_shared_cbor_values_do_not_multiply() -> None:
    """A few hundred bytes of shared references cannot stand for a value of millions of nodes."""
    # Shared value k is an array of thirty times shared value k−1: 30^7 nodes in 700 bytes.
    data = b"\xd8\x1c\x80"
    for level in range(7):
        data = b"\x82" + data + b"\xd8\x1c\x98\x1e" + (b"\xd8\x1d" + bytes([level])) * 30
    assert len(data) < 700
    assert code_of(lambda: canonical.decode_cbor(data)) == "cbor-type"
    text = b"\x82\xd8\x1c\x79\x75\x30" + b"a" * 30_000 + b"\x99\x27\x10" + b"\xd8\x1d\x00" * 10_000
    assert code_of(lambda: canonical.decode_cbor(text)) == "cbor-type"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (1.0, "cbor-type"),
        ({1}, "cbor-type"),
        (bytearray(1), "cbor-type"),
        (2**53, "cbor-integer"),
        (-(2**53), "cbor-integer"),
        ({True: 1}, "cbor-map-key"),
        ({24: 1}, "cbor-map-key"),
        ({-1: 1}, "cbor-map-key"),
        ({"a": 1}, "cbor-map-key"),
        ("\ud800", "cbor-character"),
        ("A\u030a", "cbor-not-nfc"),
        (nested(9), "cbor-depth"),
    ],
)
def test_values_outside_the_cbor_profile_are_not_encoded(value: Any, code: str) -> None:
    """The encoder refuses what the decoder would."""
    assert code_of(lambda: canonical.encode_cbor(value)) == code


def test_cbor_bytes_are_those_of_the_rfc() -> None:
    """Known encodings (RFC 8949 Appendix A), and the protected header of the protocol."""
    assert canonical.encode_cbor([1, [2, 3], [4, 5]]).hex() == "8301820203820405"
    assert canonical.encode_cbor({4: bytes(8), 1: -7}).hex() == "a2012604480000000000000000"
    assert canonical.encode_cbor([None, True, False, "ü", b"\x01"]).hex() == "85f6f5f462c3bc4101"
    assert canonical.encode_cbor(canonical.MAX_INT).hex() == "1b001fffffffffffff"
    assert canonical.encode_cbor(nested(8)).hex() == "81" * 7 + "80"


@given(st.binary(max_size=70))
def test_base64url_comes_back(data: bytes) -> None:
    """Every byte string has one base64url form without padding."""
    text = canonical.b64url_encode(data)
    assert "=" not in text
    assert canonical.b64url_decode(text) == data


@pytest.mark.parametrize(
    "text",
    [
        "A",
        "AB",
        "AAB",
        "AA==",
        "AA=",
        "A+/A",
        "A A",
        "AAA\n",
        "AAAAA",
        "é",
        "AA\u0661",
        "=",
    ],
)
def test_base64url_in_another_form_is_refused(text: str) -> None:
    """Padding, foreign characters, impossible lengths and spare bits that are set."""
    assert code_of(lambda: canonical.b64url_decode(text)) == "base64url"


@given(st.text("ABab-_=+/ \n", max_size=9))
def test_whatever_base64url_is_accepted_is_its_one_form(text: str) -> None:
    """No two texts decode to the same bytes."""
    try:
        data = canonical.b64url_decode(text)
    except Malformed:
        return
    assert canonical.b64url_encode(data) == text


@pytest.mark.parametrize("text", ["", "0", "000", "0G", "AB", " 00", "0x", "00\n", "\u0660\u0660", "é0"])
def test_hex_in_another_form_is_refused(text: str) -> None:
    """Two lower-case digits for one byte, and nothing else."""
    assert code_of(lambda: canonical.hex_decode(text, 1)) == "hex"


def test_hex_and_u64() -> None:
    """The forms that are right."""
    assert canonical.hex_decode("00ff", 2) == b"\x00\xff"
    assert canonical.u64be(258) == bytes(6) + b"\x01\x02"
    assert canonical.u64be(2**64 - 1) == b"\xff" * 8
    assert code_of(lambda: canonical.u64be(-1)) == "u64"
    assert code_of(lambda: canonical.u64be(2**64)) == "u64"


@given(st.integers(-canonical.MAX_INT, canonical.MAX_INT), st.integers(0, 4))
@example(-5, 2)
@example(0, 2)
def test_an_amount_comes_back(minor: int, exponent: int) -> None:
    """Minor units and decimal text name each other."""
    text = canonical.format_amount(minor, exponent)
    assert canonical.parse_amount(text, exponent) == minor
    assert len(text.partition(".")[2]) == exponent


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("-0.00", "amount-minus-zero"),
        ("1.0", "amount-digits"),
        ("1", "amount-digits"),
        ("1.000", "amount-digits"),
        ("01.00", "amount-form"),
        ("+1.00", "amount-form"),
        (".50", "amount-form"),
        ("1.", "amount-form"),
        ("1,00", "amount-form"),
        ("1e2", "amount-form"),
        (" 1.00", "amount-form"),
        ("1.00\n", "amount-form"),
        ("\u0661.00", "amount-form"),
        ("", "amount-form"),
        ("1" * 5000 + ".00", "amount-form"),
        ("90071992547409.92", "amount-range"),
        ("-90071992547409.92", "amount-range"),
    ],
)
def test_an_amount_in_another_form_is_refused(text: str, code: str) -> None:
    """Exactly the currency's digits, no sign on zero, no other notation."""
    assert code_of(lambda: canonical.parse_amount(text, 2)) == code


def test_amounts_by_exponent() -> None:
    """The yen has no digits after the point, the Tunisian dinar three."""
    assert canonical.parse_amount("1250", 0) == 1250
    assert canonical.parse_amount("-0.005", 3) == -5
    assert code_of(lambda: canonical.parse_amount("-0", 0)) == "amount-minus-zero"
    assert code_of(lambda: canonical.format_amount(2**53, 2)) == "amount-range"
