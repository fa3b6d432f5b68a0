"""Claims, salts and disclosure (PROTOCOL.md §2)."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verifier.canonical import encode_cbor, encode_cbor_bytes, encode_json
from verifier.document import (
    Disclosure,
    Opening,
    check_disclosure,
    disclose,
    document_root,
    freeze,
    leaf_hashes,
    members_of,
    salt_of,
)
from verifier.errors import Malformed, Refuted
from verifier.merkle import root_of

SECRET = bytes(range(32))
DOCUMENT: dict[str, Any] = {
    "number": "F-2026-0001",
    "currency": "EUR",
    "seller": {"name": "Atelier", "address": {"country": "FR"}},
    "lines": [{"id": "1", "name": "Lampe"}, {"id": "2", "name": "Abat-jour"}],
    "notes": [],
}

names = st.text(st.characters(codec="utf-8", categories=["Ll", "Lu", "So"]), min_size=1, max_size=6)
texts = st.text("abcé€", max_size=8)
values = st.one_of(texts, st.dictionaries(st.sampled_from("abc"), texts, max_size=2))
documents = st.dictionaries(names, st.one_of(values, st.lists(values, max_size=4)), min_size=1, max_size=8).filter(
    lambda value: all(_nfc(name) for name in value)
)


def _nfc(name: str) -> bool:
    from unicodedata import is_normalized

    return is_normalized("NFC", name)


@settings(deadline=None)
@given(documents)
def test_one_canonicalisation_gives_the_same_bytes_and_root(document: dict[str, Any]) -> None:
    body, root = freeze(document, SECRET)
    assert body == encode_json(document)
    assert root == root_of(leaf_hashes(disclose(document, SECRET)))


@given(st.integers(0, 70_000).map(bytes))
def test_byte_strings_put_together_by_hand(data: bytes) -> None:
    assert encode_cbor_bytes(data) == encode_cbor(data)


def test_leaves_are_those_of_the_text() -> None:
    """The first leaves computed by hand from §2."""
    index = encode_cbor([salt_of(SECRET, b""), b"", encode_cbor([[n, c] for n, c in members_of(DOCUMENT)])])
    path = encode_cbor(["lines", 0])
    line = encode_cbor([salt_of(SECRET, path), path, encode_json(DOCUMENT["lines"][0])])
    hashes = leaf_hashes(disclose(DOCUMENT, SECRET))
    assert hashes[0] == sha256(b"\x00" + index).digest()
    assert hashes[1] == sha256(b"\x00" + line).digest()
    assert [name for name, _ in members_of(DOCUMENT)] == ["lines", "notes", "number", "seller", "currency"]


@pytest.mark.parametrize("opened", [frozenset(), frozenset({"number"}), frozenset({"lines", "seller"}), None])
def test_a_part_is_shown_and_the_rest_is_counted(opened: frozenset[str] | None) -> None:
    shown = check_disclosure(disclose(DOCUMENT, SECRET, opened), document_root(DOCUMENT, SECRET))
    visible = set(DOCUMENT) if opened is None else opened
    assert {name: v for name, v in shown.document.items() if v} == {n: DOCUMENT[n] for n in visible if DOCUMENT[n]}
    assert len(shown.hidden) == 5 - sum(len(v) if isinstance(v := DOCUMENT[n], list) else 1 for n in visible)


@pytest.mark.parametrize("place", range(5))
def test_a_claim_opens_at_its_own_place_only(place: int) -> None:
    root = document_root(DOCUMENT, SECRET)
    whole = disclose(DOCUMENT, SECRET)
    leaves = list(whole.leaves)
    leaves[place], leaves[place - 1] = leaves[place - 1], leaves[place]
    with pytest.raises(Refuted) as caught:
        check_disclosure(replace(whole, leaves=tuple(leaves)), root)
    assert caught.value.code == "document-root"


def test_hiding_how_much_is_hidden_is_refused() -> None:
    whole = disclose(DOCUMENT, SECRET, frozenset({"number"}))
    with pytest.raises(Malformed):
        leaf_hashes(replace(whole, leaves=whole.leaves[:-1]))
    fewer = tuple((n, 1 if n == "lines" else c) for n, c in whole.members)
    with pytest.raises(Refuted):
        check_disclosure(replace(whole, members=fewer, leaves=whole.leaves[1:]), document_root(DOCUMENT, SECRET))


def test_an_array_is_no_single_claim() -> None:
    forged = {"number": ["a"]}
    salt = salt_of(SECRET, encode_cbor(["number"]))
    single = Disclosure((("number", None),), salt_of(SECRET, b""), (Opening(salt, forged["number"]),))
    with pytest.raises(Refuted) as caught:
        check_disclosure(single, root_of(leaf_hashes(single)))
    assert caught.value.code == "document-array"


@pytest.mark.parametrize("value", [1, 1.5, {"a": 2}, ["x", 3]])
def test_a_json_number_is_no_claim(value: object) -> None:
    with pytest.raises(Malformed):
        freeze({"total": value}, SECRET)


def test_two_documents_share_no_leaf() -> None:
    """Equal claims of two invoices are told apart by nobody."""
    first, second = disclose(DOCUMENT, SECRET), disclose(DOCUMENT, bytes(32))
    assert not set(leaf_hashes(first)) & set(leaf_hashes(second))


def test_json_form_round_trips() -> None:
    partial = disclose(DOCUMENT, SECRET, frozenset({"lines"}))
    assert Disclosure.from_json(partial.to_json(), "/document") == partial
