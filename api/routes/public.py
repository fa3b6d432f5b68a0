"""What anyone may ask without a key: a proof for a seal in hand, and what this server claims its ledger to be."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Response

from api.answers import LedgerShown
from api.auth import Serving
from api.body import read_body
from api.idempotency import Raw
from api.openapi import takes
from api.requests import PublicSeal
from api.routes.invoices import BUNDLE
from ledger.prove import prove_seal
from verifier.canonical import b64url_decode
from verifier.seal import decode_seal

router = APIRouter(prefix="/public", tags=["public"])

NOTE = (
    "This is what the server says about itself. Compare it with what the issuer or somebody else that you trust "
    "told you before you pin it."
)


@router.post(
    "/bundle",
    response_class=Response,
    responses={200: {"content": {BUNDLE: {}}, "description": "The bundle"}},
    openapi_extra=takes(PublicSeal),
)
def prove(ledger: Serving, raw: Raw) -> Response:
    """The bundle for whoever holds a seal: nothing of the document beyond the seal's own facts.

    The seal comes in the body, never in the address: an address is logged on its way.
    """
    seal = decode_seal(b64url_decode(read_body(raw, PublicSeal).seal))
    return Response(prove_seal(ledger, seal).encode(), media_type=BUNDLE)


@router.get("/ledger", responses={200: {"model": LedgerShown}})
def describe(ledger: Serving) -> Response:
    """The ledger's id, chain and contract, as this server claims them."""
    shown = LedgerShown(
        ledger=ledger.ledger_id.hex(),
        name=ledger.settings.name,
        chain_id=str(ledger.settings.chain_id),
        contract=ledger.contract.hex(),
        maximum_age=str(ledger.settings.maximum_age),
        note=NOTE,
    )
    return Response(orjson.dumps(shown.model_dump()), media_type="application/json")
