"""Issuers: enrolment (type 1), and what their invoices say about them (BG-4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import orjson
from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from ledger.accept import accept, load_state, state_signed
from ledger.context import Ledger, check_running, ledger_signer
from ledger.errors import Conflict, Invalid, NotFound
from ledger.ids import new_id
from ledger.invoice import InvoiceError, read_draft, violations
from ledger.keys import draw_key, recovery_kit, store_key
from ledger.store.database import reading, writing
from ledger.store.tables import issuers
from verifier.errors import Malformed
from verifier.facts import seller_id
from verifier.records import EMPTY_CHAIN, issuer_key
from verifier.statement import EntryType


@dataclass(frozen=True)
class Issuer:
    """An enrolled issuer, as stored."""

    id: str
    map_key: bytes
    legal_id: tuple[str, str]
    name: str
    country: str
    zone: str
    seller: dict[str, Any]
    """BG-4, put into each document."""
    version: int
    created: int


@dataclass(frozen=True)
class Enrolment:
    """A new issuer and what its owner must lock away."""

    issuer: Issuer
    recovery_kit: str
    """Text with the control key: given once, kept nowhere."""


def enrol(ledger: Ledger, seller: Mapping[str, Any], zone: str) -> Enrolment:
    """Enrols an issuer with a fresh control key, which leaves, and a custodial signing key, which stays.

    Args:
        seller: BG-4 as in an invoice: name, legal id or VAT number, address.
        zone: IANA time zone in which its dates are.

    Raises:
        InvoiceError: the party breaks a rule.
        Invalid: `zone`, `name`.
        Conflict: `issuer-exists`.
    """
    party = checked_seller(seller)
    if zone not in available_timezones():
        raise Invalid("zone", "an IANA time zone such as Europe/Paris", where="/zone")
    name = party["name"]
    if len(name.encode()) > 70:
        raise Invalid("name", "a seal has room for 70 bytes of name", where="/seller/name")
    try:
        legal_id = seller_id(party)
    except Malformed as error:
        raise Invalid("legal-id", error.message, where=error.where) from error
    control, signing = draw_key(ledger.entropy), draw_key(ledger.entropy)
    key = issuer_key(legal_id)
    values = {
        "legal_id": list(legal_id),
        "name": name,
        "country": party["address"]["country"],
        "zone": zone,
        "control_keys": [bytes(control.public)],
        "signing_key": [bytes(signing.public), "server", "all"],
        "pepper": ledger.entropy(32),
        "salt": ledger.entropy(32),
    }
    issuer = Issuer(
        id=new_id("iss", ledger.clock(), ledger.entropy),
        map_key=key,
        legal_id=legal_id,
        name=name,
        country=values["country"],
        zone=zone,
        seller=party,
        version=1,
        created=ledger.now(),
    )
    try:
        with writing(ledger.engine) as connection:
            check_running(connection)
            connection.execute(issuers.insert().values(_row(issuer)))
            store_key(connection, ledger.vault, signing, "signing", key, ledger.now())
            state = load_state(connection, ledger, [key])
            signers = [control, ledger_signer(connection, ledger)]
            entry = state_signed(ledger, EntryType.ISSUER_ENROLLED, [(key, EMPTY_CHAIN)], values, signers)
            accept(connection, ledger, state, entry, [key], key)
    except IntegrityError as error:
        raise Conflict("issuer-exists", "an issuer with this legal id is enrolled", where="/seller") from error
    kit = recovery_kit(control, name=name, legal_id=legal_id, ledger_id=ledger.ledger_id)
    return Enrolment(issuer, kit)


def checked_seller(seller: Mapping[str, Any]) -> dict[str, Any]:
    """The party when an invoice could bear it; raises InvoiceError with pointers under /seller."""
    probe = {
        "currency": "EUR",
        "seller": seller,
        "buyer": {"name": "x", "address": {"country": "FR"}},
        "lines": [{"name": "x", "quantity": "1", "net_price": "1", "vat": {"category": "O"}}],
    }
    draft = read_draft(probe)
    # What the probe's own VAT category asks of a seller is not asked of this one.
    about = [item for item in violations(draft) if item.pointer.startswith("/seller")]
    found = [item for item in about if not item.rule.startswith("BR-O-")]
    if found:
        raise InvoiceError(found)
    party: dict[str, Any] = draft.seller.model_dump(exclude_none=True)
    return party


def update_seller(ledger: Ledger, issuer_id: str, seller: Mapping[str, Any], version: int) -> Issuer:
    """Changes what later invoices say about the seller; its name and legal id are the ledger's and stay.

    Raises:
        Conflict: `version`, somebody changed it meanwhile; `identity`, name or legal id differ.
    """
    party = checked_seller(seller)
    with writing(ledger.engine) as connection:
        issuer = get_issuer(connection, issuer_id)
        if issuer.version != version:
            raise Conflict("version", "the issuer was changed meanwhile; read it again")
        if party["name"] != issuer.name or seller_id(party) != issuer.legal_id:
            raise Conflict("identity", "name and legal id are in the ledger and do not change", where="/seller")
        query = issuers.update().where(issuers.c.id == issuer_id)
        connection.execute(query.values(seller=orjson.dumps(party), version=version + 1))
        return get_issuer(connection, issuer_id)


def get_issuer(connection: Connection, issuer_id: str) -> Issuer:
    """The issuer with this id; raises NotFound `issuer`."""
    row = connection.execute(select(issuers).where(issuers.c.id == issuer_id)).one_or_none()
    if row is None:
        raise NotFound("issuer", "no such issuer")
    return issuer_of(row)


def find_issuer(ledger: Ledger, name: str) -> Issuer:
    """By id, legal id (`SCHEME:VALUE` or the value alone) or map key; raises NotFound `issuer`."""
    scheme, _, value = name.rpartition(":")
    query = select(issuers).where((issuers.c.id == name) | (issuers.c.value == value))
    if scheme:
        query = query.where(issuers.c.scheme == scheme)
    with reading(ledger.engine) as connection:
        rows = connection.execute(query.limit(2)).all()
    if len(rows) != 1:
        raise NotFound("issuer", f"no single issuer is called {name!r}")
    return issuer_of(rows[0])


def list_issuers(connection: Connection) -> list[Issuer]:
    """All issuers, oldest first."""
    return [issuer_of(row) for row in connection.execute(select(issuers).order_by(issuers.c.id))]


def issuer_of(row: Any) -> Issuer:
    """From a row of `issuers`."""
    return Issuer(
        row.id, row.map_key, (row.scheme, row.value), row.name, row.country, row.zone,
        orjson.loads(row.seller), row.version, row.created,
    )  # fmt: skip


def _row(issuer: Issuer) -> dict[str, Any]:
    return {
        "id": issuer.id,
        "map_key": issuer.map_key,
        "scheme": issuer.legal_id[0],
        "value": issuer.legal_id[1],
        "name": issuer.name,
        "country": issuer.country,
        "zone": issuer.zone,
        "seller": orjson.dumps(issuer.seller),
        "version": issuer.version,
        "created": issuer.created,
    }


def today_of(ledger: Ledger, issuer: Issuer) -> date:
    """The day it is where the issuer is."""
    return datetime.fromtimestamp(ledger.now(), ZoneInfo(issuer.zone)).date()
