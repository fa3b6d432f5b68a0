"""One issuer's completeness: these invoices, and no others, as of an anchored checkpoint.

The issuer's record commits to how many entries of types 6 to 20 there are about its invoices, to the chain over them
and to the log index of the last. Whoever is given the opening and the entries makes both chains anew: an entry that is
left out, added or moved gives another chain, and the commitment stands under a root on chain. No other issuer's entries
are shown, and this one's need no trust in whoever sends them.

1 form and limits → 2 ledger and issuer records follow from the control entries → 3 opening and document chain →
4 each invoice's record follows from its entries → 5 every entry is in the log → 6 every record is in the map →
7 the checkpoint is on chain → 8 numbers are consecutive in each series.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from verifier.anchored import check_ages, check_recorded, is_head, proven_view
from verifier.bundle import LoggedEntry
from verifier.canonical import Json
from verifier.checkpoint import RULES_VERSION, decode_state_entry
from verifier.cose import thumbprint
from verifier.errors import Inconclusive, Refuted, SceauError
from verifier.ethereum.contract import ContractView
from verifier.ethereum.evidence import ChainEvidence
from verifier.invoice_fold import fold_invoice, fold_keys
from verifier.issuer_evidence import IssuerEvidence, SeriesClaim, decode_issuer_evidence
from verifier.keyed_map import check_membership
from verifier.merkle import check_inclusion
from verifier.numbering import Numbered, Run, check_run, counter_of, year_of
from verifier.policy import Policy
from verifier.records import (
    EMPTY_CHAIN,
    InvoiceRecord,
    IssuerRecord,
    LedgerRecord,
    VoidRecord,
    chain_next,
    decode_record,
    invoice_key,
    issuer_key,
    ledger_key,
)
from verifier.seal import decode_seal_payload
from verifier.state import apply
from verifier.statement import DOCUMENT_TYPES, EntryType, decode_statement
from verifier.verdict import StatusAxis


@dataclass(frozen=True)
class ProvenInvoice:
    """One of the issuer's invoices, as proven."""

    number: str
    issue_day: int
    """BT-2, days since 1970-01-01."""
    total: int
    """BT-112, minor units."""
    record: InvoiceRecord


@dataclass(frozen=True)
class SeriesRun:
    """The numbers of one series."""

    pattern: str
    count: int
    run: Run


@dataclass(frozen=True)
class IssuerReport:
    """What the evidence proves."""

    outcome: str
    """`complete`; `irregular`: complete, but numbers are missing or out of order; `refuted`; `cannot-tell`."""
    code: str
    message: str
    legal_id: tuple[str, str] | None = None
    name: str | None = None
    invoices: tuple[ProvenInvoice, ...] = ()
    voids: tuple[str, ...] = ()
    """Numbers that were closed without an invoice."""
    series: tuple[SeriesRun, ...] = ()
    faults: tuple[str, ...] = ()
    """What is irregular about the numbers."""
    as_of: int | None = None
    """Block time of the checkpoint, Unix seconds."""
    current: bool = False
    """The checkpoint is the contract's head and recent: nothing was logged since."""

    @property
    def exit_code(self) -> int:
        """0 complete and regular, 1 refuted or irregular, 3 cannot tell."""
        return {"complete": 0, "irregular": 1, "refuted": 1}.get(self.outcome, 3)

    def to_json(self) -> dict[str, Json]:
        """The report as data; amounts stay in the records' minor units as decimal strings."""
        return {
            "outcome": self.outcome,
            "code": self.code,
            "message": self.message,
            "legal_id": None if self.legal_id is None else list(self.legal_id),
            "name": self.name,
            "invoices": [
                {"number": item.number, "seal": item.record.seal_digest.hex(), "total": str(item.total)}
                for item in self.invoices
            ],
            "voids": list(self.voids),
            "series": [
                {"pattern": item.pattern, "count": str(item.count), "first": str(item.run.first or 0)}
                for item in self.series
            ],
            "faults": list(self.faults),
            "as_of": None if self.as_of is None else str(self.as_of),
            "current": self.current,
        }


def verify_issuer_evidence(
    data: bytes, evidence: ChainEvidence | None, policy: Policy, now: int, *, error: SceauError | None = None
) -> IssuerReport:
    """Verifies the evidence of an issuer's completeness; never raises for what is in it.

    Args:
        data: bytes of an `IssuerEvidence`.
        evidence: chain evidence for the checkpoint's sequence, None when the chain could not be asked.
        policy: the auditor's own.
        now: Unix seconds.
        error: why there is no chain evidence.
    """
    try:
        given = decode_issuer_evidence(data)
        trusted = policy.ledger(given.ledger_id)
        view = proven_view(trusted, evidence, error)
        report = check_evidence(given, view)
        head = is_head(view, given.checkpoint)
        axis, _ = check_ages(view, trusted, head, now)
        return replace(report, current=axis is StatusAxis.CURRENT)
    except Inconclusive as failure:
        return IssuerReport("cannot-tell", failure.code, failure.message)
    except SceauError as failure:
        return IssuerReport("refuted", failure.code, str(failure))


def check_evidence(given: IssuerEvidence, view: ContractView) -> IssuerReport:
    """Steps 2 to 8.

    Raises:
        Malformed, Refuted: the evidence does not prove what it says.
        Inconclusive: `newer-version`, `not-anchored`.
    """
    # (2) Stops: keys that were never logged.
    ledger, issuer = _check_keys(given, view.first_key)
    # (3) Stops: an invoice left out, an entry added, dropped or moved.
    documents = _check_chain(given, issuer)
    # (4) Stops: a state that the entries do not lead to.
    invoices, voids, keys = _check_invoices(given, ledger, issuer, documents)
    # (5) Stops: entries that are in no log, and a log of another size than the state entry's.
    root = _check_log(given, ledger)
    # (6) Stops: records of another number, issuer or checkpoint.
    _check_map(given, root, keys)
    # (7) Stops: a ledger made up for the auditor.
    check_recorded(view, given.ledger_id, given.checkpoint)
    # (8) Stops: a number that was taken and never shown.
    runs, faults = _check_numbers(given.series, invoices, voids)
    outcome = "irregular" if faults else "complete"
    message = f"these {len(invoices)} invoices, and no others"
    return IssuerReport(
        outcome, "numbering" if faults else "complete", message, issuer.legal_id, issuer.name, invoices, voids, runs,
        faults, given.checkpoint.time,
    )  # fmt: skip


def _check_keys(given: IssuerEvidence, first_key: bytes) -> tuple[LedgerRecord, IssuerRecord]:
    shown = decode_record(given.ledger.record or b"")
    shown_issuer = decode_record(given.issuer.record or b"")
    if not isinstance(shown, LedgerRecord) or not shown.keys or not isinstance(shown_issuer, IssuerRecord):
        raise Refuted("record-kind", "the records are not a ledger's and an issuer's", where="/records")
    first = shown.keys[0][0]
    if thumbprint(first) != first_key:
        raise Refuted("ledger-first-key", "the ledger's first key is not the one named on the chain")
    ledger, issuer = fold_keys(given.ledger_id, first, given.legal_id, given.entries)
    if ledger != shown:
        raise Refuted("ledger-record", "the ledger's record does not follow from its key changes")
    if issuer is None or replace(issuer, holdings=None, commitment=shown_issuer.commitment) != shown_issuer:
        raise Refuted("issuer-record", "the issuer's record does not follow from its control entries")
    return ledger, shown_issuer


def _check_chain(given: IssuerEvidence, issuer: IssuerRecord) -> list[LoggedEntry]:
    """The document chain over exactly these entries is the one that is committed to."""
    if given.holdings.commitment() != issuer.commitment:
        raise Refuted("commitment", "the opening does not open the issuer's commitment", where="/holdings")
    documents = [item for item in given.entries if item.entry.type in DOCUMENT_TYPES]
    chain = EMPTY_CHAIN
    for item in documents:
        chain = chain_next(chain, item.entry.leaf_hash)
    latest = documents[-1].index if documents else 0
    if (len(documents), chain, latest) != (given.holdings.count, given.holdings.chain, given.holdings.latest):
        message = f"{len(documents)} entries are shown, they are not the {given.holdings.count} that are committed to"
        raise Refuted("document-chain", message, where="/entries")
    return documents


def _objects(item: LoggedEntry, issuer: IssuerRecord, place: bytes) -> list[bytes]:
    if item.entry.type != EntryType.INVOICE_SEALED:
        return [key for key, _ in decode_statement(item.entry.type, item.entry.payload).objects]
    return [invoice_key(issuer.pepper, place, decode_seal_payload(item.entry.payload).number)]


def _check_invoices(
    given: IssuerEvidence, ledger: LedgerRecord, issuer: IssuerRecord, documents: Sequence[LoggedEntry]
) -> tuple[tuple[ProvenInvoice, ...], tuple[str, ...], list[bytes]]:
    place = issuer_key(given.legal_id)
    about: dict[bytes, list[LoggedEntry]] = {}
    for item in documents:
        keys = _objects(item, issuer, place)
        if item.entry.type in (EntryType.INVOICE_SEALED, EntryType.NUMBER_VOID):
            about.setdefault(keys[0], [])
        known = [key for key in keys if key in about]
        if not known:
            raise Refuted("foreign-entry", f"entry {item.index} is about none of the issuer's invoices")
        for key in known:
            about[key].append(item)
    if len(about) != len(given.invoices):
        raise Refuted("invoice-records", f"{len(about)} numbers were logged, {len(given.invoices)} records are shown")
    invoices: list[ProvenInvoice] = []
    voids: list[str] = []
    for (key, items), shown in zip(about.items(), given.invoices, strict=True):
        folded = fold_invoice(given.ledger_id, ledger, issuer, key, items)
        if folded.record is None or folded.record.encode() != shown.record:
            raise Refuted("invoice-record", "an invoice's record does not follow from its entries", where=key.hex())
        if folded.void_key:
            raise Refuted("fold-key-void", "an invoice was sealed by a void key", where=key.hex())
        if isinstance(folded.record, VoidRecord):
            voids.append(folded.record.number)
        else:
            seal = decode_seal_payload(items[0].entry.payload)
            invoices.append(ProvenInvoice(seal.number, seal.issue_day, seal.total, folded.record))
    return tuple(invoices), tuple(voids), list(about)


def _check_log(given: IssuerEvidence, ledger: LedgerRecord) -> bytes:
    point = given.checkpoint
    for item in (*given.entries, given.state):
        check_inclusion(item.entry.leaf_hash, item.index, point.size, item.path, point.root)
    if given.state.entry.type != EntryType.STATE:
        raise Refuted("state-entry", "the last leaf is no state entry", where="/state")
    apply({ledger_key(given.ledger_id): ledger}, given.ledger_id, given.state.index, given.state.entry)
    state = decode_state_entry(given.state.entry.payload)
    if state.index != point.size - 1 or given.state.index != state.index:
        raise Refuted("state-index", "the state entry stands at another index than it says")
    if state.rules != RULES_VERSION:
        raise Inconclusive("newer-version", f"rules version {state.rules}: a newer verifier is needed")
    return state.state_root


def _check_map(given: IssuerEvidence, root: bytes, keys: Sequence[bytes]) -> None:
    places = (ledger_key(given.ledger_id), issuer_key(given.legal_id), *keys)
    for key, item in zip(places, (given.ledger, given.issuer, *given.invoices), strict=True):
        check_membership(root, key, sha256(item.record or b"").digest(), item.proof)


def _check_numbers(
    series: Sequence[SeriesClaim], invoices: Sequence[ProvenInvoice], voids: Sequence[str]
) -> tuple[tuple[SeriesRun, ...], tuple[str, ...]]:
    faults: list[str] = []
    members: list[list[Numbered]] = [[] for _ in series]
    for item in invoices:
        year = year_of(item.issue_day)
        fits = [at for at, claim in enumerate(series) if counter_of(claim.pattern, item.number, year) is not None]
        if len(fits) == 1:
            members[fits[0]].append(Numbered(item.number, item.issue_day))
        else:
            faults.append(f"{item.number} fits {len(fits)} of the series, where it must fit one")
    closed = {number.upper() for number in voids}
    runs = []
    for claim, numbered in zip(series, members, strict=True):
        run = check_run(claim.pattern, claim.yearly, numbered, closed)
        faults += [message for _, message in run.faults]
        runs.append(SeriesRun(claim.pattern, len(numbered), run))
    return tuple(runs), tuple(faults)
