"""QR codes of a PDF or a picture, read in a process of its own.

A stranger's file meets a large C++ library here. In a child, with limits on memory and time, a file made to hang
or to crash it ends in an error, and what comes back is a list of texts.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from verifier.errors import Malformed, SceauError
from verifier.extras import need

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_FILE: Final = 64 * 2**20
"""Bytes: a scan of an invoice with attachments."""

MAX_PAGES: Final = 100
"""Pages looked at; the code stands on the first or the last of them."""

MAX_PIXELS: Final = 64_000_000
"""Of a picture: more than any phone's camera takes; four bytes each stay within the memory limit."""

MAX_CODES: Final = 64
MAX_TEXT: Final = 4096
"""Bytes of one code's text; a version 40 symbol holds 2,953."""

TIMEOUT: Final = 60.0
"""Seconds for one file."""

_MEMORY: Final = 3 * 2**30
_DPI: Final = (200, 400)
"""A module of 0.376 mm has three pixels at 200 dpi; a second pass is for smaller or worn ones."""
_MAX_SIDE: Final = 6000
"""Pixels of a rendered page, whatever size it claims."""


def read_codes(data: bytes) -> list[str]:
    """Texts of the QR codes of a PDF, PNG or JPEG, in page order, without repetition.

    Raises:
        Malformed: `extra-missing`, with the install command; `file-size`; `file-unreadable`.
    """
    need("scan")
    if len(data) > MAX_FILE:
        raise Malformed("file-size", f"a file has at most {MAX_FILE} bytes")
    root = str(Path(__file__).resolve().parents[1])
    path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "verifier.scan"],
            input=data,
            capture_output=True,
            timeout=TIMEOUT,
            env={**os.environ, "PYTHONPATH": path},
            check=False,
        )
        answer = json.loads(done.stdout[: 2 * MAX_CODES * MAX_TEXT * 6])
    except subprocess.TimeoutExpired as error:
        raise Malformed("file-unreadable", f"reading this file took longer than {TIMEOUT:.0f} s") from error
    except (OSError, ValueError) as error:
        raise Malformed("file-unreadable", "this file makes the reader of PDFs and pictures fail") from error
    if isinstance(answer, dict):
        raise Malformed("file-unreadable", str(answer.get("error")))
    return [str(text) for text in answer]


def main() -> None:
    """The child: a file on standard input, JSON on standard output: the texts, or an object with the error."""
    _limit_memory()
    data = sys.stdin.buffer.read(MAX_FILE + 1)
    answer: list[str] | dict[str, str]
    try:
        answer = _texts(data)
    except SceauError as error:
        answer = {"error": error.message}
    except Exception as error:  # whatever a broken file makes these libraries raise, the answer is the same
        answer = {"error": f"this is no PDF, PNG or JPEG that can be read ({type(error).__name__})"}
    sys.stdout.write(json.dumps(answer))


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # not every system has these limits
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (int(TIMEOUT), int(TIMEOUT)))


def _texts(data: bytes) -> list[str]:
    if not data.startswith(b"%PDF-"):
        return _decode(_picture(data))
    for dpi in _DPI:
        found: dict[str, None] = {}
        for page in _pages(data, dpi):
            found |= dict.fromkeys(_decode(page))
        if found:
            return list(found)[:MAX_CODES]
    return []


def _picture(data: bytes) -> Image:
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
        if picture.width * picture.height > MAX_PIXELS:
            raise Malformed("file-size", f"a picture has at most {MAX_PIXELS} pixels")
        # Transparent pixels are white: a code on a transparent ground would be black on black.
        turned = ImageOps.exif_transpose(picture).convert("RGBA")
    ground = Image.new("RGBA", turned.size, "white")
    ground.alpha_composite(turned)
    return ground.convert("L")


def _pages(data: bytes, dpi: int) -> Iterator[Image]:
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    try:
        if len(document) > MAX_PAGES:
            raise Malformed("file-size", f"a PDF has at most {MAX_PAGES} pages")
        for page in document:
            longest = max(page.get_width(), page.get_height(), 1.0)
            picture: Image = page.render(scale=min(dpi / 72, _MAX_SIDE / longest), grayscale=True).to_pil()
            page.close()
            yield picture
    finally:
        document.close()


def _decode(picture: Image) -> list[str]:
    import zxingcpp

    formats: Any = zxingcpp.BarcodeFormat.QRCode
    codes = zxingcpp.read_barcodes(picture, formats=formats)[:MAX_CODES]
    return [code.text for code in codes if code.valid and len(code.text.encode()) <= MAX_TEXT]


if __name__ == "__main__":
    main()
