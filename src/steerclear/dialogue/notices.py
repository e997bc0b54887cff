"""Notices as a state table: what a new revision makes of one, and whether it was given in time.

Whether a notice had run out when its side changed it follows from what both sides hold alike: its end, and the time at
which the change was written. That one side's clock had already struck when the change arrived decides nothing, or the
two would end with different notices.
"""

from __future__ import annotations

from typing import Final

import msgspec

from steerclear.model.agreement import Agreement
from steerclear.model.intent import IntentState
from steerclear.model.messages import Notice, NoticeChange
from steerclear.model.notice_items import FlightDetails, NoticeItem
from steerclear.model.notices import NOTICE_STATES, NoticeEvent, NoticeStanding, NoticeState

REFUSED_KEPT: Final = 8
"""Messages that had no effect on a notice and are remembered with it; all of them are in the journal."""


def short_notice_s(agreement: Agreement, notice: Notice, known_s: float) -> float | None:
    """By how much a notice comes too late under the agreement when it is known at `known_s`; None when it does not.

    A cancellation is never too late, and an opening is never early.
    """
    rule = agreement.notice_time(notice.subject)
    if rule is None or notice.change in (NoticeChange.CANCELLED, NoticeChange.RENEWED, NoticeChange.OPENED):
        return None
    short_s = known_s + rule.before_s - notice.from_s
    return short_s if short_s > 0.0 else None


def too_long_s(agreement: Agreement, notice: Notice) -> float | None:
    """By how much a notice claims to hold longer than agreed; None when it does not."""
    rule = agreement.notice_time(notice.subject)
    if rule is None:
        return None
    long_s = notice.until_s - notice.from_s - rule.valid_s
    return long_s if long_s > 0.0 else None


def why_out_of_turn(held: NoticeStanding | None, notice: Notice, issued_s: float) -> str | None:
    """Why a revision that is written at `issued_s` does not follow from what is held; None when it does."""
    state = _state_at(held, issued_s)
    if (state, NoticeEvent(notice.change)) not in NOTICE_STATES:
        if state is NoticeState.NONE:
            return f"there is no notice {notice.notice_id!r} to be {notice.change}"
        if notice.change is NoticeChange.NEW:
            return f"notice {notice.notice_id!r} is there already; amend it, or take another name"
        return f"notice {notice.notice_id!r} is {state}; announce it anew under another name"
    wanted = 1 if held is None else held.notice.revision + 1
    if notice.revision != wanted:
        return f"the next revision of notice {notice.notice_id!r} is {wanted}, not {notice.revision}"
    if held is not None and held.notice.subject is not notice.subject:
        return f"notice {notice.notice_id!r} is about a {held.notice.subject}, not about a {notice.subject}"
    return None


def after_notice(
    held: NoticeStanding | None, notice: Notice, peer: str, outgoing: bool, issued_s: float, short_s: float | None
) -> NoticeStanding | None:
    """A notice's standing after a message about it; one that is out of turn changes nothing but is remembered."""
    if why_out_of_turn(held, notice, issued_s) is not None:
        if held is None:
            return None
        refused = (*held.refused, notice.message_id)[-REFUSED_KEPT:]
        return msgspec.structs.replace(held, refused=refused)
    state = _state_at(held, issued_s)
    return NoticeStanding(
        peer=peer,
        outgoing=outgoing,
        state=NOTICE_STATES[state, NoticeEvent(notice.change)],
        notice=notice,
        announced_s=issued_s if held is None else held.announced_s,
        short_by_s=held.short_by_s if held is not None and _says_as_before(held.notice, notice) else short_s,
        refused=() if held is None else held.refused,
    )


def _says_as_before(before: Notice, notice: Notice) -> bool:
    """Whether a revision leaves where and when as they were: that a flight in it begins, leaves its volumes or comes
    back, or that a zone has the word it sought, needs no notice of its own.
    """
    if notice.change is not NoticeChange.AMENDED:
        return False
    if _is_off_nominal(before) or _is_off_nominal(notice):
        return True
    return (before.volumes, before.from_s, before.until_s) == (notice.volumes, notice.from_s, notice.until_s)


def _is_off_nominal(notice: Notice) -> bool:
    details = notice.item.details if isinstance(notice.item, NoticeItem) else None
    return isinstance(details, FlightDetails) and details.state in (IntentState.NONCONFORMING, IntentState.CONTINGENT)


def _state_at(held: NoticeStanding | None, at_s: float) -> NoticeState:
    if held is None or held.state is NoticeState.CANCELLED:
        return NoticeState.NONE if held is None else held.state
    return NoticeState.CURRENT if at_s < held.notice.until_s else NoticeState.EXPIRED


def after_expiry(held: NoticeStanding, revision: int) -> NoticeStanding:
    """A notice's standing once the time of a revision has run out; unchanged when a newer one holds."""
    state = NOTICE_STATES.get((held.state, NoticeEvent.EXPIRED))
    if state is None or held.notice.revision != revision:
        return held
    return msgspec.structs.replace(held, state=state)
