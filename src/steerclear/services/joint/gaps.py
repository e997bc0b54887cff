"""What is not in the evidence, by name: a timeline must not look whole where it is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steerclear.dialogue.link_state import LinkState
from steerclear.model.alert import AlertChange, AlertKind
from steerclear.services.joint.clocks import clock
from steerclear.services.joint.side import Side, line_event
from steerclear.services.joint.timeline import Gap, JointMessage
from steerclear.services.line_events import LinkChanged


def joint_gaps(sides: Sequence[Side], messages: Sequence[JointMessage]) -> tuple[Gap, ...]:
    """Everything that is known to be missing."""
    found = [*_parties(sides), *(gap for side in sides for gap in _of_side(side)), *_messages(sides, messages)]
    return tuple(dict.fromkeys(found))


def _parties(sides: Sequence[Side]) -> Iterator[Gap]:
    here = {side.party for side in sides}
    agreement = sides[0].versions.newest.agreement
    for party in agreement.parties:
        if party.party_id not in here:
            words = f"no evidence of {party.party_id} is here: what only its side knows is not on this timeline"
            yield Gap(party=party.party_id, words=words)


def _of_side(side: Side) -> Iterator[Gap]:
    party, evidence = side.party, side.evidence
    for line in evidence.withheld:
        yield Gap(party=party, words=f"withheld: {line}")
    for note in evidence.head.notes:
        yield Gap(party=party, words=note)
    peers = {one.party_id for one in side.versions.newest.agreement.parties} - {party}
    for peer in sorted(peers - set(evidence.records)):
        yield Gap(party=party, words=f"the record of its line with {peer} is not in its evidence")
    if not evidence.head.segments:
        yield Gap(party=party, words="no raw reports of its sources are in its evidence: it shows no tracks")
    elif not side.tracks.flown():
        yield Gap(party=party, words="its raw reports name no aircraft within the window")
    if side.tracks.trouble:
        yield Gap(party=party, words=side.tracks.trouble)
    if side.exported_s < side.incident.until_s:
        yield Gap(party=party, words="its evidence was frozen before the window ended")
    if any(not run.run.live for run in evidence.picture_runs()):
        words = "its picture played a recording: its tracks, and where aircraft were at its alerts, have that time"
        yield Gap(party=party, words=words)
    yield from _silent_feeds(side)
    yield from _broken_lines(side)


def _silent_feeds(side: Side) -> Iterator[Gap]:
    for row in side.alerts:
        event = row.event
        if event.kind is AlertKind.FEED_SILENT and event.change is AlertChange.RAISED:
            words = f"source {event.source} was silent from about {clock(row.own_s)} of its clock on: {event.reason}"
            yield Gap(party=side.party, words=words)


def _broken_lines(side: Side) -> Iterator[Gap]:
    for row in side.rows:
        event = line_event(row)
        if isinstance(event, LinkChanged) and event.state in (LinkState.DOWN, LinkState.HALTED):
            words = f"for it the line to {event.peer} was {event.state.value} from {clock(row.time_s)} of its clock on"
            yield Gap(party=side.party, words=words)


def _messages(sides: Sequence[Side], messages: Sequence[JointMessage]) -> Iterator[Gap]:
    """Messages of which the content is withheld, and those that one of their two ends does not hold."""
    here = {side.party: side for side in sides}
    for message in messages:
        if not message.held_by and not any(message.message_id in side.recorded for side in sides):
            yield Gap(party="", words=f"what {message.message_id} says is not in any journal here")
            continue
        for party in (message.sender, message.receiver) if message.held_by else ():
            side = here.get(party)
            if side is None or party in message.held_by or message.message_id in side.lines:
                continue
            if side.incident.from_s <= message.time_s <= side.incident.until_s:
                yield Gap(party=party, words=f"{message.message_id} is in the other side's evidence and not in its own")
