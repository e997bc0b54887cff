"""Minima by pair of kinds and by area, worked by hand: what holds, what is said, what happens at the edge."""

import msgspec
import pytest

from steerclear.model.agreement import AreaOfAuthority, FleetRule, PairMinima, SeparationMinima
from steerclear.model.alert import AlertChange, AlertKind, Severity
from steerclear.model.track import AltitudeDatum, Identity
from steerclear.model.vocabulary import AircraftKind
from steerclear.model.zone import Circle, Polygon
from steerclear.tactical import Picture, PictureError, Terms
from steerclear.tactical.parties import Fleets
from steerclear.tactical.table import CREWED, EITHER, UNCREWED
from tests.tactical.scenes import EAST_M_PER_DEG, START_S, flight, fly, of_kind, party, report, story

C, U = AircraftKind.CREWED, AircraftKind.UNCREWED
DRONES, HELICOPTERS = (11, 12, 13), (21, 22)
NORTH = msgspec.structs.replace(
    party("north", *HELICOPTERS), uncrewed=FleetRule(icao_addresses=frozenset(DRONES), remote_id_prefixes=("NUAV",))
)


def minima(horizontal_m, vertical_m=100.0, lookahead_s=60.0) -> SeparationMinima:
    return SeparationMinima(horizontal_m=horizontal_m, vertical_m=vertical_m, lookahead_s=lookahead_s)


def rule(kinds, horizontal_m, area_id=None, **others) -> PairMinima:
    return PairMinima(kinds=kinds, area_id=area_id, minima=minima(horizontal_m, **others))


def area(area_id="valley", radius_m=5_000.0, **changes) -> AreaOfAuthority:
    fields = {
        "name": area_id.title(),
        "claimed_by": ("north",),
        "footprint": Circle(latitude_deg=45.0, longitude_deg=10.0, radius_m=radius_m),
        "lower_m": 0.0,
        "upper_m": 20_000.0,
        "altitude_datum": AltitudeDatum.PRESSURE_STANDARD,
        "from_s": 0.0,
        "until_s": 1e12,
    } | changes
    return AreaOfAuthority(area_id=area_id, **fields)


def terms(*rules, areas=(), **own) -> Terms:
    general = {"horizontal_m": 3_000.0, "vertical_m": 250.0, "lookahead_s": 120.0} | own
    return Terms(parties=(NORTH,), pair_minima=rules, areas=areas, **general)


def told(picture_terms, *flights, times=range(3)):
    return of_kind(fly(Picture(picture_terms), flights, times), AlertKind.SEPARATION)


def minimum_of(events):
    return events[-1].numbers.minimum_horizontal_m, events[-1].numbers.minimum_vertical_m


@pytest.mark.requirement("SC-TAC-23")
@pytest.mark.parametrize(
    ("identity", "kinds"),
    [
        ({"icao_address": 21}, CREWED),
        ({"icao_address": 11}, UNCREWED),
        ({"remote_id": "NUAV7"}, UNCREWED),
        ({"icao_address": 21, "remote_id": "NUAV7"}, EITHER),
        ({"icao_address": 999}, CREWED),
        ({"remote_id": "X1"}, UNCREWED),
        ({"icao_address": 999, "remote_id": "X1"}, EITHER),
        ({"callsign": "WHO1"}, EITHER),
        ({}, EITHER),
    ],
)
def test_the_kind_of_an_aircraft(identity, kinds):
    assert Fleets((NORTH,)).belongs(Identity(**identity))[1] == kinds


@pytest.mark.requirement("SC-TAC-23")
def test_an_uncrewed_aircraft_belongs_to_its_party_and_rules_that_tie_leave_the_kind_open():
    fleets = Fleets((NORTH,))
    assert fleets.name(fleets.belongs(Identity(icao_address=11))[0]) == "north"
    prefix = msgspec.structs.replace(
        party("north", prefixes=("NOR",)), uncrewed=FleetRule(callsign_prefixes=("NORUAV",))
    )
    assert Fleets((prefix,)).belongs(Identity(callsign="NOR1"))[1] == CREWED
    assert Fleets((prefix,)).belongs(Identity(callsign="NORUAV1"))[1] == UNCREWED
    south = msgspec.structs.replace(party("south"), uncrewed=FleetRule(callsign_prefixes=("NOR",)))
    both = Fleets((prefix, south))
    assert both.belongs(Identity(callsign="NOR1")) == (-1, EITHER)
    same = msgspec.structs.replace(prefix, uncrewed=FleetRule(callsign_prefixes=("NOR",)))
    assert Fleets((same,)).belongs(Identity(callsign="NOR1")) == (0, EITHER)


RULES = (rule((U, U), 300.0), rule((U, C), 1_000.0))


@pytest.mark.requirement("SC-TAC-24")
@pytest.mark.parametrize(
    ("first", "second", "minimum_m"),
    [(11, 12, 300.0), (11, 21, 1_000.0), (21, 11, 1_000.0), (21, 22, 3_000.0), (11, 999, 1_000.0)],
)
def test_each_pair_of_kinds_has_its_own_minima(first, second, minimum_m):
    near = told(terms(*RULES), flight(first), flight(second, east_m=minimum_m - 5.0))
    assert story(near) == [("raised", "BREACH")]
    assert near[0].numbers.minimum_horizontal_m == minimum_m
    assert told(terms(*RULES), flight(first), flight(second, east_m=minimum_m + 5.0)) == []


@pytest.mark.requirement("SC-TAC-24")
def test_where_the_kind_is_open_each_figure_is_the_largest():
    rules = (rule((U, U), 300.0, vertical_m=400.0), rule((U, C), 1_000.0), rule((C, C), 500.0))
    nobody = flight(None, source_track="T1", callsign=None, altitude_m=10_390.0)
    events = told(terms(*rules), flight(11), lambda t: msgspec.structs.replace(nobody(t), icao_address=None))
    assert minimum_of(events) == (1_000.0, 400.0)
    assert "minima 0.5 NM and 1,310 ft, the largest of several that may hold" in events[-1].reason


@pytest.mark.requirement("SC-TAC-24")
def test_the_lookahead_and_the_severities_are_the_pairs_own():
    rules = (rule((U, U), 300.0, lookahead_s=20.0),)
    first, second = flight(11, east_m=-1_500.0, east_mps=25.0), flight(12, east_m=1_500.0, east_mps=-25.0)
    events = told(terms(*rules), first, second, times=range(60))
    assert [event.severity for event in events] == [
        Severity.ADVISORY, Severity.CAUTION, Severity.WARNING, Severity.BREACH
    ]  # fmt: skip
    assert events[0].numbers.time_to_loss_s == pytest.approx(19.0, abs=1.5)
    assert events[1].numbers.time_to_loss_s == pytest.approx(8.0, abs=1.0)
    longer = (rule((U, U), 300.0, lookahead_s=50.0),)
    early = told(terms(*longer, lookahead_s=10.0), first, second, times=range(8))
    assert early[0].numbers.time_to_loss_s == pytest.approx(49.0, abs=1.5), "longer than the general one"


DRONE_AREA = area()
CLOSE = rule((U, U), 50.0, "valley", vertical_m=30.0)


@pytest.mark.requirement("SC-TAC-25")
def test_drones_work_at_fifty_metres_inside_the_area_and_nowhere_else():
    inside = terms(*RULES, CLOSE, areas=(DRONE_AREA,))
    assert told(inside, flight(11), flight(12, east_m=60.0)) == []
    events = told(inside, flight(11), flight(12, east_m=45.0))
    assert minimum_of(events) == (50.0, 30.0)
    assert "minima 50 m and 100 ft between uncrewed and uncrewed aircraft in Valley" in events[0].reason
    claimed = terms(CLOSE, areas=(area(claimed_by=("north", "south")),))
    assert "in Valley (disputed: north, south)" in told(claimed, flight(11), flight(12, east_m=45.0))[0].reason
    outside = told(inside, flight(11, north_m=6_000.0), flight(12, north_m=6_000.0, east_m=60.0))
    assert minimum_of(outside) == (300.0, 100.0)
    one_out = told(inside, flight(11, north_m=4_980.0), flight(12, north_m=5_030.0))
    assert minimum_of(one_out) == (300.0, 100.0)
    helicopter = told(inside, flight(11), flight(21, east_m=900.0))
    assert minimum_of(helicopter) == (1_000.0, 100.0)


@pytest.mark.requirement("SC-TAC-25")
def test_a_larger_minimum_holds_as_soon_as_one_of_them_is_inside():
    wide = terms(*RULES, rule((C, U), 2_000.0, "valley"), areas=(DRONE_AREA,))
    drone, helicopter = flight(11, north_m=4_900.0), flight(21, north_m=6_700.0)
    assert minimum_of(told(wide, drone, helicopter)) == (2_000.0, 100.0)
    assert told(wide, flight(11, north_m=5_100.0), helicopter) == []


@pytest.mark.requirement("SC-TAC-25")
@pytest.mark.parametrize(
    "changes",
    [
        {"until_s": START_S - 1.0},
        {"from_s": START_S + 1_000.0},
        {"upper_m": 9_990.0},
        {"lower_m": 10_010.0},
        {"altitude_datum": AltitudeDatum.ELLIPSOID, "lower_m": 9_500.0, "upper_m": 10_900.0},
    ],
)
def test_the_smaller_minima_of_an_area_hold_only_at_its_time_and_surely_at_its_heights(changes):
    events = told(terms(*RULES, CLOSE, areas=(area(**changes),)), flight(11), flight(12, east_m=60.0))
    assert minimum_of(events) == (300.0, 100.0)


@pytest.mark.requirement("SC-TAC-25")
def test_the_edge_of_an_area_is_where_it_should_be():
    # The edge at 5,000 m is in doubt by 1.5 m to both sides: there the larger minima hold.
    picture_terms = terms(*RULES, CLOSE, areas=(DRONE_AREA,))
    for north_m, minimum in ((4_990.0, None), (4_999.5, 300.0), (5_000.5, 300.0), (5_010.0, 300.0)):
        events = told(picture_terms, flight(11, north_m=north_m), flight(12, north_m=north_m, east_m=60.0))
        assert (events[-1].numbers.minimum_horizontal_m if events else None) == minimum, north_m


@pytest.mark.requirement("SC-TAC-25")
@pytest.mark.parametrize("longitude_deg", [180.0, -180.0, 10.0])
def test_an_area_across_the_antimeridian(longitude_deg):
    half = 0.05

    def at(east_deg):
        return (longitude_deg + east_deg + 180.0) % 360.0 - 180.0

    corners = ((44.95, at(-half)), (44.95, at(half)), (45.05, at(half)), (45.05, at(-half)))
    places = (area(footprint=Polygon(vertices_deg=corners)),)
    step_deg = 30.0 / EAST_M_PER_DEG

    def pair(around_deg):
        return [
            report(11, longitude_deg=at(around_deg - step_deg)),
            report(12, longitude_deg=at(around_deg + step_deg)),
        ]

    picture_terms = terms(*RULES, CLOSE, areas=places)
    assert Picture(picture_terms).advance(pair(0.0), START_S) == ()
    assert Picture(picture_terms).advance(pair(half - 0.002), START_S) == ()
    (event,) = Picture(picture_terms).advance(pair(half + 0.002), START_S)
    assert event.numbers.minimum_horizontal_m == 300.0
    assert event.severity is Severity.BREACH


@pytest.mark.requirement("SC-TAC-25")
def test_a_pair_on_its_way_out_of_an_area_is_told_of_the_minima_it_will_need():
    picture_terms = terms(*RULES, CLOSE, areas=(DRONE_AREA,))
    # The first one is out, and 300 m hold, when 4,000 m are flown: in 40 s.
    first, second = (
        flight(icao, north_m=1_000.0, east_m=east_m, north_mps=100.0) for icao, east_m in ((11, 0), (12, 60))
    )
    events = told(picture_terms, first, second, times=range(60))
    assert events[0].change is AlertChange.RAISED
    assert events[0].numbers.time_to_loss_s == pytest.approx(39.5, abs=1.5)
    assert events[0].numbers.minimum_horizontal_m == 300.0
    assert events[-1].severity is Severity.BREACH
    assert events[-1].time_s - START_S == pytest.approx(40.0, abs=1.0)


def zigzag(icao, east_m, period_s):
    """Back and forth across the northern edge of the area, 40 m to both sides."""

    def at(time_s):
        north_m = 5_000.0 + (40.0 if int(time_s) // period_s % 2 else -40.0)
        return flight(icao, north_m=north_m, east_m=east_m)(time_s)

    return at


@pytest.mark.requirement("SC-TAC-26")
@pytest.mark.parametrize("period_s", [1, 2, 5, 9, 14])
def test_an_alert_goes_on_while_the_pair_crosses_the_edge_of_an_area_again_and_again(period_s):
    picture_terms = terms(*RULES, CLOSE, areas=(DRONE_AREA,))
    flights = zigzag(11, 0.0, period_s), zigzag(12, 60.0, period_s)
    events = told(picture_terms, *flights, times=range(300))
    assert story(events) == [("raised", "BREACH")]


@pytest.mark.requirement("SC-TAC-26")
def test_one_alert_lives_through_the_areas_that_its_pair_flies_through():
    # Outside 1,000 m between drone and helicopter; in the area 2,500 m. They are 1,500 m apart and fly through it.
    picture_terms = terms(*RULES, rule((C, U), 2_500.0, "valley"), areas=(area(radius_m=2_000.0),))
    pair = flight(11, north_m=-6_000.0, north_mps=50.0), flight(21, north_m=-6_000.0, east_m=1_500.0, north_mps=50.0)
    events = told(picture_terms, *pair, times=range(300))
    assert [change for change, _ in story(events)] == ["raised", "escalated", "escalated", "escalated", "cleared"]
    assert len({event.alert_id for event in events}) == 1
    assert {event.numbers.minimum_horizontal_m for event in events[:-1]} == {2_500.0}
    assert events[-1].numbers.minimum_horizontal_m == 1_000.0, "what holds where it was seen to be over"
    assert "separated" in events[-1].reason


def test_a_rule_for_an_area_that_is_not_there_is_refused():
    with pytest.raises(PictureError, match="minima in area 'valley': there is no such area"):
        terms(CLOSE)
    with pytest.raises(PictureError, match=r"pair_minima lookahead_s is 0\.0"):
        terms(rule((C, C), 300.0, lookahead_s=0.0))
    with pytest.raises(PictureError, match="area 'valley': radius_m"):
        Picture(terms(CLOSE, areas=(area(radius_m=1e7),)))
