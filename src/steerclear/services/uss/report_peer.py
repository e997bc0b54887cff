"""Tells a peer that what it sent cannot be used, so that its operators learn of it; nobody waits for it."""

from __future__ import annotations

import contextlib

from steerclear.services.uss.context import Uss
from steerclear.services.uss.ports import PeerError


def report_peer(uss: Uss, error: PeerError) -> None:
    """Send a report of a failed exchange to the peer that is at fault, once, in the background."""
    exchange = error.exchange
    if exchange is None or not error.base_url or not uss.settings.reports_problems:
        return
    base_url = error.base_url

    async def report() -> None:
        with contextlib.suppress(PeerError):
            await uss.peers.report(base_url, exchange)

    uss.in_background(report())
