"""docs/spec.md against the code: a table that says something else than the program does fails here."""

from __future__ import annotations

import importlib
import json
import re
from dataclasses import fields
from typing import Any

import pytest

from tests.docs.tables import DOCS, ROOT, tables
from tests.verifier.bundles import generate
from verifier import issuer_evidence
from verifier.canonical import decode_cbor
from verifier.checklist import TITLES
from verifier.cose import parse_public_key
from verifier.errors import SceauError
from verifier.facts import _FACTS, VAT_SCHEMES
from verifier.policy import parse_policy
from verifier.records import (
    Holdings,
    Identity,
    InvoiceRecord,
    IssuerRecord,
    LedgerRecord,
    SigningKey,
    VoidRecord,
)
from verifier.seal import CREDIT_NOTE_TYPES, Seal
from verifier.statement import (
    CONTROL_TYPES,
    DOCUMENT_TYPES,
    FIELDS,
    SETTLE_TYPES,
    SETTLED_BY_ASSIGNEE,
    EntryType,
    Statement,
    decode_statement,
    encode_statement,
)
from verifier.verdict import Authenticity, StatusAxis, Verdict
from verifier.wording import REASONS

SPEC = DOCS / "spec.md"
TABLES = tables(SPEC)
TEXT = SPEC.read_text()

KEY = parse_public_key(
    bytes.fromhex(
        "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
    )
)
"""The base point of P-256: the public key of the private key 1."""
LARGEST = 2**53 - 1


def text(limit: int) -> tuple[list[Any], list[Any]]:
    return ["x", "x" * limit, "é" * (limit // 2)], ["", "x" * (limit + 1), "é" * (limit // 2 + 1), b"x", None, 1]


HASHES: tuple[list[Any], list[Any]] = ([bytes(32)], [bytes(31), bytes(33), "0" * 32, None])
FORMS: dict[str, tuple[list[Any], list[Any]]] = {
    "text 2": text(2),
    "text 3": text(3),
    "text 64": text(64),
    "text 70": text(70),
    "text 253": text(253),
    "16 bytes": ([bytes(16)], [bytes(15), bytes(17), None]),
    "32 bytes": HASHES,
    "32 bytes or null": ([bytes(32), None], [bytes(31), bytes(33)]),
    "integer": ([0, LARGEST], [-1, LARGEST + 1, None, True, "1"]),
    "integer or null": ([0, LARGEST, None], [-1, LARGEST + 1]),
    "amount": ([1, LARGEST], [0, -1, LARGEST + 1, None, True]),
    "legal id": ([["0002", "732829320"], ["9957", "FR44732829320"]], [["0002", "73282932"], ["2", "A1"], ["0002"], 1]),
    "number": (["F-1", "x" * 35], ["", "x" * 36, " x", "x ", "x  x", "é", None]),
    "public key": ([bytes(KEY)], [bytes(64), bytes(KEY)[:63], None]),
    "public key or null": ([bytes(KEY), None], [bytes(64)]),
    "1 to 4 public keys": ([[bytes(KEY)], [bytes(KEY)] * 4], [[], [bytes(KEY)] * 5, bytes(KEY)]),
    "first key": ([[bytes(KEY), "client", "settle"]], [[bytes(KEY), "client"], [bytes(KEY), "x", "all"], None]),
    "custody": (["server", "client", "device"], ["", "Server", None]),
    "scope": (["all", "settle"], ["", "none", None]),
    "grade": (["declared", "matched", "proven"], ["", "paid", None]),
    "identity kind": (["domain", "certificate"], ["", "name", None]),
}
"""What a form of the table accepts, and what it refuses."""


@pytest.mark.parametrize("row", TABLES["limits"], ids=lambda row: row[3])
def test_limits(row: list[str]) -> None:
    module, _, name = row[3].strip("`").rpartition(".")
    assert getattr(importlib.import_module(f"verifier.{module}"), name) == int(row[1])


def test_seal_facts() -> None:
    rows = TABLES["seal"]
    assert [(int(row[0]), row[2].strip("`")) for row in rows] == [
        (key, field.name) for key, field in enumerate(fields(Seal), start=1)
    ]
    named = {row[2].strip("`"): row[4].strip("`") for row in rows if row[4]}
    assert named == {name: member for name, (member, _) in _FACTS.items()}


def test_vat_schemes() -> None:
    pairs = [pair.split() for row in TABLES["vat-schemes"] for pair in row[0].split(", ")]
    assert {item[0]: item[1] for item in pairs} == dict(VAT_SCHEMES)


def test_credit_note_codes() -> None:
    found = re.search(r"type code is one of ([0-9, ]+)\.", TEXT)
    assert found is not None
    assert {int(code) for code in found[1].split(", ")} == CREDIT_NOTE_TYPES


def test_types() -> None:
    rows = TABLES["types"]
    assert [(int(row[0]), row[1].upper().replace(" ", "_")) for row in rows] == [(t.value, t.name) for t in EntryType]
    assert {int(row[0]) for row in rows if row[4] == "yes"} == DOCUMENT_TYPES
    assert {int(row[0]) for row in rows if row[3] == "the issuer"} == CONTROL_TYPES
    assert [row[0] for row in rows if row[3] == "–"] == ["0", "6"]


def test_types_that_a_settling_key_and_an_assignee_sign() -> None:
    scope = next(row[1] for row in TABLES["forms"] if row[0] == "scope")
    assert {int(n) for n in re.findall(r"\d+", scope)} == SETTLE_TYPES
    signer = next(row[2] for row in TABLES["statement"] if row[0] == "15")
    assert {int(n) for n in re.findall(r"\d+", signer)} == SETTLED_BY_ASSIGNEE


def test_fields_of_every_type() -> None:
    found = [(int(row[0]), int(row[1]), row[2]) for row in TABLES["fields"]]
    assert found == [
        (int(t), key, name) for t, listed in FIELDS.items() for key, (name, _) in enumerate(listed, start=3)
    ]


def test_every_form_is_explained() -> None:
    assert {row[3] for row in TABLES["fields"]} == {row[0] for row in TABLES["forms"]} == set(FORMS)


@pytest.mark.parametrize("row", TABLES["fields"], ids=lambda row: f"{row[0]}-{row[2]}")
def test_bounds_of_every_field(row: list[str]) -> None:
    entry_type, name = int(row[0]), row[2]
    accepted, refused = FORMS[row[3]]
    for value in accepted:
        payload = encode_statement(statement(entry_type, name, value))
        assert decode_cbor(payload)[int(row[1])] == value  # type: ignore[index]
        assert decode_statement(entry_type, payload).values[name] == value
    for value in refused:
        with pytest.raises(SceauError):
            encode_statement(statement(entry_type, name, value))


def statement(entry_type: int, name: str, value: Any) -> Statement:
    """A statement of the type with the first accepted value everywhere but in one field."""
    forms = {row[2]: row[3] for row in TABLES["fields"] if int(row[0]) == entry_type}
    values = {field: FORMS[form][0][0] for field, form in forms.items()} | {name: value}
    count = 2 if entry_type == EntryType.CREDIT_APPLIED else 1
    objects = tuple((bytes([n]) * 32, bytes(32)) for n in range(count))
    return Statement(entry_type, objects, bytes(16), 0, values)


def test_where_the_assignee_signs() -> None:
    for entry_type in FIELDS:
        made = statement(entry_type, *_first(entry_type))
        signed = Statement(made.type, made.objects, made.nonce, made.time, made.values, bytes(KEY))
        if entry_type in (8, 9, 16, 17):
            assert decode_cbor(encode_statement(signed))[15] == bytes(KEY)  # type: ignore[index]
        else:
            with pytest.raises(SceauError):
                encode_statement(signed)


def _first(entry_type: int) -> tuple[str, Any]:
    row = next(row for row in TABLES["fields"] if int(row[0]) == entry_type)
    return row[2], FORMS[row[3]][0][0]


SIGNING_KEY = SigningKey(KEY, 11, "server", "all", 12, 13, 14)
RECORDS: dict[str, Any] = {
    "record-ledger": LedgerRecord(((KEY, 0), (KEY, 7)), b"\x01" * 32),
    "record-issuer": IssuerRecord(
        ("0002", "732829320"), "Name", "FR", "Europe/Paris", (KEY,), (SIGNING_KEY,),
        (Identity("domain", "example.org", b"\x02" * 32, 5),), b"\x03" * 32, b"\x04" * 32, b"\x05" * 32, None,
    ),
    "record-invoice": InvoiceRecord(
        b"\x06" * 32, b"\x07" * 32, 380, ("EUR", 2), 101, 102, 103, 104, ((b"\x08" * 32, 105),), ("goods", "buyer"),
        (b"\x09" * 32, b"\x0a" * 32), b"\x0b" * 32, ((b"\x0c" * 32, "application/pdf"),), b"\x0d" * 32, b"\x0e" * 32,
        106, 107, True,
    ),
    "record-void": VoidRecord(b"\x0f" * 32, "F-1", "why"),
}  # fmt: skip


@pytest.mark.parametrize("kind", range(4))
def test_records(kind: int) -> None:
    name = list(RECORDS)[kind]
    record, rows = RECORDS[name], TABLES[name]
    encoded: Any = decode_cbor(record.encode())
    assert encoded[0] == kind
    assert [int(row[0]) for row in rows] == sorted(set(encoded) - {0})
    for row in rows:
        assert encoded[int(row[0])] == plain(getattr(record, row[1])), row[1]


def plain(value: Any) -> Any:
    if isinstance(value, SigningKey | Identity):
        return value.plain()
    return [plain(item) for item in value] if isinstance(value, tuple) else value


def test_signing_key_of_a_record() -> None:
    rows = TABLES["signing-key"]
    assert [int(row[0]) for row in rows] == list(range(8))
    assert [getattr(SIGNING_KEY, row[1]) for row in rows] == SIGNING_KEY.plain()


def test_contract_storage() -> None:
    layout = json.loads((ROOT / "ledger" / "chain" / "SceauLedger.json").read_text())["storageLayout"]
    members = next(item["members"] for name, item in layout["types"].items() if "struct" in name and "members" in item)
    words: dict[str, list[str]] = {}
    for member in members:
        words.setdefault(f"+{member['slot']}", []).append(member["label"])
        size = int(layout["types"][member["type"]]["numberOfBytes"])
        row = next(row[1] for row in TABLES["storage"] if row[0] == f"+{member['slot']}")
        if size not in (1, 32) and member["label"] != "pendingOwner":
            first = 8 * member["offset"]
            assert f"`{member['label']}`, bits {first}–{first + 8 * size - 1}" in row
    shown = {row[0]: re.findall(r"`([A-Za-z]+)`", row[1]) for row in TABLES["storage"] if row[0].startswith("+")}
    assert shown == words
    assert [row[0] for row in TABLES["storage"] if row[0].startswith("slot")] == ["slot 0", "slot 1"]
    assert [(item["label"], item["slot"]) for item in layout["storage"]] == [("_ledgers", "0"), ("records", "1")]


def test_members_of_the_bundle() -> None:
    bundle = json.loads((generate.FOLDER / "credit-note.json").read_bytes())
    rows = {row[0].strip("`"): row[1] for row in TABLES["bundle"]}
    assert set(rows) == set(bundle)
    assert rows["format"] == f"`{bundle['format']}`"
    for name in ("checkpoint", "state", "records", "origin"):
        assert all(member in rows[name] for member in bundle[name]), name
    assert all(member in rows["entries"] for member in bundle["entries"][0])
    assert all(member in rows["records"] for member in bundle["records"]["issuer"])
    assert all(member in rows["records"] for member in bundle["records"]["issuer"]["proof"])
    assert all(member in rows["document"] for member in bundle["document"])


def test_members_of_evidence_and_policy() -> None:
    evidence = json.loads((generate.FOLDER / "evidence.json").read_bytes())
    assert {row[0].strip("`") for row in TABLES["evidence"]} == set(evidence)
    policy = parse_policy((generate.FOLDER / "policy.json").read_bytes())
    (trusted,) = policy.ledgers.values()
    rows = {row[0].strip("`"): row[1] for row in TABLES["policy"]}
    assert set(rows) == set(trusted.to_json())
    assert all(member in rows["read"] for member in trusted.to_json()["read"])


def test_members_of_an_issuers_evidence() -> None:
    rows = {row[0].strip("`"): row[1] for row in TABLES["issuer-evidence"]}
    assert set(rows) == issuer_evidence._MEMBERS
    assert rows["format"] == f"`{issuer_evidence.FORMAT}`"
    assert all(field.name in rows["holdings"] for field in fields(Holdings))


def test_steps() -> None:
    assert [(int(row[0]), row[1]) for row in TABLES["steps"]] == list(enumerate(TITLES, start=1))


def test_reasons() -> None:
    reasons = [row[1].strip("`") for row in TABLES["reasons"]]
    statuses = [row[1].strip("`") for row in TABLES["status"] if row[1].startswith("`")]
    assert len(set(reasons)) == len(reasons)
    assert set(reasons) | set(statuses) - {"current"} == set(REASONS)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("0", {"authenticity": Authenticity.AUTHENTIC, "status": StatusAxis.CURRENT}),
        ("1", {"authenticity": Authenticity.FORGED, "status": StatusAxis.UNKNOWN}),
        ("1", {"authenticity": Authenticity.AUTHENTIC, "status": StatusAxis.CURRENT, "not_sealed_file": True}),
        ("3", {"authenticity": Authenticity.CANNOT_TELL, "status": StatusAxis.UNKNOWN}),
        ("4", {"authenticity": Authenticity.AUTHENTIC, "status": StatusAxis.AS_OF}),
    ],
)
def test_exit_codes(code: str, changes: dict[str, Any]) -> None:
    values: dict[str, Any] = {field.name: None for field in fields(Verdict)} | {"not_sealed_file": False} | changes
    verdict = Verdict(**values)
    row = next(row[1] for row in TABLES["exit-codes"] if row[0] == code)
    assert verdict.exit_code == int(code)
    word = "not the sealed file" if verdict.not_sealed_file else str(verdict.authenticity).replace("_", " ")
    assert word in row
    assert ("current" in row) == (verdict.authenticity is Authenticity.AUTHENTIC and not verdict.not_sealed_file)
