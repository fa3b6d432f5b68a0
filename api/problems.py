"""Problem documents (RFC 9457): every error that leaves the API has this one form.

    {"type": "/problems#chronology", "title": "…", "status": 409, "detail": "…", "code": "chronology",
     "errors": [{"pointer": "/issue_date", "code": "chronology", "message": "…"}]}

`title` and the messages of rules are in the reader's language (Accept-Language: fr or en), `code` is stable.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.exceptions import HTTPException

from api.catalogue import title
from ledger.errors import LedgerError, Stopped
from ledger.invoice import InvoiceError
from verifier.errors import Inconclusive, Malformed, Refuted, SceauError

PROBLEM = "application/problem+json"
RETRY_AFTER = "5"
"""Seconds after which a 503 is worth another try."""

_log = logging.getLogger("sceau.api")


def language_of(accept: str) -> str:
    """`fr` or `en`: the one that Accept-Language (RFC 9110 §12.5.4) ranks first; English when it names neither."""
    best, language = 0.0, "en"
    for part in accept.split(","):
        name, _, quality = part.strip().partition(";")
        tag = name.strip().lower().partition("-")[0]
        try:
            weight = float(quality.strip().removeprefix("q=")) if quality else 1.0
        except ValueError:
            continue
        if tag in ("fr", "en") and weight > best:
            best, language = weight, tag
    return language


def problem(
    code: str,
    status: int,
    detail: str,
    *,
    language: str = "en",
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """One problem document."""
    body: dict[str, Any] = {
        "type": f"/problems#{code}",
        "title": title(code, status, language),
        "status": status,
        "detail": detail,
        "code": code,
    }
    if errors:
        body["errors"] = list(errors)
    return Response(orjson.dumps(body), status, dict(headers or {}), media_type=PROBLEM)


def status_of(error: SceauError) -> int:
    """The HTTP status of an error."""
    if error.code == "version":
        return 412  # RFC 9110 §13.1.1: what If-Match named is not there any more
    if isinstance(error, LedgerError):
        return error.status
    if isinstance(error, Malformed | Refuted | InvoiceError):
        return 422
    return 503 if isinstance(error, Inconclusive) else 500


def problem_of(error: SceauError, language: str) -> Response:
    """The problem document of an error of ours."""
    status = status_of(error)
    headers = {}
    if status == 401:
        challenge = "Bearer" if error.code == "api-key-required" else 'Bearer error="invalid_token"'
        headers["WWW-Authenticate"] = challenge
    if status == 403:
        headers["WWW-Authenticate"] = 'Bearer error="insufficient_scope"'
    if status == 503:
        headers["Retry-After"] = RETRY_AFTER
    errors: list[dict[str, str]] = []
    if isinstance(error, InvoiceError):
        errors = [
            {"pointer": item.pointer, "code": item.rule, "message": item.fr if language == "fr" else item.en}
            for item in error.violations
        ]
    elif error.where.startswith(("/", "?")):
        errors = [{"pointer": error.where, "code": error.code, "message": error.message}]
    return problem(error.code, status, error.message, language=language, errors=errors, headers=headers)


def install(app: FastAPI) -> None:
    """Makes every error of the application a problem document."""

    def ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, SceauError)
        if status_of(error) == 500 or isinstance(error, Stopped):
            _log.error("%s %s: %s", request.method, request.url.path, error.code, exc_info=error)
        return problem_of(error, _language(request))

    def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code = {404: "not-found", 405: "method"}.get(error.status_code, "malformed-request")
        return problem(code, error.status_code, str(error.detail), language=_language(request), headers=error.headers)

    def parameters(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        found = [
            {"pointer": f"?{'/'.join(map(str, item['loc'][1:]))}", "code": "parameter", "message": str(item["msg"])}
            for item in error.errors()
        ]
        detail = "a parameter or header is not what it may be"
        return problem("parameter", 422, detail, language=_language(request), errors=found)

    def database(request: Request, error: Exception) -> Response:
        _log.error("the database does not answer", exc_info=error)
        headers = {"Retry-After": RETRY_AFTER}
        detail = "the database does not answer"
        return problem("database", 503, detail, language=_language(request), headers=headers)

    app.add_exception_handler(SceauError, ours)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, parameters)
    app.add_exception_handler(OperationalError, database)
    app.add_exception_handler(InterfaceError, database)


def _language(request: Request) -> str:
    return language_of(request.headers.get("accept-language", ""))
