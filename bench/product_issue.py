"""Bulk issue by Sceau: `python -m bench.product_issue DRAFTS FOLDER BATCH`, one process a run.

Reads drafts (one JSON text a line), enrols an issuer in a fresh SQLite file (WAL, synchronous FULL), issues them in
batches of one durable transaction each, and prints the CPU and wall seconds of the issuing alone.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

from bench.drafts import sample
from bench.timed import timed
from ledger.context import Ledger, write_meta
from ledger.issue import Item, issue
from ledger.issuers import enrol
from ledger.keys import Vault, draw_key, store_key
from ledger.series import create_series
from ledger.settings import load_settings
from ledger.store.database import open_database, writing
from ledger.store.tables import metadata, records
from verifier.cose import thumbprint
from verifier.records import EMPTY_CHAIN, LedgerRecord, ledger_key

LEDGER_ID = bytes(range(32))


def open_ledger(folder: Path) -> tuple[Ledger, str]:
    """A ledger without its chain, as issuing needs it, with one issuer and its series F."""
    settings = load_settings({}, data=folder)
    settings = replace(settings, database_url=f"sqlite:///{folder / 'sceau.sqlite3'}")
    engine = open_database(settings.database_url)
    metadata.create_all(engine)
    key = draw_key(os.urandom)
    name = thumbprint(key.public)
    vault = Vault(os.urandom(32), os.urandom)
    ledger = Ledger(engine, settings, vault, time.time, os.urandom, LEDGER_ID, bytes(20), name, "")
    with writing(engine) as connection:
        store_key(connection, ledger.vault, key, "ledger", None, ledger.now())
        write_meta(connection, "ledger_id", LEDGER_ID.hex())
        write_meta(connection, "ledger_key", name.hex())
        genesis = LedgerRecord(((key.public, 0),), EMPTY_CHAIN).encode()
        connection.execute(records.insert().values(map_key=ledger_key(LEDGER_ID), checkpoint=0, record=genesis))
    issuer = enrol(ledger, sample()["seller"], "Europe/Paris").issuer.id
    create_series(ledger, issuer, "F", "F-{YYYY}-{seq:5}")
    return ledger, issuer


def main(drafts: Path, folder: Path, batch: int) -> None:
    bodies = drafts.read_bytes().splitlines()
    ledger, issuer = open_ledger(folder)
    issue(ledger, issuer, [Item(bodies.pop(), "F")])  # typefaces, validators and statements are loaded by the first
    with timed() as spent:
        for at in range(0, len(bodies), batch):
            issue(ledger, issuer, [Item(body, "F") for body in bodies[at : at + batch]])
    print(json.dumps(spent | {"count": len(bodies)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
