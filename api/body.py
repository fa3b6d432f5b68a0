"""Request bodies, read from bytes: strict JSON, no member twice, and no number where money stands.

FastAPI would read the JSON before the models see it and turn 1200.10 into a float; here a model sees what was sent, a
decimal string stays the string it was and a JSON number is refused.
"""

from __future__ import annotations

import json
from typing import Any, TypeVar

import orjson
from fastapi import Request
from pydantic import BaseModel, ValidationError

from ledger.errors import Invalid
from ledger.invoice import InvoiceError, Violation

MAX_BODY = 16 * 2**20
"""Bytes of a request: a batch of drafts; one draft has a limit of its own (ledger.invoice.parse)."""

ModelT = TypeVar("ModelT", bound=BaseModel)

_EXPECTED = {
    "string_type": "a string",
    "string_unicode": "Unicode text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "an array",
    "dict_type": "an object",
    "model_type": "an object",
}


async def raw_body(request: Request) -> bytes:
    """The request's bytes; the size is bounded by `api.guard`."""
    return await request.body()


def read_body(raw: bytes, model: type[ModelT]) -> ModelT:
    """The body as `model`.

    Raises:
        Invalid: `json`, not JSON or a member stands twice.
        InvoiceError: every member that is unknown, absent or not in its form, under the rules of a draft.
    """
    value = read_json(raw)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise InvoiceError([_violation(item) for item in error.errors(include_url=False)]) from None


def read_json(raw: bytes) -> Any:
    """JSON (RFC 8259) with unique members; raises Invalid `json`."""
    try:
        # orjson refuses what the standard library lets through: NaN, bytes that are not UTF-8, bottomless nesting.
        orjson.loads(raw)
        return json.loads(raw, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise Invalid("json", f"the body is not JSON: {str(error)[:200]}") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice in one object")
    return members


def prefixed(error: InvoiceError, prefix: str) -> InvoiceError:
    """The same violations with pointers into the request instead of into the draft inside it."""
    return InvoiceError([Violation(item.rule, prefix + item.pointer, item.params) for item in error.violations])


def _violation(error: Any) -> Violation:
    kind, context = error["type"], error.get("ctx") or {}
    pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in error["loc"])
    if kind == "missing":
        return Violation("SC-REQUIRED", pointer)
    if kind == "extra_forbidden":
        return Violation("SC-UNKNOWN", pointer)
    if kind in ("too_long", "string_too_long"):
        return Violation("SC-LENGTH", pointer, {"limit": str(context["max_length"])})
    if kind == "string_type" and pointer.endswith("/amount"):
        return Violation("SC-DECIMAL", pointer, {"digits": "4"})
    if kind in _EXPECTED:
        return Violation("SC-TYPE", pointer, {"expected": _EXPECTED[kind]})
    return Violation("SC-FORM", pointer, {"value": _shown(error["input"]), "expected": str(error["msg"])})


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
