"""A safety stop from what a desk points at: a track's way ahead, a zone or a protected site, with a margin around it.

The volume may only be too large: outlines of zones are taken as the circle that holds them, and the way ahead as a band
that begins behind the aircraft. It is read back in words from known places, so that a wrong place is heard. A stop
informs; what the other side does stays its own decision.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import atan2, degrees, hypot
from typing import Final

import msgspec

from steerclear.geodesy.paths import destination, surface_distance
from steerclear.model.messages import SafetyStop
from steerclear.model.plan_check import NearPlace
from steerclear.model.plans import ItemStanding
from steerclear.model.track import Track
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D
from steerclear.services.exchange import Exchange, Sent
from steerclear.services.faults import LineRequestError
from steerclear.services.identify.doubts import with_doubt
from steerclear.services.known_places import known_places, middle_of
from steerclear.services.plan_events import read_items
from steerclear.services.say import say
from steerclear.strategic.declaring import of_agreed_zone
from steerclear.strategic.faults import VolumeError
from steerclear.strategic.preparing import prepared
from steerclear.strategic.reading_back import read_back
from steerclear.strategic.words import near_text

MARGIN_M: Final = 1_000.0
"""Kept around what is pointed at unless the desk says another."""
AHEAD_S: Final = 300.0
"""How much of a track's way ahead is taken in."""
LASTS_S: Final = 3_600.0
"""How long a stop holds unless the desk says another time."""
MAX_MARGIN_M: Final = 50_000.0
MAX_AHEAD_S: Final = 3_600.0
MAX_LASTS_S: Final = 86_400.0
_STANDS_MPS: Final = 1.0
"""Slower than this it has no direction; a circle is drawn around it."""


class StopWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a stop is drawn around, and how it is sent."""

    to: tuple[str, ...] = ()
    """Parties; empty: all of them."""
    margin_m: float = MARGIN_M
    ahead_s: float = AHEAD_S
    lasts_s: float = LASTS_S
    text: str = ""

    def check(self) -> None:
        """Raises LineRequestError for a value out of its range."""
        for name, value, most in (
            ("margin_m", self.margin_m, MAX_MARGIN_M),
            ("ahead_s", self.ahead_s, MAX_AHEAD_S),
            ("lasts_s", self.lasts_s, MAX_LASTS_S),
        ):
            if not 0.0 < value <= most:
                raise LineRequestError(f"{name} is {value!r}: give more than 0 and at most {most:g}")


class StopSent(msgspec.Struct, frozen=True, kw_only=True):
    """A safety stop that is durable and on its way."""

    message_ids: tuple[str, ...]
    to: tuple[str, ...]
    volume: Volume4D
    read_back: str
    """Where it is, in words, to be read aloud; empty where no place is known by name."""
    doubt: str = ""
    """Why the aircraft may not be where the stop is drawn, in words that go with it; empty where nothing says so."""


def volume_around_track(track: Track, now_s: float, wish: StopWish, silent_s: float = 0.0) -> Volume4D:
    """The band over a track's way ahead, or the circle around one that stands; at all heights.

    The picture shows it where it is if it has flown straight on since it was last heard, `silent_s` ago: the band
    begins where it was then.
    """
    speed_mps = hypot(track.east_mps, track.north_mps)
    longitude_deg = (track.longitude_deg + 180.0) % 360.0 - 180.0
    here = Position(latitude_deg=track.latitude_deg, longitude_deg=longitude_deg)
    if speed_mps < _STANDS_MPS:
        return _over(CircleArea(centre=here, radius_m=wish.margin_m), now_s, wish)
    course_deg = degrees(atan2(track.east_mps, track.north_mps))
    behind = _from(here, course_deg + 180.0, speed_mps * silent_s + wish.margin_m)
    front = _from(here, course_deg, speed_mps * wish.ahead_s + wish.margin_m)
    corners = (
        _from(behind, course_deg - 90.0, wish.margin_m),
        _from(front, course_deg - 90.0, wish.margin_m),
        _from(front, course_deg + 90.0, wish.margin_m),
        _from(behind, course_deg + 90.0, wish.margin_m),
    )
    return _over(PolygonArea(vertices=corners), now_s, wish)


def volume_around_item(exchange: Exchange, item_id: str, now_s: float, wish: StopWish) -> Volume4D:
    """The circle that holds a zone, a protected site, or another declared item, with the margin; at all heights.

    Raises LineRequestError for no such item, and for one of which nothing is known of where it is.
    """
    volumes = _volumes_of(exchange, item_id)
    if not volumes:
        raise LineRequestError(
            f"no zone or site {item_id!r} is known with its place; `steerclear zone list` shows them"
        )
    centre, radius_m = _holding(volumes)
    return _over(CircleArea(centre=centre, radius_m=radius_m + wish.margin_m), now_s, wish)


def send_stop(
    exchange: Exchange, volume: Volume4D, wish: StopWish, desk_id: str, function: str, doubt: str = ""
) -> StopSent:
    """Send a safety stop to the named parties, or to all; once it is durable. `doubt` is told to them with its text.

    Raises what `say` raises, StoreError.
    """
    to = tuple(dict.fromkeys(wish.to)) or tuple(sorted(exchange.lines))
    text = with_doubt(wish.text, doubt)
    sent: Sent = say(exchange, to, SafetyStop(volume=volume, text=text), desk_id, function)
    sent.stored.result()
    words = read_back_words(exchange, volume)
    return StopSent(message_ids=sent.message_ids, to=to, volume=volume, read_back=words, doubt=doubt)


def read_back_words(exchange: Exchange, where: Volume4D | Position) -> str:
    """Where a volume or place is, by distance and bearing from the nearest known place, as either desk reads it."""
    position = middle_of(where.area) if isinstance(where, Volume4D) else where
    near: NearPlace | None = read_back(position, known_places(exchange.agreement))
    return "" if near is None else near_text(near)


def _over(area: CircleArea | PolygonArea, now_s: float, wish: StopWish) -> Volume4D:
    return Volume4D(area=area, from_s=now_s, until_s=now_s + wish.lasts_s)


def _volumes_of(exchange: Exchange, item_id: str) -> Sequence[Volume4D]:
    for zone in exchange.agreement.zones:
        if zone.zone_id == item_id:
            return of_agreed_zone(zone).volumes
    found: ItemStanding | None = next((one for one in read_items(exchange.journal) if one.item_id == item_id), None)
    return () if found is None else found.volumes


def _holding(volumes: Sequence[Volume4D]) -> tuple[Position, float]:
    """A circle that holds all footprints: around the middle of the first, out to the farthest point of any."""
    footprints = []
    for volume in volumes:
        try:
            footprints.append(prepared(volume).footprint)
        except VolumeError:
            continue
    if not footprints:
        raise LineRequestError("nothing of its outline can be used; draw the stop around a place instead")
    latitude_deg, longitude_deg = footprints[0].middle_deg
    reach_m = max(
        float(surface_distance(latitude_deg, longitude_deg, *footprint.middle_deg)) + footprint.reach_m
        for footprint in footprints
    )
    return Position(latitude_deg=latitude_deg, longitude_deg=longitude_deg), reach_m


def _from(point: Position, bearing_deg: float, away_m: float) -> Position:
    latitude_deg, longitude_deg = destination(point.latitude_deg, point.longitude_deg, bearing_deg, away_m)
    return Position(latitude_deg=float(latitude_deg), longitude_deg=float(longitude_deg))
