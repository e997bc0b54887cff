"""Places that both sides know by name: every finding is read back from one, and an amendment says whom it concerns."""

from __future__ import annotations

import contextlib
import http.client
import json
import logging
import math

import msgspec
import pytest

from steerclear.model.agreement import Agreement, AreaOfAuthority
from steerclear.model.declared import Known, StatedPlace
from steerclear.model.known_place import KnownPlace
from steerclear.model.limits import MAX_PLACES
from steerclear.model.plan_check import FindingKind
from steerclear.model.track import AltitudeDatum
from steerclear.model.vocabulary import Disclosure
from steerclear.model.volumes import PolygonArea, Position
from steerclear.model.zone import Circle, Polygon, Zone
from steerclear.services.affected_plans import (
    AFFECTED,
    MAX_AFFECTED_TOLD,
    PlanAffected,
    affected_events,
    affected_plans,
)
from steerclear.services.check_plan import check_item, check_offline, resolve_offline
from steerclear.services.known_places import known_places, middle_of
from steerclear.services.plan_neighbours import as_declared, declared_of
from steerclear.store.entries import Append, check_append
from steerclear.strategic.words import finding_text
from tests.interfaces.local_api.served import READER, make_app, serving
from tests.services.parties import START_S, make_agreement, settle
from tests.services.plans import circle, flight, here, name, tell, theirs, two_nodes
from tests.services.test_amendments import CHANGE_S, node

AIRFIELD = KnownPlace(name="airfield", position=here(-0.05, -0.05))
FAR = KnownPlace(name="far", position=here(1.0))
replace = msgspec.structs.replace


def agreed(**changes: object) -> Agreement:
    return replace(make_agreement(), **changes)


def area(area_id: str, *claimed_by: str, north_deg: float = 0.0, title: str = "Valley") -> AreaOfAuthority:
    middle = here(north_deg)
    return AreaOfAuthority(
        area_id=area_id,
        name=title,
        claimed_by=claimed_by,
        footprint=Circle(latitude_deg=middle.latitude_deg, longitude_deg=middle.longitude_deg, radius_m=20_000.0),
        lower_m=0.0,
        upper_m=9_000.0,
        altitude_datum=AltitudeDatum.ELLIPSOID,
        from_s=START_S - 1e6,
        until_s=START_S + 1e7,
    )


def ours_and_theirs():
    return flight(1, party="north"), flight(2, volumes=(circle(),), party="south")


@pytest.mark.requirement("SC-CHK-21")
def test_every_finding_with_a_place_is_read_back_from_the_nearest_that_is_agreed() -> None:
    mine, other = ours_and_theirs()
    terms = agreed(places=(FAR, AIRFIELD), areas=(area("valley", "south"),))
    found = check_offline(terms, mine, [other], START_S).findings
    placed = [one.finding for one in found if one.finding.where is not None]
    assert {one.kind for one in placed} >= {FindingKind.FLIGHT, FindingKind.AUTHORITY}
    for one in placed:
        assert one.near is not None
        assert one.near.place == "airfield"
        # Another way: a flat Earth does for some kilometres.
        north_m = (one.where.latitude_deg - AIRFIELD.position.latitude_deg) * 111_170.0
        east_m = (one.where.longitude_deg - AIRFIELD.position.longitude_deg) * 111_320.0 * math.cos(math.radians(46.5))
        assert one.near.distance_m == pytest.approx(math.hypot(north_m, east_m), rel=0.01)
        assert one.near.bearing_deg == pytest.approx(math.degrees(math.atan2(east_m, north_m)) % 360.0, abs=0.5)
        assert " north" in finding_text(one)
        assert " of airfield" in finding_text(one)


@pytest.mark.requirement("SC-CHK-21")
def test_where_no_place_is_agreed_the_middles_of_areas_and_zones_are() -> None:
    corners = ((46.0, 7.0), (46.0, 7.5), (46.0, 8.0), (47.0, 8.0), (47.0, 7.0))
    zone = Zone(
        zone_id="z", name="Range", party="north", footprint=Polygon(vertices_deg=corners), lower_m=0.0, upper_m=1_000.0,
        altitude_datum=AltitudeDatum.ELLIPSOID, from_s=0.0, until_s=1.0, dwell_s=0.0,
    )  # fmt: skip
    twice = [area("one", "north", title="Lake"), area("two", "north", north_deg=1.0, title="lake")]
    found = known_places(agreed(areas=(area("valley", "south"), *twice), zones=(zone,)))
    assert [place.name for place in found] == ["the middle of Valley", "the middle of Range"]
    assert found[0].position == here()
    assert found[1].position.latitude_deg == pytest.approx(46.5, abs=0.02)
    assert found[1].position.longitude_deg == pytest.approx(7.5, abs=0.02)
    assert known_places(agreed(areas=tuple(twice), places=(FAR,))) == (FAR,)
    assert known_places(agreed()) == ()
    many = tuple(replace(zone, zone_id=f"z{number}", name=f"Range {number}") for number in range(MAX_PLACES + 5))
    assert len(known_places(agreed(zones=many))) == MAX_PLACES


@pytest.mark.requirement("SC-CHK-21")
def test_the_middle_of_an_outline_over_the_date_line_is_there() -> None:
    corners = [(10.0, 179.0), (10.0, -179.0), (11.0, -179.0), (11.0, 179.0)]
    vertices = tuple(Position(latitude_deg=north, longitude_deg=east) for north, east in corners)
    middle = middle_of(PolygonArea(vertices=vertices))
    assert abs(middle.longitude_deg) == pytest.approx(180.0, abs=1e-6)
    assert middle.latitude_deg == pytest.approx(10.5, abs=0.01)


@pytest.mark.requirement("SC-CHK-22")
def test_words_that_do_not_fit_the_coordinates_stand_against_a_plan() -> None:
    mine, _ = ours_and_theirs()
    terms = agreed(places=(AIRFIELD,))
    right = StatedPlace(position=here(), place="Airfield", distance_m=6_700.0, bearing_deg=35.0)
    assert check_offline(terms, mine, [], START_S, [right]).clear
    wrong = [replace(right, distance_m=distance_m) for distance_m in (9_000.0, 15_000.0)]
    checked = check_offline(terms, mine, [], START_S, wrong)
    found = checked.findings
    assert [one.finding.kind for one in found] == [FindingKind.PLACE_MISMATCH] * 2
    assert len({one.finding_id for one in found}) == 2, "who has read the one has not read the other"
    assert not checked.clear
    assert not any(one.check.clear for one in resolve_offline(terms, mine, [], START_S, wrong).options)
    unknown = check_offline(terms, mine, [], START_S, [replace(right, place="harbour")]).findings
    assert [one.finding.kind for one in unknown] == [FindingKind.PLACE_UNKNOWN]
    assert unknown[0].finding.near.place == "airfield"


@pytest.mark.requirement("SC-CHK-23")
def test_an_amendment_says_which_plans_come_under_whose_control() -> None:
    mine, other = ours_and_theirs()
    old = agreed(areas=(area("valley", "north"),))
    new = agreed(version=2, areas=(area("valley", "south"),), in_force_from_s=START_S + 9_000.0, places=(AIRFIELD,))
    plans = [as_declared(mine), as_declared(other)]
    found = affected_plans(old, new, plans)
    assert [one.item_id for one in found] == [name(1), name(2)]
    assert "north until now, south under version 2" in found[0].findings[0].said
    assert found[0].findings[0].near.place == "airfield"
    assert affected_plans(old, replace(new, areas=old.areas), plans) == ()
    over = replace(new, in_force_from_s=START_S + 3.5 * 3_600.0)
    assert affected_plans(old, over, plans) == (), "what is over by then is no matter"


@pytest.mark.requirement("SC-CHK-23")
@pytest.mark.requirement("SC-PLR-12")
def test_a_node_says_once_which_plans_an_amendment_concerns_when_it_comes_into_force(
    caplog: pytest.LogCaptureFixture,
) -> None:
    first = agreed(areas=(area("valley", "north"),), line_checks=replace(make_agreement().line_checks, every_s=1e6))
    second = replace(
        first, version=2, amends=b"\1" * 32, in_force_from_s=CHANGE_S, areas=(area("valley", "north", "south"),)
    )
    north, south = node("north", [first, second]), node("south", [first, second])
    assert tell(north, flight(1)).declared
    settle(north, south)
    with caplog.at_level(logging.WARNING, "steerclear.agreement"):
        for one in (north, south):
            one.timekeeper.tick()
        assert not [record for record in caplog.records if record.name == "steerclear.agreement"]
        north.clock.time_s = south.clock.time_s = CHANGE_S + 1.0
        for _ in range(3):
            for one in (north, south):
                one.timekeeper.tick()
    said = [record.detail for record in caplog.records if record.name == "steerclear.agreement"]
    assert len(said) == 2, "each side once"
    assert all(name(1) in one and "disputed between north and south under version 2" in one for one in said)
    for one in (north, south):
        [told] = [row for row in one.store.journal(0, 1_000) if row.kind == AFFECTED]
        event = msgspec.json.decode(told.payload, type=PlanAffected)
        assert (event.version, event.plan.item_id, event.plan.party, event.left_out) == (2, name(1), "north", 0)
        assert "disputed" in event.plan.findings[0].said
    # The same over the local API, for who follows it.
    with (
        serving(make_app(south)) as address,
        contextlib.closing(http.client.HTTPConnection(address, timeout=20)) as connection,
    ):
        connection.request("GET", "/api/v1/journal?limit=1000", headers={"Authorization": f"Bearer {READER}"})
        rows = json.loads(connection.getresponse().read())["items"]
    assert [row["event"]["plan"]["item_id"] for row in rows if row["kind"] == "plan.affected"] == [name(1)]


@pytest.mark.requirement("SC-PLR-12")
def test_of_very_many_plans_that_an_amendment_concerns_the_number_of_the_others_is_told() -> None:
    mine, _ = ours_and_theirs()
    new = agreed(version=2, areas=(area("valley", "south"),))
    one = affected_plans(agreed(areas=(area("valley", "north"),)), new, [as_declared(mine)])
    events = affected_events(new, one * (MAX_AFFECTED_TOLD + 7), START_S)
    left_out = [msgspec.json.decode(event.payload, type=PlanAffected).left_out for event in events]
    assert left_out == [0] * (MAX_AFFECTED_TOLD - 1) + [7]


@pytest.mark.requirement("SC-PLR-12")
def test_what_a_peer_has_declared_keeps_no_amendment_from_being_said() -> None:
    """A flight of many parts through several areas fills kilobytes; a thousand of them go into no append."""
    many_parts = flight(1, volumes=tuple(circle(number * 1e-4, 100.0) for number in range(40)))
    names = ("valley", "pass", "plain")
    old = agreed(areas=tuple(area(name_, "north") for name_ in names))
    new = agreed(version=2, areas=tuple(area(name_, "south") for name_ in names))
    one = affected_plans(old, new, [as_declared(many_parts)])
    events = affected_events(new, one * MAX_AFFECTED_TOLD, START_S)
    check_append(Append(key="in-force", events=tuple(events)))
    told = [msgspec.json.decode(event.payload, type=PlanAffected) for event in events]
    assert 100 < len(told) < MAX_AFFECTED_TOLD
    assert [event.left_out for event in told] == [0] * (len(told) - 1) + [MAX_AFFECTED_TOLD - len(told)]


@pytest.mark.requirement("SC-CHK-25")
def test_what_is_sealed_is_unseen_in_its_own_time_only() -> None:
    north, south = two_nodes()
    tell(south, flight(1), disclosure=Disclosure.SEALED)
    settle(north, south)
    sealed = declared_of(theirs(north, 1, "south"), reachable=True)
    assert sealed.known is Known.SEALED
    assert (sealed.from_s, sealed.until_s) == (START_S + 2 * 3_600.0, START_S + 3 * 3_600.0)
    shown = {at_h: check_item(north.exchange, flight(2, volumes=(circle(0.5, 100.0, at_h, at_h + 0.5),)))[0].unseen
             for at_h in (1.0, 1.5, 2.5, 3.0, 3.5)}  # fmt: skip
    assert shown == {1.0: 0, 1.5: 1, 2.5: 1, 3.0: 1, 3.5: 0}
    north.close()
    south.close()
