"""Zones that a peer has declared are kept clear of by advice, from when it is known of them until they are ended."""

from __future__ import annotations

from math import inf

import msgspec
import pytest

from steerclear.model.track import AltitudeDatum
from steerclear.model.vocabulary import Disclosure, NoticeSubject
from steerclear.model.zone import Circle, Polygon
from steerclear.services import declared_zones as module
from steerclear.services.advise import advise_track
from steerclear.services.declare_items import cancel
from steerclear.services.declared_zones import declared_zones
from steerclear.tactical import Picture, Terms
from tests.services.parties import START_S, settle
from tests.services.plans import HOUR_S, box, circle, flight, name, site, tell, two_nodes, zone
from tests.tactical.scenes import flight as aircraft
from tests.tactical.scenes import fly


def known(node, after_h=0.0):
    return declared_zones(node.exchange, START_S + after_h * HOUR_S)[0]


@pytest.fixture
def pair():
    nodes = two_nodes()
    yield nodes
    for node in nodes:
        node.close()


@pytest.mark.requirement("SC-ADV-07")
def test_a_declared_zone_is_known_on_both_sides_while_it_holds_and_not_after_it_is_withdrawn(pair):
    north, south = pair
    tell(north, zone(volumes=(circle(), box())))
    tell(north, flight())
    tell(north, site())
    settle(north, south)
    for node in pair:
        round_, square = known(node)
        assert round_.party == square.party == "north"
        assert name(100) in round_.zone_id
        assert isinstance(round_.footprint, Circle)
        assert isinstance(square.footprint, Polygon)
        assert (round_.lower_m, round_.upper_m, round_.altitude_datum) == (500.0, 1_000.0, AltitudeDatum.ELLIPSOID)
        assert known(node, after_h=4.0) == ()
    cancel(north.exchange, NoticeSubject.ZONE, name(100), "north-desk", "duty officer")
    settle(north, south)
    assert [known(node) for node in pair] == [(), ()]


@pytest.mark.requirement("SC-ADV-07")
def test_of_a_sealed_zone_nothing_is_known_and_heights_without_limit_are_all_heights(pair):
    north, south = pair
    tell(north, zone(), disclosure=Disclosure.SEALED)
    high = msgspec.structs.replace(circle(), lower_m=None, upper_m=None, altitude_datum=None)
    tell(north, zone(number=101, volumes=(high,)))
    settle(north, south)
    [only] = known(south)
    assert name(101) in only.zone_id
    assert (only.lower_m, only.upper_m) == (-inf, inf)


@pytest.mark.requirement("SC-ADV-07")
def test_more_zones_than_are_looked_at_are_counted(pair, monkeypatch):
    north, _ = pair
    monkeypatch.setattr(module, "MAX_DECLARED_ZONES", 2)
    tell(north, zone(volumes=(circle(), box(), circle(0.5))))
    zones, left = declared_zones(north.exchange, START_S)
    assert (len(zones), left) == (2, 1)


@pytest.mark.requirement("SC-ADV-07")
def test_advice_keeps_clear_of_a_zone_that_only_the_line_knows(pair):
    north, south = pair
    ahead = msgspec.structs.replace(circle(0.3, 9_000.0, from_h=-1.0), lower_m=None, upper_m=None, altitude_datum=None)
    tell(north, zone(volumes=(ahead,)))
    settle(north, south)
    picture = Picture(Terms())
    fly(picture, [aircraft(1, north_mps=200.0)], range(4))
    [own] = picture.tracks()
    here = msgspec.structs.replace(
        zones := known(south)[0],
        footprint=Circle(latitude_deg=own.latitude_deg + 0.3, longitude_deg=own.longitude_deg, radius_m=9_000.0),
        from_s=own.time_s - 60.0,
        until_s=own.time_s + 3_600.0,
    )
    assert advise_track(picture, None, own.track_id).areas == ()
    advice = advise_track(picture, None, own.track_id, (here,))
    assert advice.areas == (zones.zone_id,)
    assert advice.manoeuvres
    far = msgspec.structs.replace(here, footprint=Circle(latitude_deg=10.0, longitude_deg=7.0, radius_m=9_000.0))
    assert advise_track(picture, None, own.track_id, (far,)).areas == ()
