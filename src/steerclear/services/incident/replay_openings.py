"""Decide again what a node opened by itself: incidents from its alerts, and questions of whose an aircraft is.

What an aircraft was in or headed for is taken as recorded, for not everything declared is in a bundle; from it follow
how urgent the question is and whom it is put to, and that it was to be put at all. That a node should have opened
something and did not is not looked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from steerclear.model.agreement import Agreement
from steerclear.model.alert import AlertEvent
from steerclear.model.identification import IdentificationCase, IdentificationState, TrackIdentification
from steerclear.services.announce_alerts import ALERT
from steerclear.services.identify.events import CASE, IDENTIFICATION
from steerclear.services.identify.urgency import urgency_of
from steerclear.services.incident.bundle_files import EvidenceRow
from steerclear.services.incident.causes import of_alert
from steerclear.services.incident.comparison import Difference, DifferenceKind, Moment, MomentKind, differing_fields
from steerclear.services.incident.evidence import IncidentEvidence
from steerclear.services.incident.incident_events import OPENED, IncidentOpened
from steerclear.strategic.limits import MAX_EXPECTED_FLIGHTS

INCIDENTS: Final = "opening of an incident"
QUESTIONS: Final = "opening of a question whose an aircraft is"
Found = Iterator[tuple[str, Difference | None, Moment]]

_ALERTS: Final = msgspec.json.Decoder(AlertEvent)
_CASES: Final = msgspec.json.Decoder(IdentificationCase)
_TRACKS: Final = msgspec.json.Decoder(TrackIdentification)
_OPENED: Final = msgspec.json.Decoder(IncidentOpened)
_MAX_STATES: Final = MAX_EXPECTED_FLIGHTS
"""Aircraft whose last state is remembered on the way through the rows."""


class OpeningsReplay:
    """What was opened, in the order of the journal."""

    def __init__(self, evidence: IncidentEvidence) -> None:
        self._evidence = evidence
        self._alerts: dict[int, tuple[AlertEvent, float]] = {}
        self._states: dict[str, IdentificationState] = {}
        self._cases: set[str] = set()

    def play(self) -> Found:
        """Every opening that can be decided again."""
        for row in self._evidence.rows():
            if row.kind == ALERT:
                self._alerts[row.sequence] = _ALERTS.decode(row.payload), row.time_s
            elif row.kind == IDENTIFICATION:
                found = _TRACKS.decode(row.payload)
                if len(self._states) < _MAX_STATES:
                    self._states[found.track_id] = found.state
            elif row.kind == OPENED:
                yield from self._incident(row, _OPENED.decode(row.payload))
            elif row.kind == CASE:
                yield from self._case(row, _CASES.decode(row.payload))

    def _incident(self, row: EvidenceRow, event: IncidentOpened) -> Found:
        """An incident that an alert has opened: the alert's row is its cause."""
        caused = None if event.caused_by is None else self._alerts.get(event.caused_by)
        if caused is None or not event.automatic:
            return
        found = of_alert(*caused)
        incident = event.incident
        recorded = {"cause": str(incident.cause), "subjects": list(event.subjects), "at_s": incident.at_s}
        again = None if found is None else {"cause": str(found.cause), "subjects": list(found.subjects),
                                            "at_s": found.at_s}  # fmt: skip
        yield from _judged(INCIDENTS, incident.incident_id, row, recorded, again, f"opened: {incident.title}")

    def _case(self, row: EvidenceRow, case: IdentificationCase) -> Found:
        """A question that the node opened by itself; later rows of the case only tell how it stands."""
        if case.case_id in self._cases or case.closed_s is not None or not case.automatic or case.approach is None:
            self._cases.add(case.case_id)
            return
        self._cases.add(case.case_id)
        agreement = self._evidence.versions.shown(case.opened_s).agreement
        asked: dict[str, list[str]] = {}
        for one in case.asked:
            asked.setdefault(one.party, []).extend(agency.agency for agency in one.agencies)
        recorded = {"urgency": str(case.urgency), "asked": {party: sorted(named) for party, named in asked.items()}}
        again = None
        if self._states.get(case.track_id) is not IdentificationState.IDENTIFIED:
            urgency = urgency_of(agreement.identification, case.approach)
            again = {"urgency": str(urgency), "asked": _to_ask(agreement, self._evidence.party)}
        words = f"asked every party whose {case.identity.label} is, {case.urgency}"
        yield from _judged(QUESTIONS, case.case_id, row, recorded, again, words)


def _to_ask(agreement: Agreement, us: str) -> dict[str, list[str]]:
    return {party.party_id: sorted(party.agencies) for party in agreement.parties if party.party_id != us}


def _judged(decision: str, name: str, row: EvidenceRow, recorded: Any, again: Any, words: str) -> Found:
    difference = None
    if again is None:
        fields: tuple[str, ...] = ("recorded, and nothing was to be opened now",)
        kind = DifferenceKind.MISSING
    else:
        fields, kind = differing_fields(recorded, again), DifferenceKind.OTHER_FIELD
    if fields:
        difference = Difference(kind=kind, decision=decision, name=name, time_s=row.time_s, fields=fields)
    moment = Moment(
        time_s=row.time_s,
        sequence=row.sequence,
        kind=MomentKind.OTHER,
        words=words,
        decided=True,
        difference=difference,
    )
    yield decision, difference, moment
