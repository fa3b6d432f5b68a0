"""The bundle (PROTOCOL.md §7): all that a stranger needs, beside the chain, to judge one invoice.

One canonical JSON text in which every byte counts: each member is hashed, signed, folded or compared by a
step of `verifier.verify`, and a member that nothing would check may not stand here. Reading a bundle proves
nothing; it only fixes the form and the limits, before anything is hashed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from verifier.canonical import Json, b64url_decode, b64url_encode, decode_json, encode_json, hex_decode, hex_decode_each
from verifier.checkpoint import MAX_SIZE, Checkpoint, parse_uint
from verifier.document import Disclosure
from verifier.errors import Inconclusive, Malformed
from verifier.keyed_map import MapProof
from verifier.merkle import MAX_PROOF
from verifier.seal import SignedSeal, decode_seal
from verifier.statement import Entry, EntryType, decode_entry

FORMAT: Final = "sceau/bundle/1"

MAX_BUNDLE: Final = 8 * 2**20
"""Bytes: an invoice of 10,000 lines with all claims opened takes about half of it."""

MAX_ENTRIES: Final = 4096
"""Entries of issuer and invoice together: each may cost two signature checks, so a second or so of work."""

MAX_ACCOUNT: Final = 34
"""Bytes of an account, as in the seal (BT-84)."""

PAYEE_SALT: Final = 32
"""Bytes of the salt of a payee commitment that is not the seal's own."""

_MEMBERS = {
    "format", "ledger", "seal", "document", "checkpoint", "entries", "state", "records", "origin", "payee",
}  # fmt: skip


@dataclass(frozen=True)
class LoggedEntry:
    """One entry of the log with its place."""

    index: int
    """Log index."""
    entry: Entry
    path: tuple[bytes, ...]
    """RFC 9162 inclusion proof in the bundle's checkpoint."""


@dataclass(frozen=True)
class ProvenRecord:
    """A record of the state map, or its absence, with the proof."""

    record: bytes | None
    """The record's bytes; None when the proof is one of absence."""
    proof: MapProof


@dataclass(frozen=True)
class Origin:
    """When the seal was logged: between the block times of two checkpoints that follow each other."""

    checkpoint: Checkpoint
    """The first anchored checkpoint that contains the seal's entry."""
    path: tuple[bytes, ...]
    """Inclusion of the seal's entry in it."""
    before: Checkpoint | None
    """The checkpoint before it; None exactly when it is the ledger's first."""


@dataclass(frozen=True)
class PayeeOpening:
    """Opens the payee commitment of a record whose payee is no longer the seal's."""

    salt: bytes
    """32 bytes."""
    account: str | None
    """The account to pay (BT-84), or None when payment to an account was withdrawn."""


@dataclass(frozen=True)
class Bundle:
    """A parsed bundle. Nothing in it is proven until `verifier.verify` says so."""

    ledger_id: bytes
    """32 bytes: which ledger the seal was made for. Policy decides whether it is trusted."""
    seal: SignedSeal
    document: Disclosure | None
    """Opened claims and hashes of the hidden ones; None for whoever knows the seal only."""
    checkpoint: Checkpoint
    entries: tuple[LoggedEntry, ...]
    """In log order: all of type 21, the issuer's control entries (1–5), the invoice's (6–20)."""
    state: LoggedEntry
    """The state entry; its index is the checkpoint's size − 1."""
    ledger: ProvenRecord
    """The ledger's own record: there from the start, so never absent."""
    issuer: ProvenRecord
    invoice: ProvenRecord | None
    """None exactly when the issuer is absent: the invoice's map key needs the issuer's pepper."""
    origin: Origin | None
    """Present exactly when an invoice is sealed under the number."""
    payee: PayeeOpening | None
    """Present only when the seal's own account does not open the record's commitment."""

    def to_json(self) -> dict[str, Json]:
        """The members, before they are written as RFC 8785 bytes."""
        return {
            "format": FORMAT,
            "ledger": self.ledger_id.hex(),
            "seal": b64url_encode(self.seal.to_bytes()),
            "document": None if self.document is None else self.document.to_json(),
            "checkpoint": self.checkpoint.to_json(),
            "entries": [{"index": str(item.index), **_entry_to_json(item)} for item in self.entries],
            "state": _entry_to_json(self.state),
            "records": {
                "ledger": _record_to_json(self.ledger),
                "issuer": _record_to_json(self.issuer),
                "invoice": None if self.invoice is None else _record_to_json(self.invoice),
            },
            "origin": None if self.origin is None else _origin_to_json(self.origin),
            "payee": None if self.payee is None else {"salt": self.payee.salt.hex(), "account": self.payee.account},
        }

    def encode(self) -> bytes:
        """The one form of the bundle; raises Malformed `bundle-size` above the limit."""
        data = encode_json(self.to_json())
        if len(data) > MAX_BUNDLE:
            raise Malformed("bundle-size", f"a bundle has at most {MAX_BUNDLE} bytes, not {len(data)}")
        return data


def _path_to_json(path: tuple[bytes, ...]) -> list[Json]:
    return [item.hex() for item in path]


def _entry_to_json(item: LoggedEntry) -> dict[str, Json]:
    return {"entry": b64url_encode(item.entry.raw), "path": _path_to_json(item.path)}


def _record_to_json(item: ProvenRecord) -> dict[str, Json]:
    record = None if item.record is None else b64url_encode(item.record)
    return {"record": record, "proof": dict(item.proof.to_json())}


def _origin_to_json(origin: Origin) -> dict[str, Json]:
    return {
        "checkpoint": origin.checkpoint.to_json(),
        "path": _path_to_json(origin.path),
        "before": None if origin.before is None else origin.before.to_json(),
    }


def decode_bundle(data: bytes) -> Bundle:
    """Reads a bundle strictly.

    Raises:
        Malformed: over a limit, not canonical, an unknown or missing member, or a part not in its one form.
        Inconclusive: `newer-version`, another version of the format or of an entry.
    """
    value = decode_json(data, limit=MAX_BUNDLE)
    if not isinstance(value, dict) or not isinstance(value.get("format"), str):
        raise Malformed("bundle-shape", "a bundle is an object with a format")
    if value["format"] != FORMAT:
        if value["format"].startswith("sceau/bundle/"):
            raise Inconclusive("newer-version", f"{value['format']}: a newer verifier is needed")
        raise Malformed("bundle-shape", "this is not a bundle of Sceau", where="/format")
    members = _object(value, _MEMBERS, "")
    checkpoint = Checkpoint.from_json(members["checkpoint"], "/checkpoint")
    records = _object(members["records"], {"ledger", "issuer", "invoice"}, "/records")
    state = _object(members["state"], {"entry", "path"}, "/state")
    bundle = Bundle(
        ledger_id=hex_decode(_text(members["ledger"], "/ledger"), 32),
        seal=decode_seal(b64url_decode(_text(members["seal"], "/seal"))),
        document=None
        if members["document"] is None
        else Disclosure.from_json(members["document"], "/document", read=True),
        checkpoint=checkpoint,
        entries=_entries(members["entries"]),
        state=_logged(state, checkpoint.size - 1, "/state"),
        ledger=_record(records["ledger"], "/records/ledger"),
        issuer=_record(records["issuer"], "/records/issuer"),
        invoice=None if records["invoice"] is None else _record(records["invoice"], "/records/invoice"),
        origin=None if members["origin"] is None else _origin(members["origin"]),
        payee=None if members["payee"] is None else _payee(members["payee"]),
    )
    return check_form(bundle)


def check_form(bundle: Bundle) -> Bundle:
    """The bounds between members, also for a bundle that was not read but built; returns it.

    Raises:
        Malformed: `bundle-order`, `bundle-state`, `bundle-records`.
    """
    indices = [item.index for item in bundle.entries]
    if any(a >= b for a, b in pairwise(indices)):
        raise Malformed("bundle-order", "entries stand in log order, without repetition", where="/entries")
    if indices and indices[-1] >= bundle.checkpoint.size - 1:
        raise Malformed("bundle-order", "an entry lies beyond the state entry", where="/entries")
    if any(item.entry.type == EntryType.STATE for item in bundle.entries):
        raise Malformed("bundle-order", "the only state entry is the member `state`", where="/entries")
    if bundle.state.entry.type != EntryType.STATE or bundle.state.index != bundle.checkpoint.size - 1:
        raise Malformed("bundle-state", "the state entry is the checkpoint's last leaf", where="/state")
    if bundle.ledger.record is None:
        raise Malformed("bundle-records", "a ledger has its record from the start", where="/records/ledger")
    if (bundle.issuer.record is None) != (bundle.invoice is None):
        raise Malformed(
            "bundle-records",
            "the invoice's place is shown exactly when the issuer is there",
            where="/records/invoice",
        )
    return bundle


def _object(value: Any, names: set[str], where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict) or set(value) != names:
        raise Malformed("bundle-shape", f"an object of {', '.join(sorted(names))}", where=where)
    return value


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise Malformed("bundle-shape", "a string is expected", where=where)
    return value


def _list(value: Any, limit: int, where: str) -> list[Any]:
    if not isinstance(value, list) or len(value) > limit:
        raise Malformed("bundle-shape", f"a list of at most {limit} is expected", where=where)
    return value


def _path(value: Any, where: str) -> tuple[bytes, ...]:
    return tuple(hex_decode_each([_text(item, where) for item in _list(value, MAX_PROOF, where)], 32))


def _logged(value: Mapping[str, Any], index: int, where: str) -> LoggedEntry:
    raw = b64url_decode(_text(value["entry"], f"{where}/entry"))
    return LoggedEntry(index, decode_entry(raw), _path(value["path"], f"{where}/path"))


def _entries(value: Any) -> tuple[LoggedEntry, ...]:
    entries = []
    for position, item in enumerate(_list(value, MAX_ENTRIES, "/entries")):
        where = f"/entries/{position}"
        members = _object(item, {"index", "entry", "path"}, where)
        index = parse_uint(members["index"], f"{where}/index")
        if index >= MAX_SIZE:
            raise Malformed("bundle-order", "a log index is below 2^40", where=where)
        entries.append(_logged(members, index, where))
    return tuple(entries)


def _record(value: Any, where: str) -> ProvenRecord:
    members = _object(value, {"record", "proof"}, where)
    record = members["record"]
    return ProvenRecord(
        None if record is None else b64url_decode(_text(record, f"{where}/record")),
        MapProof.from_json(members["proof"], f"{where}/proof"),
    )


def _origin(value: Any) -> Origin:
    members = _object(value, {"checkpoint", "path", "before"}, "/origin")
    before = members["before"]
    return Origin(
        Checkpoint.from_json(members["checkpoint"], "/origin/checkpoint"),
        _path(members["path"], "/origin/path"),
        None if before is None else Checkpoint.from_json(before, "/origin/before"),
    )


def _payee(value: Any) -> PayeeOpening:
    members = _object(value, {"salt", "account"}, "/payee")
    account = members["account"]
    if account is not None and not 0 < len(_text(account, "/payee/account").encode()) <= MAX_ACCOUNT:
        raise Malformed("bundle-payee", f"an account of 1 to {MAX_ACCOUNT} bytes", where="/payee/account")
    return PayeeOpening(hex_decode(_text(members["salt"], "/payee/salt"), PAYEE_SALT), account)
