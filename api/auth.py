"""Who calls: a bearer API key (RFC 6750) of one issuer or of the operator, and what it may do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from ledger.api_keys import ApiKey, authenticate, check_scope
from ledger.context import Ledger
from ledger.errors import Forbidden, LedgerError

OPERATOR = "operator"
_bearer = HTTPBearer(auto_error=False, scheme_name="api_key", description="An API key: `sceau_…`")


class Unauthenticated(LedgerError):
    """No key, or none that is known, alive and in force."""

    status = 401


@dataclass(frozen=True)
class Caller:
    """The key that a request came with, and the ledger that it speaks to."""

    ledger: Ledger
    key: ApiKey

    @property
    def issuer_id(self) -> str:
        """The key's issuer; raises Forbidden `issuer-key` for the operator, who has no invoices."""
        if self.key.issuer_id is None:
            raise Forbidden("issuer-key", "this needs a key of the issuer")
        return self.key.issuer_id

    @property
    def name(self) -> str:
        """The issuer's id, or `operator`: the scope of idempotency keys."""
        return self.key.issuer_id or OPERATOR


def ledger_of(request: Request) -> Ledger:
    """The ledger that this application serves."""
    return cast("Ledger", request.app.state.ledger)


Serving = Annotated[Ledger, Depends(ledger_of)]


def needs(*scopes: str) -> Callable[..., Caller]:
    """A dependency: the caller, when its key has one of these scopes.

    Raises (in the request):
        Unauthenticated: `api-key-required`, `api-key-unknown`.
        Forbidden: `scope`.
    """

    def caller(request: Request, found: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]) -> Caller:
        if found is None:
            raise Unauthenticated("api-key-required", "send an API key as `Authorization: Bearer …`")
        ledger = ledger_of(request)
        key = authenticate(ledger, found.credentials)
        if key is None:
            raise Unauthenticated("api-key-unknown", "this API key is unknown, expired or revoked")
        if not key.scopes & set(scopes):
            check_scope(key, scopes[0])
        return Caller(ledger, key)

    return caller


Operator = Annotated[Caller, Depends(needs(OPERATOR))]
Reader = Annotated[Caller, Depends(needs("invoices:read"))]
Writer = Annotated[Caller, Depends(needs("invoices:write"))]
Cashier = Annotated[Caller, Depends(needs("payments:write"))]
Settler = Annotated[Caller, Depends(needs("settings:write"))]
KeyKeeper = Annotated[Caller, Depends(needs("keys:write", OPERATOR))]
Insider = Annotated[Caller, Depends(needs("invoices:read", OPERATOR))]
