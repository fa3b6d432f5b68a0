"""Named places at which the crash tests end the process. Each says what a crash there leaves behind."""

from __future__ import annotations

import os
import signal

POINTS = {
    "after-checkpoint-commit": "a checkpoint that nothing anchors yet",
    "before-store-raw": "a signed transaction that nobody has seen: it is lost, and its nonce is free",
    "after-store-raw": "a stored transaction that was never sent: it is sent on resuming",
    "before-send": "the same",
    "after-send": "a sent transaction that is stored as signed: it is sent again, and known",
    "after-sent-persisted": "a sent transaction: its receipt is looked for",
    "after-mined-seen": "the receipt is read again",
    "after-mined-persisted": "followed on to its finality",
    "before-final": "judged again",
    "after-final": "nothing to do",
}

_passes = iter(range(1, 10**6))


def reached(point: str) -> None:
    """Does nothing, unless SCEAU_CRASH_AT names this point (`POINT`, or `POINT:2` for the second pass).

    The process then ends as in a power cut: by SIGKILL, without any clean-up.
    """
    chosen, _, times = os.environ.get("SCEAU_CRASH_AT", "").partition(":")
    if point == chosen and point in POINTS and next(_passes) == int(times or 1):
        os.kill(os.getpid(), signal.SIGKILL)
