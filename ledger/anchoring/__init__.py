"""Anchoring: checkpoints go into the contract, in order, once each, whatever crashes in between."""
