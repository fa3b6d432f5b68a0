"""The chain's key-value store: SQLite, one transaction a block, so a kill never leaves half a block.

py-evm writes trie nodes and indexes one by one while it builds a block. They are held in memory
and reach the file together in `commit`; until then a crash loses exactly the block that nobody was
told about.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from eth.db.backends.base import BaseDB

from ledger.embedded_chain.errors import EmbeddedChainError


class BlockStore(BaseDB):
    """A py-evm database with an explicit `commit`. One process at a time; the caller serialises threads."""

    def __init__(self, path: Path) -> None:
        """Open or create the file and keep it locked until `close`, or until the process ends.

        Raises:
            EmbeddedChainError: `chain-in-use` when another process has it.
        """
        self._pending: dict[bytes, bytes | None] = {}
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0.2)
        try:
            # The lock is SQLite's own: the system drops it with the process, however that ends.
            self._connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS kv (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID"
            )
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            self._connection.close()
            if "locked" not in str(error):
                raise
            raise EmbeddedChainError(
                "chain-in-use", f"another process is running the chain in {path.parent}"
            ) from error

    def __getitem__(self, key: bytes) -> bytes:
        """Return the value, pending ones first; KeyError when there is none."""
        if key in self._pending:
            value = self._pending[key]
            if value is None:
                raise KeyError(key)
            return value
        row = self._connection.execute("SELECT value FROM kv WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise KeyError(key)
        return bytes(row[0])

    def __setitem__(self, key: bytes, value: bytes) -> None:
        """Hold a value for the next `commit`."""
        self._pending[key] = value

    def __delitem__(self, key: bytes) -> None:
        """Hold a deletion for the next `commit`; KeyError when there is nothing to delete."""
        self[key]
        self._pending[key] = None

    def _exists(self, key: bytes) -> bool:
        try:
            self[key]
        except KeyError:
            return False
        return True

    def commit(self) -> None:
        """Write everything pending in one durable transaction."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for key, value in self._pending.items():
                if value is None:
                    self._connection.execute("DELETE FROM kv WHERE key = ?", (key,))
                else:
                    self._connection.execute("INSERT OR REPLACE INTO kv VALUES (?, ?)", (key, value))
            # A kill before this line costs the block; after it, the block is there for good.
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._pending.clear()

    def discard(self) -> None:
        """Forget everything pending."""
        self._pending.clear()

    def close(self) -> None:
        """Forget what is pending and release the file."""
        self.discard()
        self._connection.close()
