"""Who could have known what, and from when on: per fact, per side, per function.

A machine that holds a message, an outlet that took a summons, a named function that has read it and a unit that has
confirmed are four different things; each is told as what it is, and who is not known to have had it is told too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from steerclear.model.messages import STEPS, Step
from steerclear.model.vocabulary import MessageKind
from steerclear.services.joint.clocks import clock, joined_s
from steerclear.services.joint.messages import Clocks
from steerclear.services.joint.side import Side
from steerclear.services.joint.timeline import Fact, JointMessage, Knowing

MACHINE: Final = "the machine"
_ASKING: Final = frozenset(
    str(kind.__struct_config__.tag) for kind in STEPS if kind.__struct_config__.tag != MessageKind.LINE_CHECK
)
"""Kinds of message that tell somebody something; answers tell only what became of it."""


def joint_facts(sides: Sequence[Side], clocks: Clocks, messages: Sequence[JointMessage]) -> tuple[Fact, ...]:
    """Every alert of a picture and every message that tells something, by joined time."""
    facts = [*_from_messages(messages), *_from_pictures(sides, clocks)]
    return tuple(sorted(facts, key=lambda fact: (fact.time_s, fact.about)))


def _from_messages(messages: Sequence[JointMessage]) -> Iterator[Fact]:
    for message in messages:
        if message.kind in _ASKING:
            knowing = tuple(sorted(_knowing(message), key=lambda one: (one.time_s, one.party, one.who)))
            nobody = tuple(_nobody(message))
            words = f"{message.sender} to {message.receiver}: {message.words}"
            yield Fact(
                words=words,
                about=message.message_id,
                time_s=message.time_s,
                knowing=knowing,
                nobody=nobody,
                in_words=_sentence(words, knowing, nobody),
            )


def _sentence(words: str, knowing: Sequence[Knowing], nobody: Sequence[str]) -> str:
    """All of a fact in one sentence: `north to south: safety stop. south: the machine held it at 08:31:05Z; ...`."""
    told = [f"{one.party}: {one.who} {one.how} at {clock(one.time_s)}" for one in knowing]
    return f"{words}. {'; '.join((*told, *nobody))}."


def _knowing(message: JointMessage) -> Iterator[Knowing]:
    person = message.said_by not in ("", "the node itself")
    yield Knowing(
        party=message.sender,
        who=message.said_by if person else MACHINE,
        how="said it" if person else "told it by itself",
        own_s=message.own_s,
        time_s=message.time_s,
        person=person,
    )
    if message.received_s is not None and message.received_own_s is not None:
        yield Knowing(
            party=message.receiver,
            who=MACHINE,
            how="held it; no person is known to have read it by that",
            own_s=message.received_own_s,
            time_s=message.received_s,
            person=False,
        )
    for rung in message.rungs:
        outlets = f" ({'; '.join(rung.reached)})" if rung.reached else ""
        yield Knowing(
            party=rung.party,
            who=rung.function,
            how=f"was being reached, rung {rung.rung + 1}{outlets}",
            own_s=rung.own_s,
            time_s=rung.time_s,
            person=False,
        )
    for step, how in (
        (message.acknowledged, "had read it"),
        (message.checking, "was checking"),
        (message.no_objection, "answered: no objection"),
        (message.approved, "answered: approved"),
        (message.other_verdict, "answered"),
    ):
        if step is not None:
            says = f": {step.says.replace('_', ' ')}" if step.says and how == "answered" else ""
            yield Knowing(
                party=message.receiver, who=step.by, how=how + says, own_s=step.own_s, time_s=step.time_s, person=True
            )
    if message.relayed is not None:
        yield Knowing(
            party=message.receiver,
            who=message.relayed.says or "the unit that must act",
            how=f"had confirmed it, says {message.relayed.by}",
            own_s=message.relayed.own_s,
            time_s=message.relayed.time_s,
            person=True,
        )


def _nobody(message: JointMessage) -> Iterator[str]:
    """Who is not known to have had it. What is withheld may show otherwise, and then nothing is said."""
    if message.received_s is None:
        yield f"that {message.receiver}'s machine ever held it is not shown here"
    if Step.ACKNOWLEDGEMENT in message.unanswered:
        yield f"no function of {message.receiver} is known to have read it"
    if Step.RELAY in message.unanswered:
        yield f"no unit of {message.receiver} is known to have confirmed it"


def _from_pictures(sides: Sequence[Side], clocks: Clocks) -> Iterator[Fact]:
    """An alert is a fact of the side whose picture raised it, from its first event on."""
    for side in sides:
        seen: set[str] = set()
        for row in side.alerts:
            event = row.event
            if event.alert_id in seen:
                continue
            seen.add(event.alert_id)
            who = " and ".join(subject.identity.label for subject in event.subjects) or event.source or ""
            time_s = joined_s(clocks, side.party, row.own_s)
            told = ", ".join(party for party in event.parties if party != side.party)
            known = Knowing(
                party=side.party,
                who=MACHINE,
                how=f"showed it on {side.party}'s picture" + (f"; it concerned {told} too" if told else ""),
                own_s=row.own_s,
                time_s=time_s,
                person=False,
            )
            what = f"{event.kind.value.replace('_', ' ')}, {who}"
            yield Fact(
                words=f"{side.party}'s picture: {what}",
                about=event.alert_id,
                time_s=time_s,
                knowing=(known,),
                in_words=f"{side.party}'s picture showed {what}, at {clock(time_s)}.",
            )
