"""The bundle's one form: it comes back as it was, and anything else is refused before it is hashed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.verifier.bundles.cases import CASES, World, world
from verifier import bundle as module
from verifier.bundle import (
    MAX_BUNDLE,
    MAX_ENTRIES,
    Bundle,
    LoggedEntry,
    PayeeOpening,
    check_form,
    decode_bundle,
)
from verifier.canonical import decode_json, encode_json
from verifier.errors import Inconclusive, Malformed, SceauError
from verifier.merkle import MAX_PROOF


@pytest.fixture(scope="module")
def paid() -> Bundle:
    return world().bundle("paid")


@pytest.mark.parametrize("name", ["paid", "fresh", "credit-note", "unknown-number", "unknown-issuer", "void-number"])
def test_a_bundle_comes_back(name: str) -> None:
    """Every shape: with and without invoice, issuer, origin and document."""
    made = world().bundle(name)
    assert decode_bundle(made.encode()) == made
    bare = replace(made, document=None, payee=PayeeOpening(bytes(32), None))
    assert decode_bundle(bare.encode()) == bare


def test_the_members_are_these(paid: Bundle) -> None:
    """The format's names, written out: a change of one is a new version."""
    value: Any = decode_json(paid.encode(), limit=MAX_BUNDLE)
    assert sorted(value) == [
        "checkpoint", "document", "entries", "format", "ledger", "origin", "payee", "records", "seal", "state",
    ]  # fmt: skip
    assert value["format"] == "sceau/bundle/1"
    assert sorted(value["entries"][0]) == ["entry", "index", "path"]
    assert sorted(value["state"]) == ["entry", "path"]
    assert sorted(value["records"]) == ["invoice", "issuer", "ledger"]
    assert sorted(value["records"]["issuer"]) == ["proof", "record"]
    assert sorted(value["origin"]) == ["before", "checkpoint", "path"]
    assert sorted(value["checkpoint"]) == ["root", "sequence", "size", "time"]


def _places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every value inside a JSON value with its path, but not inside the document's claims."""
    yield path, value
    if isinstance(value, dict) and path[:2] != ("document", "leaves"):
        for name, item in value.items():
            yield from _places(item, (*path, name))
    elif isinstance(value, list) and path != ("document", "leaves"):
        for place, item in enumerate(value):
            yield from _places(item, (*path, place))


def _put(value: Any, path: tuple[str | int, ...], item: Any) -> None:
    for step in path[:-1]:
        value = value[step]
    value[path[-1]] = item


WRONG: tuple[Any, ...] = (None, True, "", "é", "x" * 100, [], {}, ["x"], ["x"] * 64, {"x": "y"}, [[]])


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_a_value_of_another_type_is_refused_wherever_it_stands(paid: Bundle, wrong: Any) -> None:
    """Each member replaced in turn: an error of the tree, and what is read is only what encodes the same."""
    data = paid.encode()
    refused = 0
    for path, value in list(_places(decode_json(data, limit=MAX_BUNDLE))):
        if not path or value == wrong:
            continue
        changed: Any = decode_json(data, limit=MAX_BUNDLE)
        _put(changed, path, wrong)
        try:
            read = decode_bundle(encode_json(changed))
        except SceauError:
            refused += 1
        else:
            assert read != paid
            assert read.encode() == encode_json(changed)
    assert refused > 100


def test_each_object_refuses_a_member_more_or_less(paid: Bundle) -> None:
    data = paid.encode()
    objects = [
        path
        for path, value in _places(decode_json(data, limit=MAX_BUNDLE))
        if isinstance(value, dict) and path[:2] != ("document", "leaves")
    ]
    assert len(objects) > 15
    for path in objects:
        for change in (lambda o: o.update(zz=None), lambda o: o.popitem()):
            changed: Any = decode_json(data, limit=MAX_BUNDLE)
            inner = changed
            for step in path:
                inner = inner[step]
            change(inner)
            with pytest.raises(Malformed):
                decode_bundle(encode_json(changed))


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("bundle-order", lambda b: replace(b, entries=b.entries[::-1])),
        ("bundle-order", lambda b: replace(b, entries=(b.entries[0], *b.entries))),
        ("bundle-order", lambda b: replace(b, entries=(*b.entries, replace(b.entries[-1], index=b.state.index)))),
        ("bundle-order", lambda b: replace(b, entries=(replace(b.state, index=0), *b.entries[1:]))),
        ("bundle-state", lambda b: replace(b, state=replace(b.state, index=b.state.index - 1))),
        ("bundle-state", lambda b: replace(b, state=replace(b.entries[0], index=b.state.index))),
        ("bundle-records", lambda b: replace(b, ledger=replace(b.ledger, record=None))),
        ("bundle-records", lambda b: replace(b, invoice=None)),
        ("bundle-records", lambda b: replace(b, issuer=replace(b.issuer, record=None))),
    ],
)
def test_a_built_bundle_has_bounds_too(paid: Bundle, code: str, change: Callable[[Bundle], Bundle]) -> None:
    """The ledger builds bundles without reading them: the same rules hold."""
    assert check_form(paid) is paid
    with pytest.raises(Malformed) as caught:
        check_form(change(paid))
    assert caught.value.code == code


def test_limits_come_before_the_work(paid: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    """Size, number of entries, length of a path, size of a proof: refused without decoding one entry."""
    with pytest.raises(Malformed) as caught:
        decode_bundle(b" " * (MAX_BUNDLE + 1))
    assert caught.value.code == "json-too-long"
    monkeypatch.setattr(module, "decode_entry", _never)
    monkeypatch.setattr(module, "decode_seal", lambda data: paid.seal)
    value: Any = decode_json(paid.encode(), limit=MAX_BUNDLE)
    value["entries"] = [None] * (MAX_ENTRIES + 1)
    with pytest.raises(Malformed, match=f"at most {MAX_ENTRIES}"):
        decode_bundle(encode_json(value))


def _never(data: bytes) -> None:
    raise AssertionError("an entry was decoded before the limit was checked")


def test_paths_and_accounts_are_bounded(paid: Bundle) -> None:
    long = replace(paid.state, path=(bytes(32),) * (MAX_PROOF + 1))
    with pytest.raises(Malformed):
        decode_bundle(replace(paid, state=long).encode())
    for account in ("", "x" * 35, "é" * 18):
        with pytest.raises(Malformed):
            decode_bundle(replace(paid, payee=PayeeOpening(bytes(32), account)).encode())
    with pytest.raises(Malformed):
        decode_bundle(replace(paid, payee=PayeeOpening(bytes(31), None)).encode())
    with pytest.raises(Malformed):
        decode_bundle(replace(paid, entries=(replace(paid.entries[0], index=2**40), *paid.entries[1:])).encode())


def test_a_bundle_too_large_is_not_written(paid: Bundle) -> None:
    many: tuple[LoggedEntry, ...] = tuple(replace(paid.entries[0], index=n) for n in range(8_000))
    with pytest.raises(Malformed) as caught:
        replace(paid, entries=many).encode()
    assert caught.value.code == "bundle-size"


@pytest.mark.parametrize("version", ["sceau/bundle/2", "sceau/bundle/10", "sceau/bundle/"])
def test_another_version_needs_a_newer_verifier(paid: Bundle, version: str) -> None:
    """Whatever else it holds: its other members are not looked at."""
    with pytest.raises(Inconclusive) as caught:
        decode_bundle(encode_json({"format": version, "new": "member"}))
    assert caught.value.code == "newer-version"


@given(st.binary(max_size=200))
def test_any_bytes_end_in_an_error_of_the_tree(data: bytes) -> None:
    with pytest.raises(SceauError):
        decode_bundle(data)


@given(st.integers(0, len(CASES) - 1), st.data())
def test_a_cut_or_spliced_bundle_ends_in_an_error_of_the_tree(case: int, data: st.DataObject) -> None:
    """Two bundles cut and joined anywhere: refused, or read as exactly those bytes."""
    w: World = world()
    first, second = CASES[case].make(w), CASES[0].make(w)
    at = data.draw(st.integers(0, len(first)))
    to = data.draw(st.integers(0, len(second)))
    joined = first[:at] + second[to:]
    try:
        read = decode_bundle(joined)
    except SceauError:
        return
    assert read.encode() == joined
