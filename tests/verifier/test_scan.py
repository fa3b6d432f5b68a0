"""Codes in PDFs and pictures: found on any page, two seals refused, hostile files end in an error."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from importlib import resources
from pathlib import Path

import pytest
import segno
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from ledger.formats.pdf import render
from ledger.invoice.complete import complete
from ledger.invoice.parse import parse_draft
from tests.verifier.served_ledger import Served, serve, world
from tests.verifier.small_ledger import BAKERY
from verifier.code import only_code, parse_code
from verifier.command import run
from verifier.errors import Malformed
from verifier.scan import read_codes


def picture(text: str, kind: str = "PNG", *, dark: str = "black", scale: int = 5) -> bytes:
    stream = io.BytesIO()
    segno.make(text, error="m", micro=False).save(stream, kind="png", scale=scale, border=4, dark=dark)
    if kind == "PNG":
        return stream.getvalue()
    made = io.BytesIO()
    Image.open(stream).convert("RGB").rotate(8, expand=True, fillcolor="white").save(made, kind)
    return made.getvalue()


def pdf(*pages: tuple[str, ...]) -> bytes:
    """A4 pages with codes of 34 mm; an empty tuple is a page of text."""
    stream = io.BytesIO()
    canvas = Canvas(stream, invariant=True)
    for texts in pages:
        canvas.drawString(72, 700, "Facture")
        for place, text in enumerate(texts):
            image = Image.open(io.BytesIO(picture(text)))
            canvas.drawInlineImage(image.convert("RGB"), 60 + 170 * place, 100, 34 / 25.4 * 72, 34 / 25.4 * 72)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


@pytest.fixture
def ledger() -> Iterator[Served]:
    with serve(world()) as served:
        yield served


EPC = "BCD\n002\n1\nSCT\n\nTest\nFR7615589297010123456789067\nEUR120.00"
"""A payment code, as invoices carry them beside ours."""


def test_pictures(ledger: Served) -> None:
    text = ledger.address("open")
    for data in (picture(text), picture(text, "JPEG"), picture(text, dark="#333")):
        assert read_codes(data) == [text]


def test_the_code_is_found_on_any_page_beside_others(ledger: Served) -> None:
    text = ledger.address("open")
    code = only_code(read_codes(pdf((), (EPC,), (EPC, text))))
    assert code.seal == ledger.world.seals["open"]
    assert code.host == ledger.host


def test_two_seals_are_refused_with_both_numbers(ledger: Served) -> None:
    with pytest.raises(Malformed, match=r"F-2025-0001 and F-2025-0002") as caught:
        only_code(read_codes(pdf((ledger.address("open"),), (ledger.address("paid"),))))
    assert caught.value.code == "two-seals"
    # The same seal twice is one seal.
    only_code(read_codes(pdf((ledger.address("open"),), (ledger.address("open", host="other.example"),))))


def test_no_code_and_no_seal() -> None:
    with pytest.raises(Malformed, match="no code"):
        only_code(read_codes(pdf((EPC,))))
    with pytest.raises(Malformed):
        only_code(["https://a.example/v#" + "A" * 120])
    for text in ("", "https://a.example/v", "https://a.example/x#AAAA", "A" * 5000, "javascript:alert(1)"):
        with pytest.raises(Malformed):
            parse_code(text)


@pytest.mark.parametrize(
    "data",
    [b"%PDF-", b"%PDF-1.7\n" + b"\x00" * 5000, b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff" + b"\xff" * 100, pdf(())[:400]],
)
def test_damaged_files_are_unreadable(data: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        read_codes(data)
    assert caught.value.code == "file-unreadable"


def test_a_picture_too_large_to_unpack_is_refused() -> None:
    """A small file of very many pixels."""
    stream = io.BytesIO()
    Image.new("1", (9000, 9000)).save(stream, "PNG")
    assert len(stream.getvalue()) < 100_000
    with pytest.raises(Malformed, match="pixels"):
        read_codes(stream.getvalue())


def test_too_many_pages_are_refused() -> None:
    with pytest.raises(Malformed, match="100 pages"):
        read_codes(pdf(*[()] * 101))


def test_the_command_judges_a_picture_and_a_pdf(ledger: Served, tmp_path: Path) -> None:
    """A picture is judged by its seal. A PDF is also a file: registered, another, or nobody can tell."""
    text = ledger.address("open")
    (tmp_path / "photo.jpg").write_bytes(picture(text, "JPEG"))
    original = pdf((text,))
    (tmp_path / "original.pdf").write_bytes(original)
    (tmp_path / "altered.pdf").write_bytes(pdf((text,), ()))
    policy = ledger.write_policy(tmp_path / "policy.json")

    def verify(name: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "verifier", "--policy", str(policy), "--lang", "en", str(tmp_path / name)],
            capture_output=True, text=True, check=False, cwd=Path(__file__).resolve().parents[2],
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout

    assert verify("photo.jpg")[0] == 0
    code, out = verify("original.pdf")
    assert code == 3
    assert "nothing proves that this file is the issuer's" in out
    register(ledger, original)
    code, out = verify("original.pdf")
    assert (code, "AUTHENTIC" in out) == (0, True)
    code, out = verify("altered.pdf")
    assert (code, "NOT THE SEALED FILE" in out) == (1, True)


def register(ledger: Served, data: bytes) -> None:
    """Logs the file's hash as a rendition and anchors."""

    small = ledger.world.ledger
    values = {"hash": sha256(data).digest(), "media_type": "application/pdf"}
    small.about_invoice(BAKERY, "F-2025-0001", 18, BAKERY.signing, **values)
    small.checkpoint(ledger.world.now - 30)


def test_wrong_usage_is_2() -> None:
    with pytest.raises(SystemExit) as caught:
        run([])
    assert caught.value.code == 2


def test_the_code_of_a_printed_invoice_is_read(ledger: Served) -> None:
    """As the product prints it, from the first page to the last."""
    draft = json.loads(resources.files("ledger.samples").joinpath("forty-lines.json").read_bytes())
    document = complete(parse_draft(draft), number="F-2026-0042", issue_date="2026-09-30")
    text = ledger.address("open")
    printed = render(
        document,
        seal_url=text,
        verify_address="sceau.example/v",
        language="fr",
        created=datetime(2026, 9, 30, tzinfo=UTC),
    )
    assert only_code(read_codes(printed)).seal == ledger.world.seals["open"]
