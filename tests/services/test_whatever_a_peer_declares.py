"""Whatever a peer declares that the rules of messages let through: our clock, checks, searches and answers go on."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from steerclear.dialogue.faults import LineFaultError
from steerclear.interfaces.cli.plan_view import print_item, print_items
from steerclear.model.intent import ConstraintBasis, ConstraintState, FlightPurpose, IntentState
from steerclear.model.messages import Notice, NoticeChange
from steerclear.model.notice_items import FlightDetails, MovementDetails, NoticeItem, Opening, SiteDetails, ZoneDetails
from steerclear.model.track import AltitudeDatum, Identity
from steerclear.model.vocabulary import AircraftKind, Disclosure, NoticeSubject
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D
from steerclear.services.check_plan import check_item, resolve_item
from steerclear.services.exchange import Draft
from steerclear.services.own_cover import own_cover
from steerclear.services.plan_events import PLANS, read_items
from tests.services.parties import START_S, settle
from tests.services.plans import HOUR_S, circle, flight, here, movement, name, pass_time, site, tell, two_nodes, zone

LATITUDES = st.one_of(st.floats(46.3, 46.7), st.sampled_from([-90.0, 90.0, 0.0, 46.5]), st.floats(-90.0, 90.0))
LONGITUDES = st.one_of(st.floats(7.3, 7.7), st.sampled_from([-180.0, 180.0, 0.0, 7.5]), st.floats(-180.0, 180.0))
POSITIONS = st.builds(Position, latitude_deg=LATITUDES, longitude_deg=LONGITUDES)
AREAS = st.one_of(
    st.builds(CircleArea, centre=POSITIONS, radius_m=st.one_of(st.floats(1e-9, 500_000.0), st.just(500_000.0))),
    st.builds(PolygonArea, vertices=st.lists(POSITIONS, min_size=3, max_size=6).map(tuple)),
)
TIMES = st.one_of(
    st.floats(0.0, 30 * HOUR_S).map(lambda after_s: START_S + after_s), st.sampled_from([0.0, 253_402_300_798.0])
)
HEIGHTS = st.one_of(st.floats(0.0, 3_000.0), st.floats(-1e15, 1e15), st.sampled_from([-2_001.0, 100_001.0, 1e15]))


@st.composite
def volumes_of_the_rules(draw) -> Volume4D:
    """Volumes as messages may hold them: sound in time and height, and of any outline."""
    lower_m, upper_m = sorted((draw(HEIGHTS), draw(HEIGHTS)))
    if lower_m == upper_m:
        lower_m = None
    from_s, until_s = sorted((draw(TIMES), draw(TIMES)))
    return Volume4D(
        area=draw(AREAS),
        lower_m=draw(st.sampled_from([lower_m, None])),
        upper_m=draw(st.sampled_from([upper_m, None])),
        altitude_datum=draw(st.sampled_from(AltitudeDatum)),
        from_s=from_s,
        until_s=until_s if until_s > from_s else from_s + 1.0,
    )


VOLUMES = volumes_of_the_rules()
NAMES = st.text(st.characters(categories=["L", "N"]), max_size=12)
FLIGHTS = st.builds(
    FlightDetails,
    state=st.sampled_from(IntentState),
    priority=st.integers(-(10**15), 10**15),
    purpose=st.sampled_from(FlightPurpose),
    kind=st.sampled_from(AircraftKind),
    identities=st.lists(st.builds(Identity, callsign=st.one_of(st.none(), NAMES)), max_size=2).map(tuple),
    off_nominal_volumes=st.just(()),
)
BASES = st.sampled_from(ConstraintBasis)
DETAILS = {
    NoticeSubject.FLIGHT: FLIGHTS,
    NoticeSubject.ZONE: st.builds(ZoneDetails, state=st.sampled_from(ConstraintState), basis=BASES, sought=BASES),
    NoticeSubject.PROTECTED_SITE: st.builds(
        SiteDetails,
        function=NAMES,
        position=st.one_of(st.none(), POSITIONS),
        radius_m=st.one_of(st.none(), st.floats(1e-9, 500_000.0)),
        markings=NAMES,
    ),
    NoticeSubject.MOVEMENT: st.builds(
        MovementDetails,
        function=NAMES,
        route=st.lists(POSITIONS, max_size=4).map(tuple),
        half_width_m=st.one_of(st.none(), st.floats(1e-9, 500_000.0)),
        markings=NAMES,
        vehicles=st.one_of(st.none(), st.integers(0, 10**15)),
    ),
}
DETAILS[NoticeSubject.ACTIVITY] = DETAILS[NoticeSubject.ZONE]
COMMITMENTS = st.one_of(st.none(), st.just("0f" * 32), st.just("1e" * 32))


@st.composite
def notices(draw, notice_id: str, revision: int):
    subject = draw(st.sampled_from(NoticeSubject))
    change = NoticeChange.NEW if revision == 1 else draw(st.sampled_from(list(NoticeChange)[1:]))
    details = draw(st.one_of(st.none(), DETAILS[subject]))
    volumes = draw(st.lists(VOLUMES, max_size=3).map(tuple))
    if isinstance(details, FlightDetails) and draw(st.booleans()):
        details = msgspec.structs.replace(details, off_nominal_volumes=volumes[(len(volumes) + 1) // 2 :])
    opening = Opening(salt=bytes(32), content=(draw(st.binary(max_size=20)),)) if change == "opened" else None
    item = NoticeItem(
        item_id=notice_id,
        revision=draw(st.integers(1, 3)),
        details=details if details is not None or opening is None else draw(DETAILS[subject]),
        commitment=draw(COMMITMENTS) if opening is None else "0f" * 32,
        opening=opening,
    )
    from_s, until_s = sorted((draw(TIMES), draw(TIMES)))
    until_s = max(until_s, from_s + 1.0)
    return Notice(
        notice_id=notice_id,
        revision=revision,
        change=change,
        subject=subject,
        title=draw(NAMES) or "t",
        volumes=volumes,
        from_s=from_s,
        until_s=until_s,
        disclosure=draw(st.sampled_from(Disclosure)),
        contact_function="duty officer",
        to_function="duty officer",
        item=item if opening is not None or draw(st.integers(0, 3)) else msgspec.UNSET,
    )


@pytest.fixture(scope="module")
def south_and_north():
    north, south = two_nodes()
    tell(south, zone(101, volumes=(circle(2.0),)))
    tell(south, zone(102, sought=ConstraintBasis.AGREED, volumes=(circle(3.0),)))
    settle(north, south)
    yield north, south
    north.close()
    south.close()


NUMBERS = iter(range(1, 10**9))


@pytest.mark.requirement("SC-PLR-21")
def test_whatever_a_peer_declares_our_own_work_goes_on(south_and_north, capsys):
    north, south = south_and_north
    taken = []

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def declare(data):
        notice_id = f"item-{next(NUMBERS)}"
        for revision in (1, 2):
            notice = data.draw(notices(notice_id, revision))
            try:
                north.exchange.send(
                    [Draft("south", lambda own_id, told=notice: msgspec.structs.replace(told, message_id=own_id))]
                ).stored.result()
            except LineFaultError:
                return  # what no message may hold
            taken.append(revision)
            settle(north, south)
        hours = (south.clock.time_s - START_S) / HOUR_S + data.draw(st.sampled_from([0.0, 0.01]))
        pass_time(hours, south, north)
        for item in (flight(7), zone(107), site(207), movement(307)):
            found, _ = check_item(south.exchange, item)
            assert not found.impossible()
        resolve_item(south.exchange, flight(7, volumes=(circle(),)))
        own_cover(south.exchange, here(0.01, 0.01), START_S + 2.5 * HOUR_S, 700.0, AltitudeDatum.ELLIPSOID)
        standings = [msgspec.to_builtins(one) for one in read_items(south.store) if one.item_id == notice_id]
        print_items(standings)
        for standing in standings:
            print_item(standing)
        capsys.readouterr()
        assert name(101) in {one.item_id for one in read_items(south.store)}

    declare()
    assert len(taken) > 50, "most of it was let through"
    # A node that has heard all of it builds the same views again.
    live = south.store.view_items(PLANS)
    south.store.rebuild_views()
    assert south.store.view_items(PLANS) == live
