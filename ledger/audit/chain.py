"""The contract: every checkpoint of the replay against the digest that is proven to be recorded on chain.

Storage proofs carry the verdict. What a node says without proof (receipts, block times) only fills in the times that
enter a digest, and is held against the columns that repeat it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from eth_abi.abi import decode
from eth_account import Account
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_hash.auto import keccak
from hexbytes import HexBytes

from ledger.audit.context import Audit, Point
from ledger.audit.rows import count, place, read
from ledger.chain.contract import anchor_call, creation_code, open_call
from ledger.chain.rpc import Chain, Receipt
from ledger.context import Ledger
from ledger.errors import Unavailable
from ledger.store.tables import transactions
from verifier.errors import Inconclusive
from verifier.ethereum.contract import ContractView, read_contract, record_digest
from verifier.ethereum.evidence import MAX_SEQUENCES
from verifier.ethereum.rpc import fetch_evidence

KINDS = ("deploy", "open", "anchor", "heartbeat")
STATES = ("signed", "sent", "mined", "final", "failed", "replaced")
_MINED = ("mined", "final")
_ANCHOR = ["bytes32", "uint64", "uint64", "bytes32", "bytes32[]"]


@dataclass
class Compared:
    """How far the chain was asked."""

    state: str
    """`compared`, `unreachable` or `not-asked`."""
    message: str = ""
    sequence: int | None = None
    """Checkpoints that the contract holds."""
    block: int | None = None
    """Height of the block that was read."""
    time: int | None = None
    """Its time, Unix seconds: the audit holds as of then."""

    def to_json(self) -> dict[str, Any]:
        """Member of a report."""
        return {
            "state": self.state,
            "message": self.message,
            "sequence": None if self.sequence is None else str(self.sequence),
            "block": None if self.block is None else str(self.block),
            "time": None if self.time is None else str(self.time),
        }


@dataclass
class Transactions:
    """What the transactions' rows say."""

    times: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Possible block times of each checkpoint's anchor, the chain's own first."""


def read_head(ledger: Ledger, url: str) -> ContractView:
    """The contract's view of the ledger now, before the database is read: what is anchored then is stored.

    Raises:
        Inconclusive: the node does not answer.
        Malformed, Refuted: it proves that no such ledger is there.
    """
    evidence = fetch_evidence(url, ledger.contract, ledger.ledger_id, chain_id=ledger.settings.chain_id)
    return read_contract(evidence, ledger.contract, ledger.ledger_id)


def check_transactions(audit: Audit, url: str | None) -> Transactions:
    """Each stored transaction: its hash, sender, nonce and call; where it is mined, its receipt."""
    found = Transactions()
    seen, total = 0, count(audit.connection, audit.findings, transactions)
    with nullcontext() if url is None else Chain(url) as chain:
        for row in read(audit.connection, audit.findings, transactions):
            with audit.findings.guard("transaction", place(transactions, row)):
                _transaction(audit, row, chain, found)
            seen += 1
            audit.step("transactions", seen, total)
    audit.counts["transactions"] = seen
    return found


def _transaction(audit: Audit, row: Any, chain: Chain | None, found: Transactions) -> None:
    where, findings = place(transactions, row), audit.findings
    findings.check(row.kind in KINDS, "transaction-kind", f"{where}/kind", ", ".join(KINDS))
    findings.check(row.state in STATES, "transaction-state", f"{where}/state", ", ".join(STATES))
    findings.equal(row.hash, bytes(keccak(row.raw)), f"{where}/hash", "the raw transaction")
    mined = (row.block_number, row.block_hash, row.block_time, row.gas_used)
    complete = all(item is not None for item in mined)
    empty = all(item is None for item in mined)
    holds = complete if row.state in _MINED else empty or (complete and row.state == "failed")
    findings.check(holds, "transaction-state", f"{where}/state", f"block columns do not go with {row.state}")
    with findings.guard("transaction-raw", f"{where}/raw"):
        _raw(audit, row, where)
    if row.kind == "anchor" and row.sequence is not None:
        receipt = None
        if chain is not None and row.state in _MINED:
            receipt = _receipt(audit, row, chain, where, found)
        if receipt is None and row.block_time is not None:
            found.times[row.sequence].append(row.block_time)
    elif chain is not None and row.state in _MINED:
        _receipt(audit, row, chain, where, None)


def _raw(audit: Audit, row: Any, where: str) -> None:
    findings, ledger = audit.findings, audit.ledger
    sender = bytes.fromhex(str(Account.recover_transaction(HexBytes(row.raw)))[2:])
    findings.equal(row.sender, sender, f"{where}/sender", "the signature")
    fields: dict[str, Any] = TypedTransaction.from_bytes(HexBytes(row.raw)).as_dict()
    findings.equal(row.nonce, int(fields["nonce"]), f"{where}/nonce", "the raw transaction")
    findings.equal(int(fields["chainId"]), ledger.settings.chain_id, f"{where}/raw#chain", "the settings")
    data = bytes(fields["data"])
    if row.kind == "deploy":
        findings.check(data == creation_code(), "transaction-call", f"{where}/raw", "it deploys another contract")
    elif row.kind == "open":
        selector = open_call(bytes(32), bytes(20), 1, bytes(32))[:4]
        findings.check(data[:4] == selector, "transaction-call", f"{where}/raw", "it opens no ledger")
    else:
        _call(audit, row, data, where)
    if row.kind in ("deploy", "open"):
        findings.equal(row.sequence, None, f"{where}/sequence", "the kind")


def _call(audit: Audit, row: Any, data: bytes, where: str) -> None:
    """An anchor or heartbeat says what the replay says of its checkpoint."""
    findings = audit.findings
    empty = anchor_call(bytes(32), 0, 0, bytes(32), [])
    if not findings.check(data[:4] == empty[:4], "transaction-call", f"{where}/raw", "it does not anchor"):
        return
    ledger_id, expected, size, root, _ = decode(_ANCHOR, data[4:])
    findings.equal(ledger_id, audit.ledger.ledger_id, f"{where}/raw#ledger", "the ledger")
    sequence = expected + 1 if row.kind == "anchor" else expected
    findings.equal(row.sequence, sequence, f"{where}/sequence", "the call")
    points = audit.shown.points
    if row.state in ("failed", "replaced") or not 1 <= sequence <= len(points):
        return
    point = points[sequence - 1]
    said = (size, root) == (point.size, point.root)
    findings.check(said, "transaction-call", f"{where}/raw", "it anchors another log than the replay's")


def _receipt(audit: Audit, row: Any, chain: Chain, where: str, found: Transactions | None) -> Receipt | None:
    findings = audit.findings
    receipt = chain.receipt(bytes(keccak(row.raw)))
    if receipt is None:
        findings.add("transaction-unknown", where, "the node has no receipt of a transaction that counts as mined")
        return None
    block = chain.block(receipt.block_number)
    findings.equal(row.block_number, receipt.block_number, f"{where}/block_number", "the receipt")
    findings.equal(row.block_hash, receipt.block_hash, f"{where}/block_hash", "the receipt")
    findings.equal(row.gas_used, receipt.gas_used, f"{where}/gas_used", "the receipt")
    findings.check(receipt.succeeded, "transaction-state", f"{where}/state", "it was mined and failed")
    if block is not None and block.hash == receipt.block_hash:
        findings.equal(row.block_time, block.time, f"{where}/block_time", "the block")
        if found is not None:
            found.times[row.sequence].append(block.time)
    return receipt


def compare(audit: Audit, url: str, head: ContractView, sent: Transactions) -> Compared:
    """Every recorded digest against the replay, in pieces of 256; raises Inconclusive when the node goes away."""
    points = audit.shown.points
    _head(audit, head, points)
    digests: dict[int, bytes] = {}
    for start in range(1, head.sequence + 1, MAX_SEQUENCES):
        wanted = range(start, min(start + MAX_SEQUENCES, head.sequence + 1))
        evidence = fetch_evidence(
            url, audit.ledger.contract, audit.ledger.ledger_id, wanted, chain_id=audit.ledger.settings.chain_id
        )
        digests |= read_contract(evidence, audit.ledger.contract, audit.ledger.ledger_id).records
        audit.step("anchors", len(digests), head.sequence)
    for sequence, recorded in digests.items():
        _digest(audit, sequence, recorded, points, sent)
    if len(points) > head.sequence:
        message = f"{len(points) - head.sequence} checkpoints are not anchored yet: the chain does not speak for them"
        audit.findings.add("not-anchored", f"checkpoints/{head.sequence + 1}", message, "warning")
    audit.counts["anchors"] = len(digests)
    return Compared("compared", "", head.sequence, head.block_number, head.block_time)


def _head(audit: Audit, head: ContractView, points: Sequence[Point]) -> None:
    findings = audit.findings
    findings.equal(audit.ledger.first_key, head.first_key, "meta/first_key", "the contract")
    if head.frozen:
        findings.add("frozen", "contract", "the owner has frozen this ledger in the contract", "warning")
    if head.sequence and audit.ledger.now() - head.time > head.maximum_age:
        message = f"the head is of {head.time}, older than the {head.maximum_age} s that the owner promises"
        findings.add("stale", "contract", message, "warning")
    if head.sequence > len(points):
        message = f"the contract holds {head.sequence} checkpoints, the ledger leads to {len(points)}"
        findings.add("contract-ahead", f"checkpoints/{len(points) + 1}", message)
    elif head.sequence:
        point = points[head.sequence - 1]
        same = (head.size, head.root) == (point.size, point.root)
        where = f"checkpoints/{head.sequence}"
        findings.check(same, "contract-head", where, "the contract's head is another log than the replay's")


def _digest(audit: Audit, sequence: int, recorded: bytes, points: Sequence[Point], sent: Transactions) -> None:
    where, findings = f"checkpoints/{sequence}", audit.findings
    if not any(recorded):
        findings.add("contract-record", where, "the contract proves that it recorded nothing under this sequence")
        return
    if sequence > len(points):
        return
    point = points[sequence - 1]
    times = sent.times.get(sequence, [])
    if not times:
        findings.add("row-missing", f"transactions/sequence={sequence}", "no transaction anchors this checkpoint")
        return
    identifier = audit.ledger.ledger_id
    if recorded not in [record_digest(identifier, sequence, point.size, point.root, time) for time in times]:
        message = "the contract recorded another log than the replay's: history was rewritten after it was anchored"
        findings.add("contract-record", where, message)


def unreachable(error: Inconclusive | Unavailable) -> Compared:
    """The chain cannot be asked."""
    return Compared("unreachable", error.message)
