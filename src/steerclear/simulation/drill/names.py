"""What the scenario calls the things that its nodes know by ids: aircraft, messages and declared items."""

from __future__ import annotations

import re

from steerclear.model.messages import AlertNotice, IdentificationRequest, Message, Notice
from steerclear.model.scenario import Scenario, ScenarioTrack
from steerclear.simulation.drill.things import item_id_of

_COPY = re.compile(r"\.\d+$")


def _has_identity(track: ScenarioTrack) -> bool:
    return bool(track.callsign or track.icao_address or track.remote_id)


class Names:
    """Finds the scenario's own names."""

    def __init__(self, scenario: Scenario) -> None:
        self._tracks = {track.name for track in scenario.tracks}
        self._addresses = {f"icao-{one.icao_address:06x}": one.name for one in scenario.tracks if one.icao_address}
        self._remote_ids = {f"rid-{one.remote_id}": one.name for one in scenario.tracks if one.remote_id}
        self._items = {
            item_id_of(scenario.drill.name, one.party, one.name): (one.name, one.title)
            for one in sorted(scenario.declares, key=lambda each: each.at_s, reverse=True)
        }
        self._messages: dict[str, str] = {}
        self._echoes = {
            f"{feed.name}/{track.name}": f"the echo of {track.name}" if _has_identity(track) else track.name
            for feed in scenario.feeds
            for track in scenario.tracks
        }
        self._shown = sorted(self._echoes.items(), key=lambda item: -len(item[0]))

    def said(self, message_id: str, name: str) -> None:
        """A saying of the scenario has become a message."""
        self._messages[message_id] = name

    def message(self, message_id: str) -> str:
        """Name of the saying behind a message; empty for a message that the scenario does not name."""
        return self._messages.get(message_id, "")

    def plain(self, text: str) -> str:
        """A sentence of the picture in which aircraft that have no identity bear the scenario's names for them."""
        for track_id, name in self._shown:
            text = text.replace(track_id, name)
        return text

    def item(self, item_id: str) -> str:
        """Name of a declared item; its id where the scenario has none."""
        return self._items.get(item_id, (item_id, ""))[0]

    def track(self, track_id: str) -> str:
        """The aircraft behind a track of a picture; the track's id where it is none of the scenario's."""
        for base in (track_id, _COPY.sub("", track_id)):
            named = base.partition("/")[2] or base
            if named in self._tracks:
                return named
            known = self._addresses.get(base) or self._remote_ids.get(base)
            if known is not None:
                return known
        return track_id

    def told(self, track_id: str) -> str:
        """What the story calls a track; what a sensor shows without the identity that the aircraft has is an echo."""
        return self._echoes.get(_COPY.sub("", track_id), self.track(track_id))

    def about(self, message: Message) -> set[str]:
        """All names of the scenario that a message is about."""
        found = {self.message(message.message_id)}
        match message:
            case IdentificationRequest():
                found.add(self.track(message.track_id))
            case AlertNotice():
                found |= {self.track(subject.track_id) for subject in message.alert.subjects}
            case Notice():
                found.add(self.item(message.notice_id))
        return found - {""}
