"""Why an aircraft is taken for what it is: one sentence for each piece of evidence, with its figures."""

from __future__ import annotations

from collections.abc import Sequence

from steerclear.model.declared import Known
from steerclear.model.identification import IdentificationMatch, MatchBasis
from steerclear.model.track import Track
from steerclear.strategic.expected import ExpectedFlight
from steerclear.strategic.fitting import AHEAD_S
from steerclear.strategic.flight_tables import DATUMS
from steerclear.strategic.weighing import Candidate


def explanation(
    track: Track, flight: ExpectedFlight, one: Candidate, basis: MatchBasis, more: Sequence[str] = ()
) -> IdentificationMatch:
    """One explanation of an aircraft in words; `more` are sentences that its figures do not say."""
    far = one.horizontal_m == float("inf")
    return IdentificationMatch(
        party=flight.party,
        basis=basis,
        confidence=round(one.confidence, 3),
        item_id=flight.item_id,
        title=flight.title,
        reasons=(*one.like.words, *_place(track, flight, one), *_motion(one), *_flight(flight, one), *more),
        horizontal_outside_m=0.0 if far else round(one.horizontal_m, 1),
        vertical_outside_m=0.0 if far else round(one.vertical_m, 1),
        time_outside_s=0.0 if far else round(one.time_s, 1),
    )


def _place(track: Track, flight: ExpectedFlight, one: Candidate) -> list[str]:
    if not flight.volumes:
        return ["nothing is known of where this flight is: it is sealed"]
    if track.on_ground:
        return ["it is on the ground, so its place says nothing of the flight"]
    if track.place_doubtful:
        return ["only sources out of alignment show it, so where they show it says nothing of the flight"]
    if one.horizontal_m == float("inf"):
        return ["nothing of this flight's airspace can be compared with it"]
    words = []
    if one.outside:
        parts = []
        if one.horizontal_m > 0.0:
            parts.append(f"{_length(one.horizontal_m)} beside")
        if one.vertical_m > 0.0:
            parts.append(f"{one.vertical_m:,.0f} m above or below")
        if one.time_s > 0.0:
            parts.append(f"{_duration(one.time_s)} before or after")
        words.append(f"it is {', '.join(parts)} the nearest of the flight's volumes")
    else:
        words.append("it is where and when the flight was declared")
    if track.altitude_m is None:
        words.append("its height is not known, and taken to be right")
    elif _unlike_datums(track, flight):
        words.append("its height is measured from another surface than the flight's, and compared as widely as it must")
    if flight.known is Known.COARSE:
        words.append("the flight was told coarsely: cells that hold it, and more")
    return words


def _unlike_datums(track: Track, flight: ExpectedFlight) -> bool:
    known = {DATUMS[volume.altitude_datum] for volume in flight.volumes if volume.altitude_datum is not None}
    return bool(known) and DATUMS[track.altitude_datum] not in known


def _motion(one: Candidate) -> list[str]:
    if one.fit == 0.0:
        return []
    if one.ahead >= 1.0:
        words = [f"flying straight on it stays in the flight's volumes for {AHEAD_S:.0f} s"]
    elif one.ahead > 0.0:
        words = [f"flying straight on it is near the flight's volumes in {AHEAD_S:.0f} s"]
    else:
        words = [f"flying straight on it leaves the flight's volumes within {AHEAD_S:.0f} s"]
    if one.habit > 0.0:
        words.append(f"over the last minutes it has fitted to {100.0 * one.habit:.0f} %")
    return words


def _flight(flight: ExpectedFlight, one: Candidate) -> list[str]:
    words = []
    if flight.over:
        words.append("the flight is over, or was withdrawn")
    if one.flown_by:
        words.append(f"track {one.flown_by} has flown it, with the declared identity")
    if one.denied:
        words.append(f"{flight.party} has said that it is not theirs")
    return words


def _length(length_m: float) -> str:
    return f"{length_m / 1_000.0:,.1f} km" if length_m >= 1_000.0 else f"{length_m:,.0f} m"


def _duration(time_s: float) -> str:
    return f"{time_s / 60.0:,.0f} min" if time_s >= 600.0 else f"{time_s:,.0f} s"
