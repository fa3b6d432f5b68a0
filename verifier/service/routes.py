"""The routes of `/v`: a page, its script and style, and the check that the script asks for."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from verifier.canonical import b64url_decode
from verifier.errors import Malformed, SceauError
from verifier.html import render_sheet
from verifier.present import present
from verifier.seal import MAX_SEAL, decode_seal
from verifier.service.page import choose_language, read_asset, render_page, render_style
from verifier.unreadable import present_error
from verifier.verdict import Verdict
from verifier.verify import cannot_tell

MAX_BODY: Final = 2048
"""Bytes of a question: base64url of the largest seal has 480."""

_HEADERS: Final = {
    # No inline script or style, nothing from elsewhere, and no frame that could put its own host around us.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

Check = Callable[[bytes], Verdict]


def router(check: Check, *, name: str) -> APIRouter:
    """The page for one server.

    Args:
        check: COSE_Sign1 bytes of a seal to a verdict; called in a worker thread. A SceauError that it raises is
            shown as *cannot tell*.
        name: what the server is called, for people.
    """
    routes = APIRouter(include_in_schema=False)

    @routes.api_route("/v", methods=["GET", "HEAD"])
    def page(request: Request, lang: str | None = None) -> Response:
        """The page; the seal is in the fragment and does not arrive here."""
        chosen = choose_language(lang, request.headers.get("accept-language", ""))
        headers = {"Vary": "Accept-Language", "Content-Language": chosen, "Cache-Control": "no-cache"}
        return _answer(render_page(chosen, name), "text/html", headers)

    @routes.get("/v/page.js")
    def script() -> Response:
        """The page's script."""
        return _answer(read_asset("page.js"), "text/javascript", {"Cache-Control": "no-cache"})

    @routes.get("/v/page.css")
    def style() -> Response:
        """The page's style sheet."""
        return _answer(render_style(), "text/css", {"Cache-Control": "no-cache"})

    @routes.post("/v/check")
    async def ask(request: Request, lang: str | None = None) -> Response:
        """The verdict of `{"seal": base64url}`: HTML for who accepts it, else JSON."""
        chosen = choose_language(lang, request.headers.get("accept-language", ""))
        as_html = "text/html" in request.headers.get("accept", "")
        no_store = {"Cache-Control": "no-store"}
        try:
            seal = _read_seal(await _read_body(request))
        except SceauError as error:
            return _refusal(error, as_html, render_sheet(present_error(error, chosen, scanned=True), chosen), no_store)
        verdict = await run_in_threadpool(_checked, check, seal)
        if as_html:
            return _answer(render_sheet(present(verdict, chosen), chosen), "text/html", no_store)
        return _answer(json.dumps(verdict.to_json(), ensure_ascii=False), "application/json", no_store)

    return routes


def _checked(check: Check, seal: bytes) -> Verdict:
    try:
        return check(seal)
    except SceauError as error:
        return replace(cannot_tell(error), seal=decode_seal(seal).seal)


async def _read_body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise Malformed("body-size", f"a question has at most {MAX_BODY} bytes")
    return bytes(body)


def _read_seal(body: bytes) -> bytes:
    try:
        value: Any = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed("body-form", 'the question is {"seal": "…"}') from error
    if not isinstance(value, dict) or set(value) != {"seal"} or not isinstance(value["seal"], str):
        raise Malformed("body-form", 'the question is {"seal": "…"}')
    if len(value["seal"]) > MAX_SEAL * 4 // 3:
        raise Malformed("seal-size", f"a seal is at most {MAX_SEAL} bytes")
    seal = b64url_decode(value["seal"])
    decode_seal(seal)
    return seal


def _refusal(error: SceauError, as_html: bool, page: str, headers: dict[str, str]) -> Response:
    if as_html:
        return _answer(page, "text/html", headers, 422)
    problem = {"type": "about:blank", "title": error.message, "status": 422, "code": error.code}
    return _answer(json.dumps(problem), "application/problem+json", headers, 422)


def _answer(text: str, media_type: str, headers: dict[str, str], status: int = 200) -> Response:
    return Response(text, status, {**_HEADERS, **headers}, media_type)
