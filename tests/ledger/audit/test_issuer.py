"""Completeness of one issuer: proven from the file and the chain alone, and refused for every file that lies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ledger.audit import issuer_audit, issuer_evidence
from ledger.policy import policy_of
from tests.ledger.audit.conftest import Rich
from verifier.ethereum.evidence import ChainEvidence
from verifier.ethereum.rpc import fetch_evidence
from verifier.issuer_audit import IssuerReport, verify_issuer_evidence
from verifier.issuer_evidence import IssuerEvidence, SeriesClaim, decode_issuer_evidence
from verifier.policy import Policy
from verifier.records import EMPTY_CHAIN, Holdings, chain_next
from verifier.statement import DOCUMENT_TYPES


@pytest.fixture(scope="session")
def own(rich: Rich) -> IssuerEvidence:
    return decode_issuer_evidence(issuer_evidence(rich.ledger, rich.issuer))


@pytest.fixture(scope="session")
def proven(rich: Rich) -> ChainEvidence:
    ledger = rich.ledger
    return fetch_evidence(ledger.chain_url, ledger.contract, ledger.ledger_id, [1, 2, 3])


Judge = Callable[[IssuerEvidence], IssuerReport]


@pytest.fixture
def judge(rich: Rich, proven: ChainEvidence) -> Judge:
    policy, now = policy_of(rich.ledger), rich.ledger.now()
    return lambda given: verify_issuer_evidence(given.encode(), proven, policy, now)


def test_complete(rich: Rich, own: IssuerEvidence, judge: Judge) -> None:
    report = judge(own)
    assert (report.outcome, report.exit_code) == ("complete", 0)
    numbers = sorted(item.number for item in report.invoices)
    assert [number[0] + number[-4:] for number in numbers] == ["A0001", "F0001", "F0002", "F0003", "F0004"]
    assert [(item.run.first, item.count) for item in report.series] == [(1, 4), (1, 1)]
    assert report.message == "these 5 invoices, and no others"
    assert report.to_json()["faults"] == []


def test_both_issuers_and_the_whole_way(rich: Rich) -> None:
    for issuer, count in ((rich.issuer, 5), (rich.other, 1)):
        report = issuer_audit(rich.ledger, issuer)
        assert (report.outcome, len(report.invoices)) == ("complete", count)


def test_nothing_of_another_issuer_is_shown(rich: Rich, own: IssuerEvidence) -> None:
    other = decode_issuer_evidence(issuer_evidence(rich.ledger, rich.other))
    assert not {item.entry.raw for item in own.entries} & {item.entry.raw for item in other.entries}


def _documents(own: IssuerEvidence) -> list[int]:
    return [at for at, item in enumerate(own.entries) if item.entry.type in DOCUMENT_TYPES]


def _without(own: IssuerEvidence, at: int) -> IssuerEvidence:
    return replace(own, entries=own.entries[:at] + own.entries[at + 1 :])


def _rechained(own: IssuerEvidence) -> IssuerEvidence:
    """With an opening that fits the entries shown."""
    chain, documents = EMPTY_CHAIN, _documents(own)
    for at in documents:
        chain = chain_next(chain, own.entries[at].entry.leaf_hash)
    latest = own.entries[documents[-1]].index
    return replace(own, holdings=Holdings(own.holdings.salt, len(documents), chain, latest))


def test_every_entry_is_missed(own: IssuerEvidence, judge: Judge) -> None:
    for at, item in enumerate(own.entries):
        report = judge(_without(own, at))
        expected = "document-chain" if item.entry.type in DOCUMENT_TYPES else "issuer-record"
        assert (report.outcome, report.code) == ("refuted", expected)
        assert judge(_rechained(_without(own, at))).code in ("commitment", "issuer-record")


def test_an_invoice_left_out_whole(own: IssuerEvidence, judge: Judge) -> None:
    """The newest invoice with its entries, record and series: the commitment still counts it."""
    kept = replace(own, entries=own.entries[: _documents(own)[-2]], invoices=own.invoices[:-1])
    assert judge(kept).code == "document-chain"


def test_lies(rich: Rich, own: IssuerEvidence, judge: Judge) -> None:
    other = decode_issuer_evidence(issuer_evidence(rich.ledger, rich.other))
    first, second = _documents(own)[:2]
    swapped = list(own.entries)
    swapped[first], swapped[second] = (
        replace(own.entries[second], index=own.entries[first].index),
        replace(own.entries[first], index=own.entries[second].index),
    )
    foreign = sorted((*own.entries, other.entries[-1]), key=lambda item: item.index)
    moved = replace(own.entries[first], path=own.entries[second].path)
    lies = {
        "document-chain": [replace(own, entries=tuple(swapped)), replace(own, entries=tuple(foreign))],
        "inclusion": [replace(own, entries=(*own.entries[:first], moved, *own.entries[first + 1 :]))],
        "invoice-record": [replace(own, invoices=own.invoices[::-1])],
        "invoice-records": [replace(own, invoices=own.invoices[:-1]), replace(own, invoices=own.invoices * 2)],
        "issuer-record": [replace(own, issuer=other.issuer)],
        "foreign-entry": [replace(own, legal_id=other.legal_id)],
        "commitment": [replace(own, holdings=other.holdings)],
        "map-membership": [replace(own, issuer=replace(own.issuer, proof=own.ledger.proof))],
        "checkpoint": [replace(own, checkpoint=replace(own.checkpoint, time=own.checkpoint.time + 1))],
        "record-kind": [replace(own, ledger=own.issuer)],
    }
    for code, items in lies.items():
        for item in items:
            report = judge(item)
            assert (report.outcome, report.code) == ("refuted", code)


def test_numbers_that_do_not_follow(own: IssuerEvidence, judge: Judge) -> None:
    """Complete all the same, and said to be irregular."""
    for series in ((), own.series[:1], (*own.series, own.series[0]), (SeriesClaim("F-{YYYY}-{seq:5}", True),)):
        report = judge(replace(own, series=series))
        assert (report.outcome, report.code, report.exit_code) == ("irregular", "numbering", 1)
        assert report.faults


def test_cannot_tell(rich: Rich, own: IssuerEvidence) -> None:
    data, policy, now = own.encode(), policy_of(rich.ledger), rich.ledger.now()
    assert verify_issuer_evidence(data, None, policy, now).code == "unreachable"
    assert verify_issuer_evidence(data, None, Policy({}), now).code == "no-policy"
    newer = data.replace(b"sceau/issuer-audit/1", b"sceau/issuer-audit/2")
    assert verify_issuer_evidence(newer, None, policy, now).code == "newer-version"
    assert {verify_issuer_evidence(data, None, policy, now).exit_code} == {3}


def test_bytes_flipped(rich: Rich, own: IssuerEvidence, proven: ChainEvidence) -> None:
    """Never complete, and never an error that is not a verdict."""
    data, policy, now = own.encode(), policy_of(rich.ledger), rich.ledger.now()
    for at in range(0, len(data), 53):
        flipped = data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]
        assert verify_issuer_evidence(flipped, proven, policy, now).outcome != "complete", at
