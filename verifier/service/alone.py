"""`sceau-verify serve`: the page on the reader's own machine, with the reader's own policy."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from verifier.code import Code
from verifier.errors import Malformed
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


def serve(policy: Policy, address: str, port: int, announce: Callable[[str], None]) -> None:
    """Serves until it is interrupted; `announce` gets the page's address once it can be opened.

    Raises:
        Malformed: `usage`, for an address that cannot be listened on.
    """
    try:
        listening = socket.create_server((address, port))
    except OSError as error:
        raise Malformed("usage", f"cannot listen on {address}:{port}: {error.strerror}") from error
    with listening:
        announce(f"http://{address}:{listening.getsockname()[1]}/v")
        uvicorn.Server(uvicorn.Config(app(policy), log_level="warning")).run(sockets=[listening])
