"""`/v`: the fragment is read by a real browser, and every kind of verdict is shown in both languages."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from tests.verifier.served_ledger import Served, serve, world
from tests.web.browser import dump
from verifier.canonical import b64url_encode
from verifier.errors import Inconclusive
from verifier.service import router
from verifier.service.alone import app
from verifier.verdict import Verdict


class Page:
    """The page on loopback, the ledger that it asks, and the requests that arrived."""

    def __init__(self, ledger: Served, application: FastAPI | None = None) -> None:
        self.ledger = ledger
        self.requests: list[str] = []
        made = application or app(ledger.policy())

        async def recording(scope, receive, send):  # type: ignore[no-untyped-def]
            if scope["type"] == "http":
                self.requests.append(f"{scope['method']} {scope['path']}?{scope['query_string'].decode()}")
            await made(scope, receive, send)

        self.server = uvicorn.Server(uvicorn.Config(recording, host="127.0.0.1", port=0, log_level="error"))
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        deadline = time.monotonic() + 20
        while not self.server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}"

    def url(self, name: str, query: str = "") -> str:
        return f"{self.base}/v{query}#{b64url_encode(self.ledger.world.seals[name].to_bytes())}"

    def check(self, seal: str, **headers: str) -> httpx.Response:
        return httpx.post(f"{self.base}/v/check", json={"seal": seal}, headers=headers, timeout=30)


@pytest.fixture
def page() -> Iterator[Page]:
    with serve(world()) as ledger:
        made = Page(ledger)
        yield made
        made.server.should_exit = True
        made.thread.join(10)


def test_the_browser_reads_the_fragment_and_shows_the_verdict(page: Page, tmp_path: Path) -> None:
    """Authentic, with account and number; the host stands on the page; the seal is in no address."""
    dom = dump(page.url("open"), tmp_path / "profile")
    assert 'class="sheet current"' in dom
    assert "<h2>Authentic</h2>" in dom
    assert "FR76 1558 9297 0101 2345 6789 067" in dom
    assert f'<output id="host">127.0.0.1:{page.port}</output>' in dom
    seal = b64url_encode(page.ledger.world.seals["open"].to_bytes())
    assert "POST /v/check?lang=en" in page.requests
    assert not any(seal[:40] in request for request in page.requests)
    # The link to the other language keeps the seal.
    assert f'href="/v?lang=fr#{seal}"' in dom.replace(page.base, "")


def test_a_forgery_in_french(page: Page, tmp_path: Path) -> None:
    """The browser's language decides; the first advice is not to pay."""
    dom = dump(page.url("forged"), tmp_path / "profile", language="fr")
    assert '<html lang="fr">' in dom
    assert 'class="sheet forged"' in dom
    assert "<h2>Falsifiée</h2>" in dom
    assert "<li>Ne payez pas.</li>" in dom


def test_a_damaged_address_and_none(page: Page, tmp_path: Path) -> None:
    """A cut seal is unreadable; without a seal the page says what to do."""
    assert 'class="sheet malformed"' in dump(f"{page.url('open')[:-20]}", tmp_path / "one")
    assert "Scan the code printed on the invoice" in dump(f"{page.base}/v", tmp_path / "two")


@pytest.mark.parametrize(
    ("name", "mark", "words"),
    [
        ("open", "current", ("If you pay, pay only the account shown here.", "EUR\u00a0120.00")),
        ("paid", "current", ("Nothing is left to pay: do not pay again.", "declared by the issuer")),
        ("unknown", "cannot_tell", ("Do not pay yet.", "does not hold this invoice")),
        ("forged", "forged", ("Do not pay.", "another invoice under this number")),
    ],
)
def test_each_verdict_as_a_fragment(page: Page, name: str, mark: str, words: tuple[str, ...]) -> None:
    """What the script puts into the page."""
    seal = b64url_encode(page.ledger.world.seals[name].to_bytes())
    answer = page.check(seal, Accept="text/html", **{"Accept-Language": "en"})
    assert answer.status_code == 200
    assert f'class="sheet {mark}"' in answer.text
    for word in words:
        assert word in answer.text
    assert page.check(seal, Accept="application/json").json()["seal"]["number"].startswith("F-2025-")


def test_a_stale_chain_is_as_of_and_an_outage_is_not_a_forgery(page: Page) -> None:
    """The newest head is older than the policy allows; then the ledger is silent."""
    seal = b64url_encode(page.ledger.world.seals["open"].to_bytes())
    page.ledger.down.add("/v1/public/bundle")
    silent = page.check(seal, Accept="application/json").json()
    assert (silent["authenticity"], silent["reason"]) == ("cannot_tell", "unreachable")
    with serve(world(int(time.time()) - 30 * 86_400)) as old:
        late = Page(old)
        answer = late.check(b64url_encode(old.world.seals["open"].to_bytes()), Accept="text/html")
        late.server.should_exit = True
        late.thread.join(10)
    assert 'class="sheet as_of"' in answer.text
    assert "not up to date" in answer.text


@pytest.mark.parametrize("body", [b"", b"[", b"[" * 2000, b'{"seal": 1}', b'{"seal": "AA", "more": 1}', b"x" * 5000])
def test_a_bad_question_is_a_problem(page: Page, body: bytes) -> None:
    """422 with a stable code, never a traceback."""
    answer = httpx.post(f"{page.base}/v/check", content=body, headers={"Accept": "application/json"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"]


def test_the_page_loads_nothing_from_elsewhere_and_runs_nothing_inline(page: Page) -> None:
    """The policy in the header, and a page that keeps to it; host and reliance are stated in both languages."""
    for lang, relies in (("en", "You rely on the verifier of this server"), ("fr", "Vous vous fiez au vérificateur")):
        answer = httpx.get(f"{page.base}/v", headers={"Accept-Language": f"{lang};q=0.9, de"})
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert relies in answer.text
        assert "sceau-verify" in answer.text
        assert "style=" not in answer.text
        assert "http://" not in answer.text
        assert "https://" not in answer.text
        assert "<script>" not in answer.text
    assert httpx.get(f"{page.base}/v/page.js").headers["content-type"].startswith("text/javascript")
    assert "unsafe" not in httpx.get(f"{page.base}/v/page.css").headers["content-security-policy"]


def test_an_error_of_the_check_still_shows_what_the_code_claims() -> None:
    """Facts of the seal beside *cannot tell*, for a server that cannot make a bundle."""

    def failing(_: bytes) -> Verdict:
        raise Inconclusive("unreachable", "no bundle")

    made = FastAPI()
    made.include_router(router(failing, name="A ledger"))
    with serve(world()) as ledger:
        page = Page(ledger, made)
        answer = page.check(b64url_encode(ledger.world.seals["open"].to_bytes()), Accept="text/html")
        shell = httpx.get(f"{page.base}/v?lang=fr").text
        page.server.should_exit = True
        page.thread.join(10)
    assert 'class="sheet cannot_tell"' in answer.text
    assert "F-2025-0001" in answer.text
    assert "A ledger" in shell


def test_sceau_verify_serve_is_the_page_under_ones_own_policy(tmp_path: Path) -> None:
    """As its own process; a port that is taken is one line and exit code 2."""
    with serve(world()) as ledger:
        policy = ledger.write_policy(tmp_path / "policy.json")
        command = [sys.executable, "-m", "verifier", "serve", "--policy", str(policy), "--port"]
        root = Path(__file__).resolve().parents[2]
        with subprocess.Popen([*command, "0"], stdout=subprocess.PIPE, text=True, cwd=root) as process:
            try:
                assert process.stdout is not None
                address = process.stdout.readline().strip()
                seal = b64url_encode(ledger.world.seals["paid"].to_bytes())
                answer = httpx.post(f"{address}/check", json={"seal": seal}, timeout=30)
                port = address.split(":")[2].split("/")[0]
                taken = subprocess.run([*command, port], capture_output=True, text=True, cwd=root, check=False)
            finally:
                process.terminate()
    assert answer.json()["standing"]["label"] == "paid"
    assert (taken.returncode, taken.stderr.count("\n")) == (2, 1)
