"""Everything known, made ready once, and which of it meets a plan: the exact comparison under every check and search.

Each volume of the plan is compared with each volume of everything that counts, with the buffer that the terms ask for
between the two. A volume that contradicts itself is compared in its widest reading, never left out. What lies in the
past is no matter any more; what touches at a closed bound is one. The order in which things are given changes nothing.
Metres, POSIX UTC seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import msgspec

from steerclear.model.declared import Declared, DeclaredKind
from steerclear.model.plan_check import Weight
from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import Volume4D
from steerclear.strategic.declaring import counts, of_agreed_zone
from steerclear.strategic.minima import Requirements
from steerclear.strategic.preparing import prepared
from steerclear.strategic.terms import PlanTerms
from steerclear.strategic.volumes import Buffer, Overlap, overlap
from steerclear.strategic.widest import widest_reading

PEOPLE: Final = frozenset({DeclaredKind.SITE, DeclaredKind.MOVEMENT})
ZONES: Final = frozenset({DeclaredKind.ZONE, DeclaredKind.AGREED_ZONE})


class Pair(NamedTuple):
    """A volume of the plan and one of something else that are closer than required."""

    volume: int
    other_volume: int
    shared: Overlap
    required: Buffer


class Met(NamedTuple):
    """Something that meets the plan."""

    other: Declared
    weight: Weight
    pairs: tuple[Pair, ...]


class Readable(NamedTuple):
    """Something declared, with each of its volumes in its widest reading; None for what is no volume at all."""

    it: Declared
    volumes: tuple[Volume4D | None, ...]


class Situation:
    """What a plan is compared with, at one time, under one agreement."""

    def __init__(self, neighbours: Iterable[Declared], terms: PlanTerms, now_s: float) -> None:
        self.terms = terms
        self.now_s = now_s
        self.requirements = Requirements(terms)
        self.compared = 0
        """Pairs of volumes compared so far, by which a search is limited."""
        known = [*neighbours, *(of_agreed_zone(zone) for zone in terms.agreement.zones)]
        self.everything = tuple(
            Readable(other, tuple(map(widest_reading, self._as_people(other).volumes))) for other in newest(known)
        )
        """In an order of its own, the newest version of each, also what no longer counts."""

    def in_force(self) -> Iterator[Readable]:
        """What counts: also what its party, being out of reach, cannot renew or withdraw."""
        return (other for other in self.everything if counts(other.it))

    def met_by(self, plan: Declared) -> Iterator[Met]:
        """Everything that meets a plan, with all pairs of volumes, in the order of the situation."""
        volumes = tuple(map(widest_reading, self._as_people(plan).volumes))
        for other in self.in_force():
            weight = relation(plan, other.it)
            if weight is None:
                continue
            pairs = tuple(self.pairs(Readable(plan, volumes), other))
            if pairs:
                yield Met(other.it, weight, pairs)

    def standing_against(self, plan: Declared) -> Iterator[Readable]:
        """What would be a conflict if a plan met it."""
        return (other for other in self.in_force() if relation(plan, other.it) is Weight.CONFLICT)

    def meets(self, plan: Declared, volume: Volume4D, other: Declared, other_volume: Volume4D) -> bool:
        """Whether a volume of a plan meets one of something else."""
        one, two = Readable(plan, (volume,)), Readable(other, (other_volume,))
        return next(self.pairs(one, two), None) is not None

    def pairs(self, plan: Readable, other: Readable) -> Iterator[Pair]:
        """The pairs of volumes of two declared items that are closer than required."""
        both_zones = plan.it.kind in ZONES and other.it.kind in ZONES
        for number, volume in enumerate(plan.volumes):
            for other_number, other_volume in enumerate(other.volumes):
                if volume is None or other_volume is None:
                    continue
                from_s = max(volume.from_s, other_volume.from_s)
                until_s = min(volume.until_s, other_volume.until_s)
                if from_s > until_s or until_s < self.now_s:
                    continue
                # Zones that follow one another are back to back, which is how airspace is shared, and no conflict.
                if both_zones and from_s == until_s:
                    continue
                pair = self.compare(plan.it, volume, other.it, other_volume)
                if pair is not None:
                    yield Pair(number, other_number, *pair)

    def compare(
        self, plan: Declared, volume: Volume4D, other: Declared, other_volume: Volume4D
    ) -> tuple[Overlap, Buffer] | None:
        """How two volumes meet, and what was required between them; None where they are far enough apart."""
        self.compared += 1
        one, two = prepared(volume), prepared(other_volume)
        # Most pairs are apart by any measure, and need no look at which measure holds.
        if overlap(one, two, self.requirements.widest) is None:
            return None
        required = self.requirements.between(plan, volume, other, other_volume)
        shared = overlap(one, two, required)
        return None if shared is None else (shared, required)

    def _as_people(self, one: Declared) -> Declared:
        """Sites and movements, as high as they are of concern."""
        top_m = self.terms.people_top_m
        if one.kind not in PEOPLE or top_m is None:
            return one
        volumes = (
            msgspec.structs.replace(volume, upper_m=top_m, altitude_datum=AltitudeDatum.MSL_GEOID)
            if volume.lower_m is None and volume.upper_m is None
            else volume
            for volume in one.volumes
        )
        return msgspec.structs.replace(one, volumes=tuple(volumes))


def relation(plan: Declared, other: Declared) -> Weight | None:
    """What it means for a plan to meet something else; None where that is no matter. The same from both sides."""
    if identity(plan) == identity(other) or DeclaredKind.AREA in (plan.kind, other.kind):
        return None
    if plan.kind in PEOPLE and other.kind in PEOPLE:
        return None
    if plan.kind in ZONES or other.kind in ZONES:
        # A party's zone is most often made for its own flights; whether it is, the party knows best.
        return Weight.ADVICE if plan.party == other.party else Weight.CONFLICT
    return Weight.CONFLICT


def identity(one: Declared) -> tuple[str, str, str]:
    """What makes two declared items versions of one: ids are each party's own."""
    return one.kind.value, one.party, one.declared_id


def newest(known: Iterable[Declared]) -> tuple[Declared, ...]:
    """The newest version of everything, each once; two that differ under one number are both kept."""
    versions: dict[tuple[str, str, str], list[Declared]] = {}
    for other in known:
        versions.setdefault(identity(other), []).append(other)
    kept: list[Declared] = []
    for name in sorted(versions):
        latest = max(other.revision for other in versions[name])
        same = dict.fromkeys(other for other in versions[name] if other.revision == latest)
        kept += sorted(same, key=msgspec.json.encode) if len(same) > 1 else same
    return tuple(kept)
