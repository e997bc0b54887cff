"""Plans, zones, sites and movements for tests, and two nodes that talk about them."""

from __future__ import annotations

import msgspec

from steerclear.model.agreement import NoticeTime
from steerclear.model.intent import (
    Constraint,
    ConstraintBasis,
    ConstraintState,
    IntentState,
    Movement,
    OperationalIntent,
    ProtectedSite,
)
from steerclear.model.plans import declared
from steerclear.model.track import AltitudeDatum, Identity
from steerclear.model.vocabulary import NoticeSubject
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D
from steerclear.services.declare_items import Wish, amend, submit
from steerclear.services.plan_events import read_item
from tests.services.parties import START_S, Node, make_agreement, settle

HOUR_S = 3_600.0


def name(number: int) -> str:
    """A UUID of version 4."""
    return f"{number:08x}-0000-4000-8000-{number:012x}"


def here(north_deg: float = 0.0, east_deg: float = 0.0) -> Position:
    return Position(latitude_deg=46.5 + north_deg, longitude_deg=7.5 + east_deg)


def circle(north_deg=0.0, radius_m=2_000.0, from_h=2.0, until_h=3.0, lower_m=500.0, upper_m=1_000.0) -> Volume4D:
    return Volume4D(
        area=CircleArea(centre=here(north_deg), radius_m=radius_m),
        lower_m=lower_m,
        upper_m=upper_m,
        altitude_datum=AltitudeDatum.ELLIPSOID,
        from_s=START_S + from_h * HOUR_S,
        until_s=START_S + until_h * HOUR_S,
    )


def box(from_h=2.0, until_h=3.0) -> Volume4D:
    corners = (here(), here(0.02), here(0.02, 0.03), here(0.0, 0.03))
    return msgspec.structs.replace(circle(from_h=from_h, until_h=until_h), area=PolygonArea(vertices=corners))


def flight(number=1, revision=1, volumes=None, **changes):
    plain = OperationalIntent(
        intent_id=name(number),
        revision=revision,
        party="",
        state=IntentState.ACCEPTED,
        title="Two helicopters to the hut",
        volumes=(box(),) if volumes is None else volumes,
        identities=(Identity(callsign="N12", icao_address=0x4B1234),),
    )
    return declared(msgspec.structs.replace(plain, **changes))


def zone(number=100, revision=1, volumes=None, sought=ConstraintBasis.UNILATERAL, **changes):
    plain = Constraint(
        constraint_id=name(number),
        revision=revision,
        party="",
        state=ConstraintState.REQUESTED,
        basis=ConstraintBasis.UNILATERAL,
        sought=sought,
        title="Firing range",
        volumes=(circle(),) if volumes is None else volumes,
    )
    return declared(msgspec.structs.replace(plain, **changes))


def site(number=200, **changes):
    plain = ProtectedSite(
        site_id=name(number),
        revision=1,
        party="",
        function="field hospital",
        position=here(0.3),
        radius_m=300.0,
        markings="a red cross on the roof",
        from_s=START_S + HOUR_S,
        until_s=START_S + 48 * HOUR_S,
    )
    return declared(msgspec.structs.replace(plain, **changes))


def movement(number=300, **changes):
    plain = Movement(
        movement_id=name(number),
        revision=1,
        party="",
        function="aid convoy",
        route=(here(0.5), here(0.55, 0.1), here(0.6, 0.1)),
        half_width_m=50.0,
        markings="white lorries",
        vehicles=4,
        from_s=START_S + 30 * HOUR_S,
        until_s=START_S + 36 * HOUR_S,
    )
    return declared(msgspec.structs.replace(plain, **changes))


def terms(**changes):
    """An agreement without line checks to disturb, and with a validity for flights."""
    rules = (NoticeTime(subject=NoticeSubject.FLIGHT, before_s=HOUR_S, valid_s=24 * HOUR_S),)
    return msgspec.structs.replace(make_agreement(every_s=6e5), notice_times=rules, **changes)


def two_nodes(**changes) -> tuple[Node, Node]:
    agreement = terms(**changes)
    nodes = Node("north", agreement), Node("south", agreement)
    for node in nodes:
        node.timekeeper.tick()
    settle(*nodes)
    return nodes


def tell(node: Node, item, new=True, **changes):
    """Declare or amend as the duty officer."""
    put = submit if new else amend
    return put(node.exchange, Wish(item=item, **changes), f"{node.party}-desk", "duty officer")


def ours(node: Node, number: int):
    return read_item(node.store, None, name(number))


def theirs(node: Node, number: int, party: str = "north"):
    return read_item(node.store, party, name(number))


def pass_time(hours: float, *nodes: Node) -> None:
    """The clock stands at so many hours after the start, and everyone looks at it."""
    for node in nodes:
        node.clock.time_s = START_S + hours * HOUR_S
        node.timekeeper.tick()
