"""A desk says something: any message that asks people for something, with the times that are agreed for it.

Who writes a message chooses its kind, its urgency and its words. Its name, and by when it must be acknowledged, relayed
and answered, are not his to choose: they come from its place in the log and from the agreement.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from steerclear.dialogue.ladder import agreed_due
from steerclear.dialogue.lifecycle import kind_of
from steerclear.dialogue.notices import too_long_s, why_out_of_turn
from steerclear.model.agreement import Agreement, Party
from steerclear.model.messages import LateEntry, LineStateNotice, Message, Notice, SafetyStop, Sayable, Step
from steerclear.model.vocabulary import Urgency
from steerclear.services.acknowledge import function_of
from steerclear.services.exchange import Draft, Exchange, Sent
from steerclear.services.faults import LineRequestError
from steerclear.services.notice_events import notice_key, read_notice


def say(exchange: Exchange, peers: Sequence[str], message: Sayable, desk_id: str, function: str) -> Sent:
    """Send a message of a function of one of our desks to one or more parties; to all of them or to none.

    `message` comes without a name; without a function to go to it goes to the first one of the peer's first desk.
    Raises UnknownPeerError, LineRequestError, NotAnswerableError, NotInForceError, LineFaultError.
    """
    function_of(exchange.us, desk_id, function)
    if not peers:
        raise LineRequestError("name at least one party to say it to")
    now_s = exchange.clock.now_s()
    if isinstance(message, LateEntry) and message.said_s > now_s:
        raise LineRequestError("a late entry tells what was said before now; its said_s lies in the future")
    drafts = []
    for peer in dict.fromkeys(peers):
        _check_notice(exchange, peer, message, now_s)
        exchange.line(peer)
        signed = msgspec.structs.replace(message, from_desk=desk_id, from_function=function)
        addressed = addressed_to(exchange.agreement, peer, signed)
        drafts.append(Draft(peer, _Maker(exchange.agreement, addressed, now_s).make))
    return exchange.send(drafts)


def _check_notice(exchange: Exchange, peer: str, message: Sayable, now_s: float) -> None:
    if not isinstance(message, Notice):
        return
    why = why_out_of_turn(read_notice(exchange.journal, notice_key(peer, True, message.notice_id)), message, now_s)
    if why is not None:
        raise LineRequestError(f"to {peer}: {why}")
    long_s = too_long_s(exchange.agreement, message)
    if long_s is not None:
        raise LineRequestError(
            f"the notice holds {long_s / 3_600.0:.1f} h longer than the agreement allows; renew it in time"
        )


def addressed_to(agreement: Agreement, peer: str, message: Sayable) -> Sayable:
    """The message with its function, checked. Raises LineRequestError for a function that may not be addressed.

    Every desk is addressed by its first function, who knows whom to pass it on to; only a safety stop may go to any
    function at once, for then people are in danger.
    """
    party = agreement.party(peer)
    wanted = message.to_function or party.desks[0].functions[0]
    allowed = _functions(party) if isinstance(message, SafetyStop) else [desk.functions[0] for desk in party.desks]
    if wanted not in allowed:
        kind = kind_of(message).replace("_", " ")
        raise LineRequestError(f"a {kind} to {peer} goes to {' or '.join(dict.fromkeys(allowed))}, not to {wanted!r}")
    urgency = Urgency.IMMEDIATE if isinstance(message, SafetyStop) else message.urgency
    said = msgspec.structs.replace(message, to_function=wanted, urgency=urgency)
    if isinstance(said, LineStateNotice) and not said.fallback:
        agreed = [rule.measure for rule in agreement.fallbacks if rule.condition is said.condition]
        said = msgspec.structs.replace(said, fallback=agreed[0] if agreed else "")
    return said


def with_agreed_times(agreement: Agreement, message: Sayable, now_s: float) -> Sayable:
    """The message with the times by which the agreement wants each step of it, and no others."""
    due = agreed_due(agreement, message, now_s)
    return msgspec.structs.replace(
        message,
        acknowledge_by_s=due.get(Step.ACKNOWLEDGEMENT),
        relay_by_s=due.get(Step.RELAY),
        respond_by_s=due.get(Step.RESPONSE),
    )


class _Maker:
    """Gives a message its name when its place in the log is known."""

    def __init__(self, agreement: Agreement, message: Sayable, now_s: float) -> None:
        self._message = with_agreed_times(agreement, message, now_s)

    def make(self, message_id: str) -> Message:
        return msgspec.structs.replace(self._message, message_id=message_id)


def _functions(party: Party) -> list[str]:
    return [function for desk in party.desks for function in desk.functions]
