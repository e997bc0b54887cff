"""Which of our own items an aircraft or a place belongs to: what a desk asks before it says "ours" or "not ours".

Sealed items answer too, by their name alone: it can stand in a response without anything being opened.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from steerclear.model.messages import IdentificationRequest
from steerclear.model.plans import ItemStanding
from steerclear.model.track import AltitudeDatum, Identity
from steerclear.model.vocabulary import Disclosure, NoticeSubject
from steerclear.model.volumes import CircleArea, Position, Volume4D
from steerclear.services.acknowledge import find_standing
from steerclear.services.exchange import Exchange
from steerclear.services.faults import NotAnswerableError
from steerclear.services.item_index import may_still_fly
from steerclear.services.plan_events import read_items
from steerclear.services.plan_neighbours import OVERDUE_KEPT_S
from steerclear.strategic.faults import VolumeError
from steerclear.strategic.limits import MAX_ALTITUDE_M, MIN_ALTITUDE_M
from steerclear.strategic.volumes import Buffer, PreparedVolume, overlap, prepare
from steerclear.strategic.widest import widest_reading

ABOUT_S = 300.0
"""A track is seen somewhat before or after it is asked about, and clocks differ."""
ABOUT_M = 1_000.0
"""How far outside its volumes an aircraft may have been seen and still be named as probably that one."""
_POINT_M = 1.0


class OwnCover(msgspec.Struct, frozen=True, kw_only=True):
    """An item of ours that may be what is asked about."""

    reference: str
    """Its name, to stand in the response; it tells nothing of the item."""
    subject: NoticeSubject
    title: str
    disclosure: Disclosure
    inside: bool
    """The place lies inside its volumes at that time; otherwise within a kilometre and five minutes (a flight in use
    whose time ran out may still be there), or only the identity fits."""
    identity_fits: bool
    contact_function: str


def own_cover(
    exchange: Exchange,
    position: Position,
    time_s: float,
    altitude_m: float | None = None,
    datum: AltitudeDatum | None = None,
    identity: Identity | None = None,
) -> tuple[OwnCover, ...]:
    """Items of ours that cover a place at a time, or that name the identity; those that fit best first."""
    if altitude_m is not None and not MIN_ALTITUDE_M <= altitude_m <= MAX_ALTITUDE_M - _POINT_M:
        altitude_m = datum = None  # no height at all, so it rules nothing out
    seen = Volume4D(
        area=CircleArea(centre=position, radius_m=_POINT_M),
        lower_m=altitude_m,
        upper_m=None if altitude_m is None else altitude_m + _POINT_M,
        altitude_datum=datum,
        from_s=time_s,
        until_s=time_s + 1.0,
    )
    found = [cover for standing in read_items(exchange.journal) if standing.ours
             for cover in (_cover(standing, seen, identity),) if cover is not None]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (not one.identity_fits, not one.inside, one.reference)))


def cover_of_request(exchange: Exchange, message_id: str) -> tuple[OwnCover, ...]:
    """What of ours may be what a peer's identification request asks about.

    Raises UnknownMessageError, NotAnswerableError for a message that asks no such thing.
    """
    asked = find_standing(exchange, message_id).message
    if not isinstance(asked, IdentificationRequest):
        raise NotAnswerableError(f"{message_id} does not ask whose an aircraft is")
    return own_cover(exchange, asked.position, asked.seen_at_s, asked.altitude_m, asked.altitude_datum, asked.identity)


def _cover(standing: ItemStanding, seen: Volume4D, identity: Identity | None) -> OwnCover | None:
    late_s = OVERDUE_KEPT_S if may_still_fly(standing) else 0.0
    if not standing.from_s - ABOUT_S <= seen.from_s <= standing.until_s + late_s + ABOUT_S:
        return None
    inside = _meets(standing.volumes, seen, Buffer(horizontal_m=0.0, vertical_m=0.0, time_s=0.0))
    about = Buffer(horizontal_m=ABOUT_M, vertical_m=ABOUT_M, time_s=ABOUT_S)
    lasting = tuple(msgspec.structs.replace(one, until_s=one.until_s + late_s) for one in standing.volumes)
    near = inside or _meets(lasting, seen, about)
    fits = _identity_fits(standing, identity)
    if not (near or fits):
        return None
    return OwnCover(
        reference=standing.item_id,
        subject=standing.subject,
        title=standing.title,
        disclosure=standing.disclosure,
        inside=inside,
        identity_fits=fits,
        contact_function=standing.contact_function,
    )


def _meets(volumes: tuple[Volume4D, ...], seen: Volume4D, buffer: Buffer) -> bool:
    try:
        point = prepare(seen)
    except VolumeError:
        return False
    return any(overlap(one, point, buffer) is not None for one in _comparable(volumes))


def _comparable(volumes: tuple[Volume4D, ...]) -> Iterator[PreparedVolume]:
    """The volumes in their widest reading; what is no volume hides none of the others."""
    for volume in volumes:
        readable = widest_reading(volume)
        if readable is not None:
            yield prepare(readable)


def _identity_fits(standing: ItemStanding, identity: Identity | None) -> bool:
    if identity is None or standing.item is None or standing.item.flight is None:
        return False
    return any(_same(one, identity) for one in standing.item.flight.identities)


def _same(one: Identity, other: Identity) -> bool:
    pairs = (
        (one.icao_address, other.icao_address),
        (one.callsign, other.callsign),
        (one.remote_id, other.remote_id),
    )
    return any(mine is not None and mine == theirs for mine, theirs in pairs)
