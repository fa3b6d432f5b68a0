"""What `type` of a problem points to: the list of all kinds, as a page of the server and as docs/problems.md."""

from __future__ import annotations

from html import escape

from fastapi import APIRouter, Response

from api.catalogue import GENERAL, INVOICES, ISSUERS, KINDS, LEDGER, PAYMENTS, REQUEST, Kind

router = APIRouter(include_in_schema=False)

_PARTS = (
    ("Requests", REQUEST),
    ("Invoices, drafts and series", INVOICES),
    ("Payments and credit", PAYMENTS),
    ("Issuers and API keys", ISSUERS),
    ("The ledger", LEDGER),
)

_INTRO = (
    "Every error of the REST API is a problem document (RFC 9457, `application/problem+json`) with `type`, `title` (in "
    "the language of `Accept-Language`, English or French), `status`, `detail`, a stable `code`, and `errors[]` with a "
    "JSON `pointer` into the request, a `code` and a `message` for each fault. A code that is not listed here says "
    "which check of the protocol refused the bytes; its title is that of its status."
)


@router.get("/problems")
def page() -> Response:
    """All kinds of problems; each has its code as its fragment."""
    rows = [
        f'<section id="{code}"><h2>{escape(kind.en)} · <span lang="fr">{escape(kind.fr)}</span></h2>'
        f"<p><code>{code}</code>, {kind.status}. {_spoken(kind.help)}</p></section>"
        for code, kind in KINDS.items()
    ]
    text = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Problems</title>{"".join(rows)}</html>'
    return Response(text, media_type="text/html")


def _spoken(words: str) -> str:
    """The help's words as HTML: between backticks, as docs/problems.md has them, stands code."""
    parts = escape(words).split("`")
    return "".join(f"<code>{part}</code>" if at % 2 else part for at, part in enumerate(parts))


def problems_markdown() -> str:
    """docs/problems.md."""
    parts = ["# Problems", "", _INTRO, ""]
    for heading, kinds in _PARTS:
        parts += [f"## {heading}", ""]
        for code, kind in kinds.items():
            parts += _section(code, kind)
    parts += ["## Titles by status", "", "| status | English | French |", "|---|---|---|"]
    parts += [f"| {status} | {en} | {fr} |" for status, (en, fr) in GENERAL.items()]
    return "\n".join(parts) + "\n"


def _section(code: str, kind: Kind) -> list[str]:
    return [f"### {code}", "", f"{kind.status}: {kind.en} / {kind.fr}. {kind.help}", ""]
