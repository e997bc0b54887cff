"""Zones: predicted entry, entry, dwell, exit; altitude, time and whom it concerns."""

import pytest

from steerclear.model.alert import AlertKind
from steerclear.model.track import AltitudeDatum
from steerclear.model.zone import Circle, Zone
from steerclear.tactical import CorrelationTerms, Picture, Terms
from tests.tactical.scenes import START_S, flight, fly, of_kind, party, silent_from, story


def zone(**changes) -> Zone:
    fields = {
        "zone_id": "roz-1",
        "name": "ROZ ALPHA",
        "party": "north",
        "footprint": Circle(latitude_deg=45.0, longitude_deg=10.0, radius_m=5_000.0),
        "lower_m": 0.0,
        "upper_m": 12_000.0,
        "altitude_datum": AltitudeDatum.PRESSURE_STANDARD,
        "from_s": START_S - 1e6,
        "until_s": START_S + 1e6,
    }
    return Zone(**(fields | changes))


def terms(*zones, **more) -> Terms:
    return Terms(zones=zones, parties=(party("north", 1), party("south", 2)), **more)


def visits(picture, flights, times_s):
    return of_kind(fly(picture, flights, times_s), AlertKind.ZONE)


@pytest.mark.requirement("SC-TAC-17")
def test_from_the_prediction_to_the_exit():
    events = visits(Picture(terms(zone(dwell_s=20.0))), [flight(2, east_m=-30_000.0, east_mps=100.0)], range(420))
    assert story(events) == [
        ("raised", "ADVISORY"),
        ("escalated", "CAUTION"),
        ("escalated", "WARNING"),
        ("escalated", "BREACH"),
        ("cleared", "BREACH"),
    ]
    raised, caution, entered, dwelling, left = events
    assert raised.numbers.time_to_loss_s == pytest.approx(249.0, abs=1.5)
    assert caution.numbers.time_to_loss_s == pytest.approx(120.0, abs=1.0)
    assert entered.time_s - START_S == pytest.approx(250.0, abs=1.5)
    assert dwelling.time_s - entered.time_s == 20.0
    assert left.numbers.inside_s == pytest.approx(100.0, abs=2.0)
    assert left.reason == f"FLY2 has left ROZ ALPHA after {left.numbers.inside_s:.0f} s"
    assert "FLY2 enters ROZ ALPHA in 249 s" in raised.reason
    assert {event.zone_id for event in events} == {"roz-1"}
    assert {event.parties for event in events} == {("north", "south")}


def test_without_a_tolerated_dwell_the_entry_is_the_breach():
    events = visits(Picture(terms(zone())), [flight(2, east_m=-30_000.0, east_mps=100.0)], range(260))
    assert story(events)[-1] == ("escalated", "BREACH")
    assert events[-1].reason == "FLY2 is inside ROZ ALPHA"


def test_the_owners_own_aircraft_are_expected_there_others_are_not():
    assert visits(Picture(terms(zone())), [flight(1)], range(5)) == []
    unknown = visits(Picture(terms(zone())), [flight(9)], range(5))
    assert [event.parties for event in unknown] == [("north", "south")], "it may be anybody's"


def test_turning_away_in_time_clears_it():
    towards, away = flight(2, east_m=-30_000.0, east_mps=100.0), flight(2, east_mps=-100.0)
    events = visits(Picture(terms(zone())), [lambda t: towards(t) if t < 150 else away(t)], range(190))
    assert [change for change, _ in story(events)] == ["raised", "escalated", "cleared"]
    assert events[-1].reason == "FLY2 is no longer expected to enter ROZ ALPHA"


@pytest.mark.parametrize("altitude_m", [12_001.0, None])
def test_above_the_zone_is_outside_and_an_unknown_altitude_is_inside(altitude_m):
    events = visits(Picture(terms(zone())), [flight(2, pressure_altitude_m=altitude_m)], range(5))
    assert len(events) == (altitude_m is None)
    if events:
        assert "altitude is unknown" in events[0].reason


def test_a_descent_into_the_band_is_believed_when_it_is_near():
    events = visits(Picture(terms(zone())), [flight(2, altitude_m=13_000.0, up_mps=-10.0)], range(110))
    assert story(events) == [("raised", "CAUTION"), ("escalated", "BREACH")]
    assert events[0].numbers.time_to_loss_s == pytest.approx(44.0, abs=2.0)


@pytest.mark.parametrize(
    ("datum", "altitudes", "inside"),
    [
        (AltitudeDatum.ELLIPSOID, {"ellipsoid_altitude_m": 12_050.0}, False),
        (AltitudeDatum.ELLIPSOID, {"ellipsoid_altitude_m": 12_000.0, "pressure_altitude_m": 20_000.0}, True),
        (AltitudeDatum.ELLIPSOID, {"pressure_altitude_m": 12_900.0}, True),
        (AltitudeDatum.ELLIPSOID, {"pressure_altitude_m": 13_100.0}, False),
        (AltitudeDatum.MSL_GEOID, {"ellipsoid_altitude_m": 12_100.0, "pressure_altitude_m": None}, True),
        (AltitudeDatum.MSL_GEOID, {"ellipsoid_altitude_m": 12_120.0, "pressure_altitude_m": None}, False),
        (AltitudeDatum.PRESSURE_STANDARD, {"ellipsoid_altitude_m": 12_900.0, "pressure_altitude_m": None}, True),
    ],
)
def test_the_band_in_another_datum_only_grows(datum, altitudes, inside):
    events = visits(Picture(terms(zone(altitude_datum=datum))), [flight(2, **altitudes)], range(3))
    assert bool(events) is inside


def test_only_while_it_is_in_force():
    inside = [flight(2)]
    assert visits(Picture(terms(zone(until_s=START_S - 1.0))), inside, range(5)) == []
    assert visits(Picture(terms(zone(from_s=START_S + 400.0))), inside, range(50)) == []
    opening = visits(Picture(terms(zone(from_s=START_S + 200.0))), inside, range(210))
    assert story(opening) == [("raised", "ADVISORY"), ("escalated", "CAUTION"), ("escalated", "BREACH")]
    assert opening[0].numbers.time_to_loss_s == pytest.approx(199.0, abs=1.5)
    closing = visits(Picture(terms(zone(until_s=START_S + 20.0))), inside, range(60))
    assert story(closing) == [("raised", "BREACH"), ("cleared", "BREACH")]
    assert closing[-1].reason == "ROZ ALPHA is no longer in force"


def test_a_zone_that_comes_into_force_around_an_aircraft_is_told_as_that():
    opening = visits(Picture(terms(zone(from_s=START_S + 100.0))), [flight(2)], range(3))
    assert opening[0].reason == "ROZ ALPHA comes into force in 99 s with FLY2 inside if it flies straight on"


def test_a_second_visit_dwells_anew_and_a_step_over_the_edge_does_not():
    def entry(away_s):
        def there_and_back(time_s):
            if 60 <= time_s < 60 + away_s:  # 6.5 km north, and on its way in again.
                return flight(2, north_m=6_500.0 + 100.0 * time_s, north_mps=-100.0)(time_s)
            return flight(2, north_m=4_000.0)(time_s)

        picture = Picture(terms(zone(dwell_s=100.0), correlation=CorrelationTerms(repeat_speed_mps=1_000.0)))
        events = visits(picture, [there_and_back], range(200))
        return [event.time_s - START_S for event in events if event.severity.name == "BREACH"]

    assert entry(5) == [100.0]
    assert entry(30) == [190.0]


def test_landing_inside_a_zone_is_not_told_as_leaving_it():
    landed = flight(2, on_ground=True)
    events = visits(Picture(terms(zone())), [lambda t: flight(2)(t) if t < 20 else landed(t)], range(60))
    assert events[-1].reason == "FLY2 is on the ground, after 19 s inside ROZ ALPHA"


def test_silence_inside_a_zone_is_not_an_exit():
    picture = Picture(terms(zone()))
    events = fly(picture, [silent_from(flight(2), 10)], range(100))
    assert story(of_kind(events, AlertKind.ZONE)) == [("raised", "BREACH")]
    assert story(of_kind(events, AlertKind.STALE_TRACK)) == [("raised", "WARNING")]
    assert {event.kind for event in picture.open_alerts()} >= {AlertKind.ZONE, AlertKind.STALE_TRACK}


def test_many_zones_and_many_aircraft_in_one_scan():
    zones = [zone(zone_id=f"z{k}") for k in range(60)]
    events = visits(Picture(terms(*zones)), [flight(100 + k, altitude_m=100.0 * k) for k in range(40)], [0])
    assert len(events) == 60 * 40
    assert len({event.alert_id for event in events}) == 60 * 40
