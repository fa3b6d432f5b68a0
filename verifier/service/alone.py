"""`sceau-verify serve`: the page on the reader's own machine, with the reader's own policy."""

from __future__ import annotations

import time

import uvicorn
from fastapi import FastAPI

from verifier.code import Code
from verifier.judge import judge_code
from verifier.policy import Policy
from verifier.seal import decode_seal
from verifier.service.routes import router
from verifier.verdict import Verdict


def app(policy: Policy) -> FastAPI:
    """The page alone."""

    def check(seal: bytes) -> Verdict:
        return judge_code(Code(decode_seal(seal), None), policy, int(time.time()))[0]

    made = FastAPI(title="sceau-verify", docs_url=None, redoc_url=None, openapi_url=None)
    made.include_router(router(check, name="sceau-verify"))
    return made


def serve(policy: Policy, address: str, port: int) -> None:
    """Serves until it is interrupted."""
    uvicorn.run(app(policy), host=address, port=port, log_level="warning")
