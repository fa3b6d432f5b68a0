"""Issuers, their keys and access, drafts: what the records say of them, and the form of what no record knows."""

from __future__ import annotations

from functools import cache
from typing import Any
from zoneinfo import available_timezones

import orjson
from eth_keys.datatypes import PrivateKey
from sqlalchemy import Table, select

from ledger.api_keys import SCOPES
from ledger.audit.context import Audit
from ledger.audit.findings import Findings
from ledger.audit.rows import place, read
from ledger.ids import is_id, payload_of
from ledger.invoice import read_draft
from ledger.keys import key_pair
from ledger.store.tables import api_keys, drafts, idempotency, issuers, keys, leases
from verifier.cose import thumbprint
from verifier.facts import seller_id
from verifier.records import IssuerRecord, LedgerRecord, issuer_key, ledger_key

_DRIFT = 3_600
"""Seconds between the time in an id and the time beside it: both are read within one use case."""


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def check_id(findings: Findings, identifier: str, prefix: str, created: int, where: str) -> None:
    """The form of an id, and that its own time is near the row's."""
    if not findings.check(is_id(identifier, prefix), "id", f"{where}/id", f"no id of the form {prefix}_…"):
        return
    time = int.from_bytes(payload_of(identifier)[:6], "big") // 1000
    near = abs(time - created) <= _DRIFT
    findings.check(near, "created", f"{where}/created", "the id was made at another time than the row says")


def check_people(audit: Audit) -> dict[str, bytes]:
    """Issuers, keys, API keys, drafts; returns each issuer's map key by its id."""
    found: dict[str, bytes] = {}
    for row in read(audit.connection, audit.findings, issuers):
        with audit.findings.guard("issuer", place(issuers, row)):
            _issuer(audit, row)
            found[row.id] = row.map_key
    known = set(found.values())
    for key, record in audit.shown.state.items():
        if isinstance(record, IssuerRecord) and key not in known:
            audit.findings.add("row-missing", f"issuers/map_key={key.hex()}", "an enrolled issuer is not stored")
    audit.counts["issuers"] = len(found)
    _each(audit, keys, _key)
    with audit.findings.guard("database", "keys"):
        _kept_keys(audit, set(audit.connection.execute(select(keys.c.thumbprint)).scalars()))
    ids = set(found)
    _each(audit, api_keys, lambda audit, row: _api_key(audit, row, ids))
    sellers: dict[str, Any] = {}
    _each(audit, drafts, lambda audit, row: _draft(audit, row, ids, sellers))
    _each(audit, idempotency, lambda audit, row: _idempotency(audit, row, ids))
    _each(audit, leases, lambda _audit, _row: None)
    return found


def _each(audit: Audit, table: Table, check: Any) -> None:
    seen = 0
    for row in read(audit.connection, audit.findings, table):
        seen += 1
        with audit.findings.guard("row", place(table, row)):
            check(audit, row)
    audit.counts[str(table.name)] = seen


def _issuer(audit: Audit, row: Any) -> None:
    where, findings = place(issuers, row), audit.findings
    check_id(findings, row.id, "iss", row.created, where)
    findings.check(row.version >= 1, "version", f"{where}/version", "versions begin with 1")
    record = audit.shown.state.get(row.map_key)
    legal_id = (row.scheme, row.value)
    findings.equal(row.map_key, issuer_key(legal_id), f"{where}/map_key", "the legal id")
    if not isinstance(record, IssuerRecord):
        findings.add("issuer-unknown", where, "no entry enrols this issuer")
        return
    findings.equal(row.scheme, record.legal_id[0], f"{where}/scheme", "the record")
    findings.equal(row.value, record.legal_id[1], f"{where}/value", "the record")
    for name in ("name", "country", "zone"):
        findings.equal(getattr(row, name), getattr(record, name), f"{where}/{name}", "the record")
    findings.check(row.zone in _zones(), "zone", f"{where}/zone", "no IANA time zone")
    with findings.guard("seller", f"{where}/seller"):
        seller = orjson.loads(row.seller)
        findings.equal(seller["name"], record.name, f"{where}/seller/name", "the record")
        findings.equal(seller_id(seller), record.legal_id, f"{where}/seller/legal_id", "the record")


def _key(audit: Audit, row: Any) -> None:
    """Every key opens, is the one that it is filed as, and is one that a record names."""
    where, findings = place(keys, row), audit.findings
    scalar = audit.ledger.vault.open(row.sealed, row.purpose, row.thumbprint)
    if row.purpose == "anchoring":
        public = PrivateKey(scalar).public_key
        findings.equal(row.thumbprint, public.to_canonical_address(), f"{where}/thumbprint", "the private key")
        findings.check(
            row.public_key in (public.to_bytes(), public.to_compressed_bytes(), public.to_canonical_address()),
            "key-differs", f"{where}/public_key", "it is not the private key's",
        )  # fmt: skip
        findings.equal(row.issuer, None, f"{where}/issuer", "the purpose")
        return
    pair = key_pair(scalar)
    findings.equal(row.public_key, bytes(pair.public), f"{where}/public_key", "the private key")
    findings.equal(row.thumbprint, thumbprint(pair.public), f"{where}/thumbprint", "the private key")
    if row.purpose == "ledger":
        record = audit.shown.state.get(ledger_key(audit.ledger.ledger_id))
        named = isinstance(record, LedgerRecord) and any(key == pair.public for key, _ in record.keys)
        findings.check(named, "key-unknown", where, "the ledger's record has no such key")
        findings.equal(row.issuer, None, f"{where}/issuer", "the purpose")
    elif row.purpose == "signing":
        issuer = audit.shown.state.get(row.issuer or b"")
        named = isinstance(issuer, IssuerRecord) and any(key.public_key == pair.public for key in issuer.keys)
        findings.check(named, "key-unknown", f"{where}/issuer", "this issuer's record has no such key")
    else:
        findings.add("key-purpose", f"{where}/purpose", "signing, ledger or anchoring")


def _kept_keys(audit: Audit, held: set[bytes]) -> None:
    """The keys that the server must hold to go on: the ledger's present one, and custodial ones that still sign."""
    for record in audit.shown.state.values():
        wanted: list[bytes] = []
        if isinstance(record, LedgerRecord):
            wanted = [thumbprint(record.keys[-1][0])]
        elif isinstance(record, IssuerRecord):
            live = [key for key in record.keys if key.retired_at is None and key.void_from is None]
            wanted = [key.thumbprint for key in live if key.custody == "server"]
        for name in wanted:
            audit.findings.check(name in held, "row-missing", f"keys/{name.hex()}", "the server lacks this private key")


def _api_key(audit: Audit, row: Any, ids: set[str]) -> None:
    """Access is the operator's business and is in no record: only its form can be judged."""
    where, findings = place(api_keys, row), audit.findings
    check_id(findings, row.id, "key", row.created, where)
    findings.check(len(row.hash) == 32, "api-key", f"{where}/hash", "a hash has 32 bytes")
    findings.check(row.prefix.startswith("sceau_"), "api-key", f"{where}/prefix", "a token begins with sceau_")
    scopes = set(row.scopes.split())
    known = bool(scopes) and scopes <= set(SCOPES) and ("operator" in scopes) == (row.issuer_id is None)
    findings.check(known, "api-key", f"{where}/scopes", "scopes that this owner cannot have")
    _owner(findings, row.issuer_id, ids, where)


def _draft(audit: Audit, row: Any, ids: set[str], sellers: dict[str, Any]) -> None:
    where, findings = place(drafts, row), audit.findings
    check_id(findings, row.id, "dra", row.created, where)
    findings.check(row.version >= 1, "version", f"{where}/version", "versions begin with 1")
    _owner(findings, row.issuer_id, ids, where)
    with findings.guard("draft", f"{where}/body"):
        if not sellers:
            sellers |= {item.id: item.seller for item in read(audit.connection, findings, issuers)}
        read_draft(row.body, seller=orjson.loads(sellers[row.issuer_id]))


def _idempotency(audit: Audit, row: Any, ids: set[str]) -> None:
    where = place(idempotency, row)
    audit.findings.check(len(row.fingerprint) == 32, "idempotency", f"{where}/fingerprint", "a hash has 32 bytes")
    audit.findings.check(row.scope == "operator" or row.scope in ids, "idempotency", f"{where}/scope", "no such caller")


def _owner(findings: Findings, issuer_id: str | None, ids: set[str], where: str) -> None:
    known = issuer_id is None or issuer_id in ids
    findings.check(known, "orphan", f"{where}/issuer_id", f"no issuer {issuer_id} is stored")
