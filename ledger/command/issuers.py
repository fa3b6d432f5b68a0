"""`sceau issuer`: enrol, list, series, API keys."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import orjson

from ledger.api_keys import SCOPES, create_key
from ledger.command.opened import opened, read_file, write_new
from ledger.command.output import Output
from ledger.errors import Invalid
from ledger.issuers import Issuer, enrol, find_issuer, list_issuers
from ledger.series import create_series, list_series
from ledger.store.database import reading

DEFAULT_SERIES = (("F", "F-{YYYY}-{seq:4}"), ("A", "A-{YYYY}-{seq:4}"))
"""Invoices (factures) and credit notes (avoirs)."""


def add_commands(commands: Any) -> None:
    """The parser of `issuer` and its actions."""
    parser = commands.add_parser("issuer", help="enrol an issuer, list them, make series and API keys")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="enrol an issuer from a JSON file with its seller details (BG-4)")
    add.add_argument("file", type=Path, help="a seller, or an invoice draft that holds one")
    add.add_argument("--zone", default="Europe/Paris", help="IANA time zone (default Europe/Paris)")
    add.add_argument("--kit", type=Path, help="where the recovery kit goes (default recovery-kit-ID.txt)")
    add.set_defaults(run=_add)
    listing = actions.add_parser("list", help="list the issuers")
    listing.set_defaults(run=_list)
    series = actions.add_parser("series", help="list an issuer's series, or make one")
    series.add_argument("issuer")
    series.add_argument("code", nargs="?")
    series.add_argument("pattern", nargs="?", help="such as 'F-{YYYY}-{seq:4}'")
    series.add_argument("--reset", choices=("yearly", "never"), default="yearly")
    series.add_argument("--next", type=int, default=1, dest="next_number")
    series.set_defaults(run=_series)
    key = actions.add_parser("key", help="make an API key of an issuer, or of the operator")
    key.add_argument("issuer", help="an issuer, or 'operator'")
    key.add_argument("--name", default="command line")
    key.add_argument("--scope", action="append", choices=SCOPES, help="default: all of an issuer's scopes")
    key.set_defaults(run=_key)
    for action in (add, listing, series, key):
        action.add_argument("--json", action="store_true", dest="as_json", default=argparse.SUPPRESS)


def issuer_to_json(issuer: Issuer) -> dict[str, Any]:
    """The machine form of an issuer."""
    return {
        "id": issuer.id,
        "legal_id": list(issuer.legal_id),
        "name": issuer.name,
        "country": issuer.country,
        "zone": issuer.zone,
    }


def _add(options: argparse.Namespace, output: Output) -> int:
    seller = _seller(options.file)
    with opened(options) as ledger:
        made = enrol(ledger, seller, options.zone)
        kit: Path = options.kit or Path(f"recovery-kit-{made.issuer.legal_id[1]}.txt")
        write_new(kit, made.recovery_kit.encode(), private=True)
        for code, pattern in DEFAULT_SERIES:
            create_series(ledger, made.issuer.id, code, pattern)
    output.data(issuer_to_json(made.issuer) | {"recovery_kit": str(kit)})
    output.say(f"Enrolled {made.issuer.name} ({':'.join(made.issuer.legal_id)}) as {made.issuer.id}.", "green")
    output.say(f"Its recovery kit is {kit}: print it, lock it away, delete the file. There is no copy.", "bold")
    output.say("Series F (invoices) and A (credit notes) are ready: sceau issue --issuer "
               f"{made.issuer.legal_id[1]} DRAFT.json")  # fmt: skip
    return 0


def _seller(path: Path) -> dict[str, Any]:
    try:
        value = orjson.loads(read_file(path))
    except orjson.JSONDecodeError as error:
        raise Invalid("json", f"not JSON: {error}", where=str(path)) from error
    if isinstance(value, dict) and isinstance(value.get("seller"), dict):
        value = value["seller"]
    if not isinstance(value, dict):
        raise Invalid("json", "an object is expected", where=str(path))
    return value


def _list(options: argparse.Namespace, output: Output) -> int:
    with opened(options) as ledger, reading(ledger.engine) as connection:
        found = list_issuers(connection)
    output.data([issuer_to_json(item) for item in found])
    rows = [(item.name, ":".join(item.legal_id), item.zone, item.id) for item in found]
    output.table("Issuers", ("name", "legal id", "zone", "id"), rows)
    return 0


def _series(options: argparse.Namespace, output: Output) -> int:
    with opened(options) as ledger:
        issuer = find_issuer(ledger, options.issuer)
        if options.code is not None:
            if options.pattern is None:
                raise Invalid("series-pattern", "a new series needs a pattern", where="PATTERN")
            create_series(ledger, issuer.id, options.code, options.pattern, options.reset, options.next_number)
        with reading(ledger.engine) as connection:
            found = list_series(connection, issuer.id)
    output.data([{**item.__dict__} for item in found])
    rows = [(s.code, s.pattern, s.reset, str(s.next_number), str(s.issued)) for s in found]
    output.table(f"Series of {issuer.name}", ("code", "pattern", "reset", "next>", "issued>"), rows)
    return 0


def _key(options: argparse.Namespace, output: Output) -> int:
    with opened(options) as ledger:
        owner = None if options.issuer == "operator" else find_issuer(ledger, options.issuer).id
        scopes = options.scope or (["operator"] if owner is None else [s for s in SCOPES if s != "operator"])
        key, token = create_key(ledger, owner, options.name, scopes)
    output.data({"id": key.id, "token": token, "scopes": sorted(key.scopes)})
    output.say(f"API key {key.id}, scopes {', '.join(sorted(key.scopes))}. It is shown this once:")
    output.say(token, "bold")
    return 0
