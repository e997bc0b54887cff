"""Real traffic as one feed, and the same as a radar would show it as another: turned, or honest with all its faults."""

import pytest

from steerclear.model.alert import AlertKind
from steerclear.model.feed_alignment import SensorSite
from steerclear.tactical import Picture, Terms
from tests.tactical.recordings import recording
from tests.tactical.turned_feeds import by_receipt, seen_by

PARIS, ALPS = (48.7, 2.4), (46.9, 8.2)
RADAR = {"range_noise_m": 60.0, "azimuth_noise_deg": 0.08}
SECTORS = {"quickstart": (PARIS, 4.8), "switzerland": (ALPS, 0.0)}


def run(known, radar, site):
    """All alignment alerts, what was said of the radar once a minute, and the picture at the end."""
    terms = Terms(
        horizontal_m=1.0,
        vertical_m=1.0,
        lookahead_s=10.0,
        sites=() if site is None else (SensorSite(source="radar", latitude_deg=site[0], longitude_deg=site[1]),),
    )
    picture, events, states, batch = Picture(terms), [], set(), []
    reports = by_receipt(known, radar)
    now_s = reports[0].receipt_time_s
    for one in reports:
        while one.receipt_time_s > now_s:
            events += picture.advance(batch, now_s)
            batch = []
            now_s = max(now_s + 1.0, one.receipt_time_s - 600.0)
            if len(picture.feeds()) == 2 and round(now_s) % 60 == 0:
                states.add(picture.feeds()[1].alignment.state)
        batch.append(one)
    return [event for event in events if event.kind is AlertKind.FEED_MISALIGNED], states, picture


def part(name, minutes):
    reports = recording(f"collections/{name}")
    return [one for one in reports if one.time_s < reports[0].time_s + 60.0 * minutes]


@pytest.mark.requirement("SC-ALN-03")
@pytest.mark.parametrize("named", [True, False], ids=["with identities", "plots"])
@pytest.mark.parametrize(("name", "minutes"), [("quickstart", 10), ("switzerland", 20)])
def test_the_radar_that_was_105_degrees_off_is_found_in_real_traffic(name, minutes, named):
    known = part(name, minutes)
    site, period_s = SECTORS[name]
    radar = seen_by(known, site, rotated_deg=105.0, period_s=period_s, named=named, latency_s=(0.5, 2.0), **RADAR)
    events, _, picture = run(known, radar, site)
    assert [(event.source, event.change, event.severity.name) for event in events] == [("radar", "raised", "WARNING")]
    assert events[0].numbers.rotation_deg == pytest.approx(105.0, abs=0.5)
    assert "clockwise about its site" in events[0].reason
    found = picture.feeds()[1].alignment
    assert found.state == "off"
    assert abs(found.rotation_deg - 105.0) <= found.rotation_pm_deg


@pytest.mark.requirement("SC-ALN-08")
@pytest.mark.parametrize("stamped", [False, True], ids=["arrives late", "stamped when it arrives"])
@pytest.mark.parametrize(("name", "minutes"), [("quickstart", 15), ("switzerland", 30)])
def test_honest_feeds_with_noise_delay_and_other_rates_never_alarm(name, minutes, stamped):
    known = part(name, minutes)
    site, period_s = SECTORS[name]
    late = {"stamp_s": (1.0, 4.0)} if stamped else {"latency_s": (1.0, 4.0)}
    events, states, picture = run(known, seen_by(known, site, period_s=period_s, **late, **RADAR), site)
    assert events == []
    assert "off" not in states
    found = picture.feeds()[1].alignment
    assert found.state == "agrees"
    if stamped:
        # Not an alarm, but it is not hidden either: a feed stamped on arrival is late by what it took to arrive.
        assert found.late_s == pytest.approx(2.5, abs=0.5 + found.late_pm_s)
        assert "s later" in found.words
