"""JSON-RPC 2.0 over HTTP on the loopback interface, with threads and the standard library alone."""

from __future__ import annotations

import logging
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import orjson

from ledger.embedded_chain.errors import INTERNAL, INVALID_REQUEST, RpcError
from ledger.embedded_chain.methods import Methods

MAX_BODY = 4 * 2**20
"""Bytes. The largest contract creation is 48 KiB; a batch may hold many calls."""

MAX_BATCH = 1000
_log = logging.getLogger("sceau.embedded_chain")


class RpcServer(ThreadingHTTPServer):
    """The listening socket; `methods` answers."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, methods: Methods) -> None:
        """Bind 127.0.0.1; port 0 takes a free one (`url` then says which). Raises OSError when taken."""
        self.methods = methods
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: RpcServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm: ClassVar[bool] = True
    timeout = 300

    def do_POST(self) -> None:
        # A page in a browser must not reach the chain: not by a name that points here (DNS rebinding),
        # nor by a request that needs no preflight.
        host = (self.headers.get("Host") or "").rsplit(":", 1)[0]
        if host not in ("127.0.0.1", "localhost") or self.headers.get_content_type() != "application/json":
            self._answer(403, _error(None, INVALID_REQUEST, "JSON from this machine is served, nothing else"))
            return
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit() or int(length) > MAX_BODY:
            self.close_connection = True
            self._answer(413, _error(None, INVALID_REQUEST, f"a body of at most {MAX_BODY} bytes is expected"))
            return
        try:
            # orjson limits depth; py-evm raises the recursion limit past what json.loads survives.
            request = orjson.loads(self.rfile.read(int(length)))
        except orjson.JSONDecodeError:
            self._answer(200, _error(None, -32700, "the body is not JSON"))
            return
        if isinstance(request, list) and 0 < len(request) <= MAX_BATCH:
            self._answer(200, [self._one(item) for item in request])
        else:
            self._answer(200, self._one(request))

    def _one(self, request: object) -> dict[str, object]:
        if not isinstance(request, dict):
            return _error(None, INVALID_REQUEST, "a request object is expected")
        identity, method, params = request.get("id"), request.get("method"), request.get("params") or []
        if not isinstance(method, str) or not isinstance(params, list):
            return _error(identity, INVALID_REQUEST, "a method name and a list of parameters are expected")
        try:
            return {"jsonrpc": "2.0", "id": identity, "result": self.server.methods.run(method, params)}
        except RpcError as error:
            return _error(identity, error.number, error.message, error.data)
        except Exception:  # The last line of defence of a server.
            # A fault of ours: the caller gets an answer, the operator gets the traceback.
            _log.exception("%s failed", method)
            return _error(identity, INTERNAL, "internal error")

    def _answer(self, status: int, content: object) -> None:
        body = orjson.dumps(content)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not logged: a worker makes many, and none of them is news."""


def _error(identity: object, number: int, message: str, content: str | None = None) -> dict[str, object]:
    error: dict[str, object] = {"code": number, "message": message}
    if content is not None:
        error["data"] = content
    return {"jsonrpc": "2.0", "id": identity, "error": error}
