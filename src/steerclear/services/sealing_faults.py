"""Openings that do not fit what was sealed, and second commitments: named faults of the peer, as it is taken in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steerclear.dialogue.faults import FaultCode
from steerclear.services.line_events import FaultSeen, journal_event
from steerclear.services.plan_events import AheadItems
from steerclear.store.entries import Event
from steerclear.store.protocol import Journal
from steerclear.tlog import Fault


def sealing_faults(journal: Journal, peer: str, stored: Sequence[Event], now_s: float) -> Iterator[Event]:
    """The faults that events of stored messages bring with them, to be appended in the same transaction."""
    ahead = AheadItems(journal)
    for event in stored:
        if b'"commitment"' not in event.payload:  # one look settles nearly all of them
            continue
        before, after = ahead.take(event)
        if after is None or not after.fault or (before is not None and before.fault == after.fault):
            continue
        detail = f"{after.subject.replace('_', ' ')} {after.item_id} of {peer}: {after.fault}"
        seen = FaultSeen(peer=peer, code=FaultCode.WRONG_OPENING, whose=Fault.PEER, detail=detail[:2_000])
        yield journal_event(seen, now_s)
