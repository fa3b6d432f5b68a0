"""How drafts are read: JSON bytes or objects, strictly, with nothing coerced and nothing lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.invoice import InvoiceError, parse_draft
from ledger.invoice.messages import MESSAGES, message
from ledger.invoice.parse import MAX_BYTES

Build = Callable[..., dict[str, Any]]
Broken = Callable[[Any], list[tuple[str, str]]]


@pytest.mark.parametrize("value", [1, 1.5, True, Decimal(1), float("nan"), None, [], "1e3", "+1", "01", "1.", ".5", "1,5",
                                   "NaN", "Infinity", "-0.00", " 1", "1 ", "1_000", "१", "0x1", "1.1234567", "1" * 13, ""])  # fmt: skip
@pytest.mark.parametrize("member", ["quantity", "net_price"])
def test_one_form_of_decimals(draft: Build, line: Build, broken: Broken, member: str, value: object) -> None:
    """Numbers are refused as JSON numbers and in every form but the one."""
    assert broken(draft(line(**{member: value}))) == [("SC-DECIMAL", f"/lines/0/{member}")]


@pytest.mark.parametrize("number", [b"1", b"1.5", b"1e2", b"-0", b"1E400"])
def test_json_numbers_in_bytes(draft: Build, broken: Broken, number: bytes) -> None:
    """A JSON number stays refused when it comes as bytes."""
    raw = orjson.dumps(draft()).replace(b'"quantity":"1"', b'"quantity":' + number)
    assert broken(raw)[0][0] in ("SC-DECIMAL", "SC-JSON")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"a"',
        b"1",
        b"\xff",
        b"\xef\xbb\xbf{}",
        b"{'a':1}",
        b"[" * 5000,
    ],
)
def test_not_an_object(broken: Broken, raw: bytes) -> None:
    """Whatever is no JSON object is one clear violation, never a crash."""
    assert broken(raw) == [("SC-JSON", "")]


def test_too_large(broken: Broken) -> None:
    """Size is bounded before anything is read."""
    assert broken(b" " * (MAX_BYTES + 1)) == [("SC-SIZE", "")]


@pytest.mark.parametrize("spaces", ["", " ", "\n\t"])
@pytest.mark.parametrize("member", ["currency", "due_date"])
def test_a_member_twice(draft: Build, broken: Broken, member: str, spaces: str) -> None:
    """A member that stands twice is refused, whatever its spelling and its value."""
    made = draft()
    raw = orjson.dumps(made).decode()
    twice = f'{{"{member}"{spaces}:{spaces}"{made[member]}",{raw[1:]}'
    escaped = twice.replace(f'"{member}"', f'"\\u{ord(member[0]):04x}{member[1:]}"', 1)
    for text in (twice, escaped):
        assert broken(text.encode()) == [("SC-DUPLICATE", "")]


def test_a_member_twice_below(draft: Build, broken: Broken) -> None:
    """Also deep inside, and when a string imitates a member to balance the count."""
    raw = orjson.dumps(draft()).replace(b'"rate":"20"', b'"rate":"5.5","rate":"20"')
    assert broken(raw) == [("SC-DUPLICATE", "")]
    balanced = raw.replace(b'"name":"Article"', b'"name":"\\u003a x"')
    assert broken(balanced) == [("SC-DUPLICATE", "")]


@pytest.mark.parametrize("text", [": x", 'a": b', '": "', "\\", '\\": ', 'say "x": y'])
def test_no_false_duplicates(draft: Build, line: Build, broken: Broken, text: str) -> None:
    """Text that looks like members is text."""
    made = draft(line(name=text))
    assert broken(orjson.dumps(made)) == []
    assert broken(json.dumps(made, indent=2).encode()) == []


def test_bytes_and_object_are_one(draft: Build) -> None:
    """Both ways of giving a draft read the same."""
    assert parse_draft(orjson.dumps(draft())) == parse_draft(draft())


def test_the_draft_given_is_not_changed(draft: Build, document: Build) -> None:
    """Completing a draft leaves the caller's object as it was."""
    made = draft(allowances=[], lines=[{**draft()["lines"][0], "unit": "h", "allowances": []}])
    before = json.dumps(made)
    document(made)
    assert json.dumps(made) == before


def test_the_issuer_record_replaces_the_seller(draft: Build) -> None:
    """The seller of a draft is what the issuer's record says."""
    seller = {**draft()["seller"], "name": "Nom au registre"}
    assert parse_draft(draft(seller=None), seller=seller).seller.name == "Nom au registre"
    assert parse_draft(orjson.dumps(draft()), seller=seller).seller.name == "Nom au registre"


def test_every_message_renders() -> None:
    """Each message has both languages, and no operand that its rule does not give."""
    operands = dict.fromkeys(
        (
            "value",
            "digits",
            "given",
            "expected",
            "limit",
            "reason",
            "category",
            "attendu",
        ),
        "x",
    )
    for rule in [
        *MESSAGES,
        "BR-DEC-01",
        "BR-CL-01",
        "BR-S-02",
        "BR-E-05",
        "BR-Z-06",
        "BR-G-07",
        "BR-S-08",
        "BR-AE-10",
    ]:
        assert message(rule, "en", operands) != message(rule, "fr", operands)


def test_error_names_the_first_and_counts_the_rest(draft: Build, line: Build) -> None:
    """The error itself is one line for a log."""
    with pytest.raises(InvoiceError) as caught:
        parse_draft(draft(line("1", "-1", unit="HD"), line("1", "500")))
    assert caught.value.code == "invoice-invalid"
    assert str(caught.value).startswith("BR-27: ")
    assert "and 1 more" in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("1.00"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_anything_anywhere(draft: Build, broken: Broken, data: st.DataObject) -> None:
    """Any value in the place of any member ends in violations or in a draft: never in another exception."""
    made = draft(
        totals={"prepaid": "1.00"},
        allowances=[{"amount": "1.00", "reason": "R"}],
        period={"start": "2026-09-01"},
    )
    at: Any = made
    while True:
        key = data.draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
        if not isinstance(at[key], dict | list) or not at[key] or data.draw(st.booleans()):
            break
        at = at[key]
    at[key] = data.draw(JSON)
    broken(made)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 2000))
def test_any_bytes(draft: Build, broken: Broken, junk: bytes, at: int) -> None:
    """Bytes spoiled anywhere end the same way."""
    raw = orjson.dumps(draft())
    broken(raw[:at] + junk + raw[at + len(junk) :])
