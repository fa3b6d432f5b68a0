"""The account that owns all ether of an embedded chain: its key lives in the chain's folder.

The ether is worth nothing outside, the key is a key all the same: a file for its owner's eyes
(mode 0600), never printed, never logged, never sent.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from eth_keys.datatypes import PrivateKey

KEY_FILE = "dev-account.key"


def load_or_create(folder: Path, entropy: Callable[[int], bytes] = secrets.token_bytes) -> bytes:
    """Return the address (20 bytes), after drawing a key if the folder has none."""
    path = folder / KEY_FILE
    if not path.exists():
        # 256 random bits miss the curve's order once in 2^127 draws; `PrivateKey` would refuse.
        # Linked only when whole, so that a kill in between leaves no half a key behind.
        draft = folder / f"{KEY_FILE}.{os.getpid()}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(entropy(32).hex())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    return bytes(PrivateKey(read_key(folder)).public_key.to_canonical_address())


def read_key(folder: Path) -> bytes:
    """Return the private key (32 bytes) of a chain's folder.

    Raises:
        FileNotFoundError: no chain was started there yet.
        ValueError: the file is damaged.
    """
    key = bytes.fromhex((folder / KEY_FILE).read_text().strip())
    if len(key) != 32:
        raise ValueError(f"{KEY_FILE} holds {len(key)} bytes, not 32")
    return key
