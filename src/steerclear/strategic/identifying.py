"""Whose every aircraft is: identified, elsewhere than declared, or unidentified, from what is declared and said.

Pure and without a clock: the same tracks, flights, answers and memory give the same result. What was decided before is
part of the memory, so that no state flickers at a boundary. Frame and units: as in `fitting`; weights in `weighing`.
Conservative: where two explanations are equally good, or one address is claimed at two places, nobody is identified.
A track that is stale, on the ground, or shown by nothing but sources out of alignment changes no state by where it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final
from zlib import crc32

import msgspec
import numpy as np

from steerclear.model.identification import (
    IdentificationMatch,
    IdentificationState,
    MatchBasis,
    TrackIdentification,
)
from steerclear.model.track import Identity, Track, TrackAge
from steerclear.strategic.answers import GivenAnswer
from steerclear.strategic.assigning import assign
from steerclear.strategic.expected import FlightKey
from steerclear.strategic.explaining import explanation
from steerclear.strategic.fitting import fits, measured, placed
from steerclear.strategic.flight_tables import ExpectedFlights
from steerclear.strategic.limits import MAX_ALTERNATIVES
from steerclear.strategic.weighing import (
    ANSWER_CONFIDENCE,
    FLEET_CONFIDENCE,
    LEFT_CONFIDENCE,
    SETTLE_S,
    SHOWN_AT,
    Candidate,
    habit_after,
    weighed,
)

BELIEVED: Final = frozenset({TrackAge.FRESH, TrackAge.COASTING})
REFRESH_S: Final = 10.0
"""Figures of an explanation that has not changed are taken anew so often, up to twice as seldom."""
_NOTHING: Final = (0.0, 0.0, float("inf"), float("inf"), float("inf"))
_UNMEASURED: Final = (0.0, 0.0, 0.0, 0.0, 0.0)


class Remembered(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of one track from one look to the next."""

    found: TrackIdentification
    habits: dict[FlightKey, float] = {}
    outside: bool = False
    """Whether it was last seen outside the volumes of the flight that it is taken for."""
    since_s: float = 0.0
    """Since when that has been so."""
    refreshed_s: float = 0.0


class Identifications(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of all tracks at one moment: result, and memory for the next look."""

    now_s: float
    tracks: dict[str, Remembered]
    flown: dict[FlightKey, str] = {}
    """Flights that an aircraft with the declared identity was seen to fly, in their volumes, with its last track."""
    changed: tuple[TrackIdentification, ...] = ()
    """Those whose state, party or item has changed, by track id."""


NOTHING_YET: Final = Identifications(now_s=float("-inf"), tracks={})


def identify(
    tracks: Sequence[Track],
    expected: ExpectedFlights,
    now_s: float,
    previous: Identifications = NOTHING_YET,
    answers: Mapping[str, Sequence[GivenAnswer]] | None = None,
) -> Identifications:
    """What is known of every track at `now_s`; tracks that are not there any more are forgotten."""
    look = _Look(tracks, expected, now_s, previous, answers or {})
    kept = {track.track_id: look.remembered(place) for place, track in enumerate(tracks)}
    changed = [
        one.found
        for track_id, one in kept.items()
        if track_id not in previous.tracks or _differs(previous.tracks[track_id].found, one.found)
    ]
    return Identifications(
        now_s=now_s, tracks=kept, flown=look.flown(), changed=tuple(sorted(changed, key=lambda one: one.track_id))
    )


def _differs(one: TrackIdentification, other: TrackIdentification) -> bool:
    return one.state is not other.state or _item_of(one) != _item_of(other)


def _item_of(found: TrackIdentification) -> tuple[str, str | None] | None:
    return None if found.match is None else (found.match.party, found.match.item_id)


def _has_place(track: Track) -> bool:
    """Whether where it is shown can speak for or against a flight."""
    return not (track.on_ground or track.place_doubtful)


class _Look:
    """One look at all tracks."""

    def __init__(
        self,
        tracks: Sequence[Track],
        expected: ExpectedFlights,
        now_s: float,
        previous: Identifications,
        answers: Mapping[str, Sequence[GivenAnswer]],
    ) -> None:
        self._tracks = tracks
        self._expected = expected
        self._now_s = now_s
        self._before = previous.tracks
        self._flown_before = previous.flown
        self._passed_s = 0.0 if previous.now_s == float("-inf") else now_s - previous.now_s
        self._answers = answers
        self._believed = [place for place, track in enumerate(tracks) if track.age in BELIEVED]
        self._candidates: list[list[Candidate]] = [[] for _ in tracks]
        self._weigh()
        self._addresses = Counter(
            tracks[place].identity.icao_address
            for place in self._believed
            if tracks[place].identity.icao_address is not None
        )
        held = {place: number for place in self._believed if (number := self._held(place)) is not None}
        room = [flight.aircraft for flight in expected.flights]
        self._chosen = assign([_takable(own, expected) for own in self._candidates], held, room)
        self._flown = Counter(one.flight for one in self._chosen.values())

    def _held(self, place: int) -> int | None:
        """Number of the flight that a track was taken for before."""
        before = self._before.get(self._tracks[place].track_id)
        if before is None or before.found.match is None or before.found.match.item_id is None:
            return None
        if before.found.state is IdentificationState.UNIDENTIFIED:
            return None
        return self._expected.number_of.get((before.found.match.party, before.found.match.item_id))

    def _weigh(self) -> None:
        """Every explanation of every believed track, the most likely first."""
        expected, words = self._expected, self._fits()
        for place in self._believed:
            track, own = self._tracks[place], []
            said_no = self._deniers(track.track_id)
            likes = {number: expected.names.likeness(track.identity, number, track.party) for number in words[place]}
            # Where it says who it is and flies as declared, other flights in the same air explain nothing more.
            sure = {number for number, like in likes.items() if like.exact and words[place][number][0] == 1.0}
            for number, figures in words[place].items():
                if sure and not likes[number].exact:
                    continue
                habit = self._habit(track, number, figures)
                denied = expected.flights[number].party in said_no
                own.append(weighed(number, likes[number], figures, habit, denied, self._flown_by(track, number)))
            own.sort(key=lambda one: (-one.confidence, one.horizontal_m + one.time_s, one.flight))
            self._candidates[place] = own

    def _habit(self, track: Track, number: int, figures: tuple[float, ...]) -> float:
        before = self._before.get(track.track_id)
        habit = 0.0 if before is None else before.habits.get(self._expected.keys[number], 0.0)
        return habit_after(habit, figures[0] * figures[1], self._passed_s)

    def _flown_by(self, track: Track, number: int) -> str:
        """The other track that has flown a flight with its declared identity; empty where the flight has room."""
        flight = self._expected.flights[number]
        other = self._flown_before.get(flight.key, "") if flight.aircraft == 1 else ""
        return "" if other == track.track_id else other

    def flown(self) -> dict[FlightKey, str]:
        """Flights that were seen to be flown by the aircraft that they name, as far as they are still expected."""
        flown = {key: by for key, by in self._flown_before.items() if key in self._expected.number_of}
        for place, one in self._chosen.items():
            if one.like.exact and not one.outside and _has_place(self._tracks[place]):
                flown[self._expected.keys[one.flight]] = self._tracks[place].track_id
        return flown

    def _fits(self) -> list[dict[int, tuple[float, ...]]]:
        """By track: the figures of each flight that may be its."""
        expected, now_s = self._expected, self._now_s
        words: list[dict[int, tuple[float, ...]]] = [{} for _ in self._tracks]
        flying = [place for place in self._believed if _has_place(self._tracks[place])]
        where = placed([self._tracks[place] for place in flying])
        near = fits(where, expected, now_s)
        for row, number, own in zip(near.tracks.tolist(), near.flights.tolist(), near.words.tolist(), strict=True):
            if own[0] > 0.0:
                words[flying[row]][number] = tuple(own)
        far = [
            (row, number)
            for row, place in enumerate(flying)
            for number in sorted(self._also(place))
            if number not in words[place]
        ]
        if far:
            rows, columns = (np.array(side, np.int64) for side in zip(*far, strict=True))
            for (row, number), own in zip(
                far, measured(where, expected, now_s, rows, columns, whole=True).words.tolist(), strict=True
            ):
                words[flying[row]][number] = tuple(own) if expected.flights[number].volumes else _NOTHING
        for place in set(self._believed).difference(flying):
            words[place] = dict.fromkeys(self._also(place), _UNMEASURED)
        return words

    def _also(self, place: int) -> set[int]:
        """Flights to be measured however far they are: those that name the aircraft, and what it was taken for."""
        found = set(self._expected.names.naming(self._tracks[place].identity))
        held = self._held(place)
        return found if held is None else found | {held}

    def remembered(self, place: int) -> Remembered:
        """What is known of a track now."""
        track = self._tracks[place]
        before = self._before.get(track.track_id)
        if track.age not in BELIEVED:
            if before is not None:
                return before
            return Remembered(found=_unidentified(track, self._now_s), since_s=self._now_s)
        habits = {self._expected.keys[one.flight]: one.habit for one in self._candidates[place] if one.habit > 0.01}
        state, basis, candidate, outside, since_s = self._decided(place, before)
        item = None if candidate is None else self._expected.keys[candidate.flight]
        if before is not None and self._stands(before, track, state, item, basis):
            return Remembered(
                found=before.found,
                habits=habits,
                outside=outside,
                since_s=since_s,
                refreshed_s=before.refreshed_s,
            )
        match = self._match(place, basis, candidate)
        alternatives = self._alternatives(place, match)
        fresh = TrackIdentification(
            track_id=track.track_id,
            identity=track.identity,
            state=state,
            decided_s=self._now_s,
            match=match,
            alternatives=alternatives,
        )
        if before is not None and not _differs(before.found, fresh):
            fresh = msgspec.structs.replace(fresh, decided_s=before.found.decided_s)
        return Remembered(found=fresh, habits=habits, outside=outside, since_s=since_s, refreshed_s=self._now_s)

    def _stands(
        self,
        before: Remembered,
        track: Track,
        state: IdentificationState,
        item: FlightKey | None,
        basis: MatchBasis | None,
    ) -> bool:
        """Whether nothing has changed that need be said anew."""
        found = before.found
        if found.state is not state or found.identity != track.identity:
            return False
        # Not all in one look: the tracks take turns.
        if self._now_s - before.refreshed_s >= REFRESH_S + crc32(track.track_id.encode()) % 10:
            return False
        if found.match is None:
            return basis is None
        if basis is not found.match.basis:
            return False
        return item is None or (found.match.party, found.match.item_id) == item

    def _decided(
        self, place: int, before: Remembered | None
    ) -> tuple[IdentificationState, MatchBasis | None, Candidate | None, bool, float]:
        """State, on what it rests, by which explanation; and whether it is outside its volumes, since when."""
        track, chosen = self._tracks[place], self._chosen.get(place)
        answered = self._answered(track.track_id)
        if chosen is None:
            chosen = self._left(place, before)
        if chosen is None:
            if answered is not None:
                return IdentificationState.IDENTIFIED, _answer_basis(answered), None, False, self._now_s
            mine = track.party is not None and track.party not in self._deniers(track.track_id)
            if mine and self._addresses[track.identity.icao_address] < 2:
                return IdentificationState.IDENTIFIED, MatchBasis.FLEET, None, False, self._now_s
            return IdentificationState.UNIDENTIFIED, None, None, False, self._now_s
        basis = MatchBasis.DECLARED_IDENTITY if chosen.like.exact else MatchBasis.VOLUME
        state, outside, since_s = self._settled(track, chosen, before)
        return state, basis, chosen, outside, since_s

    def _left(self, place: int, before: Remembered | None) -> Candidate | None:
        """The flight that it was taken for by where it flew, and whose volumes it has left; nobody flies it better."""
        number = self._held(place)
        if number is None or before is None or before.found.match is None:
            return None
        if before.found.match.basis is not MatchBasis.VOLUME:
            return None
        flight = self._expected.flights[number]
        own = next((one for one in self._candidates[place] if one.flight == number), None)
        if own is None or not own.outside or own.denied or own.like.weight < 0.0:
            return None
        if self._flown[number] >= flight.aircraft:
            return None
        return own._replace(confidence=max(own.confidence, LEFT_CONFIDENCE))

    def _settled(
        self, track: Track, chosen: Candidate, before: Remembered | None
    ) -> tuple[IdentificationState, bool, float]:
        """Whether it conforms: its state follows once it has been outside, or back inside, for long enough."""
        flight = self._expected.flights[chosen.flight]
        if not _has_place(track):
            return IdentificationState.IDENTIFIED, False, self._now_s
        outside = (chosen.outside and bool(flight.volumes)) or flight.over
        same = before is not None and before.found.match is not None and before.found.match.item_id == flight.item_id
        now = IdentificationState.NON_CONFORMING if outside else IdentificationState.IDENTIFIED
        if before is None or not same or before.found.state is IdentificationState.UNIDENTIFIED:
            return now, outside, self._now_s
        since_s = before.since_s if before.outside is outside else self._now_s
        settled = (outside and chosen.far) or self._now_s - since_s >= SETTLE_S
        return now if settled else before.found.state, outside, since_s

    def _deniers(self, track_id: str) -> set[str]:
        """Parties that have said that it is not theirs."""
        return {one.party for one in self._answers.get(track_id, ()) if not one.ours}

    def _answered(self, track_id: str) -> GivenAnswer | None:
        """The answer of the one party that says it is theirs; None where none does, or several do."""
        ours = [one for one in self._answers.get(track_id, ()) if one.ours]
        return ours[0] if len({one.party for one in ours}) == 1 else None

    def _match(self, place: int, basis: MatchBasis | None, candidate: Candidate | None) -> IdentificationMatch | None:
        track = self._tracks[place]
        answered = self._answered(track.track_id)
        if candidate is not None and basis is not None:
            flight = self._expected.flights[candidate.flight]
            return explanation(track, flight, candidate, basis, self._said(track, flight.party))
        if answered is not None:
            return _of_answer(answered)
        if basis is MatchBasis.FLEET and track.party is not None:
            return _of_fleet(track, track.party)
        return None

    def _said(self, track: Track, party: str) -> list[str]:
        """What else is to be known of an explanation: answers, and other aircraft that say the same address."""
        words: list[str] = []
        for one in self._answers.get(track.track_id, ()):
            if one.ours:
                words += _answer_words(one) if one.party == party else [f"but {one.party} has said that it is theirs"]
        address = track.identity.icao_address
        if address is not None and self._addresses[address] > 1:
            words.append(f"its address is claimed at {self._addresses[address]} places: all but one of them are false")
        return words

    def _alternatives(self, place: int, match: IdentificationMatch | None) -> tuple[IdentificationMatch, ...]:
        track = self._tracks[place]
        named = None if match is None else (match.party, match.item_id)
        found = []
        if track.party is not None and (match is None or match.party != track.party):
            denied = [f"{track.party} has said that it is not theirs"] * (track.party in self._deniers(track.track_id))
            found.append(_of_fleet(track, track.party, [*denied, *self._said(track, track.party)]))
        found += [
            _of_answer(one)
            for one in self._answers.get(track.track_id, ())
            if one.ours and (match is None or match.party != one.party)
        ]
        for candidate in self._candidates[place][: MAX_ALTERNATIVES + 1]:
            flight = self._expected.flights[candidate.flight]
            if (candidate.confidence < SHOWN_AT and not candidate.like.exact) or flight.key == named:
                continue
            basis = MatchBasis.DECLARED_IDENTITY if candidate.like.exact else MatchBasis.VOLUME
            found.append(explanation(track, flight, candidate, basis, self._taken(place, candidate)))
        found.sort(key=lambda one: -one.confidence)
        return tuple(found[:MAX_ALTERNATIVES])

    def _taken(self, place: int, candidate: Candidate) -> list[str]:
        """By which other aircraft the flight is explained better, or as well."""
        flight = self._expected.flights[candidate.flight]
        others = sorted(
            self._tracks[other].track_id
            for other, one in self._chosen.items()
            if one.flight == candidate.flight and other != place
        )
        words = [f"track {other} fits it better" for other in others[:2]]
        if not others and place not in self._chosen and not candidate.denied:
            words.append("another explanation is as good as this one, so neither is taken")
        return words + self._said(self._tracks[place], flight.party)


def _takable(own: list[Candidate], expected: ExpectedFlights) -> list[Candidate]:
    """Explanations that their own party has not denied; of several flights of a party that name it the nearest."""
    seen: set[str] = set()
    kept = []
    for one in sorted(own, key=lambda one: (-one.confidence, one.time_s, one.horizontal_m, one.flight)):
        party = expected.flights[one.flight].party
        if one.denied or (one.like.exact and party in seen):
            continue
        if one.like.exact:
            seen.add(party)
        kept.append(one)
    return kept


def _of_fleet(track: Track, party: str, more: Sequence[str] = ()) -> IdentificationMatch:
    said = _identity_words(track.identity)
    return IdentificationMatch(
        party=party,
        basis=MatchBasis.FLEET,
        confidence=FLEET_CONFIDENCE,
        reasons=(f"it says {said}, which follows the fleet rules of {party} in the agreement", *more),
    )


def _identity_words(identity: Identity) -> str:
    parts = []
    if identity.icao_address is not None:
        parts.append(f"address {identity.icao_address:06x}")
    if identity.callsign:
        parts.append(f"callsign {identity.callsign}")
    if identity.remote_id:
        parts.append(f"remote id {identity.remote_id}")
    return ", ".join(parts) or "nothing"


def _of_answer(answer: GivenAnswer) -> IdentificationMatch:
    return IdentificationMatch(
        party=answer.party,
        basis=_answer_basis(answer),
        confidence=ANSWER_CONFIDENCE,
        item_id=None if answer.item is None else answer.item[1],
        title=answer.title,
        reasons=_answer_words(answer),
    )


def _answer_basis(answer: GivenAnswer) -> MatchBasis:
    return MatchBasis.SEALED_REFERENCE if answer.sealed else MatchBasis.ANSWER


def _answer_words(answer: GivenAnswer) -> tuple[str, ...]:
    who = f"{answer.function} of {answer.party}" if answer.function else answer.party
    known = f", by reference {answer.reference}" if answer.reference else ""
    return (f"{who} has said that it is theirs{known}",)


def _unidentified(track: Track, now_s: float) -> TrackIdentification:
    return TrackIdentification(
        track_id=track.track_id, identity=track.identity, state=IdentificationState.UNIDENTIFIED, decided_s=now_s
    )
