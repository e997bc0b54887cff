"""A declared item as the notice that tells it, in the disclosure that was chosen.

Pure: what a notice says follows from the item, the disclosure and, for a sealed one, its salt. Told in full, an item
can be read back exactly as it was declared; told coarsely, with airspace that contains its
own; sealed, as a commitment.
"""

from __future__ import annotations

from typing import Final

import msgspec

from steerclear.dialogue.limits import MAX_LIST_ITEMS, MAX_OPENING_PART_BYTES, MAX_VERTICES
from steerclear.model.intent import (
    Constraint,
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
from steerclear.model.vocabulary import Disclosure, NoticeSubject
from steerclear.model.volumes import PolygonArea, Volume4D
from steerclear.privacy.coarse import CoarseError, coarse_volumes, coarse_window
from steerclear.privacy.sealed import commitment_of
from steerclear.services.faults import LineRequestError
from steerclear.strategic.movement_volumes import movement_volumes

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
    """What is sealed of an item: its JSON as it will be told, every field in the order of the model."""
    return _ENCODER.encode(as_told(item))


def read_sealed(content: bytes) -> DeclaredItem:
    """The item in a sealed content. Raises ValueError."""
    return _DECODER.decode(content)


def notice_of(item: DeclaredItem, telling: Telling, change: NoticeChange, revision: int) -> Notice:
    """The notice that tells an item, which names the function that answers for it; `revision` is the notice's own.

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
        contact_function=item.it.contact_function,
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


def as_told(item: DeclaredItem) -> DeclaredItem:
    """The item as a notice in full would bring it over: what it opens to must equal it."""
    it = item.it
    if isinstance(it, OperationalIntent | Constraint):
        it = msgspec.structs.replace(it, disclosure=Disclosure.FULL, declared_s=None, revised_s=None)
    return declared(it)


def _volumes(item: DeclaredItem, telling: Telling, shown_full: bool) -> tuple[Volume4D, ...]:
    if not shown_full and telling.disclosure is Disclosure.SEALED and not telling.region:
        return ()
    exact = airspace_of(item)
    try:
        volumes = exact if shown_full else coarse_volumes(exact)
    except CoarseError as fault:
        raise LineRequestError(str(fault)) from None
    corners = max((len(one.area.vertices) for one in volumes if isinstance(one.area, PolygonArea)), default=0)
    if len(volumes) > MAX_LIST_ITEMS or corners > MAX_VERTICES:
        raise LineRequestError(
            f"a notice carries at most {MAX_LIST_ITEMS} volumes of at most {MAX_VERTICES} corners each; this one has"
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
                purpose=it.purpose,
                kind=it.kind,
                identities=it.identities if shown_full else (),
                off_nominal_volumes=it.off_nominal_volumes if shown_full else (),
            )
        case Constraint() as zone:
            return ZoneDetails(state=zone.state, basis=zone.basis, sought=zone.sought)
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
