"""Settings: one frozen object from the environment (`SCEAU_*`)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ledger.errors import Invalid

DAY = 86_400


@dataclass(frozen=True)
class Settings:
    """Where things are and how the ledger runs. Every member has a `SCEAU_…` variable of its name."""

    data: Path
    """Folder of everything that is not in the database (SCEAU_DATA)."""
    database_url: str
    """`sqlite:///PATH` or `postgresql://…` (SCEAU_DATABASE_URL)."""
    master_key: str | None
    """64 hexadecimal digits; None: the file `master.key` in the data folder (SCEAU_MASTER_KEY)."""
    chain_url: str | None
    """JSON-RPC address; None: the embedded chain in the data folder (SCEAU_CHAIN_URL)."""
    chain_id: int
    """EIP-155 (SCEAU_CHAIN_ID)."""
    chain_name: str
    """What people call it (SCEAU_CHAIN_NAME)."""
    finality: str
    """`finalized`: the chain's own tag; or a number of blocks above the anchor's (SCEAU_FINALITY)."""
    funding_key: str | None
    """Hex private key that opens the ledger and anchors on a public chain (SCEAU_FUNDING_KEY)."""
    maximum_age: int
    """Seconds that the head may get old: the promise written into the contract (SCEAU_MAXIMUM_AGE)."""
    anchor_every: int
    """Seconds between anchors while entries wait (SCEAU_ANCHOR_EVERY)."""
    heartbeat_every: int
    """Seconds without an anchor after which one only says "still so" (SCEAU_HEARTBEAT_EVERY)."""
    public_url: str
    """What the QR code and the caption name, without a path (SCEAU_PUBLIC_URL)."""
    name: str
    """The ledger's name (SCEAU_NAME)."""

    @property
    def embedded(self) -> bool:
        """Whether the ledger lives on the embedded chain."""
        return self.chain_url is None


def load_settings(environ: Mapping[str, str] | None = None, *, data: Path | None = None) -> Settings:
    """Reads the environment.

    Raises:
        Invalid: `settings`, with the variable's name.
    """
    env = os.environ if environ is None else environ
    folder = (data or Path(env.get("SCEAU_DATA", "sceau-data"))).absolute()
    finality = env.get("SCEAU_FINALITY", "0" if "SCEAU_CHAIN_URL" not in env else "finalized")
    if finality != "finalized" and not (finality.isascii() and finality.isdecimal() and len(finality) < 5):
        raise Invalid("settings", "`finalized` or a number of blocks", where="SCEAU_FINALITY")
    maximum_age = _seconds(env, "SCEAU_MAXIMUM_AGE", DAY)
    return Settings(
        data=folder,
        database_url=env.get("SCEAU_DATABASE_URL", f"sqlite:///{folder / 'sceau.sqlite3'}"),
        master_key=env.get("SCEAU_MASTER_KEY"),
        chain_url=env.get("SCEAU_CHAIN_URL"),
        chain_id=_seconds(env, "SCEAU_CHAIN_ID", 31337),
        chain_name=env.get("SCEAU_CHAIN_NAME", "embedded chain"),
        finality=finality,
        funding_key=env.get("SCEAU_FUNDING_KEY"),
        maximum_age=maximum_age,
        anchor_every=_seconds(env, "SCEAU_ANCHOR_EVERY", 10),
        heartbeat_every=_seconds(env, "SCEAU_HEARTBEAT_EVERY", maximum_age // 2),
        public_url=env.get("SCEAU_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/"),
        name=env.get("SCEAU_NAME", "Sceau"),
    )


def _seconds(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:12]) < 10**11):
        raise Invalid("settings", "a positive whole number", where=name)
    return int(text)
