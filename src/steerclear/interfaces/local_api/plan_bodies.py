"""What a desk sends about plans, zones, sites and movements; what is not its to choose is not a field.

Metres above the named datum, degrees, POSIX UTC seconds, as everywhere in the API.
"""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

import msgspec
from litestar.exceptions import ClientException

from steerclear.interfaces.local_api.limits import (
    MAX_PLAN_FINDINGS,
    MAX_PLAN_IDENTITIES,
    MAX_PLAN_VERTICES,
    MAX_PLAN_VOLUMES,
    MAX_STATED_DISTANCE_M,
    MAX_STATED_PLACES,
)
from steerclear.model.declared import StatedPlace
from steerclear.model.intent import (
    Constraint,
    ConstraintBasis,
    ConstraintState,
    FlightPurpose,
    IntentEvent,
    IntentState,
    Movement,
    OperationalIntent,
    ProtectedSite,
)
from steerclear.model.limits import MAX_IDENTIFIER_CHARS, MAX_NAME_CHARS, MAX_TEXT_CHARS, MAX_ZONE_RADIUS_M
from steerclear.model.plans import declared
from steerclear.model.resolution import Resolutions
from steerclear.model.track import Identity
from steerclear.model.vocabulary import AircraftKind, Disclosure
from steerclear.model.volumes import PolygonArea, Position, Volume4D
from steerclear.services.check_plan import ItemCheck
from steerclear.services.declare_items import Wish

Name = Annotated[str, msgspec.Meta(max_length=MAX_IDENTIFIER_CHARS)]
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME_CHARS)]
Text = Annotated[str, msgspec.Meta(max_length=MAX_TEXT_CHARS)]
Revision = Annotated[int, msgspec.Meta(ge=1, le=10**9)]
Volumes = Annotated[tuple[Volume4D, ...], msgspec.Meta(min_length=1, max_length=MAX_PLAN_VOLUMES)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=253_402_300_799)]
Width = Annotated[float, msgspec.Meta(gt=0, le=MAX_ZONE_RADIUS_M)]


class _Declaring(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every body has."""

    item_id: Name = ""
    """UUID, version 4, lower case; empty: the node makes one up. With it, sending the same again is safe."""
    revision: Revision = 1
    contact_function: Name = ""
    """Function that answers for it; empty: the one that declares."""
    disclosure: Disclosure | None = None
    """How much the other side is told; nothing: as the agreement has it, or in full."""
    region: bool = False
    """Sealed: also tell the coarse region."""
    in_spite_of: Annotated[tuple[Name, ...], msgspec.Meta(max_length=MAX_PLAN_FINDINGS)] = ()
    """Findings of the check that you have read and declare in spite of."""
    stated: Annotated[tuple[StatedPlace, ...], msgspec.Meta(max_length=MAX_STATED_PLACES)] = ()
    """Positions as they were also told in words: distance and bearing from a known place."""
    resolve: bool = False
    """For a check: also look for the smallest changes that clear it."""


class PlanBody(_Declaring, frozen=True, kw_only=True):
    """A flight, as the union of the volumes that it may be in."""

    title: Title
    volumes: Volumes
    priority: Annotated[int, msgspec.Meta(ge=-1_000_000, le=1_000_000)] = 0
    purpose: FlightPurpose = FlightPurpose.ORDINARY
    kind: AircraftKind = AircraftKind.UNCREWED
    identities: Annotated[tuple[Identity, ...], msgspec.Meta(max_length=MAX_PLAN_IDENTITIES)] = ()

    def item(self, item_id: str) -> OperationalIntent:
        """The flight."""
        return OperationalIntent(
            intent_id=item_id,
            revision=self.revision,
            party="",
            state=IntentState.ACCEPTED,
            title=self.title,
            volumes=self.volumes,
            priority=self.priority,
            purpose=self.purpose,
            kind=self.kind,
            identities=self.identities,
            contact_function=self.contact_function,
        )


class ZoneBody(_Declaring, frozen=True, kw_only=True):
    """Airspace that is restricted for a time, and on whose word."""

    title: Title
    volumes: Volumes
    sought: ConstraintBasis = ConstraintBasis.UNILATERAL

    def item(self, item_id: str) -> Constraint:
        """The zone."""
        return Constraint(
            constraint_id=item_id,
            revision=self.revision,
            party="",
            state=ConstraintState.REQUESTED,
            basis=ConstraintBasis.UNILATERAL,
            sought=self.sought,
            title=self.title,
            volumes=self.volumes,
            contact_function=self.contact_function,
        )


class SiteBody(_Declaring, frozen=True, kw_only=True):
    """A place on the ground where nobody may be harmed."""

    function: Title
    position: Position
    radius_m: Width
    markings: Text = ""
    from_s: Seconds
    until_s: Seconds

    def item(self, item_id: str) -> ProtectedSite:
        """The site."""
        return ProtectedSite(
            site_id=item_id,
            revision=self.revision,
            party="",
            function=self.function,
            position=self.position,
            radius_m=self.radius_m,
            markings=self.markings,
            contact_function=self.contact_function,
            from_s=self.from_s,
            until_s=self.until_s,
        )


class MovementBody(_Declaring, frozen=True, kw_only=True):
    """People or vehicles that move along a route within a window and must not be harmed."""

    function: Title
    route: Annotated[tuple[Position, ...], msgspec.Meta(min_length=1, max_length=MAX_PLAN_VOLUMES)]
    half_width_m: Width
    markings: Text = ""
    vehicles: Annotated[int, msgspec.Meta(ge=0, le=100_000)] | None = None
    from_s: Seconds
    until_s: Seconds

    def item(self, item_id: str) -> Movement:
        """The movement."""
        return Movement(
            movement_id=item_id,
            revision=self.revision,
            party="",
            function=self.function,
            route=self.route,
            half_width_m=self.half_width_m,
            markings=self.markings,
            vehicles=self.vehicles,
            contact_function=self.contact_function,
            from_s=self.from_s,
            until_s=self.until_s,
        )


class PlanStateBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What has happened to a flight."""

    event: IntentEvent
    off_nominal_volumes: Annotated[tuple[Volume4D, ...], msgspec.Meta(max_length=MAX_PLAN_VOLUMES)] | None = None
    """Where it may be while it does not conform; nothing: as before."""


class OpenBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which sealed revision is opened; nothing: all of them."""

    revision: Revision | None = None


class CheckView(msgspec.Struct, frozen=True, kw_only=True):
    """What is known against an item, and where that was asked for, what would clear it. Nothing is declared by it."""

    check: ItemCheck
    resolutions: Resolutions | None = None


AnyBody = PlanBody | ZoneBody | SiteBody | MovementBody


def wish_of(body: AnyBody, item_id: str | None = None) -> Wish:
    """What a body wants declared; `item_id` from the path.

    Raises:
        ClientException: 400, for too many corners, or for a place in words that is none.
    """
    item = declared(body.item(item_id or body.item_id or str(uuid4())))
    _check_corners(item.volumes)
    _check_stated(body.stated)
    return Wish(
        item=item,
        disclosure=body.disclosure,
        region=body.region,
        in_spite_of=body.in_spite_of,
        stated=body.stated,
    )


def _check_stated(stated: tuple[StatedPlace, ...]) -> None:
    for one in stated:
        where = one.position
        if not abs(where.latitude_deg) <= 90.0 or not abs(where.longitude_deg) <= 180.0:
            raise ClientException(f"stated: {where.latitude_deg}, {where.longitude_deg} is not on the Earth")
        if not 0.0 <= one.distance_m <= MAX_STATED_DISTANCE_M or not 0.0 <= one.bearing_deg <= 360.0:
            raise ClientException(
                f"stated: {one.distance_m} m and {one.bearing_deg} degrees must be 0 to {MAX_STATED_DISTANCE_M:,.0f} m"
                " and 0 to 360 degrees"
            )


def _check_corners(volumes: tuple[Volume4D, ...]) -> None:
    corners = sum(len(one.area.vertices) for one in volumes if isinstance(one.area, PolygonArea))
    if corners > MAX_PLAN_VERTICES:
        raise ClientException(f"its polygons have {corners:,} corners in all; the limit is {MAX_PLAN_VERTICES:,}")
