"""Run the picture again on its recorded reports and recorded `now` values, and set its alerts beside the journal's.

The picture is the shipped one, under the terms that the run had: nothing of detection is written a second time here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from math import inf
from typing import Final

import msgspec

from steerclear.model.alert import AlertEvent
from steerclear.services.announce_alerts import ALERT
from steerclear.services.identify.events import IDENTIFICATION
from steerclear.services.incident.bundle_files import EvidenceRow, IncidentRefusedError, PartWithheldError
from steerclear.services.incident.choose_rows import RUN_KINDS
from steerclear.services.incident.comparison import (
    Difference,
    DifferenceKind,
    Moment,
    MomentKind,
    differing_fields,
)
from steerclear.services.incident.evidence import IncidentEvidence, PictureRunEvidence
from steerclear.services.incident.replay_identities import IdentityReplay
from steerclear.services.keep_reports import RecordedStep
from steerclear.services.picture_runs import PICTURE_RUN, picture_of, terms_digest
from steerclear.tactical import Picture, PictureError

DECISION: Final = "alert"
WARM_UP_S: Final = 900.0
"""Of a run whose beginning is not in the bundle: until then what began earlier may come out otherwise."""

DECIDED: Final = frozenset({ALERT, IDENTIFICATION})
"""Rows that a picture's steps have decided."""

_ENCODER = msgspec.json.Encoder()
_ALERTS = msgspec.json.Decoder(AlertEvent)
Progress = Callable[[float, int], None]
"""(the picture's time, steps so far)"""


class _Recorded(msgspec.Struct):
    event: AlertEvent
    payload: str
    row: EvidenceRow


class PictureReplay:
    """One run of the picture, replayed."""

    def __init__(self, evidence: IncidentEvidence, run: PictureRunEvidence, *, complete: bool) -> None:
        """`complete`: no row is withheld, so an alert that is not recorded was not raised."""
        self._evidence = evidence
        self._run = run
        self._complete = complete
        self._recorded: dict[float, list[_Recorded]] = defaultdict(list)
        rows = list(_rows_of(evidence, run))
        self.sequences = frozenset(row.sequence for row in rows)
        """The rows of this run: each is compared, or told to be left."""
        for row in (row for row in rows if row.kind == ALERT):
            event = _ALERTS.decode(row.payload)
            self._recorded[event.time_s].append(_Recorded(event, row.payload, row))
        self._identities = IdentityReplay(rows, from_its_start=complete and run.part.from_its_start)
        self._missing: dict[tuple[str, str], tuple[Difference, Moment]] = {}
        self.steps = 0
        self.reports = 0
        self.first_s: float | None = None
        self.last_s: float | None = None
        self.notes: list[str] = []

    def play(self, progress: Progress = lambda _now, _steps: None) -> Iterator[tuple[Difference | None, Moment]]:
        """Every alert, in the order of the steps. Raises IncidentRefusedError for reports that cannot be read."""
        picture, fault = self._picture()
        if fault is not None:
            yield fault
        if picture is None:
            self.notes.append(f"{len(self.sequences)} rows of what the picture decided, and on what")
            return
        try:
            yield from self._decide(picture, progress)
        except PartWithheldError as withheld:
            self.notes.append(f"alerts and identifications of the picture from there on: {withheld}")
        yield from self._at_no_step()
        # What was missing before a part that is withheld is missing all the same.
        yield from self._missing.values()
        first_s = -inf if self.first_s is None else self.first_s
        yield from self._identities.at_no_step(first_s, -inf if self.last_s is None else self.last_s)
        self.notes += self._identities.notes()
        left = sum(len(alerts) for alerts in self._recorded.values())
        if left:
            self.notes.append(f"{left} recorded alerts are of times of which no reports are in the bundle")

    def _decide(self, picture: Picture, progress: Progress) -> Iterator[tuple[Difference | None, Moment]]:
        found: list[AlertEvent] = []
        now_s: float | None = None
        for step in self._steps(progress):
            if now_s is not None and step.now_s != now_s:
                yield from self._compare(now_s, found)
                found = []
            now_s = step.now_s
            try:
                found += picture.advance(step.reports, now_s)
            except PictureError as error:
                raise IncidentRefusedError("segments", f"hold steps that no picture takes: {error}") from None
            if self._identities.wanted:
                yield from self._identities.step(picture.tracks(), now_s)
        if now_s is not None:
            yield from self._compare(now_s, found)
        yield from self._identities.finish()

    def _at_no_step(self) -> Iterator[tuple[Difference | None, Moment]]:
        """Alerts recorded for a time among the steps at which the picture made none: nothing has raised them."""
        if self.first_s is None or self.last_s is None:
            return
        warm_s = self.first_s + (0.0 if self._run.part.from_its_start else WARM_UP_S)
        for time_s in sorted(self._recorded):
            if warm_s <= time_s <= self.last_s:
                for held in self._recorded.pop(time_s):
                    missing = _difference(held, None)
                    yield missing, _moment(missing, held.row.time_s, _words(held.event), held.row.sequence, time_s)

    def _picture(self) -> tuple[Picture | None, tuple[Difference, Moment] | None]:
        run, where = self._run.run, f"of row {self._run.part.sequence}"
        version = self._evidence.version(run.agreement_sha256)
        if version is None:
            self.notes.append(f"the picture {where} ran under a version of the agreement that is not in the bundle")
            return None, None
        try:
            picture = picture_of(run, version.agreement)
        except (ValueError, PictureError) as error:  # msgspec's errors are ValueErrors
            unable = Difference(
                kind=DifferenceKind.OTHER_TERMS,
                decision="terms of the picture",
                name=where,
                time_s=run.started_s,
                fields=(f"this software cannot run it: {error}",),
            )
            return None, (unable, _moment(unable, run.started_s, unable.words))
        if terms_digest(picture.terms) == run.terms_sha256:
            return picture, None
        other = Difference(
            kind=DifferenceKind.OTHER_TERMS, decision="terms of the picture", name=where, time_s=run.started_s
        )
        return picture, (other, _moment(other, run.started_s, other.words))

    def _steps(self, progress: Progress) -> Iterator[RecordedStep]:
        for step in self._evidence.steps(self._run):
            if self.first_s is None:
                self.first_s = step.now_s
                self._warm_up(step.now_s)
            self.last_s = step.now_s
            self.steps += 1
            self.reports += len(step.reports)
            progress(step.now_s, self.steps)
            yield step

    def _warm_up(self, first_s: float) -> None:
        """Alerts before the first report that is here cannot be replayed."""
        if self._run.part.from_its_start:
            return
        for time_s in [time_s for time_s in self._recorded if time_s < first_s]:
            del self._recorded[time_s]

    def _compare(self, now_s: float, replayed: list[AlertEvent]) -> Iterator[tuple[Difference | None, Moment]]:
        recorded = self._recorded.pop(now_s, [])
        warm = self._run.part.from_its_start or (self.first_s is not None and now_s >= self.first_s + WARM_UP_S)
        left = list(replayed)
        for held in recorded:
            made = _matching(held, left)
            if made is not None:
                left.remove(made)
            difference = _difference(held, made)
            moment = _moment(difference, held.row.time_s, _words(held.event), held.row.sequence, held.event.time_s)
            if not warm:
                continue
            if difference is not None and difference.kind is DifferenceKind.MISSING:
                # It may still come, later; only at the end it is known to be missing.
                self._missing[held.event.alert_id, held.event.change] = difference, moment
                continue
            yield difference, moment
        for made in left if warm else []:
            if not self._complete:
                continue
            yield self._extra(made)

    def _extra(self, made: AlertEvent) -> tuple[Difference, Moment]:
        expected = self._missing.pop((made.alert_id, made.change), None)
        if expected is None:
            extra = Difference(
                kind=DifferenceKind.EXTRA,
                decision=DECISION,
                name=f"{made.alert_id} {made.change}",
                time_s=made.time_s,
                fields=(f"severity: replayed {made.severity.name.lower()}",),
            )
            return extra, _moment(extra, made.time_s, _words(made), None, made.time_s)
        was, moment = expected
        late = Difference(
            kind=DifferenceKind.OTHER_TIME,
            decision=DECISION,
            name=was.name,
            time_s=was.time_s,
            fields=(f"time_s: recorded {was.time_s!r}, replayed {made.time_s!r}",),
        )
        return late, msgspec.structs.replace(moment, difference=late)


def _rows_of(evidence: IncidentEvidence, run: PictureRunEvidence) -> Iterator[EvidenceRow]:
    """Rows of what a run decided, and on what: those between its start and the next one's."""
    ours = False
    for row in evidence.rows():
        if row.kind == PICTURE_RUN:
            ours = row.sequence == run.part.sequence
        elif ours and row.kind in RUN_KINDS:
            yield row


def _matching(held: _Recorded, made: list[AlertEvent]) -> AlertEvent | None:
    same = [event for event in made if event.alert_id == held.event.alert_id]
    exact = [event for event in same if event.change is held.event.change]
    return next(iter(exact or same), None)


def _difference(held: _Recorded, made: AlertEvent | None) -> Difference | None:
    if made is not None and _ENCODER.encode(made) == held.payload.encode():
        return None
    kind, fields = DifferenceKind.MISSING, tuple[str, ...]()
    if made is not None:
        severity = made.severity is not held.event.severity
        kind = DifferenceKind.OTHER_SEVERITY if severity else DifferenceKind.OTHER_FIELD
        fields = differing_fields(held.event, made)
    return Difference(
        kind=kind,
        decision=DECISION,
        name=f"{held.event.alert_id} {held.event.change}",
        time_s=held.event.time_s,
        fields=fields,
    )


def _words(event: AlertEvent) -> str:
    who = " and ".join(subject.identity.label for subject in event.subjects) or event.source or event.zone_id or ""
    return f"{event.kind} {event.change}, {event.severity.name.lower()}: {who}: {event.reason}"


def _moment(
    difference: Difference | None,
    time_s: float,
    words: str,
    sequence: int | None = None,
    picture_s: float | None = None,
) -> Moment:
    return Moment(
        time_s=time_s,
        picture_s=picture_s,
        sequence=sequence,
        kind=MomentKind.ALERT,
        words=words,
        decided=True,
        difference=difference,
    )
