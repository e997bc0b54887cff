"""A source that shows the sky wrongly is found against known traffic, told, and told again when it is right."""

from bisect import bisect_right

import msgspec
import numpy as np
import pytest

from steerclear.geodesy.wgs84 import (
    east_north_up_to_ecef,
    ecef_to_east_north_up,
    ecef_to_geodetic,
    geodetic_to_ecef,
)
from steerclear.model.alert import AlertKind
from steerclear.model.feed_alignment import SensorSite
from steerclear.tactical import Picture, PictureError, Terms
from steerclear.tactical.terms import AlignmentTerms
from tests.tactical.scenes import FOOT_M, START_S, flight, of_kind, story
from tests.tactical.turned_feeds import by_receipt, seen_by

SITE = (45.0, 10.0)
AT_SITE = (SensorSite(source="radar", latitude_deg=SITE[0], longitude_deg=SITE[1]),)
QUIET = {"horizontal_m": 1.0, "vertical_m": 1.0, "lookahead_s": 10.0}
"""Minima of nothing: these tests are about feeds."""


def sky(count=14, seconds=200, *, period_s=2, source="adsb", seed=3, first=1):
    """Straight flights around the site, reported by one source."""
    rng = np.random.default_rng(seed)
    flights = []
    for k in range(count):
        east_mps, north_mps = rng.uniform(60.0, 240.0) * np.array([np.cos(k * 2.4), np.sin(k * 2.4)])
        flights.append(
            flight(
                first + k,
                source=source,
                east_m=float(rng.uniform(-60e3, 60e3)),
                north_m=float(rng.uniform(-60e3, 60e3)),
                altitude_m=3_000.0 + 150.0 * k,
                east_mps=float(east_mps),
                north_mps=float(north_mps),
            )
        )
    return [one(float(t)) for t in range(0, seconds, period_s) for one in flights]


def watch(picture, *feeds, until_s=None):
    """Every alert about an alignment while the feeds arrive."""
    reports = by_receipt(*feeds)
    end_s = reports[-1].receipt_time_s if until_s is None else START_S + until_s
    place, events = 0, []
    now_s = max(reports[0].receipt_time_s, picture.now_s)
    while now_s <= end_s + 1.0:
        end = bisect_right(reports, now_s, lo=place, key=lambda one: one.receipt_time_s)
        events += picture.advance(reports[place:end], now_s)
        place = end
        now_s += 1.0
    return of_kind(events, AlertKind.FEED_MISALIGNED)


def aligned(picture):
    return {feed.source: feed.alignment for feed in picture.feeds()}


def radar(known, **changes):
    settings = {"period_s": 4.0, "range_noise_m": 60.0, "azimuth_noise_deg": 0.08, "latency_s": (0.5, 1.5)} | changes
    return seen_by(known, SITE, **settings)


@pytest.mark.requirement("SC-ALN-03")
@pytest.mark.parametrize("sites", [AT_SITE, ()], ids=["site known", "site unknown"])
@pytest.mark.parametrize("named", [True, False], ids=["with identities", "plots"])
@pytest.mark.parametrize("rotated_deg", [105.0, -40.0, 6.0, 180.0])
def test_a_turned_radar_is_found_by_how_much_and_about_where(sites, named, rotated_deg):
    picture = Picture(Terms(**QUIET, sites=sites))
    known = sky()
    events = watch(picture, known, radar(known, rotated_deg=rotated_deg, named=named))
    (raised,) = [event for event in events if event.source == "radar"]
    assert raised.change.value == "raised"
    assert raised.severity.name == ("CAUTION" if rotated_deg == 6.0 else "WARNING")
    assert raised.time_s <= START_S + 60.0
    assert raised.parties == ()
    turned = (raised.numbers.rotation_deg - rotated_deg + 180.0) % 360.0 - 180.0
    found = aligned(picture)["radar"]
    assert abs(turned) <= 1.0
    assert abs((found.rotation_deg - rotated_deg + 180.0) % 360.0 - 180.0) <= found.rotation_pm_deg <= 1.0
    assert raised.numbers.aircraft >= 10
    about = "about its site" if sites else "about 45.0"
    assert about in raised.reason.replace("44.99N", "45.00N")
    assert "do not identify aircraft by" in raised.reason
    assert "OUT OF ALIGNMENT" in found.words
    if sites or not named:
        assert "radar shows traffic rotated by" in raised.reason
        assert {event.source for event in events} == {"radar"}
    else:
        # Nothing tells which of two sources that disagree is right, and the alert says so of both.
        assert {event.source for event in events} == {"radar", "adsb"}
        assert "which of them is off is not known" in raised.reason


@pytest.mark.requirement("SC-IDN-23")
@pytest.mark.parametrize("sites", [AT_SITE, ()], ids=["site known", "site unknown"])
def test_what_only_a_turned_radar_shows_is_not_where_it_is_shown(sites):
    picture = Picture(Terms(**QUIET, sites=sites))
    known = sky()
    watch(picture, known, radar(known, rotated_deg=105.0, named=False))
    echoes = [track for track in picture.tracks() if track.sources == ("radar",)]
    assert echoes
    assert all(track.place_doubtful for track in echoes)
    assert not any(track.place_doubtful for track in picture.tracks() if "adsb" in track.sources)


@pytest.mark.requirement("SC-IDN-23")
def test_where_nothing_tells_which_of_two_is_off_no_place_is_doubted():
    picture = Picture(Terms(**QUIET))
    known = sky()
    assert watch(picture, known, radar(known, rotated_deg=105.0))
    assert not any(track.place_doubtful for track in picture.tracks())


@pytest.mark.requirement("SC-ALN-03")
def test_the_sentence_a_duty_officer_reads():
    picture = Picture(Terms(**QUIET, sites=AT_SITE))
    known = sky()
    (raised,) = watch(picture, known, radar(known, rotated_deg=105.0, range_noise_m=20.0, azimuth_noise_deg=0.02))
    assert raised.reason == (
        "radar shows traffic rotated by 105.0 degrees (±0.1) clockwise about its site against adsb, seen on 14"
        " aircraft; do not identify aircraft by it until it is realigned"
    )


@pytest.mark.requirement("SC-ALN-04")
@pytest.mark.parametrize(
    ("changes", "words", "figure"),
    [
        ({"moved_m": 6_000.0 + 0j}, "displaced by 3.2 NM", ("displaced_m", 6_000.0, 150.0)),
        ({"stamp_s": (12.0, 12.0), "latency_s": (0.0, 0.5)}, "where it was 12.", ("late_s", 12.0, 0.6)),
        ({"higher_m": 1_000 * FOOT_M}, "ft (±", ("altitude_off_m", 304.8, 1.0)),
    ],
    ids=["displaced", "late", "too high"],
)
def test_displaced_late_or_too_high_is_found_and_named(changes, words, figure):
    picture = Picture(Terms(**QUIET))
    known = sky()
    third = [msgspec.structs.replace(one, source="mlat") for one in known]
    (raised,) = watch(picture, known, third, radar(known, **changes))
    assert raised.source == "radar"
    assert words in raised.reason
    assert "against adsb and mlat" in raised.reason
    name, value, within = figure
    assert getattr(raised.numbers, name) == pytest.approx(value, abs=within)


@pytest.mark.requirement("SC-ALN-05")
def test_the_odd_one_of_three_is_off_whatever_its_name():
    for wrong in ("adsb", "mlat", "radar"):
        known = sky()
        feeds = [
            radar(known, source=name, rotated_deg=105.0 if name == wrong else 0.0) for name in ("adsb", "mlat", "radar")
        ]
        picture = Picture(Terms(**QUIET))
        events = watch(picture, *feeds)
        assert [event.source for event in events] == [wrong]
        assert {name for name, found in aligned(picture).items() if found.state == "agrees"} == {
            "adsb",
            "mlat",
            "radar",
        } - {wrong}


@pytest.mark.requirement("SC-ALN-06")
def test_it_is_cleared_when_the_radar_agrees_again_and_not_before():
    picture = Picture(Terms(**QUIET, sites=AT_SITE))
    known = sky(seconds=500)
    half = [one for one in known if one.time_s < START_S + 150.0]
    rest = [one for one in known if one.time_s >= START_S + 150.0]
    events = watch(picture, known, radar(half, rotated_deg=105.0), radar(rest))
    assert story(events) == [("raised", "WARNING"), ("cleared", "WARNING")]
    assert START_S + 150.0 + 60.0 <= events[1].time_s <= START_S + 150.0 + 100.0
    assert events[1].alert_id == events[0].alert_id
    assert events[1].reason.startswith("radar agrees again with adsb on 1")
    assert aligned(picture)["radar"].state == "agrees"


@pytest.mark.requirement("SC-ALN-06")
def test_no_traffic_is_no_all_clear():
    picture = Picture(Terms(**QUIET, sites=AT_SITE))
    known = sky()
    events = watch(picture, known, radar(known, rotated_deg=105.0), until_s=1_000.0)
    assert story(events) == [("raised", "WARNING")]
    assert [event.kind for event in picture.open_alerts() if event.source == "radar"].count(
        AlertKind.FEED_MISALIGNED
    ) == 1
    found = aligned(picture)["radar"]
    assert found.state == "not_known"
    assert "it was out of alignment when that was last known" in found.words


def test_a_fault_that_grows_and_shrinks_is_one_alert():
    picture = Picture(Terms(**QUIET, sites=AT_SITE))
    known = sky(seconds=500)
    parts = [
        radar([one for one in known if START_S + start <= one.time_s < START_S + start + 150.0], rotated_deg=turned)
        for start, turned in ((0.0, 5.0), (150.0, 40.0), (300.0, 5.0))
    ]
    events = watch(picture, known, *parts)
    assert story(events) == [("raised", "CAUTION"), ("escalated", "WARNING"), ("eased", "CAUTION")]


@pytest.mark.requirement("SC-ALN-07")
def test_what_cannot_be_known_is_said_and_never_looks_fine():
    alone = Picture(Terms(**QUIET))
    assert watch(alone, sky(seconds=60)) == []
    assert aligned(alone)["adsb"].words == "alignment not known: no other source to compare it with"

    few = Picture(Terms(**QUIET))
    known = sky(4)
    assert watch(few, known, radar(known, rotated_deg=105.0)) == []
    assert aligned(few)["radar"].state == "not_known"
    assert "only 4 aircraft are seen by both, 5 are needed" in aligned(few)["radar"].words

    apart = Picture(Terms(**QUIET))
    assert watch(apart, sky(), radar(sky(first=100))) == []
    assert "no aircraft is seen by both" in aligned(apart)["radar"].words

    plots = Picture(Terms(**QUIET))
    assert watch(plots, sky(), radar(sky(first=100, seed=77), named=False)) == []
    assert "plots without identity do not fit" in aligned(plots)["radar"].words
    assert aligned(plots)["adsb"].state == "not_known"


@pytest.mark.requirement("SC-ALN-02")
def test_aircraft_that_lie_do_not_make_a_radar_wrong():
    picture = Picture(Terms(**QUIET, sites=AT_SITE))
    known = sky(14)
    honest = radar(known)
    lying = [
        msgspec.structs.replace(one, latitude_deg=one.latitude_deg + 0.6) if one.icao_address <= 5 else one
        for one in known
    ]
    assert watch(picture, lying, honest) == []
    assert aligned(picture)["radar"].state == "agrees"
    assert aligned(picture)["radar"].used == 9


@pytest.mark.requirement("SC-ALN-02")
def test_a_turned_radar_is_found_in_spite_of_aircraft_that_lie():
    picture = Picture(Terms(**QUIET, sites=AT_SITE))
    known = sky(14)
    lying = [
        msgspec.structs.replace(one, latitude_deg=one.latitude_deg + 0.1 * one.icao_address)
        if one.icao_address <= 4
        else one
        for one in known
    ]
    (raised,) = watch(picture, lying, radar(known, rotated_deg=105.0))
    assert raised.source == "radar"
    assert raised.numbers.rotation_deg == pytest.approx(105.0, abs=0.5)


def test_callsigns_name_aircraft_where_there_is_no_address():
    picture = Picture(Terms(**QUIET, sites=AT_SITE))
    known = sky()
    by_callsign = [msgspec.structs.replace(one, icao_address=None) for one in radar(known, rotated_deg=-30.0)]
    (raised,) = watch(picture, known, by_callsign)
    assert raised.numbers.rotation_deg == pytest.approx(-30.0, abs=0.5)


@pytest.mark.parametrize("place", [(0.0, 179.9), (89.2, 0.0), (-60.0, -179.95)])
def test_it_is_found_at_the_antimeridian_and_near_a_pole_as_elsewhere(place):
    """The same sky carried elsewhere: by its flat coordinates around the other site."""

    def carried(one):
        flat = ecef_to_east_north_up(geodetic_to_ecef(one.latitude_deg, one.longitude_deg), *SITE)
        latitude, longitude, _ = ecef_to_geodetic(east_north_up_to_ecef(flat, *place))
        return msgspec.structs.replace(
            one, latitude_deg=float(latitude), longitude_deg=float(longitude), east_mps=None, north_mps=None
        )

    known = [carried(one) for one in sky()]
    site = SensorSite(source="radar", latitude_deg=place[0], longitude_deg=place[1])
    picture = Picture(Terms(**QUIET, sites=(site,)))
    (raised,) = watch(picture, known, seen_by(known, place, rotated_deg=105.0, period_s=4.0))
    assert raised.source == "radar"
    assert raised.numbers.rotation_deg == pytest.approx(105.0, abs=0.2)


def test_the_order_in_which_reports_come_changes_nothing():
    known = sky(seconds=80)
    feeds = by_receipt(known, radar(known, rotated_deg=105.0, latency_s=(0.0, 0.0)))
    told = []
    for turn in (1, -1):
        picture = Picture(Terms(**QUIET, sites=AT_SITE))
        events = []
        for k in range(80):
            step = [one for one in feeds if START_S + k - 1.0 < one.receipt_time_s <= START_S + k]
            events += picture.advance(step[::turn], START_S + k)
        told.append((events, picture.feeds()))
    assert told[0] == told[1]


def test_terms_that_mean_nothing_are_refused():
    for wrong in (
        {"min_aircraft": 2},
        {"min_share": 0.4},
        {"rotation_caution_deg": 20.0},
        {"late_warning_s": 1.0},
        {"period_s": 0.0},
        {"window_s": 1.0},
    ):
        with pytest.raises(PictureError):
            AlignmentTerms(**wrong)
