"""What identification writes into a journal, as observations: whose an aircraft seems to be, and who was asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from steerclear.model.drill import Observation
from steerclear.model.identification import IdentificationCase, IdentificationState, MatchBasis, TrackIdentification
from steerclear.services.identify.events import IDENTIFICATION, TOLD, UnitEvent, read_case
from steerclear.services.identify.standings import cases
from steerclear.simulation.drill.names import Names
from steerclear.simulation.drill.node import DrillNode
from steerclear.store.entries import JournalRow

_TRACK: Final = msgspec.json.Decoder(TrackIdentification)
_CASE: Final = msgspec.json.Decoder(IdentificationCase)
_UNIT: Final = msgspec.json.Decoder(UnitEvent)
_STATES: Final = {
    IdentificationState.IDENTIFIED: "is taken for",
    IdentificationState.NON_CONFORMING: "is taken for one that is elsewhere than declared:",
}


class Identified:
    """Reads rows of identification."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._told: set[tuple[str, str, str]] = set()
        self._open: set[tuple[str, str]] = set()

    def look(self, node: DrillNode, row: JournalRow, now_s: float) -> Observation:
        """What one row says."""
        if row.kind == IDENTIFICATION:
            return self._track(node, _TRACK.decode(row.payload), now_s)
        if row.kind == TOLD:
            return self._unit(node, _UNIT.decode(row.payload), now_s)
        return self._case(node, _CASE.decode(row.payload), now_s)

    def contradictions(self, node: DrillNode, now_s: float) -> Iterator[Observation]:
        """After an answer: cases whose answers cannot all be true, each told once."""
        for case in cases(node.exchange):
            key = (node.party, case.case_id, case.contradiction)
            if case.contradiction and key not in self._told:
                self._told.add(key)
                track = self._names.track(case.track_id)
                said = self._names.plain(case.contradiction)
                words = f"the answers about {self._names.told(case.track_id)} contradict each other: {said}"
                yield _seen(node, now_s, "contradiction", words, {"track": track})

    def _track(self, node: DrillNode, found: TrackIdentification, now_s: float) -> Observation:
        track, match = self._names.track(found.track_id), found.match
        facts = {
            "track": track,
            "state": str(found.state),
            "of": "" if match is None else match.party,
            "item": "" if match is None or match.item_id is None else self._names.item(match.item_id),
            "basis": "" if match is None else str(match.basis),
        }
        told, verb = self._names.told(found.track_id), _STATES.get(found.state)
        if match is None or verb is None:
            words = f"unidentified: {told}; nothing that is known here explains it, which says nothing of whose it is"
        else:
            what = f" {match.title!r}" if match.title else ""
            why = f"; {match.reasons[0]}" if match.reasons else ""
            words = f"{told} {verb} {match.party}'s{what}, by its {match.basis.replace('_', ' ')}{why}"
        usual = match is not None and verb is not None and match.basis is MatchBasis.FLEET
        seen = _seen(node, now_s, "identification", self._names.plain(words), facts)
        return msgspec.structs.replace(seen, aside=usual)

    def _unit(self, node: DrillNode, event: UnitEvent, now_s: float) -> Observation:
        case = read_case(node.journal, event.case_id)
        track_id = "" if case is None else case.track_id
        unit, known = event.unit, event.unit.confirmed_s is not None
        facts = {"unit": unit.unit, "track": self._names.track(track_id), "confirmed": "yes" if known else "no"}
        told = self._names.told(track_id)
        if known:
            words = f"has confirmed that it knows of {told}: {unit.unit}"
        else:
            words = f'is told of {told} "{unit.said}", and has not yet confirmed that it knows: {unit.unit}'
        return _seen(node, now_s, "unit_told", words, facts)

    def _case(self, node: DrillNode, case: IdentificationCase, now_s: float) -> Observation:
        track, told, approach = self._names.track(case.track_id), self._names.told(case.track_id), case.approach
        facts = {
            "track": track,
            "urgency": str(case.urgency),
            "boundary": "" if approach is None else str(approach.kind),
            "change": "closed" if case.closed_s is not None else "opened",
        }
        if case.closed_s is not None:
            return _seen(node, now_s, "case", f"closes the question whose {told} is: {case.closed_why}", facts)
        how = "by itself" if case.automatic else "by a person's word"
        why = ""
        if approach is not None:
            into = f"is inside {approach.title}" if approach.time_to_boundary_s <= 0 else f"heads for {approach.title}"
            why = f", because it {into}"
        words = f"asks every party {how} whose {told} is{why} ({case.urgency})"
        return _seen(node, now_s, "case", words, facts)


def _seen(node: DrillNode, now_s: float, what: str, words: str, facts: dict[str, str]) -> Observation:
    return Observation(time_s=now_s, party=node.party, what=what, words=words, facts=facts)
