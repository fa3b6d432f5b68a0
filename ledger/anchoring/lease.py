"""One anchoring worker at a time, on any number of hosts: a row that says who, and until when.

Every commit of the worker checks the row in its own transaction, so a worker that was paused past its time cannot
write; what it may still send is a transaction that was stored before, which whoever follows sends too.
"""

from __future__ import annotations

import os
import socket

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from ledger.errors import Unavailable
from ledger.keys import Entropy
from ledger.store.tables import leases

LEASE = 15
"""Seconds without a sign of life after which another worker takes over."""

_NAME = "anchoring"


def new_holder(entropy: Entropy) -> str:
    """A name for this worker: host and process for whoever reads the table, randomness for being unique."""
    return f"{socket.gethostname()}/{os.getpid()}/{entropy(8).hex()}"


def take(connection: Connection, holder: str, now: int) -> bool:
    """Takes or prolongs the lease; False while another worker has it. Needs a writing transaction."""
    row = connection.execute(select(leases).where(leases.c.name == _NAME).with_for_update()).one_or_none()
    if row is None:
        try:
            with connection.begin_nested():
                connection.execute(leases.insert().values(name=_NAME, holder=holder, until=now + LEASE))
        except IntegrityError:
            return False
        return True
    if row.holder != holder and row.until > now:
        return False
    # Not at every look: an idle worker should not write to the disk each second.
    if row.holder != holder or row.until < now + LEASE // 2:
        connection.execute(leases.update().where(leases.c.name == _NAME).values(holder=holder, until=now + LEASE))
    return True


def hold(connection: Connection, holder: str, now: int) -> None:
    """Refuses to write for a worker whose lease another one has; raises Unavailable `lease`."""
    if not take(connection, holder, now):
        raise Unavailable("lease", "another anchoring worker is at work")


def give_back(connection: Connection, holder: str) -> None:
    """Ends the lease, if it is still this worker's."""
    connection.execute(leases.delete().where(leases.c.name == _NAME, leases.c.holder == holder))
