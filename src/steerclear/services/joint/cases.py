"""Whose aircraft it was: each side's identification cases, with what every party and agency had said by the end.

A case's row says how it began and ended; how each question stands follows from the messages, as on a running node. What
was not said is shown as not said.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from steerclear.model.identification import AnswerStanding, AskedAgency, AskedParty, IdentificationCase, ToldUnit
from steerclear.model.identifiers import folded
from steerclear.model.messages import Relay, Step, Verdict
from steerclear.services.identify.events import CASE, TOLD, UnitEvent
from steerclear.services.identify.standings import answered_once
from steerclear.services.joint.side import Side
from steerclear.services.joint.timeline import JointMessage

_STANDINGS: Final = {Verdict.OURS: AnswerStanding.OURS, Verdict.NOT_OURS: AnswerStanding.NOT_OURS}


def joint_cases(sides: Sequence[Side], messages: Sequence[JointMessage]) -> tuple[tuple[str, IdentificationCase], ...]:
    """(party, case) of every side, by party and name."""
    by_id = {message.message_id: message for message in messages}
    relays = _relays(sides)
    found: dict[tuple[str, str], IdentificationCase] = {}
    units: dict[tuple[str, str], dict[str, ToldUnit]] = {}
    for side in sides:
        for row in side.rows:
            try:
                if row.kind == CASE:
                    case = msgspec.json.decode(row.payload, type=IdentificationCase)
                    found[side.party, case.case_id] = case
                elif row.kind == TOLD:
                    told = msgspec.json.decode(row.payload, type=UnitEvent)
                    units.setdefault((side.party, told.case_id), {})[told.unit.unit] = told.unit
            except msgspec.MsgspecError:
                continue  # the timeline shows that it cannot be read
    return tuple(
        (
            party,
            msgspec.structs.replace(
                case,
                asked=answered_once(tuple(_asked(one, by_id, relays) for one in case.asked)),
                units=tuple(units.get((party, case_id), {}).values()) or case.units,
            ),
        )
        for (party, case_id), case in sorted(found.items())
    )


def _relays(sides: Sequence[Side]) -> dict[str, dict[str, Relay]]:
    """The first relay of each unit, by the message that it confirms."""
    found: dict[str, dict[str, Relay]] = {}
    for side in sides:
        for held in side.standings.values():
            if isinstance(held.message, Relay) and held.unheeded is None:
                found.setdefault(held.message.relays, {}).setdefault(folded(held.message.unit), held.message)
    return found


def _asked(one: AskedParty, messages: dict[str, JointMessage], relays: dict[str, dict[str, Relay]]) -> AskedParty:
    message = messages.get(one.message_id)
    if message is None:
        return one
    settled = message.other_verdict
    standing = AnswerStanding.CHECKING if message.checking is not None else AnswerStanding.NO_ANSWER
    if settled is not None:
        standing = _STANDINGS.get(Verdict(settled.says), standing)
    confirmed = relays.get(one.message_id, {})
    return msgspec.structs.replace(
        one,
        standing=standing,
        agencies=tuple(_agency(agency, confirmed.get(folded(agency.agency))) for agency in one.agencies),
        received_s=message.received_s,
        acknowledged_s=None if message.acknowledged is None else message.acknowledged.time_s,
        answered_s=None if settled is None else settled.time_s,
        answered_by="" if settled is None else settled.by,
        overdue=Step.RESPONSE in message.unanswered,
        late=settled is not None and settled.late,
    )


def _agency(agency: AskedAgency, relay: Relay | None) -> AskedAgency:
    if relay is None:
        return agency
    return msgspec.structs.replace(agency, relayed_s=relay.confirmed_at_s, remark=relay.remark)
