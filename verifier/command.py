"""`sceau-verify`: inputs in, verdicts out. Bad input ends in one line and an exit code, never in a traceback.

Exit codes: 0 authentic and current; 4 authentic, not current; 3 cannot tell; 1 forged or not the sealed file;
2 malformed, or wrong usage. For several inputs the worst of them, in the order 1, 2, 3, 4, 0.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from verifier.bundle import Bundle
from verifier.canonical import hex_decode
from verifier.checkpoint import parse_uint
from verifier.errors import Malformed, SceauError
from verifier.extras import need
from verifier.figures import clean
from verifier.inputs import read_input
from verifier.issuer_command import add_parser, answer
from verifier.judge import judge_bundle, judge_code, judge_file, pinned
from verifier.policy import BlockName, Policy, TrustedLedger
from verifier.present import Sheet, present
from verifier.report import render_report
from verifier.text import render_text
from verifier.trust import add_ledger, check_host, policy_path, read_policy
from verifier.unreadable import present_error
from verifier.verdict import Verdict
from verifier.verify import cannot_tell
from verifier.wording import LANGS, Lang, pick

WORST_FIRST: Final = (1, 2, 3, 4, 0)

_EPILOG: Final = """\
other commands:
  sceau-verify trust --help     say which ledger you trust (needed once)
  sceau-verify issuer --help    one issuer's invoices, and no others
  sceau-verify serve --help     the same verdicts as a page on this machine

exit codes: 0 authentic and current; 4 authentic, not current; 3 cannot tell; 1 forged or not the sealed file;
2 malformed or usage. For several inputs the worst, in the order 1, 2, 3, 4, 0.
With --json: an object for one input, an array for several.
"""


@dataclass(frozen=True)
class Answer:
    """What became of one input."""

    source: str
    kind: str | None
    """bundle, pdf, picture or code; None when it could not be read."""
    verdict: Verdict | None
    error: SceauError | None
    sheet: Sheet
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """That of the verdict, or 2."""
        return 2 if self.verdict is None else self.verdict.exit_code

    def to_json(self) -> dict[str, Any]:
        """Machine form; without JSON numbers, like everything of this protocol."""
        error = None
        if self.error is not None:
            error = {"code": self.error.code, "message": self.error.message, "where": self.error.where}
        return {
            "input": self.source,
            "kind": self.kind,
            "exit_code": str(self.exit_code),
            "verdict": None if self.verdict is None else self.verdict.to_json(),
            "error": error,
            "warnings": [*self.sheet.warnings],
            "advice": [*self.sheet.advice],
        }


def run(arguments: Sequence[str]) -> int:
    """Runs the command; returns the exit code. Wrong usage raises SystemExit(2), as argparse does."""
    _forgive_encodings()
    commands = {"trust": (_trust_parser, _trust), "issuer": (add_parser, _issuer), "serve": (_serve_parser, _serve)}
    make, act = commands.get(arguments[0] if arguments else "", (_parser, _verify))
    options = make().parse_args(arguments if act is _verify else arguments[1:])
    try:
        return act(options)
    except SceauError as error:
        sys.stderr.write(f"sceau-verify: {clean(str(error), 2000)}\n")
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    except KeyboardInterrupt:
        return 130


# --- verify ----------------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sceau-verify",
        description="Is this invoice authentic, and what is owed now?",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "inputs",
        nargs="+",
        metavar="INPUT",
        help="a bundle (.sceau), a PDF, a picture of the QR code (PNG, JPEG), or the code's address",
    )
    parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON")
    parser.add_argument("--report", type=Path, metavar="FILE", help="also write an HTML report, complete in one file")
    parser.add_argument("--offline", action="store_true", help="ask nobody; ends in “cannot tell” at best")
    _add_shared(parser)
    return parser


def _add_shared(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--lang", choices=LANGS, help="language (default: LANG)")
    parser.add_argument(
        "--policy", type=Path, metavar="FILE", help="what you trust (SCEAU_POLICY, default ~/.config/sceau/policy.json)"
    )


def _verify(options: argparse.Namespace) -> int:
    lang = _language(options)
    policy = read_policy(policy_path(options.policy, os.environ))
    answers = []
    for argument in options.inputs:
        answers.append(_answer(argument, policy, lang, offline=options.offline))
        if not options.as_json:
            _show(answers[-1], lang, first=len(answers) == 1)
    if options.as_json:
        objects = [answer.to_json() for answer in answers]
        _say(json.dumps(objects[0] if len(objects) == 1 else objects, indent=2, ensure_ascii=False))
    if options.report is not None:
        _write(options.report, render_report([(a.source, a.sheet) for a in answers], _now(), lang))
    return worst(answer.exit_code for answer in answers)


def worst(codes: Iterable[int]) -> int:
    """The exit code of several inputs: the first of 1, 2, 3, 4, 0 that is among them."""
    found = set(codes)
    return next(code for code in WORST_FIRST if code in found)


def _answer(argument: str, policy: Policy, lang: Lang, *, offline: bool) -> Answer:
    source = clean(argument if len(argument) <= 120 else argument[:80] + "…")
    try:
        given = read_input(argument)
    except Malformed as error:
        return Answer(source, None, None, error, present_error(error, lang))
    except SceauError as error:
        verdict = cannot_tell(error)
        return Answer(source, None, verdict, error, present(verdict, lang))
    if isinstance(given.content, Bundle):
        verdict = judge_bundle(given.content, policy, _now(), offline=offline)
        return Answer(source, given.kind, verdict, None, present(verdict, lang))
    judged = judge_code(given.content, policy, _now(), offline=offline)
    verdict = judged[0] if given.sha256 is None else judge_file(judged, given.sha256)
    host = given.content.host
    notes = () if host is None or pinned(host, policy) else (_foreign_host(host, lang),)
    return Answer(source, given.kind, verdict, None, present(verdict, lang, notes=notes), notes)


def _foreign_host(host: str, lang: Lang) -> str:
    words = (
        "The code leads to {host}, which your policy does not name. That address was not followed; do not trust what "
        "it shows.",
        "Le code mène à {host}, que votre politique ne nomme pas. Cette adresse n'a pas été suivie ; ne vous fiez pas "
        "à ce qu'elle affiche.",
    )
    return pick(words, lang, host=clean(host, 100))


def _show(answer: Answer, lang: Lang, *, first: bool) -> None:
    if answer.verdict is None and answer.error is not None:
        detail = clean(f"{answer.error} [{answer.error.code}]", 1000)
        reason = "" if lang == "en" else answer.sheet.reason + " "
        sys.stderr.write(f"sceau-verify: {answer.source}: {reason}{detail}\n")
    else:
        _say(("" if first else "\n") + _as_text(answer, lang), end="")


def _as_text(answer: Answer, lang: Lang) -> str:
    terminal = sys.stdout.isatty()
    colour = terminal and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    width = shutil.get_terminal_size((100, 24)).columns if terminal else 100
    return render_text(answer.sheet, answer.source, lang, colour=colour, width=width)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Malformed("report", f"{path} cannot be written: {error.strerror}") from error


# --- trust and serve -------------------------------------------------------------------------------------------


def _issuer(options: argparse.Namespace) -> int:
    words, code = answer(options, os.environ, _language(options), _now())
    _say(words)
    return code


def _trust_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sceau-verify trust",
        description="Adds a ledger to what you trust. Take these values from a source that you trust, never from an "
        "invoice, a bundle or a QR code.",
    )
    parser.add_argument("--ledger", required=True, metavar="HEX", help="ledger id, 64 hexadecimal digits")
    parser.add_argument("--name", required=True, help="what you call it")
    parser.add_argument("--chain-id", required=True, metavar="N", help="chain id (EIP-155), e.g. 11155111 for Sepolia")
    parser.add_argument("--contract", required=True, metavar="0x…", help="address of the contract, 40 digits")
    parser.add_argument("--rpc", required=True, metavar="URL", help="a node of that chain")
    parser.add_argument(
        "--host", action="append", default=[], metavar="HOST", help="who may be asked about scanned codes; repeatable"
    )
    parser.add_argument("--maximum-age", default="86400", metavar="SECONDS", help="older answers are stale (86400)")
    parser.add_argument("--block", choices=("finalized", "latest"), default="finalized", help="which block counts")
    _add_shared(parser)
    return parser


def _trust(options: argparse.Namespace) -> int:
    lang = _language(options)
    trusted = TrustedLedger(
        ledger_id=_hex_option(options.ledger, 32, "--ledger"),
        name=options.name,
        chain_id=_number_option(options.chain_id, "--chain-id"),
        contract=_hex_option(options.contract, 20, "--contract"),
        maximum_age=_number_option(options.maximum_age, "--maximum-age"),
        hosts=tuple(dict.fromkeys(check_host(host) for host in options.host)),
        tier="one",
        endpoints=(options.rpc,),
        block=cast("BlockName", options.block),
    )
    path = policy_path(options.policy, os.environ)
    known = add_ledger(path, trusted)
    verb = (
        ("Changed in {path}:", "Modifié dans {path} :")
        if known
        else ("Now trusted, in {path}:", "Approuvé dans {path} :")
    )
    _say(pick(verb, lang, path=clean(str(path), 1000)))
    hosts = ", ".join(trusted.hosts) or pick(("none: scanned codes cannot be looked up", "aucun"), lang)
    for name, value in (
        (("ledger", "registre"), f"{trusted.name} ({trusted.ledger_id.hex()})"),
        (("chain", "blockchain"), str(trusted.chain_id)),
        (("contract", "contrat"), "0x" + trusted.contract.hex()),
        (("read by", "lue par"), f"{trusted.endpoints[0]} ({trusted.block})"),
        (("hosts", "hôtes"), hosts),
        (("maximum age", "âge maximal"), f"{trusted.maximum_age} s"),
    ):
        _say(f"  {pick(name, lang):<12} {clean(value, 1000)}")
    return 0


def _serve_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sceau-verify serve", description="Your own verification page, with your policy, on this machine."
    )
    parser.add_argument("--port", type=int, default=8750, help="port (8750)")
    parser.add_argument("--address", default="127.0.0.1", help="address to listen on (127.0.0.1: this machine only)")
    _add_shared(parser)
    return parser


def _serve(options: argparse.Namespace) -> int:
    need("service")
    policy = read_policy(policy_path(options.policy, os.environ))
    if not 0 <= options.port < 65_536:
        raise Malformed("usage", "a port is 1 to 65535, or 0 for any that is free", where="--port")
    from verifier.service.alone import serve

    serve(policy, options.address, options.port, _say)
    return 0


# --- shared ----------------------------------------------------------------------------------------------------


def _say(text: str, end: str = "\n") -> None:
    sys.stdout.write(text + end)
    sys.stdout.flush()


def _hex_option(text: str, size: int, where: str) -> bytes:
    try:
        return hex_decode(text.lower().removeprefix("0x"), size)
    except Malformed as error:
        raise Malformed("usage", f"{2 * size} hexadecimal digits are expected", where=where) from error


def _number_option(text: str, where: str) -> int:
    try:
        return parse_uint(text, where)
    except Malformed as error:
        raise Malformed("usage", "a whole number is expected", where=where) from error


def _language(options: argparse.Namespace) -> Lang:
    if options.lang is not None:
        return cast("Lang", options.lang)
    named = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "fr" if named.lower().startswith("fr") else "en"


def _now() -> int:
    return int(time.time())


def _forgive_encodings() -> None:
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
