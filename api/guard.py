"""What holds for every request: a bounded body, security headers, and no traceback ever."""

from __future__ import annotations

import logging
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.body import MAX_BODY
from api.problems import language_of, problem

_log = logging.getLogger("sceau.api")

HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    # What a key opens is nobody else's, and standings change: a proxy keeps none of it.
    "Cache-Control": "no-store",
}
"""Set unless the answer has its own."""


class _TooLarge(Exception):
    pass


class Guard:
    """The outermost layer of the application (ASGI 3)."""

    def __init__(self, app: ASGIApp, *, limit: int = MAX_BODY, https: bool = False) -> None:
        self.app = app
        self.limit = limit
        self.headers = dict(HEADERS)
        if https:
            self.headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def guarded_send(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        head = Headers(scope=scope)
        language = language_of(head.get("accept-language", ""))
        answer = None
        try:
            if "\0" in scope["path"] or b"%00" in scope["query_string"]:
                answer = problem("malformed-request", 400, "a NUL character in the address", language=language)
            else:
                await self.app(scope, self._bounded(receive, head), guarded_send)
        except _TooLarge:
            detail = f"at most {self.limit} bytes"
            answer = problem("too-large", 413, detail, language=language, headers={"Connection": "close"})
        except Exception:
            _log.exception("%s %s failed", scope["method"], scope["path"])
            answer = problem("internal", 500, "a fault of the server; it was logged", language=language)
        if answer is not None and not started:
            await answer(scope, receive, guarded_send)

    def _bounded(self, receive: Receive, head: Headers) -> Receive:
        # The announced length spares reading; the count is what holds, for a length may be absent.
        announced = head.get("content-length", "0")
        if announced.isdecimal() and int(announced) > self.limit:
            raise _TooLarge
        seen = 0

        async def bounded() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self.limit:
                raise _TooLarge
            return message

        return bounded
