"""The verification page `/v` for a phone, in French and English (extra `service`).

`router` is mounted by a ledger's server, and by `sceau-verify serve` with the reader's own policy. The seal
rides in the fragment of the address, which a browser sends to nobody; the page's script posts it to `/v/check`
in a body, so that it is in no log of addresses.
"""

from __future__ import annotations

from verifier.service.routes import router

__all__ = ["router"]
