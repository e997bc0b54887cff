"""The answering side: what of ours may be what a peer asks about, with the reasons, to be shown to the desk.

A suggestion is no answer: only a person answers. Sealed items are looked at as well, for they are ours; what is
suggested for one is its reference, which tells the peer nothing more. That nothing of ours fits does not say that it
is not ours: what this node does not know, it cannot suggest.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, radians
from typing import Final

import msgspec
import numpy as np

from steerclear.model.identification import MatchBasis, TrackPoint
from steerclear.model.messages import IdentificationRequest
from steerclear.model.track import Identity, Track, TrackAge
from steerclear.model.vocabulary import Disclosure
from steerclear.services.acknowledge import find_standing
from steerclear.services.exchange import Exchange
from steerclear.services.faults import NotAnswerableError
from steerclear.services.identify.known import expected_of
from steerclear.services.plan_events import read_items
from steerclear.strategic.explaining import explanation
from steerclear.strategic.fitting import measured, placed
from steerclear.strategic.flight_tables import ExpectedFlights
from steerclear.strategic.likeness import belongs_to
from steerclear.strategic.weighing import IDENTIFY_AT, SHOWN_AT, Candidate, weighed

PROBABLY: Final = "probably ours"
POSSIBLY: Final = "possibly ours"
UNKNOWN: Final = "nothing of ours that this node knows explains it; that does not say that it is not ours"
_M_PER_DEG: Final = 111_320.0


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """One thing of ours that may be what is asked about."""

    says: str
    """"probably ours" or "possibly ours"."""
    reference: str
    """What to name in the answer; it tells nothing of the item. Empty for a fleet rule."""
    title: str
    disclosure: Disclosure | None
    """None for a fleet rule."""
    confidence: float
    reasons: tuple[str, ...]
    contact_function: str = ""


class Suggested(msgspec.Struct, frozen=True, kw_only=True):
    """What this node would have the desk look at before it answers."""

    message_id: str
    says: str
    """The best suggestion in words, or that there is none."""
    suggestions: tuple[Suggestion, ...]
    agencies: tuple[str, ...] = ()
    """Agencies of ours that the question must reach."""


def suggest(exchange: Exchange, message_id: str) -> Suggested:
    """What of ours may be what a peer's question is about. Raises UnknownMessageError, NotAnswerableError."""
    asked = find_standing(exchange, message_id)
    if not isinstance(asked.message, IdentificationRequest) or asked.outgoing:
        raise NotAnswerableError(f"{message_id} is no question of a peer's that asks whose an aircraft is")
    return suggested(exchange, asked.message)


def suggested(exchange: Exchange, question: IdentificationRequest) -> Suggested:
    """The same for a question at hand."""
    found = [*_items(exchange, question), *_fleet(exchange, question)]
    found.sort(key=lambda one: -one.confidence)
    best = f"{found[0].says}: {found[0].title or found[0].reference}" if found else UNKNOWN
    return Suggested(
        message_id=question.message_id,
        says=best,
        suggestions=tuple(found),
        agencies=question.agencies if isinstance(question.agencies, tuple) else (),
    )


def _items(exchange: Exchange, question: IdentificationRequest) -> list[Suggestion]:
    standings = {one.item_id: one for one in read_items(exchange.journal) if one.ours}
    flights = [flight for one in standings.values() for flight in expected_of(one, question.seen_at_s)]
    expected, path = ExpectedFlights(flights), tracks_of(question)
    found = []
    for number, candidate in enumerate(_along(expected, path, question.identity or Identity())):
        flight = expected.flights[number]
        if candidate.confidence < SHOWN_AT:
            continue
        match = explanation(path[-1], flight, candidate, MatchBasis.VOLUME)
        standing = standings[flight.item_id]
        sealed = standing.disclosure is Disclosure.SEALED
        more = ("it is sealed: the reference alone tells nothing of it",) if sealed else ()
        found.append(
            Suggestion(
                says=PROBABLY if candidate.confidence >= IDENTIFY_AT else POSSIBLY,
                reference=flight.item_id,
                title=flight.title,
                disclosure=standing.disclosure,
                confidence=match.confidence,
                reasons=(*match.reasons, *more),
                contact_function=standing.contact_function,
            )
        )
    return found


def _along(expected: ExpectedFlights, path: Sequence[Track], identity: Identity) -> list[Candidate]:
    """How each flight explains a whole path: the fit of its end, and as the habit the mean of all of it."""
    every = np.arange(len(expected.flights))
    first = np.zeros_like(every)
    # All flights at each point of the path: many items must not make a peer's question slow to be shown.
    words = [measured(placed([one]), expected, one.time_s, first, every, whole=True).words for one in path]
    habits = np.mean([one[:, 0] * one[:, 1] for one in words], axis=0).tolist()
    return [
        weighed(
            number,
            expected.names.likeness(identity, number, None),
            tuple(words[-1][number].tolist()),
            habits[number] if len(path) > 1 else 0.0,
            denied=False,
        )
        for number in every.tolist()
    ]


def tracks_of(question: IdentificationRequest) -> list[Track]:
    """The path that a question shows, as tracks; the last one is where the aircraft was seen last."""
    points = list(question.snippet) if isinstance(question.snippet, tuple) else []
    points = [point for point in points if point.time_s < question.seen_at_s]
    last = TrackPoint(time_s=question.seen_at_s, position=question.position, altitude_m=question.altitude_m)
    found = []
    for point, following in zip(points, [*points[1:], last], strict=True):
        east_mps, north_mps = _velocity(point, following)
        found.append(_track(question, point, east_mps, north_mps))
    return [*found, _track(question, last, question.east_mps or 0.0, question.north_mps or 0.0)]


def _velocity(one: TrackPoint, other: TrackPoint) -> tuple[float, float]:
    passed_s = max(other.time_s - one.time_s, 1.0)
    north_m = (other.position.latitude_deg - one.position.latitude_deg) * _M_PER_DEG
    turn_deg = (other.position.longitude_deg - one.position.longitude_deg + 180.0) % 360.0 - 180.0
    east_m = turn_deg * _M_PER_DEG * cos(radians(one.position.latitude_deg))
    return east_m / passed_s, north_m / passed_s


def _track(question: IdentificationRequest, at: TrackPoint, east_mps: float, north_mps: float) -> Track:
    return Track(
        track_id=question.track_id,
        identity=question.identity or Identity(),
        party=None,
        age=TrackAge.FRESH,
        time_s=at.time_s,
        latitude_deg=at.position.latitude_deg,
        longitude_deg=at.position.longitude_deg,
        altitude_m=at.altitude_m,
        altitude_datum=question.altitude_datum if at.altitude_m is not None else None,
        east_mps=east_mps,
        north_mps=north_mps,
        up_mps=0.0,
        on_ground=False,
        sources=(),
    )


def _fleet(exchange: Exchange, question: IdentificationRequest) -> list[Suggestion]:
    if question.identity is None:
        return []
    us = exchange.us
    words = belongs_to(question.identity, (us.fleet, us.uncrewed))
    if not words:
        return []
    return [
        Suggestion(
            says=PROBABLY,
            reference="",
            title="our fleet",
            disclosure=None,
            confidence=0.75,
            reasons=(f"{words}, which our own fleet rules in the agreement name",),
        )
    ]
