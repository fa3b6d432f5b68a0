"""Making a ledger and opening it.

`init_ledger` may be ended at any point and called again: keys and salt are drawn once and stored first, and each
transaction is stored before it is sent, so that no contract and no ledger is made twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import Connection, Engine

from ledger import migrations
from ledger.anchoring.account import load_account, store_account
from ledger.anchoring.crash_points import reached
from ledger.anchoring.follow import Progress, Sender, advance, next_nonce, open_groups, store_signed
from ledger.anchoring.lease import give_back, hold, new_holder
from ledger.chain.contract import created_address, creation_code, open_call, read_head
from ledger.chain.rpc import Chain
from ledger.chain.running import chain_address, chain_folder, running_chain
from ledger.chain.signing import current_fees, private_key, sign
from ledger.context import Ledger, read_meta, write_meta
from ledger.embedded_chain.dev_account import read_key
from ledger.errors import Conflict, Invalid, Unavailable
from ledger.keys import Entropy, Vault, draw_key, load_master, parse_master, store_key
from ledger.settings import Settings
from ledger.store.database import open_database, reading, writing
from ledger.store.tables import records
from verifier.cose import PublicKey, parse_public_key, thumbprint
from verifier.ethereum.contract import ledger_id as ledger_id_of
from verifier.records import EMPTY_CHAIN, LedgerRecord, ledger_key

PATIENCE = 900.0
"""Seconds that a transaction of `init_ledger` may take to be mined before the caller is told to try again."""

_POLL = 0.05, 4.0
"""Seconds between two looks, at first and at most."""


def init_ledger(settings: Settings, *, clock: Callable[[], float], entropy: Entropy) -> Ledger:
    """Makes the data folder, the keys, the tables, the contract and the ledger in it; resumes what was begun.

    Raises:
        Conflict: `initialised`, there is a ledger already; `wrong-chain`, the node serves another chain.
        Invalid: `settings`, no funding key for a public chain; `master-key`.
        Unavailable: the chain or the database does not answer; call again.
    """
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    vault = _vault(settings, entropy, create=True)
    engine = open_database(settings.database_url)
    migrations.upgrade(engine)
    with reading(engine) as connection:
        _refuse_second(connection)
    holder = new_holder(entropy)
    with running_chain(settings) as url, Chain(url) as chain:
        if chain.chain_id() != settings.chain_id:
            raise Conflict("wrong-chain", f"the node serves chain {chain.chain_id()}, not {settings.chain_id}")
        with writing(engine) as connection:
            hold(connection, holder, int(clock()))
            _refuse_second(connection)
            _draw(connection, settings, vault, entropy, int(clock()))
        with reading(engine) as connection:
            key, address = load_account(connection, vault)
        sender = Sender(engine, chain, key, address, settings.chain_id, settings.finality, lambda: int(clock()), holder)
        try:
            _run(sender, settings)
            _finish(sender)
        finally:
            with writing(engine) as connection:
                give_back(connection, holder)
        return _opened(settings, engine, vault, clock, entropy, url)


def open_ledger(
    settings: Settings, *, clock: Callable[[], float], entropy: Entropy, chain_url: str | None = None
) -> Ledger:
    """Opens a ledger that was made before.

    With `chain_url` the node is asked whether it knows this ledger; a node out of reach is no reason not to open.

    Raises:
        Conflict: `not-initialised`, `schema-version`, or `wrong-chain`: the node knows another ledger.
        Invalid: `master-key`.
        Unavailable: `database`.
    """
    if settings.database_url.startswith("sqlite:///") and not settings.data.exists():
        raise Conflict("not-initialised", f"there is no ledger in {settings.data} yet; run `sceau init`")
    engine = open_database(settings.database_url)
    migrations.check(engine)
    vault = _vault(settings, entropy)
    ledger = _opened(settings, engine, vault, clock, entropy, chain_url or chain_address(settings))
    if chain_url is not None:
        _check_chain(ledger)
    return ledger


def _vault(settings: Settings, entropy: Entropy, *, create: bool = False) -> Vault:
    if settings.master_key is not None:
        return Vault(parse_master(settings.master_key), entropy)
    return Vault(load_master(settings.data / "master.key", entropy, create=create), entropy)


def _opened(
    settings: Settings, engine: Engine, vault: Vault, clock: Callable[[], float], entropy: Entropy, url: str
) -> Ledger:
    with reading(engine) as connection:
        ledger_id = read_meta(connection, "ledger_id")
        if ledger_id is None:
            raise Conflict("not-initialised", "the ledger was not made to its end; run `sceau init` again")
        contract, first_key = _required(connection, "contract"), _required(connection, "first_key")
        chain_id = _required(connection, "chain_id")
    if chain_id != str(settings.chain_id):
        raise Conflict("wrong-chain", f"this ledger lives on chain {chain_id}, the settings say {settings.chain_id}")
    return Ledger(
        engine=engine,
        settings=settings,
        vault=vault,
        clock=clock,
        entropy=entropy,
        ledger_id=bytes.fromhex(ledger_id),
        contract=bytes.fromhex(contract),
        first_key=bytes.fromhex(first_key),
        chain_url=url,
    )


def _check_chain(ledger: Ledger) -> None:
    try:
        with Chain(ledger.chain_url, timeout=5.0) as chain:
            served = chain.chain_id()
            if served != ledger.settings.chain_id:
                raise Conflict("wrong-chain", f"the node serves chain {served}, not {ledger.settings.chain_id}")
            head = read_head(chain, ledger.contract, ledger.ledger_id)
    except Unavailable as error:
        if error.code != "contract-absent":
            return
        raise Conflict("wrong-chain", "the chain does not hold this ledger's contract") from error
    if head.first_key != ledger.first_key:
        raise Conflict("wrong-chain", "the chain does not hold this ledger")


def _refuse_second(connection: Connection) -> None:
    if read_meta(connection, "ledger_id") is not None:
        raise Conflict("initialised", "there is a ledger here already")


def _required(connection: Connection, name: str) -> str:
    value = read_meta(connection, name)
    if value is None:
        raise Conflict("not-initialised", f"the database lacks {name}; run `sceau init` again")
    return value


def _draw(connection: Connection, settings: Settings, vault: Vault, entropy: Entropy, now: int) -> None:
    """Everything random, once: the ledger's id depends on all of it."""
    if read_meta(connection, "salt") is not None:
        return
    pair = draw_key(entropy)
    store_key(connection, vault, pair, "ledger", None, now)
    store_account(connection, vault, _funding_key(settings), now)
    name = thumbprint(pair.public).hex()
    values = {
        "version": "1",
        "chain_id": str(settings.chain_id),
        "salt": entropy(32).hex(),
        "first_key": name,
        "ledger_key": name,
        "first_public_key": bytes(pair.public).hex(),
    }
    for key, value in values.items():
        write_meta(connection, key, value)


def _funding_key(settings: Settings) -> bytes:
    if settings.embedded:
        return read_key(chain_folder(settings))
    if settings.funding_key is None:
        raise Invalid("settings", "a public chain needs a funded key", where="SCEAU_FUNDING_KEY")
    return private_key(settings.funding_key)


def _run(sender: Sender, settings: Settings) -> None:
    """Deploys and opens, each when it is not done; follows what an earlier call sent."""
    _follow(sender)
    with reading(sender.engine) as connection:
        contract = read_meta(connection, "contract")
        salt, first_key = _required(connection, "salt"), _required(connection, "first_key")
    if contract is None or not _holds_contract(sender, bytes.fromhex(contract)):
        nonce = next_nonce(sender)
        contract = created_address(sender.address, nonce).hex()
        _store(sender, "deploy", nonce, None, creation_code(), contract)
        _follow(sender)
    place = bytes.fromhex(contract)
    if read_head(sender.chain, place, _id(sender, place, salt)).owner == bytes(20):
        data = open_call(bytes.fromhex(salt), sender.address, settings.maximum_age, bytes.fromhex(first_key))
        _store(sender, "open", next_nonce(sender), place, data, contract)
        _follow(sender)


def _id(sender: Sender, contract: bytes, salt: str) -> bytes:
    return ledger_id_of(sender.chain_id, contract, sender.address, bytes.fromhex(salt))


def _holds_contract(sender: Sender, contract: bytes) -> bool:
    try:
        read_head(sender.chain, contract, bytes(32))
    except Unavailable as error:
        if error.code == "contract-absent":
            return False
        raise
    return True


def _store(sender: Sender, kind: str, nonce: int, to: bytes | None, data: bytes, contract: str) -> None:
    gas = sender.chain.estimate(sender.address, to, data)
    fees = current_fees(sender.chain)
    signed = sign(sender.key, chain_id=sender.chain_id, nonce=nonce, to=to, data=data, gas=gas, fees=fees)
    reached("before-store-raw")
    with writing(sender.engine) as connection:
        store_signed(connection, sender, signed, kind, None)
        write_meta(connection, "contract", contract)
    reached("after-store-raw")


def _follow(sender: Sender) -> None:
    """Until everything that was stored is mined. The worker follows it on to finality."""
    deadline = time.monotonic() + PATIENCE
    pause, longest = _POLL
    while open_rows := [group for group in open_groups(sender) if not any(row.state == "mined" for row in group)]:
        progress: Progress = advance(sender, open_rows[0], lambda _: True)
        if progress.moved:
            continue
        if time.monotonic() > deadline:
            raise Unavailable("not-mined", "the chain does not take the transaction in; call again to go on")
        time.sleep(pause)
        pause = min(2 * pause, longest)


def _finish(sender: Sender) -> None:
    """The chain says that the ledger is open: from this commit on there is a ledger."""
    with reading(sender.engine) as connection:
        contract, salt = bytes.fromhex(_required(connection, "contract")), _required(connection, "salt")
        first_key = _required(connection, "first_key")
        public: PublicKey = parse_public_key(bytes.fromhex(_required(connection, "first_public_key")))
    ledger_id = _id(sender, contract, salt)
    head = read_head(sender.chain, contract, ledger_id)
    if (head.owner, head.first_key.hex()) != (sender.address, first_key):
        raise Unavailable("not-open", "the contract does not hold the ledger yet; call again")
    with writing(sender.engine) as connection:
        hold(connection, sender.holder, sender.now())
        genesis = LedgerRecord(keys=((public, 0),), chain=EMPTY_CHAIN)
        connection.execute(
            records.insert().values(map_key=ledger_key(ledger_id), checkpoint=0, record=genesis.encode())
        )
        write_meta(connection, "ledger_id", ledger_id.hex())
