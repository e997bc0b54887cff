"""Identification beside the picture: after every step of it, who each track is, what is recorded, and who is asked.

The order of work is that of alerts: what changed is durable before anything that follows from it is shown or sent. A
question is asked exactly once: its append has a name that follows from the track and the number of its case, and what
was asked before is read from the record, also after a restart. One lock orders the picture's steps and people's orders.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from hashlib import sha256
from threading import Lock
from typing import Final

import msgspec

from steerclear.dialogue.faults import LineFaultError
from steerclear.model.identification import (
    Approach,
    IdentificationCase,
    IdentificationState,
    MatchBasis,
    TrackIdentification,
    TrackPoint,
)
from steerclear.model.track import Track
from steerclear.model.vocabulary import Urgency
from steerclear.services.acknowledge import function_of
from steerclear.services.exchange import Exchange
from steerclear.services.faults import LineRequestError
from steerclear.services.identify.ask import Question, ask_late, case_name, open_case, position_of
from steerclear.services.identify.doubts import doubt_about, with_doubt
from steerclear.services.identify.events import (
    NotAsked,
    case_event,
    identification_event,
    not_asked_event,
    read_case,
    read_cases,
    read_not_asked,
    read_tracks,
)
from steerclear.services.identify.given import GivenNotes, given_event
from steerclear.services.identify.known import KnownAirspace, OtherIntents
from steerclear.services.identify.limits import (
    MAX_OPEN_CASES,
    MAX_PATHS,
    MAX_QUESTIONS_PER_MINUTE,
    SNIPPET_EVERY_S,
    SNIPPET_POINTS,
)
from steerclear.services.identify.standings import (
    ANSWERS_HOLD_S,
    UnknownCaseError,
    answers_of,
    case_standing,
)
from steerclear.services.identify.urgency import RANKS, urgency_of
from steerclear.store.entries import Append
from steerclear.strategic.answers import GivenAnswer
from steerclear.strategic.identifying import (
    BELIEVED,
    Identifications,
    Remembered,
    identify,
)
from steerclear.strategic.weighing import HOLD_AT

EVENTS_PER_APPEND: Final = 500
CASES_HEEDED: Final = 4
"""Of so many last cases of one track answers still count."""
LOOK_AHEAD_EVERY_S: Final = 5.0
"""How often a track that nobody knows is held against everything that it may head for."""
WAIT_S: Final = 5.0
"""A track must have been unidentified for so long before anyone is asked: the first reports say little."""
LONG_WAIT_S: Final = 45.0
"""And for so long while one declared flight explains it well, and only needs more of its path."""
LOST_AFTER_S: Final = 1_800.0
"""A case of a track that the picture has not had for so long is closed: not as answered, as lost."""
MINUTE_S: Final = 60.0
FORGET_EVERY_S: Final = 60.0
"""How often cases that matter no more are let go."""

_logger = logging.getLogger("steerclear.identify")


class _Own(msgspec.Struct):
    """What is kept in memory of one track."""

    since_s: float = 0.0
    """Since when it has been what it is."""
    state: IdentificationState | None = None
    looked_s: float = float("-inf")
    approaches: tuple[Approach, ...] = ()
    path: deque[TrackPoint] = msgspec.field(default_factory=lambda: deque(maxlen=SNIPPET_POINTS))


class IdentifyTracks:
    """Keeps what is known of all tracks of one picture. All methods may be called from any thread."""

    def __init__(self, exchange: Exchange, others: OtherIntents | None = None) -> None:
        self._exchange = exchange
        self._known = KnownAirspace(exchange, others)
        self._lock = Lock()
        self._tracks: dict[str, Track] = {}
        self._own: dict[str, _Own] = {}
        remembered = {one.track_id: Remembered(found=one) for one in read_tracks(exchange.journal)}
        self._looks = Identifications(now_s=float("-inf"), tracks=remembered)
        self._notes = GivenNotes(tuple(one.found for one in remembered.values()))
        self._now_s = float("-inf")
        self._latest: dict[str, IdentificationCase] = {}
        self._counts: dict[str, int] = {}
        self._history: dict[str, deque[str]] = {}
        for case in sorted(read_cases(exchange.journal), key=lambda case: case.opened_s):
            self._counts[case.track_id] = self._counts.get(case.track_id, 0) + 1
            self._keep(case)
        self._asked_s: deque[float] = deque()
        self._told_not_asked = {one.track_id for one in read_not_asked(exchange.journal)}
        self._seen_at_s: dict[str, float] = {}
        self._forgot_s = float("-inf")

    def step(self, tracks: Sequence[Track], now_s: float) -> tuple[TrackIdentification, ...]:
        """Take in the picture after a step: what changed is durable when this returns, and who must be asked is asked.

        Raises StoreError; then the next step does it again.
        """
        with self._lock:
            clock_s = self._exchange.clock.now_s()
            if now_s < self._now_s:
                self._go_back(clock_s)
            self._known.refresh(now_s)
            self._tracks = {track.track_id: track for track in tracks}
            self._keep_paths(tracks, now_s)
            before = self._looks if now_s >= self._looks.now_s else msgspec.structs.replace(self._looks, now_s=now_s)
            answers = self._answers(clock_s)
            self._note(now_s, answers, clock_s)
            looks = identify(tracks, self._known.flights, now_s, before, answers)
            self._record(looks.changed, clock_s)
            self._looks, self._now_s = looks, now_s
            for track in tracks:
                self._consider(track, now_s, clock_s)
            self._close_cases(clock_s)
            self._forget(clock_s)
            return looks.changed

    def _go_back(self, clock_s: float) -> None:
        """A wrong clock was put right, and the picture began anew: nothing waits for a time that may be years away."""
        self._own.clear()
        self._seen_at_s.clear()
        self._asked_s = deque(asked_s for asked_s in self._asked_s if asked_s <= clock_s)
        self._forgot_s = min(self._forgot_s, clock_s)
        self._known.forget_time()

    @property
    def now_s(self) -> float:
        """The picture's time at its last step."""
        return self._now_s

    def known(self) -> list[tuple[Track, TrackIdentification]]:
        """Every track of the picture with what is known of it, by track id."""
        with self._lock:
            looks = self._looks.tracks
            return [(track, looks[name].found) for name, track in sorted(self._tracks.items()) if name in looks]

    def identifications(self) -> dict[str, TrackIdentification]:
        """What is known of each track of the picture, by track id."""
        return {track.track_id: found for track, found in self.known()}

    def approaches(self, track_id: str) -> tuple[Approach, ...]:
        """What a track is in or heads for, now. Raises UnknownCaseError for no track of the picture."""
        with self._lock:
            return self._ahead(self._track(track_id), self._now_s)

    def track(self, track_id: str) -> Track:
        """One track. Raises UnknownCaseError for no track of the picture."""
        with self._lock:
            return self._track(track_id)

    def ask(self, track_id: str, desk_id: str, function: str, text: str = "") -> IdentificationCase:
        """Ask every party about one track, because a person wants to know. Raises LineRequestError, StoreError."""
        function_of(self._exchange.us, desk_id, function)
        with self._lock:
            track = self._track(track_id)
            ahead = self._ahead(track, self._now_s)
            approach = ahead[0] if ahead else None
            return self._open(track, approach, self._exchange.clock.now_s(), desk_id, function, text)

    def _track(self, track_id: str) -> Track:
        track = self._tracks.get(track_id)
        if track is None:
            raise UnknownCaseError(f"the picture has no track {track_id!r}; `steerclear track list` shows them")
        return track

    def _keep_paths(self, tracks: Sequence[Track], now_s: float) -> None:
        for track in tracks:
            own = self._own.get(track.track_id)
            if own is None:
                if len(self._own) >= MAX_PATHS:
                    continue
                own = self._own[track.track_id] = _Own()
            if track.age in BELIEVED and (not own.path or track.time_s - own.path[-1].time_s >= SNIPPET_EVERY_S):
                where = position_of(track)
                own.path.append(TrackPoint(time_s=track.time_s, position=where, altitude_m=track.altitude_m))
            self._seen_at_s[track.track_id] = now_s
        gone = [track_id for track_id in self._own if track_id not in self._tracks]
        for track_id in gone:
            del self._own[track_id]

    def _note(self, now_s: float, answers: dict[str, tuple[GivenAnswer, ...]], clock_s: float) -> None:
        """Journal what this step is decided on, where it has changed: a replay decides on the same."""
        flights = self._known.flights.flights
        given = self._notes.to_note(now_s, flights, answers)
        if given is not None:
            key = f"identification.given/{now_s!r}/{self._exchange.journal.last_sequence()}"
            self._exchange.journal.append(Append(key=key, events=(given_event(given, clock_s),)))
            self._notes.noted(flights, answers)

    def _keep(self, case: IdentificationCase) -> None:
        """Remember a case: it is the latest of its track now."""
        self._latest[case.track_id] = case
        history = self._history.setdefault(case.track_id, deque(maxlen=CASES_HEEDED))
        if case.case_id not in history:
            history.append(case.case_id)

    def _answers(self, clock_s: float) -> dict[str, tuple[GivenAnswer, ...]]:
        """The last word of each party about each track; one that comes to an earlier question counts as well."""
        answers = {}
        for track_id, history in self._history.items():
            if track_id not in self._tracks:
                continue
            said: dict[str, GivenAnswer] = {}
            for case_id in history:
                case = read_case(self._exchange.journal, case_id)
                if case is None or clock_s - case.opened_s > ANSWERS_HOLD_S:
                    continue
                for one in answers_of(self._exchange, case_standing(self._exchange, case)):
                    if one.party not in said or said[one.party].at_s <= one.at_s:
                        said[one.party] = one
            if said:
                answers[track_id] = tuple(said[party] for party in sorted(said))
        return answers

    def _record(self, changed: Sequence[TrackIdentification], clock_s: float) -> None:
        for start in range(0, len(changed), EVENTS_PER_APPEND):
            rows = tuple(identification_event(one, clock_s) for one in changed[start : start + EVENTS_PER_APPEND])
            key = f"identifications/{sha256(b''.join(row.payload for row in rows)).hexdigest()}"
            if self._exchange.journal.receipt(key) is None:
                self._exchange.journal.append(Append(key=key, events=rows))

    def _consider(self, track: Track, now_s: float, clock_s: float) -> None:
        """Ask about a track by itself, where the agreement wants that."""
        found = self._looks.tracks[track.track_id].found
        own = self._own.get(track.track_id)
        if own is None:
            return
        if own.state is not found.state:
            own.state, own.since_s = found.state, now_s
        unknown = found.state is not IdentificationState.IDENTIFIED
        if not unknown or track.on_ground or track.age not in BELIEVED:
            return
        if not self._exchange.agreement.identification.automatic or now_s - own.since_s < _wait_s(found):
            return
        if now_s - own.looked_s >= LOOK_AHEAD_EVERY_S:
            own.looked_s, own.approaches = now_s, self._ahead(track, now_s)
        if own.approaches and self._is_due(track.track_id, own.approaches[0], clock_s):
            why = self._limit(clock_s)
            if why:
                self._tell_not_asked(track, why, clock_s)
            else:
                self._open_by_itself(track, own.approaches[0], clock_s)

    def _ahead(self, track: Track, now_s: float) -> tuple[Approach, ...]:
        looked = self._looks.tracks.get(track.track_id)  # none where its first look could not be put on record
        party = None if looked is None or looked.found.match is None else looked.found.match.party
        lookahead_s = self._exchange.agreement.identification.lookahead_s
        return self._known.boundaries.of(track, now_s, lookahead_s, () if party is None else (party,))

    def _is_due(self, track_id: str, approach: Approach, clock_s: float) -> bool:
        """Whether a track is to be asked about: never yet, not for the agreed time, or for something more urgent."""
        last = self._latest.get(track_id)
        if last is None:
            return True
        terms = self._exchange.agreement.identification
        if not -MINUTE_S <= clock_s - last.opened_s < terms.repeat_after_s:
            return True  # also where it was opened by a clock that was far ahead
        return RANKS[urgency_of(terms, approach)] > RANKS[last.urgency]

    def _limit(self, clock_s: float) -> str:
        while self._asked_s and self._asked_s[0] <= clock_s - MINUTE_S:
            self._asked_s.popleft()
        if len(self._asked_s) >= MAX_QUESTIONS_PER_MINUTE:
            return f"not asked: limit of {MAX_QUESTIONS_PER_MINUTE} questions a minute; a person can ask at once"
        opened = sum(case.closed_s is None for case in self._latest.values())
        if opened >= MAX_OPEN_CASES:
            return f"not asked: limit of {MAX_OPEN_CASES} open cases; a person can ask at once"
        return ""

    def _tell_not_asked(self, track: Track, why: str, clock_s: float) -> None:
        if track.track_id in self._told_not_asked:
            return
        number = self._counts.get(track.track_id, 0)
        key = f"identify/not-asked/{case_name(track.track_id, number)}"
        if self._exchange.journal.receipt(key) is None:
            event = not_asked_event(NotAsked(track_id=track.track_id, at_s=clock_s, why=why), clock_s)
            self._exchange.journal.append(Append(key=key, events=(event,)))
        self._told_not_asked.add(track.track_id)
        _logger.warning("not asked whose an aircraft is", extra={"detail": f"{track.track_id}: {why}"})

    def _open_by_itself(self, track: Track, approach: Approach, clock_s: float) -> None:
        try:
            self._open(track, approach, clock_s, "", "", "")
        except (LineRequestError, LineFaultError) as fault:
            # Nothing that could be asked now: no agreement in force yet, for one. It is tried again at the next look.
            self._tell_not_asked(track, f"not asked: {fault}", clock_s)
        else:
            self._asked_s.append(clock_s)

    def _open(
        self, track: Track, approach: Approach | None, clock_s: float, desk_id: str, function: str, text: str
    ) -> IdentificationCase:
        number = self._number(track.track_id)
        terms = self._exchange.agreement.identification
        question = Question(
            track=track,
            snippet=self._snippet(track),
            approach=approach,
            urgency=Urgency.URGENT if approach is None else urgency_of(terms, approach),
            number=number,
            desk_id=desk_id,
            function=function,
            text=with_doubt(text, doubt_about(track, self._now_s)),
        )
        case = open_case(self._exchange, question)
        if case is None:
            case = read_case(self._exchange.journal, case_name(track.track_id, number))
        if case is None:
            raise LineRequestError(f"the case of {track.track_id} is being opened; look again")
        # Only now: where nobody could be asked, what was asked before is still open.
        self._close(track.track_id, clock_s, "asked about again")
        self._counts[track.track_id] = number + 1
        self._keep(case)
        self._told_not_asked.discard(track.track_id)
        return case

    def _number(self, track_id: str) -> int:
        """How many cases a track has had; asked of the record where it is not remembered, for a name is used once."""
        number = self._counts.get(track_id)
        if number is None:
            number = 0
            while self._exchange.journal.receipt(f"identify/{case_name(track_id, number)}") is not None:
                number += 1
            self._counts[track_id] = number
        return number

    def _forget(self, clock_s: float) -> None:
        """Let go of cases that are over, of aircraft that are gone, so long ago that no answer to them counts."""
        if clock_s - self._forgot_s < FORGET_EVERY_S:
            return
        self._forgot_s = clock_s
        held_s = max(ANSWERS_HOLD_S, self._exchange.agreement.identification.repeat_after_s)
        for track_id, case in list(self._latest.items()):
            if case.closed_s is not None and track_id not in self._tracks and clock_s - case.opened_s > held_s:
                for kept in (self._latest, self._history, self._counts, self._seen_at_s):
                    kept.pop(track_id, None)
        self._told_not_asked.intersection_update(self._tracks)
        for track_id in [one for one in self._seen_at_s if one not in self._tracks and one not in self._latest]:
            del self._seen_at_s[track_id]

    def _snippet(self, track: Track) -> tuple[TrackPoint, ...]:
        own = self._own.get(track.track_id)
        return () if own is None else tuple(own.path)

    def _close_cases(self, clock_s: float) -> None:
        for track_id, case in list(self._latest.items()):
            if case.closed_s is not None:
                continue
            if track_id in self._tracks:
                if _is_settled(case, self._looks.tracks[track_id].found):
                    self._close(track_id, clock_s, "identified")
                elif any(one.not_asked for one in case.asked):
                    self._ask_late(self._tracks[track_id], case)
            elif self._now_s - self._seen_at_s.setdefault(track_id, self._now_s) > LOST_AFTER_S:
                self._close(track_id, clock_s, "not in the picture any more; that says nothing of whose it was")

    def _ask_late(self, track: Track, case: IdentificationCase) -> None:
        """Ask the parties that could not be asked when a case was opened; what cannot be yet is tried again."""
        question = Question(
            track=track,
            snippet=self._snippet(track),
            approach=case.approach,
            urgency=case.urgency,
            number=self._number(track.track_id) - 1,
        )
        try:
            later = ask_late(self._exchange, case, question)
        except (LineRequestError, LineFaultError) as fault:
            _logger.warning("a party cannot be asked yet", extra={"detail": f"{case.case_id}: {fault}"})
            return
        if later is not None:
            self._latest[track.track_id] = later

    def _close(self, track_id: str, clock_s: float, why: str) -> None:
        case = self._latest.get(track_id)
        if case is None or case.closed_s is not None:
            return
        standing = case_standing(self._exchange, case)
        closed = msgspec.structs.replace(standing, closed_s=clock_s, closed_why=why)
        key = f"identify/{case.case_id}/closed"
        if self._exchange.journal.receipt(key) is None:
            self._exchange.journal.append(Append(key=key, events=(case_event(closed, clock_s),)))
        self._latest[track_id] = closed


def _wait_s(found: TrackIdentification) -> float:
    """How long a track must have been what it is before it is asked about."""
    forming = found.alternatives[0] if found.match is None and found.alternatives else None
    if forming is None or forming.confidence < HOLD_AT or forming.horizontal_outside_m > 0.0:
        return WAIT_S
    return LONG_WAIT_S


def _is_settled(case: IdentificationCase, found: TrackIdentification) -> bool:
    """Whether a case is over: one of the node itself, by any identification; one of a person, by an answer."""
    if found.state is not IdentificationState.IDENTIFIED or found.match is None:
        return False
    return case.automatic or found.match.basis in (MatchBasis.ANSWER, MatchBasis.SEALED_REFERENCE)
