"""Consistency proofs of logs up to 2^40 entries, by the text of RFC 9162 §2.1 and none of the project's code.

A log of that size cannot be hashed. But a proof from `m` to `n` opens only the subtrees that `m` cuts: every
other one stays closed, and any 32 bytes may stand for its hash. A small log is hashed leaf by leaf with the
same recursion.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256


@dataclass
class Growth:
    """A log that grows from `old_size` to `new_size` entries (0 < old_size < new_size)."""

    seed: bytes
    old_size: int
    new_size: int
    whole: bool = False
    """Hash every leaf, rather than draw the hash of what the proof does not open."""
    _known: dict[tuple[int, int], bytes] = field(default_factory=dict)

    @property
    def old_root(self) -> bytes:
        """MTH(D[0:old_size])."""
        return self._hash(0, self.old_size)

    @property
    def new_root(self) -> bytes:
        """MTH(D[0:new_size])."""
        return self._hash(0, self.new_size)

    def proof(self) -> list[bytes]:
        """PROOF(old_size, D[0:new_size]), RFC 9162 §2.1.4.1."""
        return self._subproof(0, self.new_size, known=True)

    def rebuilding_nodes(self) -> list[bytes]:
        """The nodes that rebuild the new root from the log's last complete subtree: a "proof" for
        shrinking."""
        nodes: list[bytes] = []
        end = self.new_size
        while end:
            width = end & -end
            nodes.append(self._hash(end - width, end))
            end -= width
        return nodes if len(nodes) > 1 else []

    def _subproof(self, begin: int, end: int, *, known: bool) -> list[bytes]:
        """SUBPROOF(m, D[begin:end], b) with m counted from the log's start."""
        if self.old_size == end:
            return [] if known else [self._hash(begin, end)]
        middle = begin + _largest_power_below(end - begin)
        if self.old_size <= middle:
            return [*self._subproof(begin, middle, known=known), self._hash(middle, end)]
        return [*self._subproof(middle, end, known=False), self._hash(begin, middle)]

    def _hash(self, begin: int, end: int) -> bytes:
        """MTH(D[begin:end])."""
        if (begin, end) not in self._known:
            self._known[begin, end] = self._compute(begin, end)
        return self._known[begin, end]

    def _compute(self, begin: int, end: int) -> bytes:
        width = end - begin
        # What the old log ends in is split as RFC 9162 splits it; a complete subtree that nothing cuts stays
        # closed.
        complete = width & (width - 1) == 0
        closed = not self.whole and not begin < self.old_size < end and (complete or begin >= self.old_size)
        if width == 1 or closed:
            return sha256(b"%s/%d/%d" % (self.seed, begin, end)).digest()
        middle = begin + _largest_power_below(width)
        return sha256(b"\x01" + self._hash(begin, middle) + self._hash(middle, end)).digest()


def _largest_power_below(width: int) -> int:
    power = 1
    while power * 2 < width:
        power *= 2
    return power
