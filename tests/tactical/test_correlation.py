"""Reports of several sources become one track per aircraft, and never one track out of two aircraft."""

import pytest

from steerclear.model.track import TrackAge
from steerclear.tactical import CorrelationTerms, Picture, PictureLimits, SetAside, Terms
from tests.tactical.scenes import START_S, flight, fly, party, report


def ids(picture):
    return [track.track_id for track in picture.tracks()]


@pytest.mark.requirement("SC-TAC-07")
def test_two_sources_with_one_address_are_one_track():
    picture = Picture()
    moving = flight(7, east_mps=200.0)
    other = flight(7, east_mps=200.0, north_m=80.0, source="adsb")
    events = fly(picture, [moving, other], range(20))
    (track,) = picture.tracks()
    assert track.sources == ("adsb", "radar")
    assert track.track_id == "icao-000007"
    assert events == []


@pytest.mark.requirement("SC-TAC-07")
@pytest.mark.parametrize("address_first", [True, False])
def test_a_radar_number_and_an_address_join_where_they_agree(address_first):
    picture = Picture()
    adsb = flight(7, east_mps=200.0, source="adsb")
    radar = flight(None, east_mps=200.0, north_m=120.0, source_track="41")
    first, second = (adsb, radar) if address_first else (radar, adsb)
    events = fly(picture, [lambda t: first(t) if t >= 0 else None, lambda t: second(t) if t >= 3 else None], range(20))
    (track,) = picture.tracks()
    assert track.identity.icao_address == 7
    assert track.sources == ("adsb", "radar")
    assert events == [], "an aircraft is not in conflict with itself"


@pytest.mark.parametrize(
    "different",
    [
        {"north_m": 2_000.0},
        {"pressure_altitude_m": 10_400.0},
        {"north_mps": 60.0},
    ],
)
def test_they_do_not_join_where_position_altitude_or_velocity_disagree(different):
    picture = Picture()
    radar = flight(None, **({"east_mps": 200.0, "source_track": "41"} | different))
    fly(picture, [flight(7, east_mps=200.0, source="adsb"), lambda t: radar(0.0) if t == 0 else None], [0])
    assert ids(picture) == ["icao-000007", "radar/41"]


def test_a_report_that_fits_two_tracks_joins_neither():
    picture = Picture()
    fly(picture, [flight(7, source="adsb"), flight(8, north_m=300.0, source="adsb")], [0])
    radar = flight(None, north_m=150.0, source_track="41")
    fly(picture, [radar], [1])
    assert ids(picture) == ["icao-000007", "icao-000008", "radar/41"]


def test_one_source_with_two_numbers_sees_two_aircraft():
    picture = Picture()
    events = fly(
        picture,
        [flight(None, source_track="1"), flight(None, north_m=100.0, source_track="2"), flight(7, source="adsb")],
        range(3),
    )
    assert ids(picture) == ["icao-000007", "radar/2"]
    assert len(events) == 1, "and they are too close to each other"


def test_a_joined_number_that_flies_away_becomes_its_own_track():
    picture = Picture()
    adsb = flight(7, east_mps=200.0, source="adsb")
    radar = flight(None, east_mps=200.0, source_track="41")
    leaving = flight(None, east_mps=200.0, north_mps=25.0, source_track="41")
    fly(picture, [adsb, lambda t: radar(t) if t < 5 else leaving(t)], [0, 1, 2, 3, 4, *range(30, 40)])
    assert ids(picture) == ["icao-000007", "radar/41"]
    (first, second) = picture.tracks()
    assert first.sources == ("adsb",)
    assert second.sources == ("radar",)


def test_a_callsign_joins_what_an_address_source_sees():
    picture = Picture()
    fly(picture, [flight(7, source="adsb", callsign="NORTH12")], [0])
    fly(picture, [flight(None, source="datalink", callsign="NORTH12", north_m=300.0)], [1])
    (track,) = picture.tracks()
    assert track.sources == ("adsb", "datalink")


def test_one_callsign_far_apart_is_two_aircraft():
    picture = Picture()
    fly(picture, [flight(7, source="adsb", callsign="NORTH12")], [0])
    fly(picture, [flight(None, source="datalink", callsign="NORTH12", north_m=30_000.0)], [1])
    assert ids(picture) == ["datalink/NORTH12", "icao-000007"]


def test_a_remote_id_is_a_track_and_keeps_its_name():
    picture = Picture()
    fly(picture, [flight(None, source="rid", remote_id="1581F5")], range(3))
    (track,) = picture.tracks()
    assert track.track_id == "rid-1581F5"
    assert track.identity.label == "1581F5"


def test_a_remote_id_that_changed_leads_nowhere_once_its_track_is_gone():
    picture = Picture()
    fly(picture, [flight(7, remote_id="OLD")], [0])
    fly(picture, [flight(7, remote_id="NEW")], [1])
    fly(picture, [], [200])
    fly(picture, [flight(8)], [201])
    fly(picture, [flight(None, source="rid", remote_id="OLD", callsign="DRONE")], [202])
    assert ids(picture) == ["icao-000008", "rid-OLD"], "not the aircraft that now has the place of the first one"


def test_a_callsign_that_everybody_uses_joins_nobody_and_costs_nothing():
    limits = PictureLimits(max_candidates=3)
    crowd = [flight(k, source="adsb", callsign="TEST", north_m=20_000.0 * k) for k in range(1, 6)]
    picture = Picture(limits=limits)
    fly(picture, crowd, [0])
    fly(picture, [flight(None, source="datalink", callsign="TEST", north_m=70_000.0)], [1])
    assert len(ids(picture)) == 6
    fly(picture, [], [200])
    fly(picture, crowd[:3], [201])
    assert len(ids(picture)) == 3, "and when they have gone it is a name again"
    fly(picture, [flight(None, source="datalink", callsign="TEST", north_m=20_100.0)], [202])
    assert len(ids(picture)) == 3


def test_where_very_many_are_near_a_new_number_joins_none():
    picture = Picture(limits=PictureLimits(max_candidates=3))
    fly(picture, [flight(k, source="adsb", altitude_m=2_000.0 * k) for k in range(1, 6)], [0])
    fly(picture, [flight(None, source_track="41", altitude_m=4_000.0)], [1])
    assert "radar/41" in ids(picture)


@pytest.mark.parametrize("latitude_deg", [0.0, 60.0, 89.97])
@pytest.mark.parametrize("longitude_deg", [0.0, 179.999])
def test_a_number_joins_a_fast_track_anywhere_on_earth(latitude_deg, longitude_deg):
    where = {"latitude_deg": latitude_deg, "longitude_deg": longitude_deg, "east_mps": 250.0, "north_mps": 0.0}
    picture = Picture()
    picture.advance([report(7, source="adsb", **where)], START_S)
    fast = picture.advance([], START_S + 14.0) or picture.tracks()[0]
    there = {"latitude_deg": fast.latitude_deg, "longitude_deg": fast.longitude_deg}
    number = report(None, 14.0, source_track="41", east_mps=None, north_mps=None, **there)
    picture.advance([number], START_S + 14.0)
    assert ids(picture) == ["icao-000007"]


@pytest.mark.requirement("SC-TAC-08")
def test_one_address_at_two_places_is_two_tracks_and_never_one_that_jumps():
    picture = Picture()
    here = flight(7, source="adsb")
    there = flight(7, source="spoof", east_m=200_000.0)
    places = []
    for t in range(20):
        fly(picture, [here, there], [t])
        places.append({track.track_id: track.longitude_deg for track in picture.tracks()})
    assert set(places[0]) == {"icao-000007"}, "the second claim is held until it is confirmed"
    assert set(places[-1]) == {"icao-000007", "icao-000007.2"}
    assert {row["icao-000007"] for row in places} == {10.0}
    spoof = next(feed for feed in picture.feeds() if feed.source == "spoof")
    assert spoof.set_aside == {"contested": 2}


def test_a_single_outlier_raises_nothing_and_moves_nothing():
    picture = Picture()
    victim, other = flight(7), flight(8, east_m=200_000.0)
    outlier = flight(7, east_m=200_000.0)
    events = fly(picture, [lambda t: outlier(t) if t == 5 else victim(t), other], range(20))
    assert events == []
    assert picture.tracks()[0].longitude_deg == 10.0
    (feed,) = picture.feeds()
    assert feed.set_aside == {"contested": 1}


def test_claims_are_limited():
    picture = Picture(limits=PictureLimits(max_claims_per_identity=2))
    fly(picture, [flight(7, east_m=200_000.0 * k) for k in range(5)], range(5))
    (feed,) = picture.feeds()
    assert feed.set_aside["too_many_claims"] == 3 * 5
    assert len(picture.tracks()) == 2


def test_after_a_long_silence_an_aircraft_may_be_far_away():
    picture = Picture()
    fly(picture, [flight(7, east_mps=250.0)], [0])
    fly(picture, [flight(7, east_mps=250.0)], [100])
    (track,) = picture.tracks()
    assert track.age is TrackAge.FRESH
    assert track.time_s == START_S + 100


def test_an_address_becomes_free_when_its_track_is_dropped():
    picture = Picture()
    fly(picture, [flight(7)], [0])
    fly(picture, [], [1_000])
    assert picture.tracks() == ()
    fly(picture, [flight(7, east_m=900_000.0)], [1_001])
    assert ids(picture) == ["icao-000007"]


def test_the_party_follows_what_becomes_known_of_the_identity():
    terms = Terms(parties=(party("north", prefixes=("NOR",)), party("south", 7)))
    picture = Picture(terms)
    fly(picture, [flight(9, callsign=None)], [0])
    assert picture.tracks()[0].party is None
    fly(picture, [flight(9, callsign="NOR12")], [1])
    assert picture.tracks()[0].party == "north"
    fly(picture, [flight(9, callsign=None)], [2])
    assert picture.tracks()[0].identity.callsign == "NOR12", "a name that is not repeated is not forgotten"


def test_gates_are_terms():
    terms = Terms(correlation=CorrelationTerms(join_horizontal_m=50.0))
    picture = Picture(terms)
    fly(picture, [flight(7, source="adsb"), flight(None, north_m=120.0, source_track="41")], [0])
    assert len(picture.tracks()) == 2


def test_a_report_that_names_nothing_is_set_aside():
    picture = Picture()
    picture.advance([report(None)], START_S)
    assert picture.set_aside()[0][1] is SetAside.UNIDENTIFIED
    assert picture.tracks() == ()
