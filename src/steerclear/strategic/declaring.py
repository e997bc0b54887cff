"""Everything that a plan is compared with, in the one shape in which it is compared, and whether it still counts.

Only two things take a declared item out of the airspace: its party's own word, and the end of its own time. A party
whose line is down, or that does not answer, keeps all that it has declared.
"""

from __future__ import annotations

from typing import Final

from steerclear.model.agreement import AreaOfAuthority
from steerclear.model.declared import Declared, DeclaredKind
from steerclear.model.intent import (
    Constraint,
    ConstraintBasis,
    ConstraintState,
    IntentState,
    Movement,
    OperationalIntent,
    ProtectedSite,
)
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D
from steerclear.model.zone import Circle, Zone
from steerclear.strategic.movement_volumes import movement_volumes

OVER: Final = frozenset({IntentState.ENDED, ConstraintState.CLOSED, ConstraintState.CANCELLED})
"""States that a party itself has brought about."""
FLYING: Final = frozenset({IntentState.ACTIVATED, IntentState.NONCONFORMING, IntentState.CONTINGENT})


def of_flight(intent: OperationalIntent, *, reachable: bool = True) -> Declared:
    """A flight that is known in full, with where it may be while it does not conform."""
    return Declared(
        kind=DeclaredKind.FLIGHT,
        declared_id=intent.intent_id,
        revision=intent.revision,
        party=intent.party,
        title=intent.title,
        volumes=(*intent.volumes, *intent.off_nominal_volumes),
        priority=intent.priority,
        state=intent.state,
        reachable=reachable,
        contact_function=intent.contact_function,
        aircraft=intent.kind,
        purpose=intent.purpose,
        declared_s=intent.declared_s,
        revised_s=intent.revised_s,
    )


def of_zone(zone: Constraint, *, reachable: bool = True) -> Declared:
    """A zone that is known in full."""
    return Declared(
        kind=DeclaredKind.ZONE,
        declared_id=zone.constraint_id,
        revision=zone.revision,
        party=zone.party,
        title=zone.title,
        volumes=zone.volumes,
        state=zone.state,
        basis=zone.basis,
        reachable=reachable,
        contact_function=zone.contact_function,
        declared_s=zone.declared_s,
        revised_s=zone.revised_s,
    )


def of_site(site: ProtectedSite, *, reachable: bool = True) -> Declared:
    """A protected site: the airspace over it, from the ground upwards."""
    area = CircleArea(centre=site.position, radius_m=site.radius_m)
    return Declared(
        kind=DeclaredKind.SITE,
        declared_id=site.site_id,
        revision=site.revision,
        party=site.party,
        title=site.function,
        volumes=(Volume4D(area=area, from_s=site.from_s, until_s=site.until_s),),
        reachable=reachable,
        contact_function=site.contact_function,
    )


def of_movement(movement: Movement, *, reachable: bool = True) -> Declared:
    """A movement: the airspace over all of its route, for all of its window."""
    return Declared(
        kind=DeclaredKind.MOVEMENT,
        declared_id=movement.movement_id,
        revision=movement.revision,
        party=movement.party,
        title=movement.function,
        volumes=movement_volumes(movement),
        reachable=reachable,
        contact_function=movement.contact_function,
    )


def of_agreed_zone(zone: Zone) -> Declared:
    """A zone that the agreement itself names."""
    return Declared(
        kind=DeclaredKind.AGREED_ZONE,
        declared_id=zone.zone_id,
        party=zone.party,
        title=zone.name,
        volumes=(_volume(zone),),
        basis=ConstraintBasis.AGREED,
    )


def of_area(area: AreaOfAuthority) -> Declared:
    """An area of authority."""
    return Declared(
        kind=DeclaredKind.AREA,
        declared_id=area.area_id,
        party=area.claimed_by[0],
        title=area.name,
        volumes=(_volume(area),),
        claimed_by=area.claimed_by,
    )


def counts(other: Declared) -> bool:
    """Whether something declared is in force while its times last: unless its own party has ended or withdrawn it."""
    return not other.withdrawn and other.state not in OVER


def cannot_be_seen(other: Declared) -> bool:
    """Whether nothing is known of where it is: it is sealed, or came without any volume."""
    return not other.volumes


def is_overdue(other: Declared, now_s: float) -> bool:
    """Whether a flight was in use when its time ran out, and nobody has said that it ended."""
    return other.state in FLYING and bool(other.volumes) and max(volume.until_s for volume in other.volumes) < now_s


def _volume(place: Zone | AreaOfAuthority) -> Volume4D:
    shape = place.footprint
    area: CircleArea | PolygonArea
    if isinstance(shape, Circle):
        centre = Position(latitude_deg=shape.latitude_deg, longitude_deg=shape.longitude_deg)
        area = CircleArea(centre=centre, radius_m=shape.radius_m)
    else:
        area = PolygonArea(
            vertices=tuple(Position(latitude_deg=lat, longitude_deg=lon) for lat, lon in shape.vertices_deg)
        )
    return Volume4D(
        area=area,
        lower_m=place.lower_m,
        upper_m=place.upper_m,
        altitude_datum=place.altitude_datum,
        from_s=place.from_s,
        until_s=place.until_s,
    )
