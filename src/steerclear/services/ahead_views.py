"""The line's views as they will be once a batch of events is stored: the same reducers, run ahead in memory."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from steerclear.dialogue.lifecycle import Standing
from steerclear.services.line_events import STANDINGS, event_views
from steerclear.store.entries import Event, JournalRow
from steerclear.store.protocol import Journal

_STANDINGS = next(view for view in event_views() if view.name == STANDINGS)
_DECODER = msgspec.json.Decoder(Standing)


class AheadStandings:
    """Standings of messages over a journal and the events that are still to be appended to it."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._changed: dict[str, bytes | None] = {}

    def take(self, events: Sequence[Event]) -> None:
        """Events that come next."""
        for event in events:
            row = JournalRow(0, event.kind, event.payload, event.time_s)
            for key, value in _STANDINGS.reduce(row, self._value):
                self._changed[key] = value

    def stored(self) -> None:
        """What was taken is in the journal now."""
        self._changed.clear()

    def standing(self, key: str) -> Standing | None:
        """Standing of the message of a key, without the peer's receipt for it; None when there is none."""
        value = self._value(key)
        return None if value is None else _DECODER.decode(value)

    def _value(self, key: str) -> bytes | None:
        return self._changed[key] if key in self._changed else self._journal.view(STANDINGS, key)
