"""Decide again whose each track was, step by step, on the flights and answers that were recorded when they changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from steerclear.model.identification import TrackIdentification
from steerclear.model.track import Track
from steerclear.services.identify.events import IDENTIFICATION
from steerclear.services.identify.given import GIVEN, IdentificationGiven
from steerclear.services.incident.bundle_files import EvidenceRow
from steerclear.services.incident.comparison import (
    Difference,
    DifferenceKind,
    Moment,
    MomentKind,
    differing_fields,
)
from steerclear.strategic.answers import GivenAnswer
from steerclear.strategic.flight_tables import ExpectedFlights
from steerclear.strategic.identifying import Identifications, Remembered, identify

DECISION: Final = "identification"

_ENCODER = msgspec.json.Encoder()
_GIVEN = msgspec.json.Decoder(IdentificationGiven)
_FOUND = msgspec.json.Decoder(TrackIdentification)


class IdentityReplay:
    """The identifications of one run of the picture."""

    def __init__(self, rows: Sequence[EvidenceRow], *, from_its_start: bool) -> None:
        """`rows` of the run, in order; nothing is decided where what it was decided on is not there."""
        self._given = [_GIVEN.decode(row.payload) for row in rows if row.kind == GIVEN]
        self._recorded: dict[float, list[EvidenceRow]] = defaultdict(list)
        for row in rows:
            if row.kind == IDENTIFICATION:
                self._recorded[_FOUND.decode(row.payload).decided_s].append(row)
        self._flights = ExpectedFlights(())
        self._answers: dict[str, tuple[GivenAnswer, ...]] = {}
        self._looks: Identifications | None = None
        self._now_s = float("-inf")
        self._able = from_its_start and bool(self._given) and self._given[0].remembered is not None

    @property
    def wanted(self) -> bool:
        """Whether there is anything to decide."""
        return self._able

    def step(self, tracks: Sequence[Track], now_s: float) -> Iterator[tuple[Difference | None, Moment]]:
        """The decisions of one step beside the recorded ones."""
        self._take(now_s)
        if self._looks is None or not self._able:
            return
        if now_s > self._now_s:
            yield from self.finish()
            self._now_s = now_s
        looks = self._looks
        before = looks if now_s >= looks.now_s else msgspec.structs.replace(looks, now_s=now_s)
        self._looks = identify(tracks, self._flights, now_s, before, self._answers)
        yield from self._compare(self._looks.changed, now_s)

    def finish(self) -> Iterator[tuple[Difference | None, Moment]]:
        """What was recorded at the last step and not decided again; several steps may have had one `now`."""
        yield from self._missing(self._now_s)

    def _missing(self, time_s: float) -> Iterator[tuple[Difference | None, Moment]]:
        for row in self._recorded.pop(time_s, []):
            found = _FOUND.decode(row.payload)
            missing = _difference(DifferenceKind.MISSING, found, ())
            yield missing, _moment(found, row, missing)

    def at_no_step(self, first_s: float, last_s: float) -> Iterator[tuple[Difference | None, Moment]]:
        """What is recorded for a time between the first and the last step at which there was none."""
        if not self._able:
            return
        for time_s in sorted(one for one in self._recorded if first_s <= one <= last_s):
            yield from self._missing(time_s)

    def notes(self) -> list[str]:
        """What was not decided again, in words."""
        left = sum(len(rows) for rows in self._recorded.values())
        if not left:
            return []
        return [f"{left} identifications: what they were decided on is not in the bundle"]

    def _take(self, now_s: float) -> None:
        while self._given and self._given[0].now_s <= now_s:
            given = self._given.pop(0)
            if given.left_out:
                self._able = False
                return
            if given.flights is not None:
                self._flights = ExpectedFlights(given.flights)
            if given.answers is not None:
                self._answers = given.answers
            if given.remembered is not None:
                kept = {one.track_id: Remembered(found=one) for one in given.remembered}
                self._looks = Identifications(now_s=float("-inf"), tracks=kept)

    def _compare(
        self, changed: Sequence[TrackIdentification], now_s: float
    ) -> Iterator[tuple[Difference | None, Moment]]:
        recorded = self._recorded.get(now_s, [])
        for found in changed:
            row = next((row for row in recorded if _FOUND.decode(row.payload).track_id == found.track_id), None)
            if row is None:
                yield _extra(found)
                continue
            recorded.remove(row)
            if _ENCODER.encode(found) == row.payload.encode():
                yield None, _moment(found, row)
                continue
            fields = differing_fields(_FOUND.decode(row.payload), found)
            other = _difference(DifferenceKind.OTHER_FIELD, found, fields)
            yield other, _moment(found, row, other)


def _extra(found: TrackIdentification) -> tuple[Difference, Moment]:
    extra = _difference(DifferenceKind.EXTRA, found, (f"state: replayed {found.state}",))
    moment = Moment(
        time_s=found.decided_s,
        picture_s=found.decided_s,
        kind=MomentKind.OTHER,
        words=_words(found),
        decided=True,
        difference=extra,
    )
    return extra, moment


def _difference(kind: DifferenceKind, found: TrackIdentification, fields: tuple[str, ...]) -> Difference:
    name = f"{found.track_id} ({found.identity.label})"
    return Difference(kind=kind, decision=DECISION, name=name, time_s=found.decided_s, fields=fields)


def _moment(found: TrackIdentification, row: EvidenceRow, difference: Difference | None = None) -> Moment:
    return Moment(
        time_s=row.time_s,
        picture_s=found.decided_s,
        sequence=row.sequence,
        kind=MomentKind.OTHER,
        words=_words(found),
        decided=True,
        difference=difference,
    )


def _words(found: TrackIdentification) -> str:
    whose = "" if found.match is None else f", {found.match.party}"
    return f"{found.identity.label}: {found.state.replace('_', ' ')}{whose}"
