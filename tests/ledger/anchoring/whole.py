"""Entries to anchor, and the question after every fault: is everything there, once, and as the contract says?"""

from __future__ import annotations

from typing import Any

from eth_hash.auto import keccak
from sqlalchemy import select

from ledger.audit import audit, render_text
from ledger.chain.contract import read_head, read_record
from ledger.chain.rpc import Chain
from ledger.context import Ledger
from ledger.issue import Item, issue
from ledger.issuers import enrol
from ledger.series import create_series
from ledger.store.database import reading
from ledger.store.tables import checkpoints, entries, transactions
from tests.ledger.bare import sample
from verifier.ethereum.contract import record_digest
from verifier.merkle import root_of


def enrolled(ledger: Ledger) -> str:
    """A new issuer with series F: its id."""
    issuer = enrol(ledger, sample("five-lines.json")["seller"], "Europe/Paris").issuer.id
    create_series(ledger, issuer, "F", "F-{YYYY}-{seq:4}")
    return issuer


def issue_some(ledger: Ledger, issuer: str, count: int = 1) -> None:
    """Issues invoices: entries that wait."""
    issue(ledger, issuer, [Item(sample("five-lines.json"), "F") for _ in range(count)])


def rows(ledger: Ledger, table: Any, *order: Any) -> list[Any]:
    """A whole table."""
    with reading(ledger.engine) as connection:
        return list(connection.execute(select(table).order_by(*order)))


def sent(ledger: Ledger, kind: str = "anchor") -> list[Any]:
    """The transactions of a kind, in the order of their making."""
    return [row for row in rows(ledger, transactions, transactions.c.id) if row.kind == kind]


def assert_whole(ledger: Ledger, url: str, *, failed: int = 0) -> None:
    """Nothing lost, nothing twice: log, checkpoints, transactions and contract tell one story."""
    stored = rows(ledger, entries, entries.c.log_index)
    assert [row.log_index for row in stored] == list(range(len(stored)))
    leaves = [row.leaf_hash for row in stored]
    points = rows(ledger, checkpoints, checkpoints.c.sequence)
    assert [point.sequence for point in points] == list(range(1, len(points) + 1))
    assert points[-1].size == len(leaves)
    for point in points:
        assert root_of(leaves[: point.size]) == point.root
    final = {row.sequence: row for row in sent(ledger) if row.state == "final"}
    assert sorted(final) == [point.sequence for point in points]
    assert len([row for row in sent(ledger) if row.state == "final"]) == len(points)
    with Chain(url) as chain:
        head = read_head(chain, ledger.contract, ledger.ledger_id)
        assert (head.sequence, head.size, head.root) == (len(points), points[-1].size, points[-1].root)
        for point in points:
            time = final[point.sequence].block_time
            digest = record_digest(ledger.ledger_id, point.sequence, point.size, point.root, time)
            assert read_record(chain, ledger.contract, ledger.ledger_id, point.sequence) == digest
        assert anchored_events(chain, ledger) == list(range(1, len(points) + 1))
    report = audit(ledger, chain=url)
    assert (report.errors, report.findings) == (0, ()), render_text(report)
    states = [row.state for row in rows(ledger, transactions)]
    assert states.count("failed") == failed
    assert not {"signed", "sent"} & set(states)


def anchored_events(chain: Chain, ledger: Ledger) -> list[int]:
    """Sequences in the contract's `Anchored` events of this ledger, in order: one for each anchor that acted."""

    topic = "0x" + keccak(b"Anchored(bytes32,uint64,uint64,bytes32,uint64)").hex()
    query = {
        "fromBlock": "0x0",
        "toBlock": "latest",
        "address": "0x" + ledger.contract.hex(),
        "topics": [topic, "0x" + ledger.ledger_id.hex()],
    }
    return [int(event["topics"][2], 16) for event in chain.call("eth_getLogs", query)]
