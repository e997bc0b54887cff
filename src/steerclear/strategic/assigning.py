"""Which aircraft is which flight, where each flight has room for as many aircraft as it names.

An aircraft that says the declared identity comes before one that only flies there, wherever it is itself: its flight is
not given to another. One by one the clear cases are settled: an aircraft whose best explanation is better than its next
by a margin, and of which no other aircraft says the same equally well. Each one settled leaves less to choose from, and
may make the next one clear. What is never clear is left open: two explanations equally good are told as two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from steerclear.strategic.weighing import HOLD_AT, IDENTIFY_AT, MARGIN, Candidate


def assign(
    candidates: Sequence[Sequence[Candidate]], held: Mapping[int, int], room: Sequence[int]
) -> dict[int, Candidate]:
    """By place in `candidates`: the explanation that holds.

    `candidates`: of each aircraft, the most likely first. `held`: by aircraft, the flight that it was taken for before,
    which a newer one must beat by the margin. `room`: aircraft that each flight may have.
    """
    left = list(room)
    chosen: dict[int, Candidate] = {}
    waiting = {place for place, own in enumerate(candidates) if own}
    while True:
        claims = _claims(candidates, held, left, waiting)
        settled = [pair for flight, claimants in claims.items() for pair in _settled(claimants, left[flight])]
        if not settled:
            return chosen
        for place, candidate in settled:
            chosen[place] = candidate
            left[candidate.flight] -= 1
            waiting.discard(place)


_NAMED_FIRST: Final = 1.0

Claim = tuple[float, int, Candidate]
"""Rank, aircraft, explanation."""


def _claims(
    candidates: Sequence[Sequence[Candidate]], held: Mapping[int, int], left: Sequence[int], waiting: set[int]
) -> dict[int, list[Claim]]:
    """By flight: the aircraft for which it is clearly the best explanation that has room left."""
    claims: dict[int, list[Claim]] = {}
    for place in sorted(waiting):
        kept = held.get(place)
        ranked = sorted(
            ((_rank(one, kept), -_distance(one), one) for one in candidates[place] if left[one.flight] > 0),
            key=lambda rank: (-rank[0], -rank[1], rank[2].flight),
        )
        if not ranked or not good_enough(ranked[0][2], kept):
            continue
        if len(ranked) > 1 and ranked[0][0] - ranked[1][0] < MARGIN:
            continue
        best = ranked[0][2]
        claims.setdefault(best.flight, []).append((ranked[0][0], place, best))
    return claims


def _rank(one: Candidate, kept: int | None) -> float:
    return one.confidence + (MARGIN if one.flight == kept else 0.0) + (_NAMED_FIRST if one.like.exact else 0.0)


def good_enough(candidate: Candidate, kept: int | None) -> bool:
    """Whether an explanation may be taken at all."""
    if candidate.like.exact:
        return True
    return candidate.confidence >= (HOLD_AT if candidate.flight == kept else IDENTIFY_AT)


def _settled(claimants: list[Claim], room: int) -> list[tuple[int, Candidate]]:
    claimants.sort(key=lambda claim: (-claim[0], claim[1]))
    if len(claimants) > room and claimants[room - 1][0] - claimants[room][0] < MARGIN:
        # Those that are clearly better than the first one left out still get their place.
        bound = claimants[room][0] + MARGIN
        claimants = [claim for claim in claimants[:room] if claim[0] >= bound]
    return [(place, candidate) for _, place, candidate in claimants[:room]]


def _distance(one: Candidate) -> float:
    return one.horizontal_m + one.vertical_m + one.time_s
