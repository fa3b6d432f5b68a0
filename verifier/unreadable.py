"""The sheet of an input that could not be read: what is wrong in the reader's language, and what to give instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from verifier.errors import SceauError
from verifier.figures import clean
from verifier.present import Sheet
from verifier.wording import HEADLINES, Lang, Pair, pick

_ERRORS: Final[Mapping[str, Pair]] = {
    "no-file": (
        "There is no such file, and it is no address of a seal either.",
        "Ce fichier n'existe pas, et ce n'est pas non plus l'adresse d'un sceau.",
    ),
    "no-code": (
        "No code of a sealed invoice is in this file.",
        "Ce fichier ne contient le code d'aucune facture scellée.",
    ),
    "two-seals": (
        "This file carries the codes of two different invoices.",
        "Ce fichier porte les codes de deux factures différentes.",
    ),
    "file-kind": (
        "This is neither a bundle (.sceau) nor a PDF, PNG or JPEG.",
        "Ce n'est ni une preuve (.sceau) ni un PDF, PNG ou JPEG.",
    ),
    "file-size": ("This file is too large.", "Ce fichier est trop grand."),
    "extra-missing": (
        "Reading PDFs and pictures needs more packages.",
        "La lecture des PDF et des images demande d'autres paquets.",
    ),
}
_OTHER: Final[Pair] = (
    "This is damaged or cut short. That says nothing about the invoice.",
    "C'est abîmé ou tronqué. Cela ne dit rien de la facture.",
)
_GIVE: Final[Pair] = (
    "Give a .sceau file, a PDF, a picture of the code, or its address.",
    "Donnez un fichier .sceau, un PDF, une image du code, ou son adresse.",
)
_SCAN: Final[Pair] = (
    "Scan the code on the invoice again; the whole of it must be in the picture.",
    "Scannez à nouveau le code de la facture ; il doit être entier dans l'image.",
)


def present_error(error: SceauError, lang: Lang, *, scanned: bool = False) -> Sheet:
    """Lays out an error; `scanned` when the reader came by a code and has no file to give."""
    reason = pick(_ERRORS.get(error.code, _OTHER), lang)
    detail = clean(f"{error} [{error.code}]")
    advice = pick(_SCAN if scanned else _GIVE, lang)
    return Sheet("malformed", pick(HEADLINES["malformed"], lang), reason, (), (advice, detail), (), ())
