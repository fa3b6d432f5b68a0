"""Anchoring: checkpoints go into the contract, in order, once each, whatever crashes in between."""

from __future__ import annotations

from ledger.anchoring.follow import Progress
from ledger.anchoring.listing import Anchor, anchors
from ledger.anchoring.worker import anchor_now, anchor_once, run_worker

__all__ = ["Anchor", "Progress", "anchor_now", "anchor_once", "anchors", "run_worker"]
