"""`--report FILE`: one HTML file that needs nothing else, to be kept with the invoice or printed."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from verifier.figures import clean, instant
from verifier.html import render_sheet, stylesheet
from verifier.present import Sheet
from verifier.wording import Lang, pick

_RELIES: Final = (
    "Made by sceau-verify with the policy of the person who ran it. It states what was proven at that time; "
    "a status can change afterwards.",
    "Établi par sceau-verify avec la politique de la personne qui l'a lancé. Il dit ce qui était prouvé à cette "
    "heure ; une situation peut changer ensuite.",
)


def render_report(sheets: Sequence[tuple[str, Sheet]], now: int, lang: Lang) -> str:
    """The document; `sheets` are pairs of an input's name and its sheet, `now` Unix seconds."""
    title = pick(("Verification report", "Rapport de vérification"), lang)
    when = instant(now, lang)
    blocks = "\n".join(
        f'<h2 class="source">{escape(clean(source))}</h2>\n{render_sheet(sheet, lang, unfolded=True)}'
        for source, sheet in sheets
    )
    return f"""<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
{stylesheet()}</style>
</head>
<body class="report">
<header class="top"><h1>{title}</h1><p>{escape(when)}</p></header>
<main>
{blocks}
</main>
<footer><p>{escape(pick(_RELIES, lang))}</p></footer>
</body>
</html>
"""
