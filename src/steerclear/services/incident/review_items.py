"""A review item as it grows: revisions of one name, each with the messages that say it. Pure."""

from __future__ import annotations

from typing import Final

import msgspec

from steerclear.model.incident import MeasureState, ReviewItemKind
from steerclear.model.messages import ReviewItem

MAX_REVISIONS_KEPT: Final = 64
"""Revisions of one item that the view names; all stand in the journal."""


class PlacedMessage(msgspec.Struct, frozen=True):
    """A message of the line by its place."""

    peer: str
    outgoing: bool
    sequence: int
    message_id: str


class ItemRevision(msgspec.Struct, frozen=True, kw_only=True):
    """One revision of a review item, and the messages that say it."""

    revision: int
    words: tuple[str, ...]
    owner_party: str
    owner_function: str
    due_s: float | None
    state: MeasureState | None
    issued_s: float
    messages: tuple[PlacedMessage, ...]


class ReviewStanding(msgspec.Struct, frozen=True, kw_only=True):
    """A review item of one party, oldest revision first."""

    incident_id: str
    party: str
    """Who has put it."""
    item_id: str
    kind: ReviewItemKind
    revisions: tuple[ItemRevision, ...]

    @property
    def newest(self) -> ItemRevision:
        """What stands now."""
        return self.revisions[-1]


def after_item(
    held: ReviewStanding | None,
    incident_id: str,
    party: str,
    item: ReviewItem,
    issued_s: float,
    placed: PlacedMessage,
) -> ReviewStanding | None:
    """The item after a message that says it; None where it says nothing new."""
    if held is not None and held.kind is not item.kind:
        return None
    newest = None if held is None else held.newest
    said = ItemRevision(
        revision=item.revision,
        words=item.words,
        owner_party=item.owner_party,
        owner_function=item.owner_function,
        due_s=item.due_s,
        state=item.state,
        issued_s=issued_s,
        messages=(placed,),
    )
    if newest is not None and newest.revision == item.revision:
        same = msgspec.structs.replace(said, issued_s=newest.issued_s, messages=newest.messages) == newest
        if not same or placed in newest.messages or held is None:
            return None
        both = msgspec.structs.replace(newest, messages=(*newest.messages, placed))
        return msgspec.structs.replace(held, revisions=(*held.revisions[:-1], both))
    if newest is not None and item.revision < newest.revision:
        return None
    before = () if held is None else held.revisions
    return ReviewStanding(
        incident_id=incident_id,
        party=party,
        item_id=item.item_id,
        kind=item.kind,
        revisions=(*before, said)[-MAX_REVISIONS_KEPT:],
    )
