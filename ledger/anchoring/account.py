"""The anchoring account: its key in the database, under the master key. It can only append to this ledger."""

from __future__ import annotations

from sqlalchemy import Connection, select

from ledger.anchoring.follow import Sender
from ledger.chain.rpc import Chain
from ledger.chain.signing import address_of
from ledger.context import Ledger
from ledger.errors import Conflict, Stopped
from ledger.keys import Vault
from ledger.store.database import reading
from ledger.store.tables import keys

_PURPOSE = "anchoring"


def store_account(connection: Connection, vault: Vault, key: bytes, now: int) -> bytes:
    """Keeps the key, encrypted; returns its address (20 bytes)."""
    address = address_of(key)
    connection.execute(
        keys.insert().values(
            thumbprint=address,
            issuer=None,
            purpose=_PURPOSE,
            public_key=address,
            sealed=vault.seal(key, _PURPOSE, address),
            created=now,
        )
    )
    return address


def load_account(connection: Connection, vault: Vault) -> tuple[bytes, bytes]:
    """Private key and address.

    Raises:
        Conflict: `no-anchoring-key`.
        Stopped: `key-unreadable`.
    """
    query = select(keys).where(keys.c.purpose == _PURPOSE).order_by(keys.c.created.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise Conflict("no-anchoring-key", "this database holds no anchoring key; run `sceau init`")
    key = vault.open(row.sealed, _PURPOSE, row.thumbprint)
    if address_of(key) != row.thumbprint:
        raise Stopped("key-unreadable", "the anchoring key is not the one that it is filed as", where="keys")
    return key, row.thumbprint


def sender_of(ledger: Ledger, chain: Chain, holder: str) -> Sender:
    """The ledger's anchoring account on a node."""
    with reading(ledger.engine) as connection:
        key, address = load_account(connection, ledger.vault)
    settings = ledger.settings
    return Sender(ledger.engine, chain, key, address, settings.chain_id, settings.finality, ledger.now, holder)
