"""The database schema in steps (Alembic): `upgrade` makes or updates it, `check` says whether it is the current one."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from ledger.errors import Conflict, Unavailable
from ledger.store.database import reading, writing

_LOCK = 0x5CEA0001
"""PostgreSQL advisory lock: two processes that start together do not both migrate."""


def upgrade(engine: Engine) -> None:
    """Brings the schema to this program's version, in one transaction.

    Raises:
        Unavailable: `database`, it does not answer.
    """
    try:
        with writing(engine) as connection:
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except DBAPIError as error:
        raise Unavailable("database", f"the database cannot be prepared: {type(error.orig).__name__}") from error


def check(engine: Engine) -> None:
    """Refuses a database of another version.

    Raises:
        Conflict: `not-initialised` without tables; `schema-version`, older or newer than this program.
        Unavailable: `database`, it does not answer.
    """
    wanted = ScriptDirectory.from_config(_config()).get_current_head()
    try:
        with reading(engine) as connection:
            found = MigrationContext.configure(connection).get_current_revision()
    except DBAPIError as error:
        raise Unavailable("database", f"the database cannot be read: {type(error.orig).__name__}") from error
    if found is None:
        raise Conflict("not-initialised", "there is no ledger here yet; run `sceau init`")
    if found != wanted:
        raise Conflict("schema-version", f"the database is at version {found}, this program at {wanted}")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config
