"""The shell of the page in two languages; the verdict is filled in by its script."""

from __future__ import annotations

from functools import cache
from html import escape
from importlib import resources
from string import Template
from typing import Final

from verifier.html import stylesheet
from verifier.wording import LANGS, Lang, Pair, pick

_WORDS: Final[dict[str, Pair]] = {
    "title": ("Check an invoice", "Vérifier une facture"),
    "language": ("Language", "Langue"),
    "other_name": ("Français", "English"),
    "you_are_on": ("You are on", "Vous êtes sur"),
    "compare_host": (
        "Compare with the address printed beside the code. If it differs, believe nothing on this page.",
        "Comparez avec l'adresse imprimée près du code. Si elle diffère, ne croyez rien de cette page.",
    ),
    "wait": ("Checking…", "Vérification en cours…"),
    "fail": (
        "This server could not be reached or did not answer in time. That says nothing about the invoice: try again, "
        "and do not pay yet.",
        "Ce serveur est injoignable ou n'a pas répondu à temps. Cela ne dit rien de la facture : réessayez, et ne "
        "payez pas pour l'instant.",
    ),
    "none": (
        "Scan the code printed on the invoice with your phone's camera: its address opens this page with the seal.",
        "Scannez le code imprimé sur la facture avec l'appareil photo : son adresse ouvre cette page avec le sceau.",
    ),
    "no_script": ("This page needs JavaScript.", "Cette page a besoin de JavaScript."),
    "relies": (
        "You rely on the verifier of this server, {name}, and on what it trusts. The seal stays in your browser's "
        "address bar; it is sent to this server only to be checked.",
        "Vous vous fiez au vérificateur de ce serveur, {name}, et à ce qu'il tient pour fiable. Le sceau reste dans la "
        "barre d'adresse ; il n'est envoyé à ce serveur que pour être vérifié.",
    ),
    "independent": (
        "To depend on nobody, check with your own copy of",
        "Pour ne dépendre de personne, vérifiez avec votre propre copie de",
    ),
}


def render_page(lang: Lang, name: str) -> str:
    """The whole page; `name` is what the server is called."""
    words = {key: escape(pick(pair, lang, name=name)) for key, pair in _WORDS.items()}
    other: Lang = "fr" if lang == "en" else "en"
    return Template(read_asset("page.html")).substitute(words, lang=lang, other_lang=other)


def render_style() -> str:
    """The report's style sheet, and what only the page needs."""
    return stylesheet() + read_asset("page.css")


@cache
def read_asset(name: str) -> str:
    """A file of this package."""
    return resources.files("verifier.service").joinpath(name).read_text("utf-8")


def choose_language(asked: str | None, accepted: str) -> Lang:
    """`asked` in the address, else the better of `Accept-Language` (RFC 9110 §12.5.4), else English."""
    for lang in LANGS:
        if asked == lang:
            return lang
    best: tuple[float, Lang] = (0.0, "en")
    for part in accepted[:500].split(","):
        tag, _, parameters = part.strip().partition(";")
        quality = _quality(parameters.strip())
        for lang in LANGS:
            if tag.strip().lower().split("-")[0] == lang and quality > best[0]:
                best = quality, lang
    return best[1]


def _quality(text: str) -> float:
    if not text:
        return 1.0
    try:
        return min(1.0, max(0.0, float(text.removeprefix("q="))))
    except ValueError:
        return 0.0
