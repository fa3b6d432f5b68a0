"""The policy that this ledger would write about itself: what a verifier compares with what it was told."""

from __future__ import annotations

from ledger.context import Ledger
from verifier.policy import Policy, TrustedLedger


def policy_of(ledger: Ledger) -> Policy:
    """A policy that trusts this ledger and reads its chain at the ledger's own node."""
    settings = ledger.settings
    trusted = TrustedLedger(
        ledger_id=ledger.ledger_id,
        name=settings.name,
        chain_id=settings.chain_id,
        contract=ledger.contract,
        maximum_age=settings.maximum_age,
        hosts=(settings.public_url.partition("://")[2],),
        tier="one",
        endpoints=(ledger.chain_url,),
        block="finalized" if settings.finality == "finalized" else "latest",
    )
    return Policy({ledger.ledger_id: trusted})
