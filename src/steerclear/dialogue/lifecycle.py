"""Where each message stands: what answers it, when each answer is due, and what the state tables make of what happens.

One message has one standing on each side of the line. On the sender's side `received_s` is the peer's machine
receipt; on the receiver's side it is when this side stored it. Being acknowledged, relayed and responded to are steps
of their own: none of them follows from another, and none from the receipt.
"""

from __future__ import annotations

from typing import Final

import msgspec

from steerclear.model.agreement import Party
from steerclear.model.messages import (
    MESSAGE_STATES,
    STEP_STATES,
    STEPS,
    Acknowledgement,
    Asking,
    LineCheck,
    LineCheckAnswer,
    Message,
    MessageEvent,
    MessageState,
    Relay,
    Response,
    Step,
    StepEvent,
    StepState,
    Verdict,
    verdicts_of,
)

AnyAnswer = Acknowledgement | LineCheckAnswer | Relay | Response

INTERIM: Final = frozenset({Verdict.CHECKING})
"""Responses that do not settle anything: the response stays owed."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A valid answer to a message: which function of which desk gave it, and when."""

    message_id: str
    desk_id: str
    function: str
    issued_s: float
    remark: str = ""
    verdict: Verdict | None = None
    """For a response."""
    unit: str = ""
    """For a relay: who has confirmed."""
    reference: str = ""
    cause: str = ""
    """For a line check's answer that came late."""


class StepStanding(msgspec.Struct, frozen=True, kw_only=True):
    """The relay of a message, or the response to it."""

    state: StepState
    due_s: float | None = None
    given: Answer | None = None
    """The newest one that settles it: a party may change its mind, and says so in a message of its own."""
    interim: Answer | None = None
    overdue_since_s: float | None = None
    """Set when the agreed time passed, and kept when it is given late."""


class PlannedRung(msgspec.Struct, frozen=True, kw_only=True):
    """A rung that this side raises unless somebody acknowledges first."""

    rung: int
    """Place in the agreed ladder, from 0."""
    function: str
    due_s: float
    last: bool


class RaisedRung(msgspec.Struct, frozen=True, kw_only=True):
    """A rung that was raised, by this side or, as it says, by the other."""

    rung: int
    function: str
    raised_at_s: float
    last: bool
    ours: bool
    why: str


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One message as one side of the line knows it."""

    message: Message
    peer: str
    outgoing: bool
    sequence: int
    issued_s: float
    state: MessageState
    due: dict[Step, float] = {}
    """When each step is due under the agreement."""
    received_s: float | None = None
    answer: Answer | None = None
    """The first valid acknowledgement, or answer to a line check."""
    unanswered_since_s: float | None = None
    """Set when the deadline passed without an acknowledgement, and kept when one comes late."""
    relay: StepStanding = StepStanding(state=StepState.NOT_ASKED)
    response: StepStanding = StepStanding(state=StepState.NOT_ASKED)
    planned: tuple[PlannedRung, ...] = ()
    raised: tuple[RaisedRung, ...] = ()
    unheeded: str | None = None
    """Why an answer had no effect; it stands in the record all the same."""

    @property
    def kind(self) -> str:
        """The message's name in the vocabulary."""
        return kind_of(self.message)

    @property
    def acknowledged(self) -> bool:
        """Whether a named function is known to have read it."""
        return self.state is MessageState.ACKNOWLEDGED


def kind_of(message: Message) -> str:
    """Name of a message's kind."""
    return str(type(message).__struct_config__.tag)


def due_times(message: Message) -> dict[Step, float]:
    """When each step that this message asks for is due, as it says itself."""
    if isinstance(message, LineCheck):
        return {Step.ACKNOWLEDGEMENT: message.answer_by_s}
    if not isinstance(message, Asking):
        return {}
    times = (
        (Step.ACKNOWLEDGEMENT, message.acknowledge_by_s),
        (Step.RELAY, message.relay_by_s),
        (Step.RESPONSE, message.respond_by_s),
    )
    return {step: time_s for step, time_s in times if time_s is not None and step in STEPS[type(message)]}


def due_s(message: Message) -> float | None:
    """When the acknowledgement of this message, or the answer to it, is due; None where none is asked for."""
    return due_times(message).get(Step.ACKNOWLEDGEMENT)


def answered_id(message: Message) -> str | None:
    """Id of the message that this one answers; None when it is no answer."""
    match message:
        case Acknowledgement():
            return message.acknowledges
        case LineCheckAnswer():
            return message.answers
        case Relay():
            return message.relays
        case Response():
            return message.responds_to
        case _:
            return None


def step_of(answer: AnyAnswer) -> Step:
    """The step that an answer is about."""
    match answer:
        case Acknowledgement() | LineCheckAnswer():
            return Step.ACKNOWLEDGEMENT
        case Relay():
            return Step.RELAY
        case Response():
            return Step.RESPONSE


def begin(
    message: Message,
    peer: str,
    outgoing: bool,
    sequence: int,
    issued_s: float,
    now_s: float,
    planned: tuple[PlannedRung, ...] = (),
    due: dict[Step, float] | None = None,
) -> Standing:
    """Standing of a message just sent, or just stored at its receiver; without `due`, by the times it says itself."""
    due = due_times(message) if due is None else due
    return Standing(
        message=message,
        peer=peer,
        outgoing=outgoing,
        sequence=sequence,
        issued_s=issued_s,
        state=MessageState.WAITING if outgoing else MessageState.RECEIVED,
        due=due,
        received_s=None if outgoing else now_s,
        relay=_begun(due.get(Step.RELAY)),
        response=_begun(due.get(Step.RESPONSE)),
        planned=planned,
    )


def _begun(limit_s: float | None) -> StepStanding:
    return StepStanding(state=StepState.NOT_ASKED if limit_s is None else StepState.OWED, due_s=limit_s)


def after_receipt(standing: Standing, time_s: float) -> Standing:
    """Standing after the peer's machine has proved that it holds the message."""
    if standing.received_s is not None:
        return standing
    return _move(msgspec.structs.replace(standing, received_s=time_s), MessageEvent.RECEIPT)


def after_deadline(standing: Standing, step: Step, now_s: float) -> Standing:
    """Standing once a step is overdue; unchanged when it is done, was not asked for, or the time has not come."""
    limit_s = standing.due.get(step)
    if limit_s is None or now_s < limit_s:
        return standing
    if step is Step.ACKNOWLEDGEMENT:
        if (standing.state, MessageEvent.DEADLINE) not in MESSAGE_STATES:
            return standing
        return _move(msgspec.structs.replace(standing, unanswered_since_s=limit_s), MessageEvent.DEADLINE)
    held = _step(standing, step)
    moved = STEP_STATES.get((held.state, StepEvent.DEADLINE))
    if moved is None:
        return standing
    return _with_step(standing, step, msgspec.structs.replace(held, state=moved, overdue_since_s=limit_s))


def after_rung(standing: Standing, raised: RaisedRung) -> Standing:
    """Standing after a rung was raised, here or over there; the same one again changes nothing."""
    if any((held.rung, held.ours) == (raised.rung, raised.ours) for held in standing.raised):
        return standing
    return msgspec.structs.replace(standing, raised=(*standing.raised, raised))


def why_unheeded(asked: Standing | None, answer: Message, answering: Party, seen_size: int) -> str | None:
    """Why an answer has no effect; None when it counts.

    `seen_size` is how much of the asking log the answer's entry says it had seen: names of messages can be foreseen,
    and "read" said of a message that was not there yet must not count once it is. An answer without effect is stored
    like any entry, for it was signed and sent; but it must not look like an acknowledgement.
    """
    if not isinstance(answer, AnyAnswer):
        return "it is no answer"
    if asked is None:
        return "it answers a message that was never sent on this line"
    if asked.sequence >= seen_size:
        return "it was given before its sender had seen the message"
    if why := misfit(asked.message, answer):
        return why
    if not any(desk.desk_id == answer.desk_id and answer.function in desk.functions for desk in answering.desks):
        return f"the agreement gives desk {answer.desk_id!r} of {answering.party_id!r} no function {answer.function!r}"
    return None


def misfit(asked: Message, answer: AnyAnswer) -> str | None:
    """Why this kind of answer, or this verdict, cannot be given to this kind of message; None when it can."""
    checks = isinstance(asked, LineCheck) == isinstance(answer, LineCheckAnswer)
    if step_of(answer) not in STEPS.get(type(asked), frozenset()) or not checks:
        return f"a {kind_of(answer)} does not answer a {kind_of(asked)}"
    if isinstance(answer, Response) and answer.verdict not in verdicts_of(asked):
        possible = ", ".join(verdicts_of(asked))
        return f"{answer.verdict} is no response to a {kind_of(asked)}; possible are: {possible}"
    return None


def after_answer(asked: Standing, answer: Message, issued_s: float) -> Standing:
    """Standing after a valid answer (see `why_unheeded`).

    Of several acknowledgements and relays the first is kept; of several responses the last.
    """
    if not isinstance(answer, AnyAnswer):
        return asked
    given = _given(answer, issued_s)
    step = step_of(answer)
    if step is Step.ACKNOWLEDGEMENT:
        moved = _move(asked, MessageEvent.ACKNOWLEDGEMENT)
        return moved if asked.answer is not None else msgspec.structs.replace(moved, answer=given)
    held = _step(asked, step)
    if given.verdict in INTERIM:
        return _with_step(asked, step, msgspec.structs.replace(held, interim=given))
    state = STEP_STATES.get((held.state, StepEvent.GIVEN), held.state)
    kept = held.given if step is Step.RELAY and held.given is not None else given
    return _with_step(asked, step, msgspec.structs.replace(held, state=state, given=kept))


def settled(standing: Standing, step: Step) -> bool:
    """Whether nothing is owed of a step any more."""
    if step is Step.ACKNOWLEDGEMENT:
        return standing.acknowledged
    return _step(standing, step).state in (StepState.GIVEN, StepState.NOT_ASKED)


def _given(answer: AnyAnswer, issued_s: float) -> Answer:
    return Answer(
        message_id=answer.message_id,
        desk_id=answer.desk_id,
        function=answer.function,
        issued_s=issued_s,
        remark=answer.remark,
        verdict=answer.verdict if isinstance(answer, Response) else None,
        unit=answer.unit if isinstance(answer, Relay) else "",
        reference=answer.reference if isinstance(answer, Response) else "",
        cause=answer.cause or "" if isinstance(answer, LineCheckAnswer) else "",
    )


def _step(standing: Standing, step: Step) -> StepStanding:
    return standing.relay if step is Step.RELAY else standing.response


def _with_step(standing: Standing, step: Step, held: StepStanding) -> Standing:
    if step is Step.RELAY:
        return msgspec.structs.replace(standing, relay=held)
    return msgspec.structs.replace(standing, response=held)


def _move(standing: Standing, event: MessageEvent) -> Standing:
    state = MESSAGE_STATES.get((standing.state, event), standing.state)
    return standing if state is standing.state else msgspec.structs.replace(standing, state=state)
