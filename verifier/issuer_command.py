"""`sceau-verify issuer FILE`: one issuer's invoices, and no others, proven without the server."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from verifier.canonical import format_amount
from verifier.dates import iso_day, utc_minute
from verifier.errors import Malformed
from verifier.figures import clean
from verifier.issuer_audit import IssuerReport
from verifier.issuer_evidence import MAX_EVIDENCE
from verifier.judge import judge_issuer
from verifier.trust import policy_path, read_policy
from verifier.wording import LANGS, Lang, pick

_OUTCOMES: Final = {
    "complete": (
        "✓ COMPLETE: {name} has sealed these {count} invoices, and no others.",
        "✓ COMPLET : {name} a scellé ces {count} factures, et aucune autre.",
    ),
    "irregular": (
        "! COMPLETE, BUT IRREGULAR: these {count} invoices of {name} and no others; look at the numbers below.",
        "! COMPLET, MAIS IRRÉGULIER : ces {count} factures de {name} et aucune autre ; voyez les numéros ci-dessous.",
    ),
    "refuted": (
        "✗ NOT PROVEN: the file contradicts itself or the chain. {message} [{code}]",
        "✗ NON PROUVÉ : le fichier se contredit ou contredit la blockchain. {message} [{code}]",
    ),
    "cannot-tell": (
        "? CANNOT TELL: {message} [{code}]",
        "? ON NE PEUT PAS CONCLURE : {message} [{code}]",
    ),
}

_AS_OF: Final = ("  As of {when}: {word}.", "  Au {when} : {word}.")
_CURRENT: Final = ("nothing was anchored since", "rien n'a été ancré depuis")
_OLDER: Final = ("a newer checkpoint may hold more", "un état plus récent peut en contenir d'autres")
_SERIES: Final = (
    "  Series {pattern}: {count} numbers from {first} on",
    "  Série {pattern} : {count} numéros depuis {first}",
)
_VOID: Final = ("  {number}: closed, no invoice", "  {number} : clos, sans facture")


def add_parser() -> argparse.ArgumentParser:
    """The options of the command."""
    parser = argparse.ArgumentParser(
        prog="sceau-verify issuer",
        description="Proves that an issuer has sealed these invoices and no others, from the file that it made with "
        "`sceau audit --issuer … --evidence FILE`.",
        epilog="exit codes: 0 complete; 1 refuted, or numbers are missing; 3 cannot tell; 2 malformed or usage.",
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON")
    parser.add_argument("--lang", choices=LANGS, help="language (default: LANG)")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="what you trust, as for sceau-verify")
    return parser


def answer(options: argparse.Namespace, environ: Mapping[str, str], lang: Lang, now: int) -> tuple[str, int]:
    """What is printed, and the exit code.

    Raises:
        Malformed: the file cannot be read or is no such file; the policy.
    """
    policy = read_policy(policy_path(options.policy, environ))
    report = judge_issuer(_read(options.file), policy, now)
    if options.as_json:
        return json.dumps(report.to_json(), indent=2, ensure_ascii=False), report.exit_code
    return render_issuer(report, lang), report.exit_code


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_EVIDENCE + 1)
    except OSError as error:
        raise Malformed("file", error.strerror or "cannot be read", where=str(path)) from error
    return data


def render_issuer(report: IssuerReport, lang: Lang) -> str:
    """The report as text: the outcome, its date, each series, each fault, each invoice."""
    name = clean(report.name or "", 100)
    message = clean(report.message, 500)
    lines = [
        pick(_OUTCOMES[report.outcome], lang, name=name, count=str(len(report.invoices)), message=message,
             code=report.code)
    ]  # fmt: skip
    if report.as_of is not None:
        word = pick(_CURRENT if report.current else _OLDER, lang)
        lines.append(pick(_AS_OF, lang, when=utc_minute(report.as_of), word=word))
    for run in report.series:
        first = str(run.run.first or 0)
        lines.append(pick(_SERIES, lang, pattern=clean(run.pattern, 100), count=str(run.count), first=first))
    lines += [f"  ! {clean(fault, 300)}" for fault in report.faults]
    lines += [pick(_VOID, lang, number=clean(number, 40)) for number in report.voids]
    for item in report.invoices:
        code, digits = item.record.currency
        total = format_amount(item.total, digits)
        lines.append(f"  {clean(item.number, 40):<20} {iso_day(item.issue_day)}  {total:>14} {code}")
    return "\n".join(lines)
