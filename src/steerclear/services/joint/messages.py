"""Every message that either side holds, put together from both sides' journals and from the verified records.

What only one side knows counts: the receiver's journal tells when its machine stored a message, the sender's which
receipt it holds. Steps are those that count under the agreement, as the shipped code judged them when they came in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from steerclear.dialogue.lifecycle import Answer, RaisedRung, Standing
from steerclear.model.messages import Asking, Message, Step, Verdict
from steerclear.model.vocabulary import Urgency
from steerclear.services.joint.clocks import joined_s
from steerclear.services.joint.side import Side, receipt_s
from steerclear.services.joint.timeline import ClockError, JointMessage, RungShown, StepShown
from steerclear.services.joint.words import message_text, message_words, outlet_words, said_by
from steerclear.services.record_report import Given

Clocks = dict[str, ClockError]
_RESPONSES: Final = {Verdict.NO_OBJECTION: "no_objection", Verdict.APPROVED: "approved"}
_GIVEN: Final = ("acknowledged", "relayed", "no_objection", "approved", "other_verdict", "checking")


def joint_messages(sides: Sequence[Side], clocks: Clocks) -> tuple[JointMessage, ...]:
    """All messages within the evidences' windows, by joined time of issue, then by name."""
    wanted = {message_id for side in sides for message_id in side.standings}
    for side in sides:
        window = side.incident.from_s, side.incident.until_s
        wanted |= {name for name, line in side.lines.items() if window[0] <= line.issued_s <= window[1]}
        wanted |= side.recorded.keys()
    made = [_Message(message_id, sides, clocks).made() for message_id in sorted(wanted)]
    return tuple(sorted(made, key=lambda one: (one.time_s, one.message_id)))


class _Message:
    """One message being put together."""

    def __init__(self, message_id: str, sides: Sequence[Side], clocks: Clocks) -> None:
        self.message_id = message_id
        self.sender, self.receiver, _ = message_id.split(":", 2)
        self.clocks = clocks
        self.sides = {side.party: side for side in sides}
        self.standings = {side.party: side.standings[message_id] for side in sides if message_id in side.standings}
        self.lines = [side.lines[message_id] for side in sides if message_id in side.lines]

    def made(self) -> JointMessage:
        """The message with all that is known of it."""
        message, issued_s = self._content()
        received_s = self._received_s()
        known_until_s = self._known_until_s()
        due = self._due()
        steps = self._steps(due)
        late = {step for step, time_s in due.items() if time_s <= known_until_s}
        taken = self._taken(steps)
        not_shown = {step for line in self.lines for step in line.not_shown} - taken
        if self._may_be_hidden():
            not_shown |= set(due) - taken
        return JointMessage(
            message_id=self.message_id,
            sender=self.sender,
            receiver=self.receiver,
            kind=self._kind(),
            urgency=str(message.urgency if isinstance(message, Asking) else Urgency.ROUTINE),
            words="its content is withheld" if message is None else message_words(message),
            text="" if message is None else message_text(message),
            own_s=issued_s,
            time_s=joined_s(self.clocks, self.sender, issued_s),
            said_by="" if message is None else said_by(message),
            to_function=message.to_function if isinstance(message, Asking) else "",
            received_own_s=received_s,
            received_s=None if received_s is None else joined_s(self.clocks, self.receiver, received_s),
            due_s={step: joined_s(self.clocks, self.sender, time_s) for step, time_s in due.items()},
            unanswered=tuple(sorted(late - taken - not_shown)),
            not_shown=tuple(sorted(not_shown)),
            rungs=self._rungs(),
            without_effect=self._void(),
            held_by=tuple(sorted(self.standings)),
            receipted=any(line.received_s is not None for line in self.lines),
            **steps,
        )

    def _content(self) -> tuple[Message | None, float]:
        for party in (self.sender, self.receiver):
            held = self.standings.get(party)
            if held is not None:
                return held.message, held.issued_s
        for side in self.sides.values():
            if self.message_id in side.recorded:
                issued_s, message = side.recorded[self.message_id]
                return message, issued_s
        for held in self.standings.values():
            return held.message, held.issued_s
        return None, self.lines[0].issued_s

    def _kind(self) -> str:
        for held in self.standings.values():
            return held.kind
        return self.lines[0].kind

    def _received_s(self) -> float | None:
        """By the receiver's own journal where that is here, else by the receipt that it gave."""
        receiver = self.sides.get(self.receiver)
        stored_s = None if receiver is None else receiver.stored_s.get(self.message_id)
        if stored_s is not None:
            return stored_s
        receipts = [float(line.received_s) for line in self.lines if line.received_s is not None]
        taken_s = self._receipt_s()
        return min(receipts if taken_s is None else [*receipts, taken_s], default=None)

    def _receipt_s(self) -> float | None:
        sender = self.sides.get(self.sender)
        return None if sender is None else receipt_s(sender, self.receiver, int(self.message_id.rpartition(":")[2]))

    def _may_be_hidden(self) -> bool:
        """Whether rows are withheld that may hold an answer, and no verified record tells that there was none."""
        holding = [side for party, side in self.sides.items() if party in self.standings]
        return not self.lines and all(side.rows_withheld for side in holding)

    def _known_until_s(self) -> float:
        """Until when a step would be in this evidence, by the sender's clock; what came later is not known."""
        known = []
        for side in self.sides.values():
            if self.message_id in side.standings or self.message_id in side.lines:
                end_s = (
                    side.exported_s if self.message_id in side.lines else min(side.incident.until_s, side.exported_s)
                )
                known.append(joined_s(self.clocks, side.party, end_s))
        end = self.clocks.get(self.sender)
        ahead_s = 0.0 if end is None or end.estimate_s is None else end.estimate_s
        return max(known) + ahead_s

    def _due(self) -> dict[str, float]:
        """When each step is due, by the sender's clock, as the sender had it; else as the receiver had it."""
        for party in (self.sender, self.receiver):
            held = self.standings.get(party)
            if held is not None:
                return {str(step): time_s for step, time_s in held.due.items()}
        return next((dict(line.due_s) for line in self.lines), {})

    def _steps(self, due: dict[str, float]) -> dict[str, StepShown | None]:
        """The steps that count; the first of each acknowledgement and relay, the last of each response."""
        found: dict[str, StepShown | None] = dict.fromkeys(_GIVEN)
        for line in self.lines:
            for name in _GIVEN:
                given: Given | None = getattr(line, name)
                if given is not None:
                    found[name] = self._shown(given.by, given.message_id, given.issued_s, given.says)
        for held in self.standings.values():
            for name, answer in _answers(held):
                by = f"{answer.function} at {answer.desk_id}"
                says = answer.unit or (str(answer.verdict) if answer.verdict is not None else answer.cause)
                made = self._shown(by, answer.message_id, answer.issued_s, says)
                kept = found[name]
                if kept is None or (name in ("acknowledged", "relayed")) == (made.own_s < kept.own_s):
                    found[name] = made
        self._one_verdict(found)
        owed = {"acknowledged": Step.ACKNOWLEDGEMENT, "relayed": Step.RELAY}
        for name, step in found.items():
            limit_s = due.get(owed.get(name, Step.RESPONSE))
            if step is not None and limit_s is not None and name != "checking" and step.own_s > limit_s:
                found[name] = msgspec.structs.replace(step, late=True)
        return found

    def _one_verdict(self, found: dict[str, StepShown | None]) -> None:
        """Of several verdicts the last holds: an earlier "approved" of another evidence does not stand beside it."""
        names = ("no_objection", "approved", "other_verdict")
        given = [(step.own_s, name) for name in names if (step := found[name]) is not None]
        for _, name in sorted(given)[:-1]:
            found[name] = None

    def _shown(self, by: str, message_id: str, own_s: float, says: str) -> StepShown:
        return StepShown(
            by=by, message_id=message_id, own_s=own_s, time_s=joined_s(self.clocks, self.receiver, own_s), says=says
        )

    def _taken(self, steps: dict[str, StepShown | None]) -> set[str]:
        taken = set()
        if steps["acknowledged"] is not None:
            taken.add(str(Step.ACKNOWLEDGEMENT))
        if steps["relayed"] is not None:
            taken.add(str(Step.RELAY))
        if any(steps[name] is not None for name in ("no_objection", "approved", "other_verdict")):
            taken.add(str(Step.RESPONSE))
        return taken

    def _rungs(self) -> tuple[RungShown, ...]:
        found: dict[tuple[str, int], RungShown] = {}
        for line in self.lines:
            for shown in line.rungs:
                found[shown.party, shown.rung] = self._rung(
                    shown.party, shown.rung, shown.function, shown.raised_at_s, shown.last
                )
        for party, held in self.standings.items():
            for rung in held.raised:
                raiser = party if rung.ours else self._other(party)
                if rung.ours or (raiser, rung.rung) not in found:
                    found[raiser, rung.rung] = self._raised(raiser, rung)
        return tuple(found[key] for key in sorted(found, key=lambda key: (found[key].time_s, key)))

    def _raised(self, raiser: str, rung: RaisedRung) -> RungShown:
        return self._rung(raiser, rung.rung, rung.function, rung.raised_at_s, rung.last)

    def _rung(self, party: str, rung: int, function: str, own_s: float, last: bool) -> RungShown:
        return RungShown(
            party=party,
            rung=rung,
            function=function,
            own_s=own_s,
            time_s=joined_s(self.clocks, party, own_s),
            last=last,
            reached=self._outlets(party, rung),
        )

    def _outlets(self, party: str, rung: int) -> tuple[str, ...]:
        side = self.sides.get(party)
        summoned = None if side is None else side.summoned.get((self.message_id, rung))
        if summoned is None:
            return ()
        return outlet_words(summoned) or ("no outlet is agreed: it shows on the desk's screens only",)

    def _other(self, party: str) -> str:
        return self.receiver if party == self.sender else self.sender

    def _void(self) -> str:
        for held in self.standings.values():
            if held.unheeded is not None:
                return held.unheeded
        return next((line.without_effect for line in self.lines if line.without_effect), "") or ""


def _answers(held: Standing) -> list[tuple[str, Answer]]:
    found = []
    if held.answer is not None:
        found.append(("acknowledged", held.answer))
    if held.relay.given is not None:
        found.append(("relayed", held.relay.given))
    if held.response.interim is not None:
        found.append(("checking", held.response.interim))
    if held.response.given is not None:
        verdict = held.response.given.verdict
        name = "other_verdict" if verdict is None else _RESPONSES.get(verdict, "other_verdict")
        found.append((name, held.response.given))
    return found
