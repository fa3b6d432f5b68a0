"""Rules of the fold about keys: the issuer's (types 1 to 5) and the ledger's (type 21)."""

from __future__ import annotations

from dataclasses import replace

from verifier.cose import PublicKey, kid
from verifier.fold import Changes, Fold, check_prev, check_signed_by, refused
from verifier.records import (
    EMPTY_CHAIN,
    Holdings,
    Identity,
    IssuerRecord,
    LedgerRecord,
    SigningKey,
    chain_next,
    issuer_key,
    ledger_key,
)
from verifier.statement import Statement


def enrolled(fold: Fold, statement: Statement) -> Changes:
    """Type 1: one record for a legal id, by its own control key and the ledger."""
    values = statement.values
    legal_id = (values["legal_id"][0], values["legal_id"][1])
    key = issuer_key(legal_id)
    if key in fold.state:
        raise refused("issuer-exists", "this legal id is enrolled already")
    check_prev(statement, 0, key, EMPTY_CHAIN)
    control = tuple(PublicKey(item) for item in values["control_keys"])
    first = PublicKey(values["signing_key"][0])
    kids = [kid(item) for item in (*control, first)]
    if len(set(kids)) != len(kids):
        raise refused("kid-used", "control and signing keys are different keys")
    check_signed_by(fold, fold.signature(0, 2), control)
    check_signed_by(fold, fold.signature(1, 2), (fold.ledger().key_at(fold.index),))
    holdings = Holdings(values["salt"], 0, EMPTY_CHAIN, 0)
    signing = SigningKey(first, fold.index, values["signing_key"][1], values["signing_key"][2])
    record = IssuerRecord(
        legal_id=legal_id,
        name=values["name"],
        country=values["country"],
        zone=values["zone"],
        control_keys=control,
        keys=(signing,),
        identities=(),
        pepper=values["pepper"],
        control_chain=chain_next(EMPTY_CHAIN, fold.entry.leaf_hash),
        commitment=holdings.commitment(),
        holdings=holdings,
    )
    return {key: record}


def _control(fold: Fold, statement: Statement) -> tuple[bytes, IssuerRecord, IssuerRecord]:
    """An issuer's record before, and with its control chain grown."""
    key = statement.objects[0][0]
    record = fold.issuer(key)
    check_prev(statement, 0, key, record.control_chain)
    grown = replace(record, control_chain=chain_next(record.control_chain, fold.entry.leaf_hash))
    return key, record, grown


def key_added(fold: Fold, statement: Statement) -> Changes:
    """Type 2: a kid once used is never used again."""
    key, record, grown = _control(fold, statement)
    check_signed_by(fold, fold.signature(0, 1), record.control_keys)
    public = PublicKey(statement.values["public_key"])
    used = {item.thumbprint[:8] for item in record.keys} | {kid(item) for item in record.control_keys}
    if kid(public) in used:
        raise refused("kid-used", "a kid once used by an issuer is never used again")
    added = SigningKey(public, fold.index, statement.values["custody"], statement.values["scope"])
    return {key: replace(grown, keys=(*record.keys, added))}


def _known_key(record: IssuerRecord, wanted: bytes) -> SigningKey:
    for key in record.keys:
        if key.thumbprint == wanted:
            return key
    raise refused("key-unknown", "the issuer's record has no such signing key")


def _replace_key(record: IssuerRecord, old: SigningKey, new: SigningKey) -> tuple[SigningKey, ...]:
    return tuple(new if key is old else key for key in record.keys)


def key_retired(fold: Fold, statement: Statement) -> Changes:
    """Type 3: the key signs nothing from this index on."""
    key, record, grown = _control(fold, statement)
    check_signed_by(fold, fold.signature(0, 1), record.control_keys)
    old = _known_key(record, statement.values["thumbprint"])
    if old.retired_at is not None or old.void_from is not None:
        raise refused("key-ended", "the key has ended already")
    return {key: replace(grown, keys=_replace_key(record, old, replace(old, retired_at=fold.index)))}


def key_compromised(fold: Fold, statement: Statement) -> Changes:
    """Type 4: void from here on, suspect before."""
    key, record, grown = _control(fold, statement)
    check_signed_by(fold, fold.signature(0, 1), record.control_keys)
    old = _known_key(record, statement.values["thumbprint"])
    since = statement.values["since"]
    if old.void_from is not None:
        raise refused("key-ended", "the key is void already")
    if since is not None and since > fold.index:
        raise refused("since", "a compromise is not claimed for the future")
    # Never backwards: the key is void from here on; an earlier claim only makes seals *suspect*.
    return {
        key: replace(grown, keys=_replace_key(record, old, replace(old, void_from=fold.index, suspect_since=since)))
    }


def identity_attested(fold: Fold, statement: Statement) -> Changes:
    """Type 5: the ledger's word about who the issuer is."""
    key, record, grown = _control(fold, statement)
    check_signed_by(fold, fold.signature(0, 1), (fold.ledger().key_at(fold.index),))
    v = statement.values
    identity = Identity(v["kind"], v["value"], v["evidence"], v["checked"])
    return {key: replace(grown, identities=(*record.identities, identity))}


def ledger_key_changed(fold: Fold, statement: Statement) -> Changes:
    """Type 21: by the old and the new key."""
    key, record = ledger_key(fold.ledger_id), fold.ledger()
    check_prev(statement, 0, key, record.chain)
    new = PublicKey(statement.values["public_key"])
    if new in {item for item, _ in record.keys}:
        raise refused("kid-used", "a ledger key once used is never used again")
    check_signed_by(fold, fold.signature(0, 2), (record.key_at(fold.index),))
    check_signed_by(fold, fold.signature(1, 2), (new,))
    chain = chain_next(record.chain, fold.entry.leaf_hash)
    return {key: LedgerRecord((*record.keys, (new, fold.index)), chain)}
