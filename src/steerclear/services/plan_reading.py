"""The declared item that a notice tells: exactly as it was declared where it is told in full, otherwise none."""

from __future__ import annotations

from typing import Any

from steerclear.model.intent import (
    Constraint,
    ConstraintBasis,
    ConstraintState,
    IntentState,
    Movement,
    OperationalIntent,
    ProtectedSite,
)
from steerclear.model.messages import Notice
from steerclear.model.notice_items import FlightDetails, MovementDetails, NoticeItem, SiteDetails, ZoneDetails
from steerclear.model.plans import AnyItem, DeclaredItem, declared
from steerclear.model.vocabulary import AircraftKind, Disclosure, NoticeSubject
from steerclear.model.volumes import CircleArea


def told_item(notice: Notice, party: str) -> DeclaredItem | None:
    """The item that a notice tells in full; None for one told coarsely or sealed, or that names no such item."""
    if notice.disclosure is not Disclosure.FULL:
        return None
    if not isinstance(notice.item, NoticeItem):
        return _plain_item(notice, party)
    details, name, revision = notice.item.details, notice.item.item_id, notice.item.revision
    common: dict[str, Any] = {"revision": revision, "party": party, "contact_function": notice.contact_function}
    it: AnyItem
    match details:
        case FlightDetails():
            it = OperationalIntent(
                intent_id=name,
                state=details.state,
                title=notice.title,
                volumes=notice.volumes[: len(notice.volumes) - len(details.off_nominal_volumes)],
                off_nominal_volumes=details.off_nominal_volumes,
                priority=details.priority,
                purpose=details.purpose,
                kind=details.kind,
                identities=details.identities,
                **common,
            )
        case ZoneDetails():
            it = Constraint(
                constraint_id=name,
                state=details.state,
                basis=details.basis,
                sought=details.sought,
                title=notice.title,
                volumes=notice.volumes,
                **common,
            )
        case SiteDetails(position=position, radius_m=radius_m) if position is not None and radius_m is not None:
            it = ProtectedSite(
                site_id=name,
                function=details.function,
                position=position,
                radius_m=radius_m,
                markings=details.markings,
                from_s=notice.from_s,
                until_s=notice.until_s,
                **common,
            )
        case MovementDetails(half_width_m=half_width_m) if half_width_m is not None:
            it = Movement(
                movement_id=name,
                function=details.function,
                route=details.route,
                half_width_m=half_width_m,
                markings=details.markings,
                vehicles=details.vehicles,
                from_s=notice.from_s,
                until_s=notice.until_s,
                **common,
            )
        case _:
            return None
    return declared(it)


def _plain_item(notice: Notice, party: str) -> DeclaredItem | None:
    """What a notice means that a desk wrote by hand, as far as it has airspace."""
    common: dict[str, Any] = {"revision": notice.revision, "party": party, "contact_function": notice.contact_function}
    if not notice.volumes:
        return None
    match notice.subject:
        case NoticeSubject.FLIGHT:
            return declared(
                OperationalIntent(
                    intent_id=notice.notice_id,
                    state=IntentState.ACCEPTED,
                    title=notice.title,
                    volumes=notice.volumes,
                    kind=AircraftKind.CREWED,
                    **common,
                )
            )
        case NoticeSubject.ZONE | NoticeSubject.ACTIVITY:
            return declared(
                Constraint(
                    constraint_id=notice.notice_id,
                    state=ConstraintState.CONFIRMED,
                    basis=ConstraintBasis.UNILATERAL,
                    title=notice.title,
                    volumes=notice.volumes,
                    **common,
                )
            )
        case NoticeSubject.PROTECTED_SITE if len(notice.volumes) == 1:
            area = notice.volumes[0].area
            if not isinstance(area, CircleArea):
                return None
            return declared(
                ProtectedSite(
                    site_id=notice.notice_id,
                    function=notice.title,
                    position=area.centre,
                    radius_m=area.radius_m,
                    from_s=notice.from_s,
                    until_s=notice.until_s,
                    **common,
                )
            )
        case _:
            return None
