"""JSON pointers (RFC 6901) into a draft or a document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence


def escaped(name: object) -> str:
    """A member's name or an element's index as one step of a pointer."""
    return str(name).replace("~", "~0").replace("/", "~1")


def strings(value: object, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Every string of a JSON value with its pointer, in document order."""
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield from strings(member, f"{pointer}/{escaped(name)}")
    elif isinstance(value, Sequence):
        for index, element in enumerate(value):
            yield from strings(element, f"{pointer}/{index}")
