"""Whole agreements drawn at random, within what an agreement file may say."""

from __future__ import annotations

from hashlib import sha256
from itertools import combinations, product

from hypothesis import strategies as st

from steerclear.model import agreement as terms
from steerclear.model.alert import AlertKind, Severity
from steerclear.model.identifiers import folded
from steerclear.model.known_place import KnownPlace
from steerclear.model.precedence import PrecedenceBy, PrecedenceRule
from steerclear.model.track import AltitudeDatum
from steerclear.model.vocabulary import (
    AircraftKind,
    Disclosure,
    LineCondition,
    MessageKind,
    NoticeSubject,
    Urgency,
)
from steerclear.model.volumes import Position
from steerclear.model.zone import Circle, Polygon, Zone

names = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20)
identifiers = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,20}", fullmatch=True).filter(lambda text: "-to-" not in text)
lengths_m = st.floats(0.01, 90_000, allow_subnormal=False)
durations_s = st.floats(0.01, 3_000, allow_subnormal=False)
times_s = st.integers(0, 4_000_000_000).map(float)
latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)
addresses = st.integers(0, 0xFFFFFF)
ANSWERED = {
    MessageKind.NOTICE,
    MessageKind.IDENTIFICATION_REQUEST,
    MessageKind.SAFETY_STOP,
    MessageKind.REQUEST,
    MessageKind.CONSULTATION,
    MessageKind.INCIDENT_REPORT,
    MessageKind.AGREEMENT_EVENT,
    MessageKind.LATE_ENTRY,
}
RELAYED = {MessageKind.SAFETY_STOP, MessageKind.NOTICE, MessageKind.REQUEST, MessageKind.LINE_STATE}
minima = st.builds(
    terms.SeparationMinima, horizontal_m=lengths_m, vertical_m=st.floats(1, 19_000), lookahead_s=durations_s
)


def distinct(values: st.SearchStrategy[str], low: int, high: int) -> st.SearchStrategy[list[str]]:
    return st.lists(values, min_size=low, max_size=high, unique_by=folded)


@st.composite
def fleets(draw: st.DrawFn) -> terms.FleetRule:
    first = draw(addresses)
    return terms.FleetRule(
        icao_addresses=draw(st.frozensets(addresses, max_size=4)),
        icao_address_ranges=draw(st.sampled_from([(), ((first, draw(st.integers(first, 0xFFFFFF))),)])),
        callsign_prefixes=draw(st.sampled_from([(), ("ABC",), ("AB", "CDE")])),
        remote_id_prefixes=draw(st.sampled_from([(), ("1581F",)])),
    )


@st.composite
def desks(draw: st.DrawFn, functions: list[str]) -> terms.Desk:
    reached = draw(st.lists(st.sampled_from(functions), unique=True, max_size=2))
    return terms.Desk(
        desk_id=draw(identifiers),
        functions=tuple(functions),
        outlets=tuple(
            terms.FunctionOutlets(function=function, outlets=tuple(draw(distinct(identifiers, 1, 3))))
            for function in reached
        ),
    )


@st.composite
def keys_of(draw: st.DrawFn, party_id: str) -> terms.PartyKeys:
    # Digests rather than bytes drawn: those are often zeros, and a key of zeros is refused; no two parties share one.
    def digest(role: str) -> bytes:
        return sha256(f"{party_id} {role} {draw(st.integers(0, 3))}".encode()).digest()

    return terms.PartyKeys(
        root=digest("root"),
        signing=digest("signing"),
        witness=digest("witness"),
        witness_ml_dsa=draw(st.sampled_from([None, (digest("second") * 41)])),
    )


def local_footprints() -> st.SearchStrategy[Circle | Polygon]:
    """Within some hundred kilometres, anywhere on the Earth."""

    def polygon(latitude: float, longitude: float, steps: list[tuple[float, float]]) -> Polygon:
        return Polygon(
            vertices_deg=tuple((latitude + north, (longitude + east + 180.0) % 360.0 - 180.0) for north, east in steps)
        )

    steps = st.tuples(st.floats(-2, 2), st.floats(-2, 2))
    return st.builds(Circle, latitude_deg=latitudes, longitude_deg=longitudes, radius_m=lengths_m) | st.builds(
        polygon, st.floats(-80, 80), st.floats(-180, 180), st.lists(steps, min_size=3, max_size=6, unique=True)
    ).filter(lambda shape: shape.vertices_deg[0] != shape.vertices_deg[-1])


@st.composite
def areas(draw: st.DrawFn, area_id: str, party_ids: list[str]) -> terms.AreaOfAuthority:
    lower_m, from_s = draw(st.floats(0, 10_000, allow_subnormal=False)), draw(times_s)
    return terms.AreaOfAuthority(
        area_id=area_id,
        name=draw(names),
        claimed_by=tuple(draw(st.lists(st.sampled_from(party_ids), min_size=1, unique=True))),
        footprint=draw(local_footprints()),
        lower_m=lower_m,
        upper_m=lower_m + draw(st.floats(1, 1_000)),
        altitude_datum=draw(st.sampled_from(AltitudeDatum)),
        from_s=from_s,
        until_s=from_s + 60,
    )


@st.composite
def ladders(draw: st.DrawFn, ladder_id: str, functions: list[str]) -> terms.Ladder:
    after = sorted(draw(st.lists(st.integers(0, 900), min_size=1, max_size=3, unique=True)))
    return terms.Ladder(
        ladder_id=ladder_id,
        rungs=tuple(
            terms.Rung(
                function=draw(st.sampled_from(functions)),
                after_s=float(after_s),
                side=draw(st.sampled_from(terms.LadderSide)),
                last=after_s == after[-1],
            )
            for after_s in after
        ),
    )


@st.composite
def agreements(draw: st.DrawFn) -> terms.Agreement:
    party_ids = draw(st.lists(identifiers, min_size=2, max_size=3, unique=True))
    functions = draw(distinct(names, 1, 3))
    agencies = draw(distinct(names, 3, 6))
    parties = [
        terms.Party(
            party_id=party_id,
            name=draw(names),
            agencies=tuple(agencies[number :: len(party_ids)]),
            desks=(draw(desks(functions)),),
            fleet=draw(fleets()),
            uncrewed=draw(fleets()),
            keys=draw(st.none() | keys_of(party_id)),
        )
        for number, party_id in enumerate(party_ids)
    ]
    area_ids = draw(st.lists(identifiers, max_size=2, unique=True))
    ladder_ids = draw(st.lists(identifiers, max_size=2, unique=True))
    version = draw(st.integers(1, 3))
    any_ladder = st.sampled_from([None, *ladder_ids])
    every_s = draw(durations_s)
    return terms.Agreement(
        agreement_id=draw(identifiers),
        version=version,
        amends=b"" if version == 1 else sha256(str(draw(st.integers(0, 9))).encode()).digest(),
        title=draw(names),
        in_force_from_s=draw(times_s),
        languages=draw(st.sampled_from([("en",), ("en", "fr"), ("pt-BR",)])),
        parties=tuple(parties),
        minima=draw(minima),
        time_in_breach=draw(
            st.none()
            | st.builds(
                terms.TimeInBreachRule, horizontal_m=lengths_m, vertical_m=st.floats(1, 900), longest_s=durations_s
            )
        ),
        areas=tuple(draw(areas(area_id, party_ids)) for area_id in area_ids),
        pair_minima=tuple(
            terms.PairMinima(kinds=kinds, area_id=area_id, minima=draw(minima))
            # Two areas may overlap, so no pair of kinds has rules in both.
            for kinds, area_id in zip(
                draw(st.permutations([(AircraftKind.UNCREWED, AircraftKind.CREWED), (AircraftKind.CREWED,) * 2])),
                draw(st.lists(st.sampled_from([None, *area_ids]), max_size=2)),
                strict=False,
            )
        ),
        zones=tuple(draw(st.lists(zones(party_ids[0]), max_size=1))),
        deadlines=tuple(
            terms.AcknowledgementDeadline(
                alert_kind=kind, severity=severity, within_s=draw(durations_s), ladder_id=draw(any_ladder)
            )
            for kind, severity in draw(
                st.lists(st.sampled_from(list(product(AlertKind, Severity))), max_size=2, unique=True)
            )
        ),
        message_deadlines=tuple(
            terms.MessageDeadline(
                message=kind,
                urgency=urgency,
                acknowledge_s=draw(durations_s),
                relay_s=draw(st.none() | st.floats(3_000, 80_000)) if kind in RELAYED else None,
                respond_s=draw(st.none() | st.floats(3_000, 80_000)) if kind in ANSWERED else None,
                ladder_id=draw(any_ladder),
            )
            for kind, urgency in draw(
                st.lists(st.sampled_from(sorted(product(RELAYED | ANSWERED, Urgency))), max_size=3, unique=True)
            )
        ),
        ladders=tuple(draw(ladders(ladder_id, functions)) for ladder_id in ladder_ids),
        line_checks=terms.LineCheckSchedule(every_s=every_s, answer_within_s=every_s, series=draw(st.integers(2, 100))),
        notice_times=tuple(
            terms.NoticeTime(subject=subject, before_s=draw(st.floats(0, 90_000)), valid_s=draw(st.floats(90_000, 1e6)))
            for subject in draw(st.lists(st.sampled_from(NoticeSubject), max_size=2, unique=True))
        ),
        precedence=tuple(draw(precedence(party_ids))),
        places=tuple(
            KnownPlace(name=name, position=Position(latitude_deg=draw(latitudes), longitude_deg=draw(longitudes)))
            for name in draw(distinct(names, 0, 3))
        ),
        identification=draw(identification()),
        disclosure=tuple(
            terms.DisclosureDefault(subject=subject, disclosure=draw(st.sampled_from(Disclosure)))
            for subject in draw(st.lists(st.sampled_from(NoticeSubject), max_size=2, unique=True))
        ),
        fallbacks=tuple(
            terms.LineFallback(condition=condition, measure=draw(names))
            for condition in draw(st.lists(st.sampled_from(LineCondition), max_size=2, unique=True))
        ),
    )


@st.composite
def identification(draw: st.DrawFn) -> terms.IdentificationTerms:
    immediate_s, urgent_s, lookahead_s = sorted(draw(st.lists(durations_s, min_size=3, max_size=3)))
    return terms.IdentificationTerms(
        lookahead_s=lookahead_s,
        urgent_within_s=urgent_s,
        immediate_within_s=immediate_s,
        automatic=draw(st.booleans()),
        repeat_after_s=draw(durations_s),
    )


@st.composite
def precedence(draw: st.DrawFn, party_ids: list[str]) -> list[PrecedenceRule]:
    general = [PrecedenceRule(by=by) for by in PrecedenceBy if by is not PrecedenceBy.PARTY]
    # In one order of the parties, so that no rules go round in a circle.
    order = draw(st.permutations(party_ids))
    between = [PrecedenceRule(by=PrecedenceBy.PARTY, first=one, before=other) for one, other in combinations(order, 2)]
    return draw(st.lists(st.sampled_from([*general, *between]), max_size=6, unique=True))


@st.composite
def zones(draw: st.DrawFn, party: str) -> Zone:
    lower_m, from_s = draw(st.floats(0, 10_000, allow_subnormal=False)), draw(times_s)
    return Zone(
        zone_id=draw(identifiers),
        name=draw(names),
        party=party,
        footprint=draw(local_footprints()),
        lower_m=lower_m,
        upper_m=lower_m + draw(st.floats(1, 1_000)),
        altitude_datum=draw(st.sampled_from(AltitudeDatum)),
        from_s=from_s,
        until_s=from_s + 60,
        dwell_s=draw(durations_s),
    )
