"""What every use case is given: the database, the keys, the clock and the source of randomness."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, select

from ledger.errors import Conflict, Stopped
from ledger.keys import Entropy, SigningKeyPair, Vault, load_key
from ledger.settings import Settings
from ledger.store.tables import meta


@dataclass(frozen=True)
class Ledger:
    """An opened ledger."""

    engine: Engine
    settings: Settings
    vault: Vault
    clock: Callable[[], float]
    """Unix seconds."""
    entropy: Entropy
    ledger_id: bytes
    """32 bytes, as the contract computed it."""
    contract: bytes
    """20 bytes."""
    first_key: bytes
    """Thumbprint of the first ledger key."""
    chain_url: str

    def now(self) -> int:
        """Whole Unix seconds."""
        return int(self.clock())


def read_meta(connection: Connection, name: str) -> str | None:
    """One value of the `meta` table."""
    return connection.execute(select(meta.c.value).where(meta.c.name == name)).scalar()


def write_meta(connection: Connection, name: str, value: str) -> None:
    """Sets one value of the `meta` table."""
    if connection.execute(meta.update().where(meta.c.name == name).values(value=value)).rowcount == 0:
        connection.execute(meta.insert().values(name=name, value=value))


def check_running(connection: Connection) -> None:
    """Refuses to go on when the alarm is set; raises Stopped `alarm`."""
    alarm = read_meta(connection, "alarm")
    if alarm is not None:
        raise Stopped("alarm", f"the ledger is stopped: {alarm}")


def ledger_signer(connection: Connection, ledger: Ledger) -> SigningKeyPair:
    """The ledger key."""
    name = read_meta(connection, "ledger_key")
    pair = None if name is None else load_key(connection, ledger.vault, bytes.fromhex(name))
    if pair is None:
        raise Conflict("no-ledger-key", "this database holds no ledger key; run `sceau init`")
    return pair
