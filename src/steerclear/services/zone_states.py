"""Zones as bookings: what stands beside a zone, and the state that the rules of reservation give it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from steerclear.model.intent import Constraint, ConstraintBasis, ConstraintState
from steerclear.model.notice_items import NoticeItem, ZoneDetails
from steerclear.model.plans import ItemStanding
from steerclear.model.vocabulary import NoticeSubject
from steerclear.services.exchange import Exchange
from steerclear.services.plan_neighbours import items_of
from steerclear.strategic.preparing import NO_BUFFER
from steerclear.strategic.reservation import state_at


def is_zone(standing: ItemStanding) -> bool:
    """Whether an item has the life of a zone; one that is sealed has none that is known here."""
    return standing.subject in (NoticeSubject.ZONE, NoticeSubject.ACTIVITY) and bool(standing.state)


def booking(standing: ItemStanding) -> Constraint:
    """A zone as it stands now; told coarsely, with the airspace that is known of it."""
    if standing.item is not None and standing.item.zone is not None:
        zone = standing.item.zone
        return msgspec.structs.replace(
            zone, state=ConstraintState(standing.state), declared_s=standing.announced_s, volumes=standing.volumes
        )
    told = standing.notice.notice.item if standing.notice is not None else None
    details = told.details if isinstance(told, NoticeItem) else None
    known = isinstance(details, ZoneDetails)
    return Constraint(
        constraint_id=standing.item_id,
        revision=standing.revision,
        party=standing.party,
        state=ConstraintState(standing.state),
        basis=details.basis if isinstance(details, ZoneDetails) else ConstraintBasis.UNILATERAL,
        sought=details.sought if known and isinstance(details, ZoneDetails) else ConstraintBasis.UNILATERAL,
        title=standing.title,
        volumes=standing.volumes,
        declared_s=standing.announced_s,
    )


def bookings(standings: Iterable[ItemStanding]) -> list[Constraint]:
    """All zones that have not come to their end and have airspace."""
    return [booking(one) for one in standings if one.ended is None and is_zone(one) and one.volumes]


def zone_state(exchange: Exchange, zone: Constraint, now_s: float) -> ConstraintState:
    """The state of a zone of ours as it is declared at `now_s`."""
    beside = items_of(exchange).near(zone.volumes, NO_BUFFER)
    others = [one for one in bookings(beside) if one.constraint_id != zone.constraint_id]
    return state_at(zone, others, now_s)
