"""The OpenAPI 3.1 description: FastAPI's, with the bodies that are read by hand and problem documents for errors."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api import requests
from api.answers import Problem
from api.catalogue import GENERAL, KINDS
from api.problems import PROBLEM
from ledger.invoice import Draft
from ledger.invoice.party import Party

_REF = "#/components/schemas/{model}"

_EXAMPLES = {
    400: ("idempotency-key-required",),
    401: ("api-key-required", "api-key-unknown"),
    403: ("scope",),
    404: ("invoice",),
    409: ("chronology", "draft-gone", "credited", "idempotency-running"),
    412: ("version",),
    413: ("too-large",),
    422: ("invoice-invalid", "amount", "json", "idempotency-key-reused"),
    428: ("if-match-required",),
    503: ("not-anchored", "alarm"),
}
"""Codes that stand for each status in the description; docs/problems.md has all of them."""


def takes(model: type[BaseModel], *, keyed: bool = False) -> dict[str, Any]:
    """`openapi_extra` of a route that reads this body itself; `keyed`: it requires an Idempotency-Key."""
    schema = {"$ref": _REF.format(model=model.__name__)}
    extra: dict[str, Any] = {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
    return extra | {"x-idempotency-key": "required"} if keyed else extra


def describe(app: FastAPI) -> dict[str, Any]:
    """The whole description."""
    found: dict[str, Any] = get_openapi(
        title="Sceau",
        version=app.version,
        description="A verifiable invoice ledger. Errors are problem documents: docs/problems.md.",
        routes=app.routes,
    )
    components = found.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas.update(_body_schemas())
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    components["examples"] = {code: {"value": _example(code)} for codes in _EXAMPLES.values() for code in codes}
    for path, item in found["paths"].items():
        for method, operation in item.items():
            _add_problems(method, path, operation)
    return found


def _body_schemas() -> dict[str, Any]:
    bodies = [item for item in vars(requests).values() if isinstance(item, type) and issubclass(item, requests.Body)]
    models: list[type[BaseModel]] = [*bodies, Draft, Party, Problem]
    _, top = models_json_schema([(item, "validation") for item in models], ref_template=_REF)
    schemas: dict[str, Any] = top["$defs"]
    schemas.pop("Body", None)
    # What issuing puts there is the issuer's own record: a draft need not say who sells.
    schemas["Draft"]["required"].remove("seller")
    for name, member, model in (
        ("NewInvoice", "draft", "Draft"),
        ("NewIssuer", "seller", "Party"),
        ("SellerChange", "seller", "Party"),
    ):
        schemas[name]["properties"][member] = {"$ref": _REF.format(model=model)}
    return schemas


def _add_problems(method: str, path: str, operation: dict[str, Any]) -> None:
    statuses = []
    if "requestBody" in operation or operation.get("parameters"):
        statuses.append(422)
    if "requestBody" in operation:
        statuses.append(413)
    if operation.get("security"):
        statuses += [401, 403]
    if "{" in path:
        statuses.append(404)
    if method in ("put", "patch"):
        statuses.append(409)
    for parameter in operation.get("parameters", ()):
        if parameter["name"] == "Idempotency-Key":
            statuses += [400, 409]
            parameter["required"] = "x-idempotency-key" in operation
        elif parameter["name"] == "If-Match":
            statuses += [412, 428] if method == "put" else [412]
            parameter["required"] = method == "put"
    if method != "get" or "bundle" in path or path == "/ready":
        statuses.append(503)
    responses = operation["responses"]
    for status in sorted(statuses):
        responses[str(status)] = _response(GENERAL[status][0], _EXAMPLES[status])
    responses["default"] = _response("Any other problem", ())


def _response(description: str, codes: tuple[str, ...]) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": {"$ref": _REF.format(model="Problem")}}
    if codes:
        content["examples"] = {code: {"$ref": f"#/components/examples/{code}"} for code in codes}
    return {"description": description, "content": {PROBLEM: content}}


def _example(code: str) -> dict[str, Any]:
    kind = KINDS[code]
    example: dict[str, Any] = {
        "type": f"/problems#{code}",
        "title": kind.en,
        "status": kind.status,
        "detail": kind.help,
        "code": code,
    }
    if code == "invoice-invalid":
        example["errors"] = [
            {"pointer": "/draft/lines/0/vat/rate", "code": "BR-48", "message": "The VAT rate is required."}
        ]
    if code == "amount":
        example["errors"] = [{"pointer": "/amount", "code": "amount", "message": "a payment is above zero"}]
    return example
