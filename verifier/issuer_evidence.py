"""The file that proves one issuer's completeness: its form and its limits (`verifier.issuer_audit` judges it)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from verifier.bundle import LoggedEntry, ProvenRecord
from verifier.canonical import Json, b64url_decode, b64url_encode, decode_json, encode_json, hex_decode
from verifier.checkpoint import MAX_SIZE, Checkpoint, parse_uint
from verifier.errors import Inconclusive, Malformed
from verifier.keyed_map import MapProof
from verifier.merkle import MAX_PROOF
from verifier.records import Holdings
from verifier.seal import check_legal_id
from verifier.statement import decode_entry

FORMAT: Final = "sceau/issuer-audit/1"

MAX_EVIDENCE: Final = 512 * 2**20
"""Bytes: about 150,000 invoices; an auditor has a computer, and the issuer's consent, of its own."""

MAX_SERIES: Final = 1_000

_MEMBERS = {
    "format", "ledger", "legal_id", "checkpoint", "state", "entries", "records", "holdings", "invoices", "series",
}  # fmt: skip


@dataclass(frozen=True)
class SeriesClaim:
    """How the issuer says that it numbers; unproven, but the numbers fit it or they do not."""

    pattern: str
    yearly: bool


@dataclass(frozen=True)
class IssuerEvidence:
    """What proves one issuer's completeness. Nothing in it is proven until it is verified."""

    ledger_id: bytes
    legal_id: tuple[str, str]
    checkpoint: Checkpoint
    state: LoggedEntry
    """The checkpoint's last leaf."""
    entries: tuple[LoggedEntry, ...]
    """In log order: type 21, the issuer's control entries, every entry about its invoices."""
    ledger: ProvenRecord
    issuer: ProvenRecord
    holdings: Holdings
    """Opening of the issuer's commitment."""
    invoices: tuple[ProvenRecord, ...]
    """A record for each number, sealed or void, in the order in which they were logged."""
    series: tuple[SeriesClaim, ...]

    def encode(self) -> bytes:
        """RFC 8785 bytes."""
        value: dict[str, Json] = {
            "format": FORMAT,
            "ledger": self.ledger_id.hex(),
            "legal_id": list(self.legal_id),
            "checkpoint": self.checkpoint.to_json(),
            "state": _entry_json(self.state),
            "entries": [_entry_json(item) for item in self.entries],
            "records": {"ledger": _record_json(self.ledger), "issuer": _record_json(self.issuer)},
            "holdings": {
                "salt": self.holdings.salt.hex(),
                "count": str(self.holdings.count),
                "chain": self.holdings.chain.hex(),
                "latest": str(self.holdings.latest),
            },
            "invoices": [_record_json(item) for item in self.invoices],
            "series": [
                {"pattern": item.pattern, "reset": "yearly" if item.yearly else "never"} for item in self.series
            ],
        }
        return encode_json(value)


def decode_issuer_evidence(data: bytes) -> IssuerEvidence:
    """Reads the evidence strictly.

    Raises:
        Malformed: over a limit, not canonical, an unknown or missing member, or a part not in its one form.
        Inconclusive: `newer-version`.
    """
    value = decode_json(data, limit=MAX_EVIDENCE)
    if isinstance(value, dict) and value.get("format") != FORMAT:
        if str(value.get("format")).startswith("sceau/issuer-audit/"):
            raise Inconclusive("newer-version", f"{value['format']}: a newer verifier is needed")
        raise Malformed("evidence-shape", "this is no evidence of an issuer's completeness", where="/format")
    members = _object(value, _MEMBERS, "")
    records = _object(members["records"], {"ledger", "issuer"}, "/records")
    legal_id = members["legal_id"]
    given = IssuerEvidence(
        ledger_id=hex_decode(members["ledger"], 32),
        legal_id=check_legal_id(tuple(legal_id) if isinstance(legal_id, list) else legal_id, "/legal_id"),
        checkpoint=Checkpoint.from_json(members["checkpoint"], "/checkpoint"),
        state=_entry(members["state"], "/state"),
        entries=tuple(_entry(item, f"/entries/{at}") for at, item in enumerate(_list(members["entries"], "/entries"))),
        ledger=_record(records["ledger"], "/records/ledger"),
        issuer=_record(records["issuer"], "/records/issuer"),
        holdings=_holdings(members["holdings"]),
        invoices=tuple(
            _record(item, f"/invoices/{at}") for at, item in enumerate(_list(members["invoices"], "/invoices"))
        ),
        series=_series(members["series"]),
    )
    indices = [item.index for item in given.entries]
    if any(a >= b for a, b in pairwise(indices)) or (indices and indices[-1] >= given.checkpoint.size - 1):
        raise Malformed("evidence-order", "entries stand in log order before the state entry", where="/entries")
    return given


def _object(value: Any, names: set[str], where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict) or set(value) != names:
        raise Malformed("evidence-shape", f"an object of {', '.join(sorted(names))}", where=where)
    return value


def _list(value: Any, where: str, limit: int = MAX_EVIDENCE) -> list[Any]:
    if not isinstance(value, list) or len(value) > limit:
        raise Malformed("evidence-shape", "a list is expected", where=where)
    return value


def _bytes(value: Any, where: str) -> bytes:
    if not isinstance(value, str):
        raise Malformed("evidence-shape", "a string is expected", where=where)
    return b64url_decode(value)


def _entry(value: Any, where: str) -> LoggedEntry:
    members = _object(value, {"index", "entry", "path"}, where)
    index = parse_uint(members["index"], f"{where}/index")
    if index >= MAX_SIZE:
        raise Malformed("evidence-order", "a log index is below 2^40", where=where)
    path = tuple(hex_decode(item, 32) for item in _list(members["path"], f"{where}/path", MAX_PROOF))
    return LoggedEntry(index, decode_entry(_bytes(members["entry"], f"{where}/entry")), path)


def _record(value: Any, where: str) -> ProvenRecord:
    members = _object(value, {"record", "proof"}, where)
    return ProvenRecord(_bytes(members["record"], f"{where}/record"), MapProof.from_json(members["proof"], where))


def _holdings(value: Any) -> Holdings:
    members = _object(value, {"salt", "count", "chain", "latest"}, "/holdings")
    return Holdings(
        hex_decode(members["salt"], 32),
        parse_uint(members["count"], "/holdings/count"),
        hex_decode(members["chain"], 32),
        parse_uint(members["latest"], "/holdings/latest"),
    )


def _series(value: Any) -> tuple[SeriesClaim, ...]:
    claims = []
    for at, item in enumerate(_list(value, "/series", MAX_SERIES)):
        members = _object(item, {"pattern", "reset"}, f"/series/{at}")
        pattern, reset = members["pattern"], members["reset"]
        if not isinstance(pattern, str) or len(pattern) > 100 or reset not in ("yearly", "never"):
            raise Malformed("evidence-shape", "a pattern, and yearly or never", where=f"/series/{at}")
        claims.append(SeriesClaim(pattern, reset == "yearly"))
    return tuple(claims)


def _entry_json(item: LoggedEntry) -> dict[str, Json]:
    path: list[Json] = [node.hex() for node in item.path]
    return {"index": str(item.index), "entry": b64url_encode(item.entry.raw), "path": path}


def _record_json(item: ProvenRecord) -> dict[str, Json]:
    return {"record": b64url_encode(item.record or b""), "proof": dict(item.proof.to_json())}
