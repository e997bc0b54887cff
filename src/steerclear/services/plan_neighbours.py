"""What a plan is compared with: everything that is known to be declared, ours and the peers', as `strategic` takes it.

Nothing leaves this list because a peer is silent or its line is down: an item counts until its time has run out or
its own party has ended it. What the agreement itself names, `strategic` knows from the agreement.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final, NamedTuple

import msgspec

from steerclear.dialogue.link_state import LinkState
from steerclear.model.declared import Declared, DeclaredKind, Known
from steerclear.model.intent import (
    Constraint,
    ConstraintBasis,
    ConstraintState,
    IntentState,
    Movement,
    OperationalIntent,
)
from steerclear.model.messages import Verdict
from steerclear.model.notice_items import FlightDetails, NoticeItem, ZoneDetails
from steerclear.model.plans import DeclaredItem, ItemEnd, ItemStanding, item_key
from steerclear.model.vocabulary import NoticeSubject
from steerclear.services.exchange import Exchange
from steerclear.services.item_index import ItemIndex, Span, may_still_fly
from steerclear.services.line_events import read_standing, standing_key
from steerclear.services.plan_notices import airspace_of
from steerclear.strategic.declaring import of_flight, of_movement, of_site, of_zone
from steerclear.strategic.minima import Requirements
from steerclear.strategic.resolve import search_reach
from steerclear.strategic.terms import PlanTerms

OVERDUE_KEPT_S: Final = 24 * 3_600.0
"""A flight in use whose time ran out, without a word that it ended, is shown for so long."""
_KINDS: Final = {
    NoticeSubject.FLIGHT: DeclaredKind.FLIGHT,
    NoticeSubject.ACTIVITY: DeclaredKind.ZONE,
    NoticeSubject.ZONE: DeclaredKind.ZONE,
    NoticeSubject.PROTECTED_SITE: DeclaredKind.SITE,
    NoticeSubject.MOVEMENT: DeclaredKind.MOVEMENT,
}


def as_declared(item: DeclaredItem) -> Declared:
    """An item that is known in full, as it is compared."""
    match item.it:
        case OperationalIntent() as flight:
            return of_flight(flight)
        case Constraint() as zone:
            return of_zone(zone)
        case Movement() as movement:
            return of_movement(movement)
        case site:
            return of_site(site)


def declared_of(standing: ItemStanding, reachable: bool) -> Declared:
    """An item as it is compared, as far as it is known here."""
    revised_s = standing.history[-1].at_s if standing.history else standing.announced_s
    common: dict[str, Any] = {
        "state": _state(standing),
        "withdrawn": standing.ended in (ItemEnd.CANCELLED, ItemEnd.ENDED),
        "reachable": reachable,
        "subject": standing.subject,
        "declared_s": standing.announced_s,
        "revised_s": revised_s,
    }
    if standing.item is not None:
        return msgspec.structs.replace(as_declared(standing.item), **common)
    told = standing.notice.notice.item if standing.notice is not None else None
    details = told.details if isinstance(told, NoticeItem) else None
    whole = Declared(
        kind=_KINDS[standing.subject],
        declared_id=standing.item_id,
        revision=standing.revision,
        party=standing.party,
        title=standing.title,
        volumes=standing.volumes,
        contact_function=standing.contact_function,
        known=Known.COARSE if standing.volumes else Known.SEALED,
        from_s=None if standing.volumes else standing.from_s,
        until_s=None if standing.volumes else standing.until_s,
    )
    if isinstance(details, FlightDetails):
        common |= {"priority": details.priority, "purpose": details.purpose, "aircraft": details.kind}
    elif isinstance(details, ZoneDetails):
        common |= {"basis": details.basis}
    return msgspec.structs.replace(whole, **common)


class Neighbours(NamedTuple):
    """What an item is compared with."""

    near: list[Declared]
    """All that can come up in the comparison."""
    elsewhere: int
    """How many others of that time are known, with a place too far away to come up."""


def items_of(exchange: Exchange) -> ItemIndex:
    """The index of a node's declared items, made when it is first asked for."""
    with exchange.index_lock:
        if exchange.items is None:
            exchange.items = ItemIndex(exchange.journal, partial(declared_of, reachable=True))
        return exchange.items


def neighbours(exchange: Exchange, item: DeclaredItem, now_s: float, searching: bool = False) -> Neighbours:
    """Everything that an item is to be compared with; `searching`: also what a change of it could come near to."""
    airspace = airspace_of(item)
    if not airspace:
        return Neighbours([], 0)  # nothing that could come near to anything
    terms = PlanTerms(agreement=exchange.agreement)
    reach, items = search_reach(terms), items_of(exchange)
    found = items.near(airspace, reach if searching else Requirements(terms).widest)
    span = Span(item.from_s, item.until_s, reach.time_s, now_s, OVERDUE_KEPT_S)
    known = items.count(span, item_key(None, item.item_id))
    near = []
    for standing in found:
        if standing.ours and standing.item_id == item.item_id:
            continue
        if not _matters(standing, span):
            continue
        line = exchange.lines.get(standing.party)
        other = declared_of(standing, standing.ours or (line is not None and line.link is LinkState.UP))
        if other.basis is ConstraintBasis.AGREED and not (standing.ours or approved_by_us(exchange, standing)):
            # Its party says that all have agreed, and we have not.
            other = msgspec.structs.replace(other, basis=ConstraintBasis.UNILATERAL)
        near.append(other)
    return Neighbours(near, known - sum(bool(one.volumes) for one in near))


def approved_by_us(exchange: Exchange, standing: ItemStanding) -> bool:
    """Whether the last that a desk of ours has responded to a peer's item as it is now was that we approve it."""
    line = exchange.lines.get(standing.party)
    for message_id in reversed(standing.heard):
        sequence = None if line is None else line.terms.incoming.sequence_of(message_id)
        if sequence is None:
            continue
        asked = read_standing(exchange.journal, standing_key(standing.party, False, sequence))
        if asked is not None and asked.response.given is not None:
            return asked.response.given.verdict is Verdict.APPROVED
    return False


def is_overdue(standing: ItemStanding, now_s: float) -> bool:
    """Whether a flight was in use when its time ran out, less than a day ago, and nobody has said that it ended."""
    return may_still_fly(standing) and standing.until_s <= now_s <= standing.until_s + OVERDUE_KEPT_S


def _matters(standing: ItemStanding, span: Span) -> bool:
    """Whether an item can come up: it counts, and comes near in time to what the plan is or could be moved to."""
    if standing.ended is not None or span.now_s > standing.until_s:
        return is_overdue(standing, span.now_s)
    return standing.from_s - span.near_s <= span.until_s and span.from_s <= standing.until_s + span.near_s


def _state(standing: ItemStanding) -> IntentState | ConstraintState | None:
    if not standing.state:
        return None
    return IntentState(standing.state) if standing.subject is NoticeSubject.FLIGHT else ConstraintState(standing.state)
