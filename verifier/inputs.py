"""What was given to the command: told apart by content, not by name."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

from verifier.bundle import MAX_BUNDLE, Bundle, decode_bundle
from verifier.code import Code, looks_like_code, only_code, parse_code
from verifier.errors import Malformed
from verifier.scan import MAX_FILE, read_codes

Kind = Literal["bundle", "pdf", "picture", "code"]

_PICTURES: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


@dataclass(frozen=True)
class Given:
    """One input, read."""

    kind: Kind
    content: Bundle | Code
    sha256: bytes | None
    """Of a PDF's bytes: the issuer may have registered them. A picture of a paper is nobody's file."""


def read_input(argument: str) -> Given:
    """Reads a file, or the text of a code when there is no such file.

    Raises:
        Malformed: `no-file`, `file-size`, `file-unreadable`, or what is wrong with the content.
        Inconclusive: `newer-version`.
    """
    if "://" in argument or argument.startswith("#"):
        return Given("code", parse_code(argument), None)
    path = Path(argument)
    try:
        if not path.exists() and looks_like_code(argument):
            return Given("code", parse_code(argument), None)
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except FileNotFoundError as error:
        raise Malformed("no-file", "no such file, and no address of a seal either") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise Malformed("file-unreadable", f"cannot be read: {reason}") from error
    return _by_content(data)


def _by_content(data: bytes) -> Given:
    if data.startswith(b"%PDF-"):
        return Given("pdf", only_code(read_codes(data)), sha256(data).digest())
    if data.startswith(_PICTURES):
        return Given("picture", only_code(read_codes(data)), None)
    if data.startswith(b"{"):
        if len(data) > MAX_BUNDLE:
            raise Malformed("bundle-size", f"a bundle has at most {MAX_BUNDLE} bytes")
        return Given("bundle", decode_bundle(data), None)
    raise Malformed("file-kind", "neither a bundle (.sceau) nor a PDF, PNG or JPEG")
