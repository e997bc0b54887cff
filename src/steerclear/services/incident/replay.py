"""Replay an incident: every recorded decision made again by the shipped code, and each difference named.

What is replayed: alerts and identifications, from the recorded reports and the picture's own `now` values; deadlines,
ladders, the effect of answers, silences and raised rungs, from the recorded messages and times; what was opened by
itself. What was said is held against the record. What cannot be decided again is said, never passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from steerclear.services.affected_plans import AFFECTED
from steerclear.services.identify.events import NOT_ASKED
from steerclear.services.incident.comparison import Difference, Moment, MomentKind, Tally
from steerclear.services.incident.evidence import IncidentEvidence, rows_read
from steerclear.services.incident.replay_identities import DECISION as IDENTIFICATION
from steerclear.services.incident.replay_line import LineReplay
from steerclear.services.incident.replay_openings import OpeningsReplay
from steerclear.services.incident.replay_picture import DECIDED, PictureReplay, Progress
from steerclear.services.incident.replay_picture import DECISION as ALERT
from steerclear.services.line_events import FAULT, LINK
from steerclear.services.notice_events import EXPIRED
from steerclear.services.plan_events import ITEM, PHASE
from steerclear.services.software import source_digest

NOT_REPLAYED: Final = {
    ITEM: "checks of plans: what they were checked against is not among the rows of an incident",
    PHASE: "steps of zones with time, and of what others consented to",
    AFFECTED: "findings of plans that an amendment affects",
    EXPIRED: "ends of notices whose time ran out",
    LINK: "changes of the state of a line",
    FAULT: "faults of a line",
    NOT_ASKED: "decisions not to ask whose an aircraft is",
}
"""Kinds of decision that are shown and not made again."""


class ReplayReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay came to."""

    incident_id: str
    party: str
    decisions: dict[str, int]
    """How many of each sort were made again."""
    same: int
    different: int
    differences: tuple[Difference, ...]
    """The first ones."""
    steps: int
    reports: int
    recorded_span_s: float
    """How much of the picture's time was replayed."""
    same_software: bool | None
    """Whether the code is byte for byte what ran then; None where that is withheld."""
    not_replayed: tuple[str, ...]

    @property
    def reproduced(self) -> bool:
        """Whether every decision that could be made again came out the same."""
        return self.different == 0 and sum(self.decisions.values()) > 0


class Replay:
    """One replay; `moments` runs it, and `report` is what it came to."""

    def __init__(self, evidence: IncidentEvidence) -> None:
        self._evidence = evidence
        self._tally = Tally()
        self._notes: list[str] = []
        self._steps = self._reports = 0
        self._span_s = 0.0

    def moments(self, progress: Progress = lambda _now, _steps: None) -> list[Moment]:
        """Make every decision again; all moments in the order of the node's time. Raises IncidentRefusedError."""
        with rows_read():
            return sorted(self._moments(progress), key=lambda moment: (moment.time_s, moment.sequence or 0))

    def _moments(self, progress: Progress) -> Iterator[Moment]:
        yield from self._line()
        for decision, difference, moment in OpeningsReplay(self._evidence).play():
            self._tally.take(decision, difference)
            yield moment
        covered: set[int] = set()
        for run in self._evidence.picture_runs():
            complete = not any(name.startswith("journal") for name in self._evidence.withheld)
            replay = PictureReplay(self._evidence, run, complete=complete)
            covered |= replay.sequences
            for difference, moment in replay.play(progress):
                decision = IDENTIFICATION if moment.kind is MomentKind.OTHER else ALERT
                self._tally.take(decision if difference is None else difference.decision, difference)
                yield moment
            self._steps += replay.steps
            self._reports += replay.reports
            self._notes += replay.notes
            if replay.first_s is not None and replay.last_s is not None:
                self._span_s += replay.last_s - replay.first_s
        self._notes += self._of_no_run(covered)

    def _of_no_run(self, covered: set[int]) -> list[str]:
        """What pictures decided of which the beginning is not here: it was not made again, and is not the same."""
        left = sum(row.kind in DECIDED and row.sequence not in covered for row in self._evidence.rows())
        if not left:
            return []
        return [f"{left} alerts and identifications are of a picture whose beginning is not in the bundle"]

    def report(self) -> ReplayReport:
        """What it came to."""
        software, incident = self._evidence.software, self._evidence.incident
        return ReplayReport(
            incident_id=incident.incident_id,
            party=self._evidence.party,
            decisions=self._tally.decisions,
            same=self._tally.same,
            different=self._tally.different,
            differences=tuple(self._tally.differences),
            steps=self._steps,
            reports=self._reports,
            recorded_span_s=self._span_s,
            same_software=None if software is None else software.source_sha256 == source_digest(),
            not_replayed=(*self._notes, *self._counted(), *self._evidence.withheld, *self._evidence.head.notes),
        )

    def _line(self) -> Iterator[Moment]:
        replay = LineReplay(self._evidence)
        for decision, difference, moment in replay.play():
            if moment.decided:
                self._tally.take(decision, difference)
            yield moment
        self._notes += replay.notes

    def _counted(self) -> list[str]:
        counts = dict.fromkeys(NOT_REPLAYED, 0)
        for row in self._evidence.rows():
            if row.kind in counts:
                counts[row.kind] += 1
        return [f"{count} {NOT_REPLAYED[kind]}" for kind, count in counts.items() if count]


def replay(evidence: IncidentEvidence, progress: Progress = lambda _now, _steps: None) -> ReplayReport:
    """Make every recorded decision again. Raises IncidentRefusedError."""
    run = Replay(evidence)
    run.moments(progress)
    return run.report()
