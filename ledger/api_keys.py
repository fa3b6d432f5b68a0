"""API keys: bearer tokens of one issuer or of the operator; only their hash is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import select

from ledger.context import Ledger
from ledger.errors import Forbidden, Invalid, NotFound
from ledger.ids import new_id
from ledger.issuers import get_issuer
from ledger.store.database import reading, writing
from ledger.store.tables import api_keys
from verifier.canonical import b64url_encode

SCOPES = ("operator", "invoices:read", "invoices:write", "payments:write", "settings:write", "keys:write")
"""`operator` enrols issuers and makes their keys; the others are an issuer's own."""

_TOKEN = re.compile(r"sceau_[A-Za-z0-9_-]{43}")
_USED_EVERY = 60
"""Seconds between two notes of last use: a key in use must not cost a write a request."""


@dataclass(frozen=True)
class ApiKey:
    """A key as kept."""

    id: str
    issuer_id: str | None
    """None: the operator's."""
    name: str
    prefix: str
    """First characters, to recognise it by."""
    scopes: frozenset[str]
    created: int
    expires: int | None
    revoked: int | None
    last_used: int | None


def create_key(
    ledger: Ledger, issuer_id: str | None, name: str, scopes: Iterable[str], expires: int | None = None
) -> tuple[ApiKey, str]:
    """A new key and its token, which is shown once.

    Raises:
        Invalid: `scopes`, `name`.
        NotFound: `issuer`.
    """
    wanted = frozenset(scopes)
    if not wanted or not wanted <= set(SCOPES) or ("operator" in wanted) != (issuer_id is None):
        raise Invalid("scopes", f"some of {', '.join(SCOPES)}; operator for the operator only", where="/scopes")
    if not 0 < len(name) <= 100:
        raise Invalid("name", "1 to 100 characters", where="/name")
    token = f"sceau_{b64url_encode(ledger.entropy(32))}"
    key = ApiKey(
        new_id("key", ledger.clock(), ledger.entropy), issuer_id, name, token[:12], wanted, ledger.now(),
        expires, None, None,
    )  # fmt: skip
    with writing(ledger.engine) as connection:
        if issuer_id is not None:
            get_issuer(connection, issuer_id)
        connection.execute(
            api_keys.insert().values(
                id=key.id,
                issuer_id=issuer_id,
                name=name,
                prefix=key.prefix,
                hash=_hash(token),
                scopes=" ".join(sorted(wanted)),
                created=key.created,
                expires=expires,
            )
        )
    return key, token


def _hash(token: str) -> bytes:
    # The token holds 256 random bits: a plain hash cannot be searched, a slow one would only slow us.
    return sha256(token.encode()).digest()


def authenticate(ledger: Ledger, token: str) -> ApiKey | None:
    """The live key of a token, or None."""
    if not _TOKEN.fullmatch(token):
        return None
    with reading(ledger.engine) as connection:
        row = connection.execute(select(api_keys).where(api_keys.c.hash == _hash(token))).one_or_none()
    now = ledger.now()
    if row is None or row.revoked is not None or (row.expires is not None and row.expires <= now):
        return None
    if row.last_used is None or row.last_used + _USED_EVERY < now:
        with writing(ledger.engine) as connection:
            connection.execute(api_keys.update().where(api_keys.c.id == row.id).values(last_used=now))
    return _key_of(row)


def check_scope(key: ApiKey, scope: str) -> None:
    """Raises Forbidden `scope` when the key lacks it."""
    if scope not in key.scopes:
        raise Forbidden("scope", f"this key lacks the scope {scope}")


def list_keys(ledger: Ledger, issuer_id: str | None) -> list[ApiKey]:
    """An issuer's keys (None: the operator's), oldest first."""
    owner = api_keys.c.issuer_id.is_(None) if issuer_id is None else api_keys.c.issuer_id == issuer_id
    with reading(ledger.engine) as connection:
        return [_key_of(row) for row in connection.execute(select(api_keys).where(owner).order_by(api_keys.c.id))]


def revoke_key(ledger: Ledger, issuer_id: str | None, key_id: str) -> None:
    """Ends a key now; raises NotFound `api-key`."""
    owner = api_keys.c.issuer_id.is_(None) if issuer_id is None else api_keys.c.issuer_id == issuer_id
    with writing(ledger.engine) as connection:
        query = api_keys.update().where(api_keys.c.id == key_id, owner, api_keys.c.revoked.is_(None))
        if connection.execute(query.values(revoked=ledger.now())).rowcount == 0:
            raise NotFound("api-key", "no such key")


def _key_of(row: Any) -> ApiKey:
    return ApiKey(
        row.id, row.issuer_id, row.name, row.prefix, frozenset(row.scopes.split()),
        row.created, row.expires, row.revoked, row.last_used,
    )  # fmt: skip
