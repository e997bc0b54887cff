"""A desk declares a plan, zone, site or movement, changes it, or ends it.

One append holds the declaration, the check it was made under, and the entries that tell the peers: either all of it is
durable or nothing is. A declaration that the check finds something against is not made unless whoever declares says
which findings he has read; it is his decision, and it goes on record with them. The same declaration again (the same
item, revision and content) is answered as the first one was, and nothing is stored or said twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec

from steerclear.model.agreement import Agreement
from steerclear.model.declared import StatedPlace
from steerclear.model.intent import (
    CONSTRAINT_STATES,
    INTENT_STATES,
    Constraint,
    ConstraintBasis,
    ConstraintEvent,
    ConstraintState,
    IntentEvent,
    IntentState,
    OperationalIntent,
)
from steerclear.model.messages import Message, Notice, NoticeChange
from steerclear.model.plan_check import PlanCheck
from steerclear.model.plans import DeclaredItem, ItemEnd, ItemStanding, declared
from steerclear.model.vocabulary import Disclosure, NoticeSubject
from steerclear.model.volumes import Volume4D
from steerclear.privacy.sealed import SealError, commitment_of
from steerclear.services.acknowledge import function_of
from steerclear.services.check_plan import ItemCheck, check_item
from steerclear.services.exchange import Draft, Exchange, Sent
from steerclear.services.faults import LineRequestError
from steerclear.services.item_checks import check_can_be_opened, check_length, check_name, check_shapes
from steerclear.services.plan_events import ItemDeclared, declared_event, read_declared, read_item
from steerclear.services.plan_notices import Telling, notice_of, sealed_content
from steerclear.services.say import addressed_to, with_agreed_times
from steerclear.services.zone_states import zone_state

_REQUEST: Final = msgspec.json.Encoder()


class UnknownItemError(LineRequestError):
    """There is no item of that name."""


class Wish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a desk wants to declare. Party, state and basis are not its to choose; the revision says what it expects."""

    item: DeclaredItem
    disclosure: Disclosure | None = None
    """None: as the agreement has it, or in full."""
    region: bool = False
    """Sealed: also tell the coarse region."""
    in_spite_of: tuple[str, ...] = ()
    """Findings that whoever declares has read."""
    stated: tuple[StatedPlace, ...] = ()
    """Positions as they were also told in words, to be held against the coordinates."""


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a wish: declared, with the messages that tell of it; or not, with what stands against it."""

    declared: bool
    why: str
    """In words: "declared", or why not."""
    check: ItemCheck | None
    standing: ItemStanding | None
    message_ids: tuple[str, ...] = ()
    repeated: bool = False
    """It was declared before, exactly so."""


def submit(exchange: Exchange, wish: Wish, desk_id: str, function: str) -> Declaration:
    """Declare something new. Raises LineRequestError, NotAnswerableError, NotInForceError, LineFaultError."""
    return _declare(exchange, wish, desk_id, function, new=True)


def amend(exchange: Exchange, wish: Wish, desk_id: str, function: str) -> Declaration:
    """Declare a changed item of ours under its next revision. Raises what `submit` does, and UnknownItemError."""
    return _declare(exchange, wish, desk_id, function, new=False)


def cancel(exchange: Exchange, subject: NoticeSubject, item_id: str, desk_id: str, function: str) -> Declaration:
    """Take an item of ours back. Raises UnknownItemError, LineRequestError."""
    function_of(exchange.us, desk_id, function)
    with exchange.items_lock:
        held = own_item(exchange, subject, item_id)
        if held.ended is ItemEnd.CANCELLED:
            return Declaration(declared=True, why="cancelled before", check=None, standing=held, repeated=True)
        _check_goes_on(held)
        item = _current(held)
        if isinstance(item.it, Constraint):
            item = _zone_after(item.it, ConstraintEvent.CANCEL)
        return _restate(exchange, held, item, "cancelled", ItemEnd.CANCELLED, (desk_id, function))


def move_state(
    exchange: Exchange,
    subject: NoticeSubject,
    item_id: str,
    event: IntentEvent | ConstraintEvent,
    desk_id: str,
    function: str,
    off_nominal_volumes: tuple[Volume4D, ...] | None = None,
) -> Declaration:
    """What has happened to an item of ours: a flight is activated, leaves its volumes, ends; a zone is closed early.

    Raises UnknownItemError, LineRequestError for what the state table does not have.
    """
    function_of(exchange.us, desk_id, function)
    with exchange.items_lock:
        held = own_item(exchange, subject, item_id)
        # A flight whose time ran out may be over or late: its party can say that it has ended, and nothing else.
        if not (held.ended is ItemEnd.EXPIRED and event is IntentEvent.END):
            _check_goes_on(held)
        item = _current(held)
        it = item.it
        if isinstance(it, OperationalIntent) and isinstance(event, IntentEvent):
            state = INTENT_STATES.get((it.state, event))
            if state is None:
                raise LineRequestError(f"a flight that is {it.state} cannot {event.replace('_', ' ')}")
            outside = it.off_nominal_volumes if off_nominal_volumes is None else off_nominal_volumes
            check_shapes(off_nominal_volumes or ())
            if state in (IntentState.ACTIVATED, IntentState.ENDED):
                outside = ()
            item = declared(msgspec.structs.replace(it, state=state, off_nominal_volumes=outside))
            ended = ItemEnd.ENDED if state is IntentState.ENDED else None
        elif isinstance(it, Constraint) and event is ConstraintEvent.CLOSE:
            item, ended = _zone_after(it, event), ItemEnd.ENDED
        else:
            raise LineRequestError(f"nothing of that kind can {event.replace('_', ' ')} by a desk's word")
        return _restate(exchange, held, item, str(event), ended, (desk_id, function))


def own_item(exchange: Exchange, subject: NoticeSubject, item_id: str) -> ItemStanding:
    """An item of ours of one kind. Raises UnknownItemError."""
    held = read_item(exchange.journal, None, item_id)
    if held is None or held.subject is not subject:
        raise UnknownItemError(f"there is no {subject.replace('_', ' ')} {item_id!r} of ours")
    return held


def restate_zone(
    exchange: Exchange, held: ItemStanding, zone: Constraint, what: str, word: dict[str, int]
) -> Declaration:
    """Declare what consent made of a zone of ours that has not come to its end; the items' lock is held."""
    return _restate(exchange, held, declared(zone), what, None, ("", ""), word)


def _declare(exchange: Exchange, wish: Wish, desk_id: str, function: str, new: bool) -> Declaration:
    function_of(exchange.us, desk_id, function)
    check_name(wish.item.item_id)
    request = sha256(_REQUEST.encode((wish, desk_id, function, new))).hexdigest()
    with exchange.items_lock:
        held = read_item(exchange.journal, None, wish.item.item_id)
        revision = wish.item.it.revision
        repeated = _said_before(exchange, wish.item.item_id, revision, request)
        if repeated:
            return Declaration(declared=True, why="declared before", check=None, standing=held, repeated=True)
        _check_turn(held, wish.item, new)
        now_s = exchange.clock.now_s()
        item = _filled(exchange, wish.item, held, function, now_s)
        disclosure = wish.disclosure or _agreed_disclosure(exchange.agreement, item.subject)
        item = _with_disclosure(item, disclosure)
        checked, found = check_item(exchange, item, wish.stated)
        if checked.impossible():
            raise LineRequestError("; ".join(one.finding.said for one in checked.impossible()))
        against = checked.standing_against(wish.in_spite_of)
        if against:
            why = f"not declared: {len(against)} finding(s) stand against it that nobody has said to have read"
            return Declaration(declared=False, why=why, check=checked, standing=held)
        if isinstance(item.it, Constraint):
            item = declared(msgspec.structs.replace(item.it, state=zone_state(exchange, item.it, now_s)))
        said = _Saying(
            what="new" if new else "amended",
            change=NoticeChange.NEW if new else NoticeChange.AMENDED,
            disclosure=disclosure,
            region=wish.region,
            by=(desk_id, function),
            request=request,
            check=found,
            in_spite_of=tuple(sorted({one.finding_id for one in checked.standing_against()})),
        )
        return _put(exchange, held, item, said, checked)


class _Saying(msgspec.Struct, frozen=True, kw_only=True):
    """How a declaration is put on record and told."""

    what: str
    change: NoticeChange
    disclosure: Disclosure
    region: bool
    by: tuple[str, str]
    request: str = ""
    check: PlanCheck | None = None
    in_spite_of: tuple[str, ...] = ()
    ended: ItemEnd | None = None
    word: dict[str, int] = {}


def _restate(
    exchange: Exchange,
    held: ItemStanding,
    item: DeclaredItem,
    what: str,
    ended: ItemEnd | None,
    by: tuple[str, str],
    word: dict[str, int] | None = None,
) -> Declaration:
    """Put the next revision of an item on record that changes its state only."""
    now_s = exchange.clock.now_s()
    changed: dict[str, Any] = {"revision": held.revision + 1}
    if isinstance(item.it, OperationalIntent | Constraint):
        changed["revised_s"] = now_s
    item = declared(msgspec.structs.replace(item.it, **changed))
    change = NoticeChange.AMENDED if ended is None else NoticeChange.CANCELLED
    last = last_declared(exchange, held)
    region = last is not None and last.region
    said = _Saying(
        what=what,
        change=change,
        disclosure=held.disclosure,
        region=region,
        by=by,
        in_spite_of=held.findings,
        ended=ended,
        word=held.word if word is None else word,
    )
    return _put(exchange, held, item, said, None)


def _put(
    exchange: Exchange, held: ItemStanding | None, item: DeclaredItem, said: _Saying, checked: ItemCheck | None
) -> Declaration:
    """One append: the declaration and the notices that tell of it."""
    try:
        salt = exchange.new_salt() if said.disclosure is Disclosure.SEALED else b""
        commitment = commitment_of(salt, sealed_content(item)) if salt else ""
        telling = Telling(disclosure=said.disclosure, region=said.region, salt=salt)
        notices = [(peer, _notice(held, peer, item, telling, said.change)) for peer in exchange.lines]
        if salt:
            check_can_be_opened(item, salt)
    except SealError as fault:
        raise LineRequestError(str(fault)) from None
    if said.check is not None:
        # What becomes of an item that is declared is told, also where an amendment has made it too long.
        check_length(exchange.agreement, item, notices)
    event = ItemDeclared(
        item=item,
        what=said.what,
        disclosure=said.disclosure,
        region=said.region,
        salt=salt,
        commitment=commitment,
        ended=said.ended,
        by_desk=said.by[0],
        by_function=said.by[1],
        check=said.check,
        in_spite_of=said.in_spite_of,
        word=said.word,
        request=said.request,
    )
    now_s = exchange.clock.now_s()
    row = declared_event(event, now_s)
    sent = exchange.send(
        drafts_of(exchange, notices, said.by, now_s), [row], revision_key(item.item_id, item.it.revision)
    )
    return _done(exchange, item, sent, checked)


def _done(exchange: Exchange, item: DeclaredItem, sent: Sent, checked: ItemCheck | None) -> Declaration:
    sent.stored.result()
    standing = read_item(exchange.journal, None, item.item_id)
    return Declaration(declared=True, why="declared", check=checked, standing=standing, message_ids=sent.message_ids)


def drafts_of(
    exchange: Exchange, notices: Sequence[tuple[str, Notice]], by: tuple[str, str], now_s: float
) -> list[Draft]:
    """Notices as drafts of a function, addressed and with the agreed times."""
    agreement, drafts = exchange.agreement, []
    for peer, notice in notices:
        signed = msgspec.structs.replace(notice, from_desk=by[0], from_function=by[1])
        timed = with_agreed_times(agreement, addressed_to(agreement, peer, signed), now_s)
        # What consent or time brings about must not fail because a restored node has not heard a peer yet.
        drafts.append(Draft(peer, _Named(timed).make, bulk=not by[1] and exchange.line(peer).answer_awaited))
    return drafts


class _Named:
    """Gives a notice its name when its place in the log is known."""

    def __init__(self, message: Message) -> None:
        self._message = message

    def make(self, message_id: str) -> Message:
        return msgspec.structs.replace(self._message, message_id=message_id)


def _notice(held: ItemStanding | None, peer: str, item: DeclaredItem, telling: Telling, change: NoticeChange) -> Notice:
    told = None if held is None else held.told.get(peer)
    if told is None and change is not NoticeChange.CANCELLED:
        change = NoticeChange.NEW  # a party that has joined since
    return notice_of(item, telling, change, 1 if told is None else told.revision + 1)


def last_declared(exchange: Exchange, held: ItemStanding, revision: int | None = None) -> ItemDeclared | None:
    """Our declaration of a revision (the newest one) of an item of ours; None where it is not in this journal."""
    receipt = exchange.journal.receipt(revision_key(held.item_id, revision or held.revision))
    rows = [] if receipt is None else exchange.journal.journal(receipt.first_sequence - 1, 1)
    return read_declared(rows[0].payload) if rows else None


def revision_key(item_id: str, revision: int) -> str:
    """Key of the append that declares a revision: it makes a declaration happen once."""
    return f"plan/{item_id}/{revision}"


def _said_before(exchange: Exchange, item_id: str, revision: int, request: str) -> bool:
    receipt = exchange.journal.receipt(revision_key(item_id, revision))
    if receipt is None:
        return False
    [row] = exchange.journal.journal(receipt.first_sequence - 1, 1)
    if read_declared(row.payload).request == request:
        return True
    raise LineRequestError(
        f"revision {revision} of {item_id} was declared before with another content; read it, and count its revision on"
    )


def _check_turn(held: ItemStanding | None, item: DeclaredItem, new: bool) -> None:
    if new and held is not None:
        raise LineRequestError(f"{item.item_id} is declared already (revision {held.revision}); amend it")
    if not new and (held is None or held.subject is not item.subject):
        raise UnknownItemError(f"there is no {item.subject.replace('_', ' ')} {item.item_id!r} of ours to amend")
    if held is not None:
        _check_goes_on(held)
    wanted = 1 if held is None else held.revision + 1
    if item.it.revision != wanted:
        raise LineRequestError(f"the next revision of {item.item_id} is {wanted}, not {item.it.revision}")


def _check_goes_on(held: ItemStanding) -> None:
    if held.ended is not None:
        raise LineRequestError(f"{held.item_id} has come to its end ({held.ended}); declare it anew under another name")


def _filled(
    exchange: Exchange, item: DeclaredItem, held: ItemStanding | None, function: str, now_s: float
) -> DeclaredItem:
    """The item with what is not its declarer's to choose."""
    it = item.it
    changed: dict[str, Any] = {
        "party": exchange.us.party_id,
        "contact_function": it.contact_function or function,
    }
    if isinstance(it, OperationalIntent | Constraint):
        changed |= {"declared_s": now_s if held is None else held.announced_s, "revised_s": now_s}
    if isinstance(it, OperationalIntent):
        state = IntentState.ACCEPTED
        if held is not None and held.item is not None and held.item.flight is not None:
            state = held.item.flight.state
        changed["state"] = state
    if isinstance(it, Constraint):
        changed |= {"state": ConstraintState.REQUESTED, "basis": ConstraintBasis.UNILATERAL}
    return declared(msgspec.structs.replace(it, **changed))


def _with_disclosure(item: DeclaredItem, disclosure: Disclosure) -> DeclaredItem:
    it = item.it
    if isinstance(it, OperationalIntent | Constraint):
        return declared(msgspec.structs.replace(it, disclosure=disclosure))
    return item


def _agreed_disclosure(agreement: Agreement, subject: NoticeSubject) -> Disclosure:
    agreed = [rule.disclosure for rule in agreement.disclosure if rule.subject is subject]
    return agreed[0] if agreed else Disclosure.FULL


def _current(held: ItemStanding) -> DeclaredItem:
    """The item as it stands, with the state that time has brought it to. Raises LineRequestError."""
    if held.item is None:
        raise LineRequestError(
            f"{held.item_id} was sealed before this node was restored, and only its commitment is left: it cannot be"
            " changed; it expires by itself"
        )
    if held.item.zone is not None and held.state:
        return declared(msgspec.structs.replace(held.item.zone, state=ConstraintState(held.state)))
    return held.item


def _zone_after(zone: Constraint, event: ConstraintEvent) -> DeclaredItem:
    state = CONSTRAINT_STATES.get((zone.state, event))
    if state is None:
        hint = "; close it" if event is ConstraintEvent.CANCEL and zone.state is ConstraintState.ACTIVE else ""
        raise LineRequestError(f"a zone that is {zone.state.replace('_', ' ')} cannot {event}{hint}")
    return declared(msgspec.structs.replace(zone, state=state))
