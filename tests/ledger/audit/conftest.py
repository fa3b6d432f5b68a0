"""A ledger with something in every table, anchored on a real chain, and copies of it to damage."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from ledger.anchoring import anchor_now
from ledger.api_keys import create_key
from ledger.context import Ledger
from ledger.credit import credit_invoice
from ledger.drafts import create_draft
from ledger.issue import Item, issue
from ledger.issuers import enrol
from ledger.renditions import pdf_of
from ledger.series import create_series
from ledger.settle import Receipt, record_payment, reverse_payment
from ledger.setup import init_ledger
from ledger.store.database import open_database, writing
from ledger.store.tables import idempotency, leases
from tests.ledger.bare import database_url, sample
from tests.ledger.conftest import Embedded


@dataclass(frozen=True)
class Rich:
    """A ledger in which everything has happened once."""

    ledger: Ledger
    issuer: str
    other: str
    invoices: tuple[str, ...]

    @property
    def path(self) -> Path:
        """The SQLite file."""
        return Path(make_url(self.ledger.settings.database_url).database or "")


def make_rich(embedded: Embedded, kind: str, folder: Path) -> Rich:
    """Two issuers, invoices, files, payments, a reversal, a credit note; three checkpoints and an entry that waits."""
    settings = embedded.settings(folder, database_url=database_url(kind, folder))
    ledger = init_ledger(settings, clock=embedded.clock, entropy=secrets.token_bytes)
    firms = []
    for name in ("five-lines.json", "consultancy.json"):
        firms.append(enrol(ledger, sample(name)["seller"], "Europe/Paris").issuer.id)
        for code in ("F",) if firms[1:] else ("F", "A"):
            create_series(ledger, firms[-1], code, f"{code}-{{YYYY}}-{{seq:4}}")
    first, other = firms
    draft = sample("five-lines.json")
    drafts = [draft, draft | {"order_reference": "PO-7"}, draft, draft]
    made = [item.id for item in issue(ledger, first, [Item(_undated(item), "F") for item in drafts])]
    made += [item.id for item in issue(ledger, other, [Item(_undated(sample("consultancy.json")), "F")])]
    pdf_of(ledger, first, made[0], "fr")
    anchor_now(ledger)
    paid = record_payment(ledger, first, _receipt("99999.99", made[0], reference="VIR 8841"))
    assert paid.unallocated > 0
    taken = record_payment(ledger, first, _receipt("10.00", made[1], reference="CHQ 1"))
    reverse_payment(ledger, first, taken.id, "sans provision")
    anchor_now(ledger)
    credit_invoice(ledger, first, made[2], "A")
    create_draft(ledger, first, _undated(draft))
    create_key(ledger, first, "caisse", ["invoices:read"])
    anchor_now(ledger)
    record_payment(ledger, other, _receipt("1.00", made[4]))
    with writing(ledger.engine) as connection:
        fingerprint = secrets.token_bytes(32)
        connection.execute(idempotency.insert().values(scope=first, key="k", fingerprint=fingerprint, created=1))
        connection.execute(leases.delete())
        connection.execute(leases.insert().values(name="anchoring", holder="nobody", until=1))
    return Rich(ledger, first, other, tuple(made))


def _undated(draft: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in draft.items() if name not in ("issue_date", "due_date", "delivery")}


def _receipt(amount: str, invoice: str, reference: str | None = None) -> Receipt:
    return Receipt(amount, "EUR", "2026-11-02", reference=reference, invoice_ids=(invoice,))


@pytest.fixture(scope="session")
def rich(embedded: Embedded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rich]:
    """On SQLite, with the file closed and whole: nothing in a journal beside it."""
    made = make_rich(embedded, "sqlite", tmp_path_factory.mktemp("rich"))
    with made.ledger.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    made.ledger.engine.dispose()
    yield made
    made.ledger.engine.dispose()


CopyLedger = Callable[[], Rich]


@pytest.fixture
def copy(rich: Rich, tmp_path: Path) -> Iterator[CopyLedger]:
    """Copies of the ledger that a test may damage; the contract is the same."""
    made: list[Ledger] = []

    def again() -> Rich:
        path = tmp_path / f"copy-{len(made)}.sqlite3"
        shutil.copyfile(rich.path, path)
        url = f"sqlite:///{path}"
        settings = replace(rich.ledger.settings, database_url=url)
        made.append(replace(rich.ledger, engine=open_database(url), settings=settings))
        return replace(rich, ledger=made[-1])

    yield again
    for ledger in made:
        ledger.engine.dispose()
