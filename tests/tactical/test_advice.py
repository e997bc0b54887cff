"""Advice from the picture: predicted losses, free bands, and the smallest manoeuvre that clears all of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.model.advice import ManoeuvreKind
from steerclear.model.agreement import AreaOfAuthority, PairMinima, SeparationMinima
from steerclear.model.alert import AlertKind
from steerclear.model.track import AltitudeDatum, Identity, Track, TrackAge
from steerclear.model.vocabulary import AircraftKind
from steerclear.model.zone import Circle, Polygon, Zone
from steerclear.tactical import Picture, Terms
from steerclear.tactical.advice import AdviceError, advise
from tests.tactical.scenes import FOOT_M, START_S, flight, fly, of_kind, party

OWN = flight(1, north_mps=200.0)
HEAD_ON = flight(2, north_m=40_000.0, north_mps=-200.0)


def seen(*flights, terms=None, seconds=4, own=1):
    """The advice for one aircraft after a few seconds of these flights, and the picture."""
    picture = Picture(terms or Terms())
    fly(picture, flights, range(seconds))
    return advice_of(picture, own), picture


def advice_of(picture, own=1, **changes):
    tracks = picture.tracks()
    (mine,) = [track for track in tracks if track.identity.icao_address == own]
    return advise(mine, tracks, picture.terms, picture.now_s, **changes)


def of(advice, kind):
    (row,) = [row for row in advice.bands if row.kind == kind]
    return row


def proposed(advice, kind):
    return {one.change > 0.0: one for one in advice.manoeuvres if one.kind == kind}


def is_free(row, value):
    return any(span.low <= value <= span.high for span in row.free)


@pytest.mark.requirement("SC-ADV-05")
def test_head_on_the_loss_is_told_and_each_way_out_of_it():
    advice, picture = seen(OWN, HEAD_ON)
    (loss,) = advice.losses
    assert loss.label == "FLY2"
    assert loss.horizontal_m < 100.0
    assert loss.in_s == pytest.approx(97.0, abs=2.0)
    assert of_kind(picture.open_alerts(), AlertKind.SEPARATION)
    turns = proposed(advice, ManoeuvreKind.HEADING)
    assert turns[True].change == pytest.approx(-turns[False].change, abs=1.0)
    assert turns[True].words.startswith("turn right to ")
    levels = proposed(advice, ManoeuvreKind.LEVEL)
    assert 259.0 < levels[True].change < 259.0 + 200.0 * FOOT_M
    assert levels[True].words.startswith("climb to FL3")
    assert not of(advice, ManoeuvreKind.SPEED).free
    assert [one.effort for one in advice.manoeuvres] == sorted(one.effort for one in advice.manoeuvres)
    for one in advice.manoeuvres:
        assert not any(near.loss for near in one.closest)
        near = one.closest[0]
        assert near.horizontal_m >= near.minimum_horizontal_m or near.vertical_m >= near.minimum_vertical_m


@pytest.mark.requirement("SC-ADV-05")
def test_what_is_proposed_is_free_in_the_picture_that_follows():
    """The other way round: the aircraft flies what was proposed, and no loss of separation ever comes about."""
    advice, _ = seen(OWN, HEAD_ON)
    for one in advice.manoeuvres:
        picture = Picture(Terms())
        own = np.zeros(3)
        for t in range(200):
            velocity = np.array([0.0, 200.0, 0.0])
            if one.kind == ManoeuvreKind.HEADING:
                turned = min(advice.performance.turn_deg_s * max(t - 3, 0), abs(one.change)) * np.sign(one.change)
                velocity[:2] = 200.0 * np.sin(np.radians(turned)), 200.0 * np.cos(np.radians(turned))
            elif one.kind == ManoeuvreKind.LEVEL:
                climbing = abs(own[2]) < abs(one.change) and t >= 3
                velocity[2] = advice.performance.climb_mps * np.sign(one.change) if climbing else 0.0
            else:
                velocity[2] = one.target if t >= 3 else 0.0
            mine = flight(
                1, east_m=own[0], north_m=own[1], altitude_m=10_000.0 + own[2],
                **dict(zip(("east_mps", "north_mps", "up_mps"), velocity.tolist(), strict=True)),
            )  # fmt: skip
            here = mine(0.0)
            report = type(here)(**{name: getattr(here, name) for name in here.__struct_fields__} | {
                "time_s": START_S + t, "receipt_time_s": START_S + t})  # fmt: skip
            events = picture.advance([report, HEAD_ON(float(t))], START_S + t)
            assert not [event for event in events if event.severity.name == "BREACH"], one.words
            own += velocity


def test_nothing_is_proposed_where_nothing_is_wrong():
    advice, _ = seen(OWN, flight(2, east_m=30_000.0, north_mps=200.0))
    assert advice.losses == ()
    assert advice.manoeuvres == ()
    assert advice.compared == 1
    heading = of(advice, ManoeuvreKind.HEADING)
    assert is_free(heading, 0.5)
    assert not is_free(heading, 30.0)


def test_alone_in_the_sky_all_is_free():
    advice, _ = seen(OWN)
    assert advice.compared == 0
    for row in advice.bands:
        assert [(span.low, span.high) for span in row.free] == [
            (pytest.approx(row.low, abs=1e-6), pytest.approx(row.high, abs=1e-6))
        ]
    assert advice.lookahead_s == Terms().farthest_lookahead_s, "for so long it was asked who comes within reach"


def test_overtaking_is_solved_by_slowing_down():
    slower = flight(2, north_m=13_000.0, north_mps=170.0)
    advice, _ = seen(OWN, slower)
    assert advice.losses
    slow = proposed(advice, ManoeuvreKind.SPEED)[False]
    assert slow.words.startswith("slow down to ")
    assert 165.0 < slow.target < 190.0


def test_the_minima_of_the_pair_count():
    """Drones of two parties: 600 m between uncrewed aircraft instead of 5 NM."""
    drones = PairMinima(
        kinds=(AircraftKind.UNCREWED, AircraftKind.UNCREWED),
        minima=SeparationMinima(horizontal_m=600.0, vertical_m=75.0, lookahead_s=60.0),
        area_id=None,
    )
    terms = Terms(pair_minima=(drones,))
    mine = flight(None, remote_id="DRONE1", altitude_m=150.0, north_mps=15.0)
    near = flight(None, remote_id="DRONE2", altitude_m=150.0, north_m=1_500.0, north_mps=-15.0)
    crewed = flight(7, altitude_m=150.0, north_m=8_000.0, east_m=3_000.0)
    picture = Picture(terms)
    fly(picture, (mine, near), range(4))
    tracks = picture.tracks()
    (own,) = [track for track in tracks if track.identity.remote_id == "DRONE1"]
    advice = advise(own, tracks, terms, picture.now_s)
    assert [loss.minimum_horizontal_m for loss in advice.losses] == [600.0]
    assert advice.lookahead_s == 60.0
    assert advice.manoeuvres
    fly(picture, (mine, near, crewed), range(4, 8))
    tracks = picture.tracks()
    (own,) = [track for track in tracks if track.identity.remote_id == "DRONE1"]
    advice = advise(own, tracks, terms, picture.now_s)
    assert {loss.minimum_horizontal_m for loss in advice.losses} == {600.0, 9_260.0}


def test_a_rule_of_an_area_within_reach_counts_and_one_far_away_does_not():
    def area(latitude_deg):
        return AreaOfAuthority(
            area_id="tma", name="TMA", claimed_by=(), footprint=Circle(
                latitude_deg=latitude_deg, longitude_deg=10.0, radius_m=20_000.0),
            lower_m=0.0, upper_m=20_000.0, altitude_datum=AltitudeDatum.PRESSURE_STANDARD,
            from_s=0.0, until_s=4e9,
        )  # fmt: skip

    rule = PairMinima(
        kinds=(AircraftKind.CREWED, AircraftKind.CREWED),
        minima=SeparationMinima(horizontal_m=15_000.0, vertical_m=300.0, lookahead_s=300.0),
        area_id="tma",
    )
    for latitude_deg, minimum_m in ((45.2, 15_000.0), (20.0, 9_260.0)):
        advice, _ = seen(OWN, HEAD_ON, terms=Terms(pair_minima=(rule,), areas=(area(latitude_deg),)))
        assert advice.losses[0].minimum_horizontal_m == minimum_m


def zone(owner, footprint, **changes):
    fields = {
        "zone_id": "ROZ1", "name": "ROZ", "party": owner, "footprint": footprint, "lower_m": 0.0, "upper_m": 20_000.0,
        "altitude_datum": AltitudeDatum.PRESSURE_STANDARD, "from_s": 0.0, "until_s": 4e9,
    } | changes  # fmt: skip
    return Zone(**fields)


SQUARE = Polygon(vertices_deg=((45.2, 9.9), (45.2, 10.1), (45.4, 10.1), (45.4, 9.9)))


@pytest.mark.requirement("SC-ADV-04")
@pytest.mark.parametrize(
    "footprint", [SQUARE, Circle(latitude_deg=45.3, longitude_deg=10.0, radius_m=10_000.0)], ids=["polygon", "circle"]
)
def test_zones_of_others_are_kept_clear_of_and_own_zones_are_not(footprint):
    parties = (party("north", 1), party("south", 2))
    advice, _ = seen(OWN, terms=Terms(parties=parties, zones=(zone("south", footprint),)))
    assert advice.areas == ("ROZ1",)
    turns = proposed(advice, ManoeuvreKind.HEADING)
    assert all(10.0 < abs(one.change) < 45.0 for one in turns.values())
    assert len(turns) == 2
    mine, _ = seen(OWN, terms=Terms(parties=parties, zones=(zone("north", footprint),)))
    assert mine.areas == ()
    later, _ = seen(OWN, terms=Terms(parties=parties, zones=(zone("south", footprint, from_s=START_S + 4_000.0),)))
    assert later.areas == ()
    inside = zone("south", Circle(latitude_deg=45.0, longitude_deg=10.0, radius_m=5_000.0))
    advice, _ = seen(OWN, terms=Terms(parties=parties, zones=(inside,)))
    assert "inside zone ROZ1 now: it is not among what is kept clear of" in advice.notes


def test_altitudes_without_a_common_datum_are_kept_farther_apart():
    by_gnss = flight(2, north_m=40_000.0, north_mps=-200.0, pressure_altitude_m=None, ellipsoid_altitude_m=10_000.0)
    advice, _ = seen(OWN, by_gnss)
    assert advice.losses[0].minimum_vertical_m == pytest.approx(1_259.08)
    assert ManoeuvreKind.LEVEL not in {one.kind for one in advice.manoeuvres}


def test_an_aircraft_of_unknown_altitude_is_at_every_level():
    advice, _ = seen(OWN, flight(2, north_m=40_000.0, north_mps=-200.0, pressure_altitude_m=None))
    assert advice.losses[0].vertical_m is None
    assert {one.kind for one in advice.manoeuvres} == {ManoeuvreKind.HEADING}
    assert any("unknown altitude" in note for note in advice.notes)


def test_aircraft_that_are_no_longer_heard_are_named_as_not_taken_into_account():
    picture = Picture(Terms())
    fly(picture, (OWN, HEAD_ON), range(5))
    fly(picture, (OWN,), range(5, 60))
    advice = advice_of(picture)
    assert any("no longer heard" in note for note in advice.notes)


def test_already_in_loss_no_single_change_helps_and_that_is_said():
    advice, _ = seen(OWN, flight(2, east_m=1_000.0, north_mps=200.0))
    assert advice.losses
    assert advice.manoeuvres == ()
    assert any(note.startswith("no single change") for note in advice.notes)


@pytest.mark.requirement("SC-ADV-05")
def test_already_in_loss_the_shortest_way_out_is_told_and_brings_no_other_loss():
    """Side by side, 1 km apart: turning away ends it soonest; with a third aircraft there, another way is told."""
    beside = flight(2, east_m=1_000.0, north_mps=200.0)
    advice, _ = seen(OWN, beside, terms=Terms(vertical_m=2_000.0))
    assert advice.regain.kind == ManoeuvreKind.HEADING
    assert advice.regain.change < 0.0
    assert "s in loss of separation instead of 300 s" in advice.regain.words
    third = flight(3, east_m=-22_000.0, north_mps=150.0)
    other, _ = seen(OWN, beside, third, terms=Terms(vertical_m=2_000.0))
    assert not [one for one in other.regain.closest if one.loss and one.label == "FLY3"]
    assert advice_of(seen(OWN, HEAD_ON)[1]).regain is None


def test_what_stands_still_has_no_heading():
    advice, _ = seen(flight(1), HEAD_ON)
    assert {row.kind for row in advice.bands} == {ManoeuvreKind.LEVEL, ManoeuvreKind.VERTICAL_SPEED}
    assert "it stands still: heading and speed are not looked at" in advice.notes


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"on_ground": True}, "on the ground"),
        ({"pressure_altitude_m": None}, "altitude of FLY1 is not known"),
    ],
)
def test_where_no_advice_can_be_given_it_is_said_why(changes, words):
    picture = Picture(Terms())
    fly(picture, (flight(1, **{"north_mps": 100.0} | changes),), range(4))
    with pytest.raises(AdviceError, match=words):
        advice_of(picture)
    gone = Picture(Terms())
    fly(gone, (OWN,), range(4))
    fly(gone, (), [60])
    with pytest.raises(AdviceError, match="no longer heard"):
        advice_of(gone)


@pytest.mark.requirement("SC-ADV-03")
@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.floats(-50e3, 50e3), st.floats(-50e3, 50e3), st.floats(-200.0, 200.0), st.floats(-200.0, 200.0)),
        min_size=1,
        max_size=4,
    ),
    turned=st.sampled_from([0.0, 45.0, 90.0, 200.0, 359.0]),
)
def test_turning_the_whole_scene_turns_the_bands(rows, turned):
    """On a sphere nothing but the compass changes: tracks are made by hand, around a place on the equator."""
    from_north = np.exp(-1j * np.radians(turned))

    def scene(turn):
        own = 0.0 + 180.0j
        places = [(0j, own), *[(complex(x, y), complex(vx, vy)) for x, y, vx, vy in rows]]
        return [track(k, at * turn, velocity * turn) for k, (at, velocity) in enumerate(places)]

    straight = advise(scene(1.0)[0], scene(1.0), Terms(), START_S)
    aside = advise(scene(from_north)[0], scene(from_north), Terms(), START_S)
    here = of(straight, ManoeuvreKind.HEADING)
    there = of(aside, ManoeuvreKind.HEADING)
    assert bool(straight.losses) == bool(aside.losses) or near_edge(straight) or near_edge(aside)
    free_here = sum(span.high - span.low for span in here.free)
    free_there = sum(span.high - span.low for span in there.free)
    # The plane is not quite the same in every direction on an ellipsoid: a cell or two at each edge.
    assert free_here == pytest.approx(free_there, abs=6.0)


def near_edge(advice):
    return any(abs(one.horizontal_m - one.minimum_horizontal_m) < 100.0 for one in advice.losses) or not advice.losses


def track(number, at, velocity):
    return Track(
        track_id=f"t{number}", identity=Identity(icao_address=number + 1), party=None, age=TrackAge.FRESH,
        time_s=START_S, latitude_deg=at.imag / 110_574.0, longitude_deg=at.real / 111_319.5, altitude_m=9_000.0,
        altitude_datum=AltitudeDatum.PRESSURE_STANDARD, east_mps=velocity.real, north_mps=velocity.imag, up_mps=0.0,
        on_ground=False, sources=("radar",),
    )  # fmt: skip


def test_the_picture_and_the_advice_agree_on_what_is_lost():
    """The same pairs that the picture alerts as losses ahead are those that advice wants cleared."""
    rng = np.random.default_rng(5)
    flights = [OWN] + [
        flight(
            k,
            east_m=float(rng.uniform(-60e3, 60e3)),
            north_m=float(rng.uniform(-60e3, 60e3)),
            altitude_m=10_000.0 + float(rng.choice([0.0, 150.0, 600.0])),
            east_mps=float(rng.uniform(-200.0, 200.0)),
            north_mps=float(rng.uniform(-200.0, 200.0)),
        )
        for k in range(2, 40)
    ]
    advice, picture = seen(*flights)
    alerted = {
        subject.identity.label
        for event in of_kind(picture.open_alerts(), AlertKind.SEPARATION)
        for subject in event.subjects
        if "FLY1" in {other.identity.label for other in event.subjects}
    } - {"FLY1"}
    assert alerted
    assert {loss.label for loss in advice.losses} == alerted


@pytest.mark.requirement("SC-ADV-08")
def test_nothing_is_proposed_below_the_ground_that_heights_are_counted_from():
    low, other = (
        flight(number, north_m=(number - 1) * 20_000.0, north_mps=100.0 * (3 - 2 * number), altitude_m=150.0)
        for number in (1, 2)
    )
    advice, _ = seen(low, other)
    assert advice.losses
    row = of(advice, ManoeuvreKind.LEVEL)
    assert row.low == 0.0
    assert all(one.target >= 0.0 for one in advice.manoeuvres if one.kind == ManoeuvreKind.LEVEL)
    high, _ = seen(OWN, HEAD_ON)
    assert proposed(high, ManoeuvreKind.LEVEL)[False].target > 0.0
    assert any("terrain and obstacles are not known" in note for note in high.notes)


@pytest.mark.requirement("SC-ADV-08")
def test_a_proposal_that_leads_nowhere_down_says_nothing_of_the_ground():
    advice, _ = seen(OWN)
    assert not advice.manoeuvres
    assert not any("terrain" in note for note in advice.notes)
