"""Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): the same request twice is one act and one answer.

The key, what the request does and the answer are one transaction. So there is no moment at which a crash leaves a key
that is taken without an answer, or an invoice without its key: after a SIGKILL the transaction is there whole or not at
all, and the client's repetition gets the saved answer or does the work. Of two requests with one key at once, the
second waits for the first one's transaction and then replays its answer.

An error answer is not kept: nothing was done, and the same request may be sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Annotated, Any

import orjson
from fastapi import Depends, Header, Request, Response
from sqlalchemy import Connection, and_, select, text
from sqlalchemy.exc import OperationalError

from api.auth import Caller
from api.body import raw_body
from ledger.errors import Conflict, Invalid, LedgerError
from ledger.store.database import one_transaction
from ledger.store.tables import idempotency

KEPT = 7 * 86_400
"""Seconds that an answer is kept at least; clients repeat within hours."""
WAIT = "10s"
"""How long PostgreSQL lets the second of two requests wait for the first."""

IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", description="1 to 255 visible ASCII characters, new for each act."),
]

_CLAIM = text(
    "INSERT INTO idempotency (scope, key, fingerprint, created) VALUES (:scope, :key, :fingerprint, :created)"
    " ON CONFLICT DO NOTHING"
)


class BadRequest(LedgerError):
    """The request's head is wrong."""

    status = 400


@dataclass(frozen=True)
class Answer:
    """What a request is answered with."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    secret: str | None = None
    """A member that is given once and kept nowhere: in the saved answer it is null."""

    def response(self) -> Response:
        """The HTTP response."""
        content = orjson.dumps(self.body)
        return Response(content, self.status, dict(self.headers), media_type="application/json")

    def saved(self) -> bytes:
        """Body and headers as they are kept."""
        body = dict(self.body)
        if self.secret is not None:
            body[self.secret] = None
        return orjson.dumps({"headers": dict(self.headers), "body": body})


@dataclass(frozen=True)
class Once:
    """The key of a request and what it stands for."""

    key: str | None
    fingerprint: bytes

    def run(self, caller: Caller, work: Callable[[], Answer], *, required: bool = False) -> Response:
        """Does the work in one transaction, or replays its answer.

        Raises:
            BadRequest: `idempotency-key-required`, `idempotency-key`.
            Invalid: `idempotency-key-reused`, the key was used for another request.
            Conflict: `idempotency-running`, the first request with this key is still being worked on.
        """
        self._check(required)
        ledger = caller.ledger
        with one_transaction(ledger.engine) as connection:
            if self.key is None:
                return work().response()
            now = ledger.now()
            if not self._claim(connection, caller.name, now):
                return self._replay(connection, caller.name)
            answer = work()
            kept = {"status": answer.status, "content_type": "application/json", "body": answer.saved()}
            connection.execute(idempotency.update().where(self._row(caller.name)).values(kept))
            self._forget(connection, caller.name, now)
        return answer.response()

    def _check(self, required: bool) -> None:
        if self.key is None:
            if required:
                raise BadRequest(
                    "idempotency-key-required", "send an Idempotency-Key: a repeated request must not act twice"
                )
            return
        if not (0 < len(self.key) <= 255 and self.key.isascii() and self.key.isprintable()):
            raise BadRequest("idempotency-key", "1 to 255 visible ASCII characters")

    def _row(self, scope: str) -> Any:
        return and_(idempotency.c.scope == scope, idempotency.c.key == self.key)

    def _claim(self, connection: Connection, scope: str, now: int) -> bool:
        values = {"scope": scope, "key": self.key, "fingerprint": self.fingerprint, "created": now}
        if connection.dialect.name != "postgresql":
            return connection.execute(_CLAIM, values).rowcount == 1  # the write lock is ours already
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{WAIT}'")
        try:
            claimed = connection.execute(_CLAIM, values).rowcount == 1
        except OperationalError as error:
            raise Conflict("idempotency-running", "the first request with this key is still being done") from error
        connection.exec_driver_sql("SET LOCAL lock_timeout = DEFAULT")
        return claimed

    def _replay(self, connection: Connection, scope: str) -> Response:
        row = connection.execute(select(idempotency).where(self._row(scope))).one()
        if row.fingerprint != self.fingerprint:
            raise Invalid("idempotency-key-reused", "this Idempotency-Key was used for another request")
        saved = orjson.loads(row.body)
        answer = Answer(row.status, saved["body"], saved["headers"] | {"Idempotent-Replayed": "true"})
        return answer.response()

    def _forget(self, connection: Connection, scope: str, now: int) -> None:
        # One request in 256 tidies up after its issuer: the table stays small and no request pays much.
        if sha256(self.fingerprint + (self.key or "").encode()).digest()[0] == 0:
            old = and_(idempotency.c.scope == scope, idempotency.c.created < now - KEPT)
            connection.execute(idempotency.delete().where(old))


def once(request: Request, raw: Annotated[bytes, Depends(raw_body)], key: IdempotencyKey = None) -> Once:
    """The request's key with the fingerprint of method, address and body."""
    head = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return Once(key, sha256(head + raw).digest())


Idempotent = Annotated[Once, Depends(once)]
Raw = Annotated[bytes, Depends(raw_body)]
