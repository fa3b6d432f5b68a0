"""Drafts: invoices that are still being written. They have no number and may be deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, select

from ledger.context import Ledger
from ledger.errors import Conflict, NotFound
from ledger.ids import new_id
from ledger.invoice import read_draft
from ledger.issuers import get_issuer
from ledger.store.database import reading, writing
from ledger.store.tables import drafts


@dataclass(frozen=True)
class StoredDraft:
    """A draft as kept."""

    id: str
    body: dict[str, Any]
    version: int
    created: int
    updated: int


def create_draft(ledger: Ledger, issuer_id: str, body: Mapping[str, Any] | bytes) -> StoredDraft:
    """Keeps a draft whose members have the right form; its rules are checked at preview and issue.

    Raises:
        InvoiceError: a member is unknown or not in its form.
    """
    now = ledger.now()
    with writing(ledger.engine) as connection:
        clean = _clean(connection, issuer_id, body)
        made = StoredDraft(new_id("dra", ledger.clock(), ledger.entropy), clean, 1, now, now)
        connection.execute(
            drafts.insert().values(
                id=made.id,
                issuer_id=issuer_id,
                body=orjson.dumps(clean),
                version=1,
                created=now,
                updated=now,
            )
        )
    return made


def _clean(connection: Connection, issuer_id: str, body: Mapping[str, Any] | bytes) -> dict[str, Any]:
    seller = get_issuer(connection, issuer_id).seller
    parsed = read_draft(body, seller=seller)
    return parsed.model_dump(exclude_none=True, exclude={"seller"})


def get_draft(ledger: Ledger, issuer_id: str, draft_id: str) -> StoredDraft:
    """One draft of this issuer; raises NotFound `draft`."""
    with reading(ledger.engine) as connection:
        return _get(connection, issuer_id, draft_id)


def _get(connection: Connection, issuer_id: str, draft_id: str, *, lock: bool = False) -> StoredDraft:
    query = select(drafts).where(drafts.c.id == draft_id, drafts.c.issuer_id == issuer_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound("draft", "no such draft")
    return _of(row)


def _of(row: Any) -> StoredDraft:
    return StoredDraft(row.id, orjson.loads(row.body), row.version, row.created, row.updated)


def list_drafts(ledger: Ledger, issuer_id: str, *, after: str | None, limit: int) -> list[StoredDraft]:
    """An issuer's drafts in order of creation, after an id."""
    query = select(drafts).where(drafts.c.issuer_id == issuer_id).order_by(drafts.c.id).limit(limit)
    if after is not None:
        query = query.where(drafts.c.id > after)
    with reading(ledger.engine) as connection:
        return [_of(row) for row in connection.execute(query)]


def update_draft(
    ledger: Ledger, issuer_id: str, draft_id: str, body: Mapping[str, Any] | bytes, version: int
) -> StoredDraft:
    """Replaces a draft; raises Conflict `version` when somebody else did meanwhile."""
    with writing(ledger.engine) as connection:
        old = _get(connection, issuer_id, draft_id, lock=True)
        if old.version != version:
            raise Conflict("version", "the draft was changed meanwhile; read it again")
        clean = _clean(connection, issuer_id, body)
        query = drafts.update().where(drafts.c.id == draft_id)
        connection.execute(query.values(body=orjson.dumps(clean), version=version + 1, updated=ledger.now()))
        return _get(connection, issuer_id, draft_id)


def delete_draft(ledger: Ledger, issuer_id: str, draft_id: str) -> None:
    """Deletes a draft; leaves no gap, since it had no number (N3). Raises NotFound `draft`."""
    with writing(ledger.engine) as connection:
        query = drafts.delete().where(drafts.c.id == draft_id, drafts.c.issuer_id == issuer_id)
        if connection.execute(query).rowcount == 0:
            raise NotFound("draft", "no such draft")
