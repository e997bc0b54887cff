"""A declared item as the notice that tells it, in the disclosure that was chosen; and back.

Pure: what a notice says follows from the item, the disclosure and, for a sealed one, its salt. Told in full, an item
comes back exactly as it was declared; told coarsely, with airspace that contains its own; sealed, as a commitment.
"""

from __future__ import annotations

from typing import Final

import msgspec

from steerclear.dialogue.limits import MAX_LIST_ITEMS, MAX_OPENING_PART_BYTES
from steerclear.model.intent import (
    Constraint,
    ConstraintBasis,
    ConstraintState,
    IntentState,
    Movement,
    OperationalIntent,
    ProtectedSite,
)
from steerclear.model.messages import Notice, NoticeChange
from steerclear.model.notice_items import (
    FlightDetails,
    ItemDetails,
    MovementDetails,
    NoticeItem,
    Opening,
    SiteDetails,
    ZoneDetails,
)
from steerclear.model.plans import DeclaredItem, declared
from steerclear.model.vocabulary import AircraftKind, Disclosure, NoticeSubject
from steerclear.model.volumes import CircleArea, PolygonArea, Volume4D
from steerclear.privacy.coarse import CoarseError, coarse_volumes, coarse_window
from steerclear.privacy.sealed import commitment_of
from steerclear.services.faults import LineRequestError
from steerclear.services.movement_volumes import movement_volumes

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(DeclaredItem)


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """How an item is told."""

    disclosure: Disclosure
    region: bool = False
    """Of a sealed item: also the coarse region that it lies in."""
    salt: bytes = b""
    """Of a sealed item: 32 random bytes."""
    opened: bool = False
    """A sealed item is opened: told in full, with what proves that this was sealed."""


def sealed_content(item: DeclaredItem) -> bytes:
    """What is sealed of an item: its JSON, every field in the order of the model, numbers in their shortest form."""
    return _ENCODER.encode(item)


def read_sealed(content: bytes) -> DeclaredItem:
    """The item in a sealed content. Raises ValueError."""
    return _DECODER.decode(content)


def notice_of(item: DeclaredItem, telling: Telling, change: NoticeChange, revision: int, contact: str) -> Notice:
    """The notice that tells an item; `revision` is the notice's own, `contact` who answers for it unless it says so.

    Raises LineRequestError for an item that a notice cannot carry in that disclosure; SealError.
    """
    shown_full = telling.disclosure is Disclosure.FULL or telling.opened
    told_s = (item.from_s, item.until_s) if shown_full else coarse_window(item.from_s, item.until_s)
    commitment = commitment_of(telling.salt, sealed_content(item)) if telling.salt else None
    return Notice(
        notice_id=item.item_id,
        revision=revision,
        change=change,
        subject=item.subject,
        title=item.title if shown_full else _hidden_title(item.subject, telling.disclosure),
        volumes=_volumes(item, telling, shown_full),
        from_s=told_s[0],
        until_s=told_s[1],
        disclosure=Disclosure.FULL if telling.opened else telling.disclosure,
        contact_function=item.it.contact_function or contact,
        item=NoticeItem(
            item_id=item.item_id,
            revision=item.it.revision,
            details=_details(item, telling.disclosure, shown_full),
            commitment=commitment,
            opening=_opening(item, telling.salt) if telling.opened else None,
        ),
    )


def airspace_of(item: DeclaredItem) -> tuple[Volume4D, ...]:
    """The volumes to keep clear of: those that the item names; of a movement the airspace over its route."""
    return movement_volumes(item.movement) if item.movement is not None else item.volumes


def told_item(notice: Notice, party: str) -> DeclaredItem | None:
    """The item that a notice tells in full; None for one told coarsely or sealed, or that names no such item."""
    if notice.disclosure is not Disclosure.FULL:
        return None
    if not isinstance(notice.item, NoticeItem):
        return _plain_item(notice, party)
    details, name, revision = notice.item.details, notice.item.item_id, notice.item.revision
    common = {"revision": revision, "party": party, "contact_function": notice.contact_function}
    match details:
        case FlightDetails():
            flown = notice.volumes[: len(notice.volumes) - len(details.off_nominal_volumes)]
            return declared(
                OperationalIntent(
                    intent_id=name,
                    state=details.state,
                    title=notice.title,
                    volumes=flown,
                    off_nominal_volumes=details.off_nominal_volumes,
                    priority=details.priority,
                    kind=details.kind,
                    identities=details.identities,
                    **common,
                )
            )
        case ZoneDetails():
            return declared(
                Constraint(
                    constraint_id=name,
                    state=details.state,
                    basis=details.basis,
                    title=notice.title,
                    volumes=notice.volumes,
                    **common,
                )
            )
        case SiteDetails(position=position, radius_m=radius_m) if position is not None and radius_m is not None:
            return declared(
                ProtectedSite(
                    site_id=name,
                    function=details.function,
                    position=position,
                    radius_m=radius_m,
                    markings=details.markings,
                    from_s=notice.from_s,
                    until_s=notice.until_s,
                    **common,
                )
            )
        case MovementDetails(half_width_m=half_width_m) if half_width_m is not None:
            return declared(
                Movement(
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
            )
        case _:
            return None


def as_told(item: DeclaredItem, contact: str) -> DeclaredItem:
    """The item as a notice in full would bring it over: what it opens to must equal it."""
    it = item.it
    changed = {"contact_function": it.contact_function or contact}
    if isinstance(it, OperationalIntent | Constraint):
        changed["disclosure"] = Disclosure.FULL
    return declared(msgspec.structs.replace(it, **changed))


def _volumes(item: DeclaredItem, telling: Telling, shown_full: bool) -> tuple[Volume4D, ...]:
    if not shown_full and telling.disclosure is Disclosure.SEALED and not telling.region:
        return ()
    exact = airspace_of(item)
    try:
        volumes = exact if shown_full else coarse_volumes(exact)
    except CoarseError as fault:
        raise LineRequestError(str(fault)) from None
    corners = max((len(one.area.vertices) for one in volumes if isinstance(one.area, PolygonArea)), default=0)
    if len(volumes) > MAX_LIST_ITEMS or corners > MAX_LIST_ITEMS:
        raise LineRequestError(
            f"a notice carries at most {MAX_LIST_ITEMS} volumes of at most {MAX_LIST_ITEMS} corners each; this one has"
            f" {len(volumes)} with up to {corners}: declare it in parts, with fewer corners, or told coarsely"
        )
    return volumes


def _details(item: DeclaredItem, disclosure: Disclosure, shown_full: bool) -> ItemDetails | None:
    if disclosure is Disclosure.SEALED and not shown_full:
        return None
    match item.it:
        case OperationalIntent() as it:
            return FlightDetails(
                state=it.state,
                priority=it.priority,
                kind=it.kind,
                identities=it.identities if shown_full else (),
                off_nominal_volumes=it.off_nominal_volumes if shown_full else (),
            )
        case Constraint() as zone:
            return ZoneDetails(state=zone.state, basis=zone.basis)
        case ProtectedSite() as site:
            return SiteDetails(
                function=site.function,
                position=site.position if shown_full else None,
                radius_m=site.radius_m if shown_full else None,
                markings=site.markings if shown_full else "",
            )
        case Movement() as movement:
            return MovementDetails(
                function=movement.function,
                route=movement.route if shown_full else (),
                half_width_m=movement.half_width_m if shown_full else None,
                markings=movement.markings if shown_full else "",
                vehicles=movement.vehicles if shown_full else None,
            )


def _opening(item: DeclaredItem, salt: bytes) -> Opening:
    content, size = sealed_content(item), MAX_OPENING_PART_BYTES
    return Opening(salt=salt, content=tuple(content[start : start + size] for start in range(0, len(content), size)))


def _hidden_title(subject: NoticeSubject, disclosure: Disclosure) -> str:
    word = subject.replace("_", " ")
    return f"{word}, sealed" if disclosure is Disclosure.SEALED else f"{word}, told coarsely"


def _plain_item(notice: Notice, party: str) -> DeclaredItem | None:
    """What a notice means that a desk wrote by hand, as far as it has airspace."""
    common = {"revision": notice.revision, "party": party, "contact_function": notice.contact_function}
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
