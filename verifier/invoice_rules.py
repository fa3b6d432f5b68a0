"""Rules of the fold about an invoice that are not about money: its number, its rights, its parties and files.

Types 6 and 7, 11 to 15, 18 to 20.
"""

from __future__ import annotations

from verifier.cose import PublicKey, thumbprint
from verifier.fold import (
    Changes,
    Fold,
    about_invoice,
    check_party,
    check_prev,
    check_signed_by,
    check_signing_key,
    next_record,
    refused,
)
from verifier.records import (
    EMPTY_CHAIN,
    InvoiceRecord,
    VoidRecord,
    chain_next,
    invoice_key,
    issuer_key,
    payee_commitment,
)
from verifier.seal import Seal, decode_seal_payload, seal_digest
from verifier.statement import Statement

MAX_RENDITIONS = 64
"""Files of one invoice: a bound on the record's size."""


def sealed(fold: Fold) -> Changes:
    """Type 6: one invoice record for a number, by a signing key that is valid here."""
    seal = decode_seal_payload(fold.entry.payload)
    issuer_map_key = issuer_key(seal.seller_id)
    issuer = fold.issuer(issuer_map_key)
    if seal.seller_name != issuer.name:
        raise refused("name", "the seal bears another name than the issuer's record")
    key = invoice_key(issuer.pepper, issuer_map_key, seal.number)
    if key in fold.state:
        raise refused("number-used", "this number is sealed or void already")
    sign1 = fold.signature(0, 1)
    check_signing_key(fold, sign1, issuer)
    digest = seal_digest(sign1, fold.ledger_id)
    return {key: first_record(seal, digest, issuer_map_key, fold.entry.leaf_hash, fold.index)}


def first_record(seal: Seal, digest: bytes, issuer: bytes, leaf: bytes, index: int) -> InvoiceRecord:
    """An invoice's record as its seal makes it."""
    return InvoiceRecord(
        issuer=issuer,
        seal_digest=digest,
        type_code=seal.type_code,
        currency=seal.currency,
        due=seal.due,
        received=0,
        credited=0,
        written_off=0,
        open_payments=(),
        dispute=None,
        assignee=None,
        payee=payee_commitment(digest, seal.account),
        renditions=(),
        buyer_key=seal.buyer_key,
        chain=chain_next(EMPTY_CHAIN, leaf),
        latest=index,
        time=seal.issue_day * 86_400,
    )


def number_void(fold: Fold, statement: Statement) -> Changes:
    """Type 7: a number is closed for good without an invoice."""
    issuer_map_key, number = statement.values["issuer"], statement.values["number"]
    issuer = fold.issuer(issuer_map_key)
    key = invoice_key(issuer.pepper, issuer_map_key, number)
    check_prev(statement, 0, key, EMPTY_CHAIN)
    if key in fold.state:
        raise refused("number-used", "this number is sealed or void already")
    check_signed_by(fold, fold.signature(0, 1), (fold.ledger().key_at(fold.index),))
    return {key: VoidRecord(issuer_map_key, number, statement.values["reason"])}


def _disputant(fold: Fold, statement: Statement, record: InvoiceRecord) -> str:
    """Who disputes: the issuer, the buyer whose key is known, or a link-holder whom the ledger
    countersigns."""
    public = statement.values["signer"]
    if public is None:
        check_signing_key(fold, fold.signature(0, 1), fold.issuer(record.issuer))
        return "issuer"
    if record.buyer_key is not None and thumbprint(PublicKey(public)) == record.buyer_key:
        check_signed_by(fold, fold.signature(0, 1), (PublicKey(public),))
        return "buyer"
    check_signed_by(fold, fold.signature(0, 2), (PublicKey(public),))
    check_signed_by(fold, fold.signature(1, 2), (fold.ledger().key_at(fold.index),))
    return "link"


def dispute_opened(fold: Fold, statement: Statement) -> Changes:
    """Type 11: at most one is open."""
    key, record = about_invoice(fold, statement)
    who = _disputant(fold, statement, record)
    if record.dispute is not None:
        raise refused("dispute", "a dispute is open already")
    return {key: next_record(fold, statement, record, dispute=(statement.values["reason"], who))}


def dispute_closed(fold: Fold, statement: Statement) -> Changes:
    """Type 12."""
    key, record = about_invoice(fold, statement)
    _disputant(fold, statement, record)
    if record.dispute is None:
        raise refused("dispute", "no dispute is open")
    return {key: next_record(fold, statement, record, dispute=None)}


def assigned(fold: Fold, statement: Statement) -> Changes:
    """Type 13: the payee is the assignee from now on."""
    key, record = about_invoice(fold, statement)
    if record.assignee is not None:
        raise refused("assigned", "the invoice is assigned already")
    assignee = PublicKey(statement.values["assignee"])
    check_signed_by(fold, fold.signature(0, 2), fold.issuer(record.issuer).control_keys)
    check_signed_by(fold, fold.signature(1, 2), (assignee,))
    holder = (thumbprint(assignee), record.payee)
    return {key: next_record(fold, statement, record, assignee=holder, payee=statement.values["payee"])}


def released(fold: Fold, statement: Statement) -> Changes:
    """Type 14: the assignee lets go, and the payee before it is back."""
    key, record = about_invoice(fold, statement)
    if record.assignee is None:
        raise refused("not-assigned", "the invoice is not assigned")
    check_party(fold, fold.signature(0, 1), statement.values["signer"], record.assignee[0])
    return {key: next_record(fold, statement, record, assignee=None, payee=record.assignee[1])}


def payee_changed(fold: Fold, statement: Statement) -> Changes:
    """Type 15: by the control key, and not while the invoice is assigned."""
    key, record = about_invoice(fold, statement)
    if record.assignee is not None:
        raise refused("assigned", "the payee of an assigned invoice is its assignee's")
    check_signed_by(fold, fold.signature(0, 1), fold.issuer(record.issuer).control_keys)
    return {key: next_record(fold, statement, record, payee=statement.values["payee"])}


def rendition_registered(fold: Fold, statement: Statement) -> Changes:
    """Type 18."""
    key, record = about_invoice(fold, statement)
    check_signing_key(fold, fold.signature(0, 1), fold.issuer(record.issuer))
    item = (statement.values["hash"], statement.values["media_type"])
    if item[0] in dict(record.renditions):
        raise refused("rendition", "this file is registered already")
    if len(record.renditions) >= MAX_RENDITIONS:
        raise refused("limit", f"an invoice has at most {MAX_RENDITIONS} renditions")
    return {key: next_record(fold, statement, record, renditions=(*record.renditions, item))}


def party_bound(fold: Fold, statement: Statement) -> Changes:
    """Type 19: the buyer's own key."""
    key, record = about_invoice(fold, statement)
    party = PublicKey(statement.values["party"])
    check_signing_key(fold, fold.signature(0, 2), fold.issuer(record.issuer))
    check_signed_by(fold, fold.signature(1, 2), (party,))
    return {key: next_record(fold, statement, record, buyer_key=thumbprint(party))}


def erased(fold: Fold, statement: Statement) -> Changes:
    """Type 20: the body is gone, the record frozen."""
    key, record = about_invoice(fold, statement)
    check_signed_by(fold, fold.signature(0, 2), (fold.ledger().key_at(fold.index),))
    check_signed_by(fold, fold.signature(1, 2), fold.issuer(record.issuer).control_keys)
    if statement.values["retention_end"] * 86_400 > statement.time:
        raise refused("retention", "the retention time is not over")
    return {key: next_record(fold, statement, record, erased=True)}
