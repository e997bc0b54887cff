"""How people act in a drill: on each message that reaches a function as the scenario says of it, or not at all.

A message reaches the function that it is addressed to when it arrives, and every function whose rung is raised for it
then. Who is not there at that moment finds it when he comes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec import UNSET

from steerclear.dialogue.lifecycle import kind_of
from steerclear.model.agreement import Agreement
from steerclear.model.messages import (
    STEPS,
    VERDICTS,
    Asking,
    IdentificationRequest,
    LineCheck,
    Message,
    Response,
    Step,
    Verdict,
)
from steerclear.model.scenario import Person, Scenario, Tells
from steerclear.model.vocabulary import MessageKind
from steerclear.services.acknowledge import acknowledge, answer_line_check, relay, respond
from steerclear.services.faults import LineRequestError, NotAnswerableError
from steerclear.services.identify.tell_units import tell_units, unit_confirms
from steerclear.services.line_events import MessageStored, RungRaised, read_standing, standing_key
from steerclear.simulation.drill.names import Names
from steerclear.simulation.drill.node import DrillNode

At = Callable[[float, Callable[[], None]], None]
"""Do something at a time, or at once where it is over."""
_LOOKS_AGAIN_S = 10.0
"""Whose screen is dark tries again after this."""


class DrillPeople:
    """Everybody at every desk of a drill."""

    def __init__(
        self, scenario: Scenario, agreement: Agreement, names: Names, at: At, now: Callable[[], float]
    ) -> None:
        self._scenario = scenario
        self._agreement = agreement
        self._names = names
        self._at = at
        self._now = now
        self._reached: set[tuple[str, str, str]] = set()
        self._done: set[tuple[str, str, Step, str]] = set()
        self.refused: list[tuple[str, str]] = []
        """(party, words) of what people could not do."""

    def stored(self, node: DrillNode, event: MessageStored, now_s: float) -> None:
        """A message of a peer's has arrived."""
        message = event.message
        if isinstance(message, Response) and message.verdict is Verdict.OURS and event.unheeded is None:
            self._answered(node, event, now_s)
        elif isinstance(message, Asking):
            self._reach(node, message, message.to_function, now_s)
        elif isinstance(message, LineCheck):
            self._reach(node, message, self._agreement.party(node.party).desks[0].functions[0], now_s)

    def raised(self, node: DrillNode, event: RungRaised, now_s: float) -> None:
        """A rung of ours was raised: its function is called to the message."""
        if event.outgoing:
            return
        standing = read_standing(node.journal, standing_key(event.peer, False, event.sequence))
        if standing is not None:
            self._reach(node, standing.message, event.function, now_s)

    def _answered(self, node: DrillNode, event: MessageStored, now_s: float) -> None:
        """A peer has said "ours": units of this side are told, as the scenario says."""
        if event.answers_sequence is None:
            return
        asked = read_standing(node.journal, standing_key(event.peer, True, event.answers_sequence))
        if asked is None or not isinstance(asked.message, IdentificationRequest):
            return
        case_id = asked.message.case_id
        if case_id is UNSET:
            return
        about = self._names.about(asked.message)
        for told in self._scenario.tells:
            if told.party == node.party and (not told.about or about & set(told.about)):
                self._at(now_s + told.tell_after_s, partial(self._tell, node, case_id, told))

    def _tell(self, node: DrillNode, case_id: str, told: Tells) -> None:
        desk = self._desk(node.party, told.function)
        self._try(node, lambda: tell_units(node.exchange, case_id, told.units, desk, told.function))
        if told.confirm_after_s is None:
            return
        for unit in told.units:
            confirm = partial(unit_confirms, node.exchange, case_id, unit, desk, told.function)
            self._at(self._now() + told.confirm_after_s, partial(self._try, node, confirm))

    def _try(self, node: DrillNode, work: Callable[[], object]) -> None:
        try:
            work()
        except (LineRequestError, NotAnswerableError) as fault:
            self.refused.append((node.party, str(fault)))

    def _reach(self, node: DrillNode, message: Message, function: str, now_s: float) -> None:
        key = (node.party, message.message_id, function)
        if key in self._reached:
            return
        self._reached.add(key)
        person = self._person(node.party, function, message, now_s)
        if person is None:
            return
        there_s = max(now_s, person.from_s or now_s)
        steps = STEPS.get(type(message), frozenset())
        if person.acknowledge_after_s is not None and Step.ACKNOWLEDGEMENT in steps:
            self._at(there_s + person.acknowledge_after_s, partial(self._read, node, message, person))
        if person.relay_after_s is not None and Step.RELAY in steps:
            for unit in person.relay_to or self._agreement.party(node.party).agencies:
                self._at(there_s + person.relay_after_s, partial(self._relay, node, message, person, unit))
        if person.answer is not None and person.answer_after_s is not None and _fits(message, person.answer):
            self._at(there_s + person.answer_after_s, partial(self._respond, node, message, person, person.answer))

    def _person(self, party: str, function: str, message: Message, now_s: float) -> Person | None:
        """The rule for a message: of those that fit, the first whose person is there now, else the next to come."""
        about = self._names.about(message)
        kind = MessageKind(kind_of(message))
        fitting = [
            person
            for person in self._scenario.people
            if (person.party, person.function) == (party, function)
            and (not person.kinds or kind in person.kinds)
            and (not person.about or about & set(person.about))
            and (person.until_s is None or now_s < person.until_s)
        ]
        return min(fitting, key=lambda person: max(now_s, person.from_s or now_s), default=None)

    def _read(self, node: DrillNode, message: Message, person: Person) -> None:
        def work() -> None:
            desk = self._desk(node.party, person.function)
            if isinstance(message, LineCheck):
                answer_line_check(node.exchange, message.message_id, desk, person.function)
            else:
                acknowledge(node.exchange, message.message_id, desk, person.function, person.remark)

        self._once(node, message, Step.ACKNOWLEDGEMENT, "", work)

    def _relay(self, node: DrillNode, message: Message, person: Person, unit: str) -> None:
        def work() -> None:
            desk = self._desk(node.party, person.function)
            relay(node.exchange, message.message_id, desk, person.function, unit, remark=person.remark)

        self._once(node, message, Step.RELAY, unit, work)

    def _respond(self, node: DrillNode, message: Message, person: Person, verdict: Verdict) -> None:
        def work() -> None:
            desk = self._desk(node.party, person.function)
            respond(node.exchange, message.message_id, desk, person.function, verdict, remark=person.remark)

        self._once(node, message, Step.RESPONSE, verdict, work)

    def _once(self, node: DrillNode, message: Message, step: Step, detail: str, work: Callable[[], None]) -> None:
        """Two functions that were reached do not both say the same."""
        key = (node.party, message.message_id, step, detail)
        if key in self._done:
            return
        if node.down:
            again = partial(self._once, node, message, step, detail, work)
            self._at(self._now() + _LOOKS_AGAIN_S, again)
            return
        self._done.add(key)
        self._try(node, work)

    def _desk(self, party: str, function: str) -> str:
        desks = self._agreement.party(party).desks_with(function)
        return desks[0].desk_id if desks else self._agreement.party(party).desks[0].desk_id


def _fits(message: Message, verdict: Verdict) -> bool:
    return verdict in VERDICTS.get(type(message), ())
