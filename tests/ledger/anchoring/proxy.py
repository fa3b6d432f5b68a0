"""A TCP proxy before a node that loses requests or answers: what a network does, done on purpose."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

Fault = Callable[["Proxy", dict[str, Any]], str | dict[str, Any]]
"""Decides about a request: `pass`, `drop` (it never arrives), `mute` (its answer is lost), or an answer to give."""


def _pass(_proxy: Proxy, _request: dict[str, Any]) -> str:
    return "pass"


class Proxy:
    """Forwards JSON-RPC to `target`, except what `fault` says. As a context manager it ends with the block."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.fault: Fault = _pass
        self.seen: list[dict[str, Any]] = []
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = proxy.serve(json.loads(body))
                if answer is None:
                    # The connection just ends, in the middle of a call.
                    self.close_connection = True
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Proxy:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def serve(self, request: dict[str, Any]) -> bytes | None:
        """The bytes to answer with, or None to end the connection."""
        self.seen.append(request)
        verdict = self.fault(self, request)
        if isinstance(verdict, dict):
            return json.dumps({"jsonrpc": "2.0", "id": request["id"]} | verdict).encode()
        if verdict == "drop":
            return None
        answer = self.forward(request)
        return None if verdict == "mute" else answer

    def forward(self, request: dict[str, Any]) -> bytes:
        """What the node answers."""
        return httpx.post(self.target, json=request, trust_env=False, timeout=30).content

    def count(self, method: str) -> int:
        """How often a method was called."""
        return len([request for request in self.seen if request["method"] == method])
