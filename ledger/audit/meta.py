"""What the database says that the ledger is, against its id, its contract and its settings."""

from __future__ import annotations

from sqlalchemy import select

from ledger.audit.context import Audit
from ledger.audit.rows import read
from ledger.store.tables import keys, meta, records
from verifier.cose import PublicKey, parse_public_key, thumbprint
from verifier.errors import SceauError
from verifier.ethereum.contract import ledger_id as ledger_id_of
from verifier.records import LedgerRecord, decode_record, ledger_key

_KNOWN = frozenset(
    {"version", "chain_id", "salt", "first_key", "ledger_key", "first_public_key", "contract", "ledger_id", "alarm"}
)


def find_first_key(audit: Audit) -> PublicKey | None:
    """The ledger's first public key: whichever stored one has the thumbprint that the contract keeps."""
    candidates: list[bytes] = []
    with audit.findings.guard("database", "meta"):
        text = audit.connection.execute(select(meta.c.value).where(meta.c.name == "first_public_key")).scalar()
        candidates += [bytes.fromhex(text)] if text else []
    with audit.findings.guard("database", "keys"):
        candidates += audit.connection.execute(select(keys.c.public_key).where(keys.c.purpose == "ledger")).scalars()
    with audit.findings.guard("database", "records"):
        place = ledger_key(audit.ledger.ledger_id)
        query = select(records.c.record).where(records.c.map_key == place).order_by(records.c.checkpoint)
        for raw in audit.connection.execute(query).scalars():
            record = _ledger_record(raw)
            candidates += [] if record is None else [bytes(record.keys[0][0])]
    for candidate in candidates:
        try:
            public = parse_public_key(candidate)
        except (SceauError, TypeError):
            continue
        if thumbprint(public) == audit.ledger.first_key:
            return public
    audit.findings.add("first-key", "meta/first_public_key", "no stored key is the one that the contract names")
    return None


def _ledger_record(raw: bytes) -> LedgerRecord | None:
    try:
        record = decode_record(raw)
    except SceauError:
        return None
    return record if isinstance(record, LedgerRecord) and record.keys else None


def check_meta(audit: Audit, first: PublicKey | None) -> None:
    """Each value of `meta`, the ledger's id computed again from the others."""
    findings, ledger = audit.findings, audit.ledger
    found = {row.name: row.value for row in read(audit.connection, findings, meta)}
    audit.counts["meta"] = len(found)
    for name in sorted(found.keys() - _KNOWN):
        findings.add("meta-unknown", f"meta/{name}", "this version knows no such value")
    for name in sorted(_KNOWN - {"alarm"} - found.keys()):
        findings.add("row-missing", f"meta/{name}", "the value is missing")
    if "alarm" in found:
        findings.add("alarm", "meta/alarm", f"the ledger is stopped: {found['alarm']}")
    expected = {
        "version": "1",
        "chain_id": str(ledger.settings.chain_id),
        "contract": ledger.contract.hex(),
        "ledger_id": ledger.ledger_id.hex(),
        "first_key": ledger.first_key.hex(),
    }
    if first is not None:
        expected["first_public_key"] = bytes(first).hex()
    record = audit.shown.state.get(ledger_key(ledger.ledger_id))
    if isinstance(record, LedgerRecord):
        expected["ledger_key"] = thumbprint(record.keys[-1][0]).hex()
    for name, value in expected.items():
        if name in found:
            findings.equal(found[name], value, f"meta/{name}/value", "the ledger")
    with findings.guard("meta", "meta/salt/value"):
        _identity(audit, found)


def _identity(audit: Audit, found: dict[str, str]) -> None:
    """The contract made the id from chain, address, owner and salt: the anchoring account opened the ledger."""
    owners = audit.connection.execute(select(keys.c.thumbprint).where(keys.c.purpose == "anchoring")).scalars()
    ledger, salt = audit.ledger, bytes.fromhex(found["salt"])
    made = {
        ledger_id_of(ledger.settings.chain_id, ledger.contract, owner, salt) for owner in owners if len(owner) == 20
    }
    holds = ledger.ledger_id in made
    audit.findings.check(holds, "ledger-id", "meta/salt/value", "salt and account do not lead to the ledger's id")
