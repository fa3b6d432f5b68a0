"""The server's own verifier behind `/v`: convenient, and only as trustworthy as this server, as the page says."""

from __future__ import annotations

from collections.abc import Callable

from ledger.context import Ledger
from ledger.policy import policy_of
from ledger.prove import prove_seal
from verifier.judge import judge_bundle
from verifier.seal import decode_seal
from verifier.verdict import Verdict


def checker(ledger: Ledger) -> Callable[[bytes], Verdict]:
    """A check of a seal's bytes: the ledger's own bundle, judged under the chain as this server reads it.

    The check raises a SceauError when there is no bundle; the page shows it as *cannot tell*.
    """

    def check(seal: bytes) -> Verdict:
        return judge_bundle(prove_seal(ledger, decode_seal(seal)), policy_of(ledger), ledger.now())

    return check
