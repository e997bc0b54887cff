"""What a scenario's desks declare and say, as the values that the services take."""

from __future__ import annotations

from hashlib import sha256

from steerclear.model.declared import StatedPlace
from steerclear.model.intent import (
    Constraint,
    ConstraintBasis,
    ConstraintState,
    IntentState,
    Movement,
    OperationalIntent,
    ProtectedSite,
)
from steerclear.model.messages import IdentificationRequest, LateEntry, Request, SafetyStop, Sayable
from steerclear.model.plans import AnyItem, DeclaredItem, declared
from steerclear.model.scenario import Declares, Says, ScenarioVolume
from steerclear.model.track import Identity
from steerclear.model.vocabulary import MessageKind, NoticeSubject, Urgency
from steerclear.model.volumes import CircleArea, PolygonArea, Volume4D
from steerclear.simulation.drill.faults import DrillError
from steerclear.simulation.drill.feeds import Flown


def item_id_of(drill: str, party: str, name: str) -> str:
    """The id of an item: a UUID that follows from the scenario's names, so that every run has the same one."""
    digits = sha256(f"{drill}/{party}/{name}".encode()).hexdigest()
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"


def item_of(said: Declares, item_id: str, revision: int) -> DeclaredItem:
    """The item of a declaration."""
    return declared(_item(said, item_id, revision))


def _item(said: Declares, item_id: str, revision: int) -> AnyItem:
    match said.subject:
        case NoticeSubject.FLIGHT:
            return OperationalIntent(
                intent_id=item_id,
                revision=revision,
                party=said.party,
                state=IntentState.ACCEPTED,
                title=said.title,
                volumes=tuple(volume_of(volume) for volume in said.volumes),
                kind=said.kind,
                identities=(
                    *(Identity(callsign=callsign) for callsign in said.callsigns),
                    *(Identity(icao_address=address) for address in said.icao_addresses),
                ),
            )
        case NoticeSubject.PROTECTED_SITE if said.position and said.radius_m and said.from_s and said.until_s:
            return ProtectedSite(
                site_id=item_id,
                revision=revision,
                party=said.party,
                function=said.title,
                position=said.position,
                radius_m=said.radius_m,
                markings=said.markings,
                from_s=said.from_s,
                until_s=said.until_s,
            )
        case NoticeSubject.MOVEMENT if said.half_width_m and said.from_s and said.until_s:
            return Movement(
                movement_id=item_id,
                revision=revision,
                party=said.party,
                function=said.title,
                route=said.route,
                half_width_m=said.half_width_m,
                markings=said.markings,
                vehicles=said.vehicles,
                from_s=said.from_s,
                until_s=said.until_s,
            )
        case _:
            return Constraint(
                constraint_id=item_id,
                revision=revision,
                party=said.party,
                state=ConstraintState.REQUESTED,
                basis=ConstraintBasis.UNILATERAL,
                sought=said.sought,
                title=said.title,
                volumes=tuple(volume_of(volume) for volume in said.volumes),
            )


def stated_of(said: Declares) -> tuple[StatedPlace, ...]:
    """Where the item's position was also told in words."""
    where = said.position or next(iter(said.route), None)
    if said.stated is None or where is None:
        return ()
    words = said.stated
    return (StatedPlace(position=where, place=words.place, distance_m=words.distance_m, bearing_deg=words.bearing_deg),)


def volume_of(said: ScenarioVolume) -> Volume4D:
    """The airspace of a scenario."""
    area: CircleArea | PolygonArea
    if said.circle is not None:
        area = CircleArea(centre=said.circle.centre, radius_m=said.circle.radius_m)
    else:
        area = PolygonArea(vertices=said.polygon)
    return Volume4D(
        area=area,
        lower_m=said.lower_m,
        upper_m=said.upper_m,
        altitude_datum=said.altitude_datum,
        from_s=said.from_s,
        until_s=said.until_s,
    )


def message_of(said: Says, flown: dict[str, Flown], now_s: float) -> Sayable:
    """The message of a saying."""
    match said.kind:
        case MessageKind.SAFETY_STOP if said.volume is not None:
            return SafetyStop(to_function=said.to_function, text=said.text, volume=volume_of(said.volume))
        case MessageKind.REQUEST:
            return Request(
                to_function=said.to_function,
                urgency=said.urgency or Urgency.URGENT,
                text=said.text,
                asks=said.asks,
                about="",
            )
        case MessageKind.IDENTIFICATION_REQUEST:
            return _identification(said, flown, now_s)
        case MessageKind.LATE_ENTRY if said.said_s is not None:
            return LateEntry(
                to_function=said.to_function,
                urgency=said.urgency or Urgency.ROUTINE,
                text=said.text,
                said_s=said.said_s,
                means=said.means,
                of_kind=said.of_kind,
                by_us=said.by_us,
                our_function=said.function,
                their_function=said.their_function,
            )
        case _:
            raise DrillError(f"says {said.name or said.kind!r}: a scenario cannot say this")


def _identification(said: Says, flown: dict[str, Flown], now_s: float) -> IdentificationRequest:
    aircraft = flown[said.track]
    place, altitude_m, east_mps, north_mps = aircraft.place(now_s)
    return IdentificationRequest(
        to_function=said.to_function,
        urgency=said.urgency or Urgency.URGENT,
        text=said.text,
        track_id=said.track,
        position=place,
        altitude_m=altitude_m,
        altitude_datum=aircraft.track.altitude_datum,
        east_mps=east_mps,
        north_mps=north_mps,
        seen_at_s=now_s,
    )
