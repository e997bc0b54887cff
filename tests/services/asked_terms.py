"""An agreement by which a stop climbs one ladder, and whoever is asked whose an aircraft is has so long to say."""

from __future__ import annotations

import msgspec

from steerclear.model.agreement import Agreement, Ladder, LadderSide, MessageDeadline, Rung
from steerclear.model.vocabulary import MessageKind, Urgency
from tests.services.parties import make_agreement


def asked_terms(climb_s: tuple[float, float, float], stop_s: tuple[float, float], answer_s: float, **more) -> Agreement:
    """`stop_s` is the time in which a stop is acknowledged (a question too) and in which it is relayed."""
    theirs_s, ours_s, last_s = climb_s
    acknowledge_s, relay_s = stop_s
    ladder = Ladder(
        ladder_id="stop",
        rungs=(
            Rung(function="commander", after_s=theirs_s),
            Rung(function="commander", after_s=ours_s, side=LadderSide.SENDER),
            Rung(function="duty officer", after_s=last_s, last=True),
        ),
    )
    stop = MessageDeadline(
        message=MessageKind.SAFETY_STOP,
        urgency=Urgency.IMMEDIATE,
        acknowledge_s=acknowledge_s,
        relay_s=relay_s,
        ladder_id=ladder.ladder_id,
    )
    question = MessageDeadline(
        message=MessageKind.IDENTIFICATION_REQUEST,
        urgency=Urgency.ROUTINE,
        acknowledge_s=acknowledge_s,
        respond_s=answer_s,
    )
    terms = make_agreement(every_s=604_800.0)
    return msgspec.structs.replace(terms, ladders=(ladder,), message_deadlines=(stop, question), **more)
