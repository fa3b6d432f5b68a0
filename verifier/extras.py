"""What an extra brings is asked for where it is needed; without it there is one line with the install command."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from verifier.errors import Malformed

_MODULES: Final = {
    "scan": (("pypdfium2", "zxingcpp", "PIL"), "reading a PDF or a picture"),
    "service": (("fastapi", "uvicorn"), "serving the verification page"),
}


def need(extra: str) -> None:
    """Raises Malformed `extra-missing` with the install command when the packages of an extra are not here."""
    modules, purpose = _MODULES[extra]
    if any(find_spec(name) is None for name in modules):
        raise Malformed("extra-missing", f"{purpose} needs more packages: pip install 'sceau[{extra}]'")
