"""What is fetched, from whom the policy names: a bundle from a host, the contract's storage from a node.

Answers are checked, never believed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from typing import Final

import httpx

from verifier.bundle import MAX_BUNDLE, Bundle, decode_bundle
from verifier.canonical import b64url_encode
from verifier.errors import Inconclusive, Malformed, Refuted
from verifier.ethereum.evidence import ChainEvidence
from verifier.ethereum.rpc import fetch_evidence
from verifier.policy import TrustedLedger
from verifier.verify import with_seal

PATH: Final = "/v1/public/bundle"
MEDIA_TYPE: Final = "application/vnd.sceau.bundle+json"
TIMEOUT: Final = 15.0
"""Seconds for one host, connection included."""

_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")


def address_of(host: str) -> str:
    """`https://HOST/v1/public/bundle`; plain http on this machine's loopback only."""
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    scheme = "http" if name in _LOOPBACK else "https"
    return f"{scheme}://{host}{PATH}"


def read_chain(trusted: TrustedLedger, sequences: Iterable[int]) -> ChainEvidence:
    """The contract of a trusted ledger, with the records of some checkpoints, as its policy says to read it.

    Raises:
        Inconclusive: `rpc-…`, as `verifier.ethereum.rpc.fetch_evidence`.
    """
    return fetch_evidence(
        trusted.endpoints[0],
        trusted.contract,
        trusted.ledger_id,
        sequences,
        block=trusted.block,
        chain_id=trusted.chain_id,
    )


def fetch_bundle(
    host: str,
    seal: bytes,
    ledger_id: bytes,
    *,
    timeout: float = TIMEOUT,
    clock: Callable[[], float] = time.monotonic,
) -> Bundle:
    """The bundle of a seal from one host, carrying the seal that was scanned.

    Args:
        host: `name` or `name:port`, from the policy.
        seal: COSE_Sign1 bytes, as scanned; put in the place of the one that the server sends back.
        ledger_id: 32 bytes: which ledger the policy expects of this host.
        timeout: seconds for the whole of it.
        clock: monotonic seconds.

    Raises:
        Inconclusive: `unreachable`, also for a refusal or an answer that ends early; `newer-version`.
        Malformed, Refuted: the answer is no bundle, or one of another ledger: bad evidence.
    """
    data = _post(host, json.dumps({"seal": b64url_encode(seal)}).encode(), clock() + timeout, clock)
    bundle = with_seal(decode_bundle(data), seal)
    if bundle.ledger_id != ledger_id:
        raise Refuted("foreign-ledger", f"{host} answers with a bundle of another ledger")
    return bundle


def _post(host: str, body: bytes, deadline: float, clock: Callable[[], float]) -> bytes:
    address = address_of(host)
    content = bytearray()
    headers = {"Content-Type": "application/json", "Accept": MEDIA_TYPE, "Accept-Encoding": "identity"}
    try:
        # A proxy of the environment is for the outside world.
        with (
            httpx.Client(follow_redirects=False, trust_env=address.startswith("https:"), headers=headers) as client,
            client.stream("POST", address, content=body, timeout=max(0.1, deadline - clock())) as response,
        ):
            if response.status_code != 200:
                raise Inconclusive("unreachable", f"{host} answers HTTP {response.status_code}")
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > MAX_BUNDLE:
                    raise Malformed("bundle-size", f"{host} answers with more than {MAX_BUNDLE} bytes")
                if clock() > deadline:  # httpx limits each read, not their sum
                    raise Inconclusive("unreachable", f"{host} does not answer in time")
    except httpx.TimeoutException as error:
        raise Inconclusive("unreachable", f"{host} does not answer in time") from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        raise Inconclusive("unreachable", f"{host} cannot be reached: {error}") from error
    return bytes(content)
