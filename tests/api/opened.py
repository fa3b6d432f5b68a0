"""A real ledger in a database of its own, without a chain: what the REST API needs to issue and to be paid."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ledger.api_keys import SCOPES, create_key
from ledger.context import Ledger, write_meta
from ledger.issuers import enrol
from ledger.keys import Vault, draw_key, store_key
from ledger.series import create_series
from ledger.settings import load_settings
from ledger.store.database import open_database, writing
from ledger.store.tables import metadata, records
from verifier.cose import thumbprint
from verifier.records import EMPTY_CHAIN, LedgerRecord, ledger_key

LEDGER_ID = bytes(range(32))
MASTER = bytes(32)


def settings_for(url: str, folder: Path):
    """Settings of a ledger in `folder` with its database at `url`."""
    return load_settings({"SCEAU_DATABASE_URL": url, "SCEAU_PUBLIC_URL": "http://127.0.0.1:8000"}, data=folder)


def make_ledger(url: str, folder: Path, clock: Callable[[], float] = time.time) -> Ledger:
    """A new ledger."""
    engine = open_database(url)
    metadata.create_all(engine)
    vault = Vault(MASTER, secrets.token_bytes)
    pair = draw_key(secrets.token_bytes)
    name = thumbprint(pair.public)
    with writing(engine) as connection:
        store_key(connection, vault, pair, "ledger", None, int(clock()))
        write_meta(connection, "ledger_id", LEDGER_ID.hex())
        write_meta(connection, "ledger_key", name.hex())
        genesis = LedgerRecord(((pair.public, 0),), EMPTY_CHAIN)
        key = ledger_key(LEDGER_ID)
        connection.execute(records.insert().values(map_key=key, checkpoint=0, record=genesis.encode(), holdings=None))
    return _ledger(engine, url, folder, vault, name, clock)


def reopen(url: str, folder: Path) -> Ledger:
    """The ledger that `make_ledger` made, in another process."""
    from ledger.context import read_meta
    from ledger.store.database import reading

    engine = open_database(url)
    with reading(engine) as connection:
        name = read_meta(connection, "ledger_key")
    return _ledger(engine, url, folder, Vault(MASTER, secrets.token_bytes), bytes.fromhex(name), time.time)


def _ledger(engine, url, folder, vault, name, clock) -> Ledger:
    return Ledger(
        engine=engine,
        settings=settings_for(url, folder),
        vault=vault,
        clock=clock,
        entropy=secrets.token_bytes,
        ledger_id=LEDGER_ID,
        contract=bytes(20),
        first_key=name,
        chain_url="http://127.0.0.1:1",
    )


@dataclass(frozen=True)
class Tenant:
    """An enrolled issuer with a series `F` and a key that may do everything an issuer may."""

    id: str
    token: str


ISSUER_SCOPES = [scope for scope in SCOPES if scope != "operator"]


def make_tenant(ledger: Ledger, seller: dict) -> Tenant:
    """Enrols `seller`."""
    issuer = enrol(ledger, seller, "Europe/Paris").issuer
    create_series(ledger, issuer.id, "F", "F-{YYYY}-{seq:4}")
    create_series(ledger, issuer.id, "A", "A-{YYYY}-{seq:4}")
    _, token = create_key(ledger, issuer.id, "test", ISSUER_SCOPES)
    return Tenant(issuer.id, token)


def operator_token(ledger: Ledger) -> str:
    """A key of the operator."""
    return create_key(ledger, None, "operator", ["operator"])[1]
