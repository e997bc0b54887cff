"""What a declared item becomes by each thing that happens to it: pure steps, on either side of the line.

Our own items follow our declarations; a peer's follow its notices, as far as they follow from each other. A commitment
binds for its revision: a second one, or an opening that does not fit it, changes nothing but is shown as a fault.
"""

from __future__ import annotations

from typing import Final, Protocol

import msgspec

from steerclear.dialogue.notices import after_expiry as notice_after_expiry
from steerclear.dialogue.notices import after_notice
from steerclear.model.intent import ConstraintState, IntentState
from steerclear.model.messages import Notice, NoticeChange
from steerclear.model.notice_items import FlightDetails, NoticeItem, Opening, ZoneDetails
from steerclear.model.notices import NoticeState
from steerclear.model.plans import DeclaredItem, ItemEnd, ItemStanding, ItemStep, SealOpened, ToldPeer
from steerclear.model.vocabulary import Disclosure, NoticeSubject
from steerclear.model.volumes import Volume4D
from steerclear.privacy.sealed import opens
from steerclear.services.plan_notices import airspace_of, as_told, read_sealed
from steerclear.services.plan_reading import told_item

OPENED: Final = str(NoticeChange.OPENED)
STEPS_KEPT: Final = 32
"""Steps of an item's life that its standing remembers; all of them are in the journal."""


class Declaring(Protocol):
    """What a declaration says beside its item."""

    @property
    def what(self) -> str: ...  # noqa: D102 fields of `plan_events.ItemDeclared`
    @property
    def disclosure(self) -> Disclosure: ...  # noqa: D102
    @property
    def commitment(self) -> str: ...  # noqa: D102
    @property
    def ended(self) -> ItemEnd | None: ...  # noqa: D102
    @property
    def by_function(self) -> str: ...  # noqa: D102
    @property
    def in_spite_of(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def waits_for(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def word(self) -> dict[str, int]: ...  # noqa: D102


def own_standing(held: ItemStanding | None, item: DeclaredItem, said: Declaring, now_s: float) -> ItemStanding:
    """An item of ours after a declaration."""
    revision, state = item.it.revision, _word(item.state)
    step = ItemStep(revision=revision, what=said.what, state=state, at_s=now_s, by_function=said.by_function)
    commitments = dict(held.commitments) if held is not None else {}
    openings = () if held is None else held.openings
    if said.commitment:
        commitments[str(revision)] = said.commitment
    if held is not None and said.what == OPENED:
        openings = (*openings, SealOpened(revision=revision, holds=True))
        newest = revision == held.revision
        return msgspec.structs.replace(
            held,
            openings=openings,
            disclosure=Disclosure.FULL if newest else held.disclosure,
            history=_longer(held, step),
        )
    return ItemStanding(
        item_id=item.item_id,
        party=item.it.party,
        ours=True,
        subject=item.subject,
        revision=revision,
        state=state,
        title=item.title,
        disclosure=said.disclosure,
        item=item,
        volumes=airspace_of(item),
        from_s=item.from_s,
        until_s=item.until_s,
        contact_function=item.it.contact_function,
        ended=said.ended,
        announced_s=now_s if held is None else held.announced_s,
        commitments=commitments,
        openings=openings,
        findings=said.in_spite_of,
        waits_for=said.waits_for,
        word=said.word,
        told={} if held is None else held.told,
        history=_longer(held, step),
    )


def after_own_notice(
    held: ItemStanding | None, notice: Notice, us: str, peer: str, told: ToldPeer, issued_s: float
) -> ItemStanding | None:
    """An item of ours after a notice of it went into a log of ours; one that a desk wrote by hand is an item too."""
    # Our own declaration stands before its notice in the journal; a restored node has the notices only.
    revision = notice.item.revision if isinstance(notice.item, NoticeItem) else notice.revision
    if held is not None and revision <= held.revision:
        return msgspec.structs.replace(held, told={**held.told, peer: told})
    standing = _from_notice(held, notice, us, True, issued_s)
    return msgspec.structs.replace(standing, told={**({} if held is None else held.told), peer: told})


def after_peer_notice(
    held: ItemStanding | None, notice: Notice, peer: str, issued_s: float, short_s: float | None
) -> ItemStanding | None:
    """A peer's item after a notice of it was stored; what does not follow is remembered and changes nothing."""
    told = after_notice(None if held is None else held.notice, notice, peer, False, issued_s, short_s)
    if told is None:
        return None
    if told.notice is not notice:  # refused: out of turn
        return None if held is None else msgspec.structs.replace(held, notice=told)
    why = _sealing_fault(held, notice, peer)
    if why is not None and held is not None:
        openings = held.openings
        if isinstance(notice.item, NoticeItem) and notice.item.opening is not None:
            openings = (*openings, SealOpened(revision=notice.item.revision, holds=False, why=why))
        return msgspec.structs.replace(held, notice=told, fault=why, openings=openings[-STEPS_KEPT:])
    opens = notice.item if isinstance(notice.item, NoticeItem) and notice.change is NoticeChange.OPENED else None
    if held is not None and opens is not None and opens.revision < held.revision:
        opened = SealOpened(revision=opens.revision, holds=True)
        return msgspec.structs.replace(held, notice=told, openings=(*held.openings, opened)[-STEPS_KEPT:])
    standing = _from_notice(held, notice, peer, False, issued_s)
    return msgspec.structs.replace(standing, notice=told, fault=why or "")


def after_phase(held: ItemStanding, state: str, revision: int, now_s: float) -> ItemStanding:
    """A zone after time has moved it; unchanged where a newer revision holds."""
    if held.revision != revision or held.ended is not None or held.state == state:
        return held
    step = ItemStep(revision=revision, what=state, state=state, at_s=now_s)
    ended = ItemEnd.EXPIRED if state == ConstraintState.CLOSED else None
    return msgspec.structs.replace(held, state=state, ended=ended, history=_longer(held, step))


def after_expiry(held: ItemStanding, peer: str, notice_revision: int) -> ItemStanding:
    """An item once the time of a notice of it has run out; unchanged when a newer notice holds.

    A zone has a life of its own, and is closed by that.
    """
    closes = held.subject in (NoticeSubject.ZONE, NoticeSubject.ACTIVITY) and bool(held.state)
    if held.ours:
        told = held.told.get(peer)
        if closes or held.ended is not None or told is None or told.revision != notice_revision:
            return held
        return msgspec.structs.replace(held, ended=ItemEnd.EXPIRED)
    if held.notice is None:
        return held
    notice = notice_after_expiry(held.notice, notice_revision)
    over = notice.state is NoticeState.EXPIRED and held.ended is None and not closes
    return msgspec.structs.replace(held, notice=notice, ended=ItemEnd.EXPIRED if over else held.ended)


def _from_notice(held: ItemStanding | None, notice: Notice, party: str, ours: bool, issued_s: float) -> ItemStanding:
    told = notice.item if isinstance(notice.item, NoticeItem) else None
    item = told_item(notice, party)
    revision = notice.revision if told is None else told.revision
    state = _word(item.state) if item is not None else _state_of(told)
    openings = held.openings if held is not None else ()
    if told is not None and told.opening is not None:
        openings = (*openings, SealOpened(revision=told.revision, holds=True))[-STEPS_KEPT:]
    commitments = dict(held.commitments) if held is not None else {}
    if told is not None and told.commitment is not None:
        commitments.setdefault(str(told.revision), told.commitment)
    step = ItemStep(
        revision=revision, what=str(notice.change), state=state, at_s=issued_s, by_function=notice.from_function
    )
    item, volumes, window = _known(held, notice, item)
    return ItemStanding(
        item_id=notice.notice_id,
        party=party,
        ours=ours,
        subject=notice.subject,
        revision=revision,
        state=state,
        title=notice.title,
        disclosure=notice.disclosure,
        item=item,
        volumes=volumes,
        from_s=window[0],
        until_s=window[1],
        contact_function=notice.contact_function,
        ended=_ended(held, notice, state),
        announced_s=issued_s if held is None else held.announced_s,
        commitments=commitments,
        openings=openings,
        heard=() if ours else _heard(held, notice),
        history=_longer(held, step),
    )


def _heard(held: ItemStanding | None, notice: Notice) -> tuple[str, ...]:
    """The messages that have told the item where and when it is: a word given to one of them was given to this."""
    before = held.notice.notice if held is not None and held.notice is not None else None
    told = (notice.volumes, notice.from_s, notice.until_s)
    as_before = before is not None and (before.volumes, before.from_s, before.until_s) == told
    heard = held.heard if held is not None and as_before else ()
    return (*heard, notice.message_id)[-STEPS_KEPT:]


def _known(
    held: ItemStanding | None, notice: Notice, item: DeclaredItem | None
) -> tuple[DeclaredItem | None, tuple[Volume4D, ...], tuple[float, float]]:
    """What is known of an item's airspace after a notice; a cancellation need not repeat it."""
    window = (notice.from_s, notice.until_s)
    if notice.change is NoticeChange.CANCELLED and held is not None and not notice.volumes:
        return held.item, held.volumes, window
    return item, notice.volumes, window


def _sealing_fault(held: ItemStanding | None, notice: Notice, party: str) -> str | None:
    """What is wrong between a notice and what was sealed before; None where nothing is."""
    told = notice.item if isinstance(notice.item, NoticeItem) else None
    if told is None or told.commitment is None:
        return None
    sealed = None if held is None else held.commitments.get(str(told.revision))
    if sealed is not None and sealed != told.commitment:
        return f"revision {told.revision} was sealed before under another commitment"
    return None if told.opening is None else _opening_fault(told, told.opening, sealed, told_item(notice, party))


def _opening_fault(told: NoticeItem, opening: Opening, sealed: str | None, shown: DeclaredItem | None) -> str | None:
    if sealed is None:
        return f"revision {told.revision} is opened and was never sealed"
    content = b"".join(opening.content)
    if not opens(sealed, opening.salt, content):
        return f"the opening of revision {told.revision} is not what was sealed"
    try:
        whole = read_sealed(content)
    except ValueError:
        return f"what was sealed as revision {told.revision} is no declared item"
    if shown is None or as_told(shown) != whole:
        return f"the notice that opens revision {told.revision} tells another item than was sealed"
    return None


def _ended(held: ItemStanding | None, notice: Notice, state: str) -> ItemEnd | None:
    if notice.change is NoticeChange.OPENED:
        return None if held is None else held.ended
    if state in (IntentState.ENDED, ConstraintState.CLOSED):
        return ItemEnd.ENDED
    return ItemEnd.CANCELLED if notice.change is NoticeChange.CANCELLED else None


def _state_of(told: NoticeItem | None) -> str:
    details = None if told is None else told.details
    return _word(details.state) if isinstance(details, FlightDetails | ZoneDetails) else ""


def _word(state: IntentState | ConstraintState | None) -> str:
    return "" if state is None else str(state)


def _longer(held: ItemStanding | None, step: ItemStep) -> tuple[ItemStep, ...]:
    return (*(() if held is None else held.history), step)[-STEPS_KEPT:]
