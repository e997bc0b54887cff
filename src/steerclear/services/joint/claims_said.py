"""Differences in what was said and in what the journals hold of it: verdicts, disputes, notice times, deadlines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from steerclear.dialogue.limits import MAX_CLOCK_SKEW_S
from steerclear.model.messages import IdentificationRequest, Message, Response, Verdict
from steerclear.services.joint.clocks import joined_s
from steerclear.services.joint.side import Side
from steerclear.services.joint.timeline import Claim, ClockError, JointMessage
from steerclear.services.joint.words import VERDICT_WORDS
from steerclear.tactical.parties import Fleets

Clocks = dict[str, ClockError]
_UNALIKE: Final = ((Verdict.OURS, Verdict.NOT_OURS), (Verdict.APPROVED, Verdict.OBJECTION))


def said_claims(sides: Sequence[Side], clocks: Clocks, messages: Sequence[JointMessage]) -> Iterator[Claim]:
    """Every difference in what was said."""
    held = _contents(sides)
    yield from _whose(sides, messages, held)
    yield from _changed_verdicts(sides, clocks, held)
    yield from _disputed(messages)
    yield from _kept_differently(sides, messages)
    yield from _against_the_record(sides, clocks)


def _contents(sides: Sequence[Side]) -> dict[str, Message]:
    return {message_id: held.message for side in sides for message_id, held in side.standings.items()}


def _whose(sides: Sequence[Side], messages: Sequence[JointMessage], held: dict[str, Message]) -> Iterator[Claim]:
    """Whose an aircraft is: two parties that say "ours", and a party that disowns what the fleet rules give it."""
    fleets = Fleets(sides[0].versions.newest.agreement.parties)
    answers: dict[str, dict[str, tuple[float, str]]] = {}
    for message in messages:
        asked = held.get(message.message_id)
        verdict = message.other_verdict
        if not isinstance(asked, IdentificationRequest) or verdict is None:
            continue
        label = asked.track_id if asked.identity is None else asked.identity.label
        answers.setdefault(label, {})[message.receiver] = verdict.time_s, verdict.says
        ruled = None if asked.identity is None else fleets.name(fleets.belongs(asked.identity)[0])
        if verdict.says == Verdict.NOT_OURS and ruled == message.receiver:
            yield Claim(
                matter="whose an aircraft is",
                about=label,
                time_s=verdict.time_s,
                says={
                    message.receiver: f"{label} is not ours, said {verdict.by}",
                    "the agreement": f"its fleet rules name {label} as an aircraft of {ruled}",
                },
            )
    for label, said in answers.items():
        owners = {party: time_s for party, (time_s, says) in said.items() if says == Verdict.OURS}
        if len(owners) > 1:
            yield Claim(
                matter="whose an aircraft is",
                about=label,
                time_s=max(owners.values()),
                says=dict.fromkeys(sorted(owners), f"{label} is ours"),
            )


def _changed_verdicts(sides: Sequence[Side], clocks: Clocks, held: dict[str, Message]) -> Iterator[Claim]:
    """One party that has said two things of one message."""
    said: dict[tuple[str, str], dict[Verdict, float]] = {}
    for message_id, message in held.items():
        if isinstance(message, Response):
            party = message_id.partition(":")[0]
            issued_s = next(side.standings[message_id].issued_s for side in sides if message_id in side.standings)
            verdicts = said.setdefault((party, message.responds_to), {})
            verdicts[message.verdict] = joined_s(clocks, party, issued_s)
    for (party, asked_id), verdicts in sorted(said.items()):
        for one, other in _UNALIKE:
            if one in verdicts and other in verdicts:
                first, last = sorted((one, other), key=lambda verdict: verdicts[verdict])
                yield Claim(
                    matter="a party that has changed its word",
                    about=asked_id,
                    time_s=verdicts[last],
                    says={
                        party: f"first {VERDICT_WORDS[first]}, then {VERDICT_WORDS[last]}; the last one holds",
                    },
                )


def _disputed(messages: Sequence[JointMessage]) -> Iterator[Claim]:
    for message in messages:
        verdict = message.other_verdict
        if verdict is not None and verdict.says in (Verdict.DISPUTED, Verdict.OBJECTION):
            yield Claim(
                matter="something that the other side disputes",
                about=message.message_id,
                time_s=verdict.time_s,
                says={
                    message.sender: message.words,
                    message.receiver: f"{VERDICT_WORDS[verdict.says]}, said {verdict.by}",
                },
            )


def _kept_differently(sides: Sequence[Side], messages: Sequence[JointMessage]) -> Iterator[Claim]:
    """One message of which the two journals hold different times: when it was due, how short a notice was, when issued
    by a clock that its own receipts contradict.
    """
    here = {side.party: side for side in sides}
    for message in messages:
        sender, receiver = here.get(message.sender), here.get(message.receiver)
        sent = None if sender is None else sender.sent.get(message.message_id)
        stored = None if receiver is None else receiver.stored.get(message.message_id)
        if sent is not None and stored is not None:
            for step in sorted(sent.due or {}):
                one, other = (sent.due or {})[step], (stored.due or sent.due or {}).get(step)
                if other is not None and abs(one - other) > MAX_CLOCK_SKEW_S:
                    yield _two(
                        message,
                        f"when its {step} was due",
                        f"{one - sent.issued_s:.0f} s after it was issued",
                        f"{other - sent.issued_s:.0f} s after it was issued",
                    )
            short, there = sent.short_notice_s, stored.short_notice_s
            if (short is None) is not (there is None) or (
                short is not None and there is not None and abs(short - there) > MAX_CLOCK_SKEW_S
            ):
                yield _two(message, "how long before it began it was notified", _short(short), _short(there))
        if any(side.lines[message.message_id].misdated for side in sides if message.message_id in side.lines):
            yield Claim(
                matter="a time that its own side's receipts contradict",
                about=message.message_id,
                time_s=message.time_s,
                says={
                    message.sender: "states a time of issue that lies before a receipt it had given already",
                    "the record": "shows that it was written later than it says",
                },
            )


def _against_the_record(sides: Sequence[Side], clocks: Clocks) -> Iterator[Claim]:
    """What a side's journal says was said, and the record, which both sides signed, does not hold so."""
    for side in sides:
        for row in side.false:
            yield Claim(
                matter="a journal that the record contradicts",
                about=row.message_id,
                time_s=joined_s(clocks, side.party, row.own_s),
                says={
                    side.party: f"its journal: {row.words}; this timeline does not rest on that",
                    "the record": "; ".join(row.differs),
                },
            )


def _short(short_s: float | None) -> str:
    return "in time" if short_s is None else f"{short_s:.0f} s later than agreed"


def _two(message: JointMessage, matter: str, sender: str, receiver: str) -> Claim:
    return Claim(
        matter=matter,
        about=message.message_id,
        time_s=message.time_s,
        says={message.sender: sender, message.receiver: receiver},
    )
