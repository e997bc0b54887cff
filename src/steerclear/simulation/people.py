"""What people and pictures do during a run, and what they were told: the run's memory of what must not be lost.

A desk says something once and believes it said when it is durable. A picture records its alerts again after a crash
until it has a receipt, as the shipped one does on a replay.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from msgspec import Struct

from steerclear.dialogue.faults import LineFaultError
from steerclear.dialogue.lifecycle import Standing
from steerclear.model.alert import AlertChange, AlertEvent, AlertKind, AlertSubject, Severity
from steerclear.model.messages import (
    AlertNotice,
    LineCheck,
    Notice,
    NoticeChange,
    Request,
    RequestKind,
    SafetyStop,
    Verdict,
)
from steerclear.model.track import Identity
from steerclear.model.vocabulary import NoticeSubject
from steerclear.model.volumes import CircleArea, Position, Volume4D
from steerclear.services.acknowledge import acknowledge, answer_line_check, relay, respond
from steerclear.services.exchange import Sent
from steerclear.services.faults import LineRequestError
from steerclear.services.keep_time import send_line_check
from steerclear.services.line_events import read_standing, standing_key
from steerclear.services.notice_events import read_notices
from steerclear.services.say import say
from steerclear.simulation.cast import COMMANDER, DUTY, desk_of
from steerclear.simulation.clock import START_S
from steerclear.simulation.party import PartyNode, Process
from steerclear.store.errors import StoreError

if TYPE_CHECKING:
    from steerclear.simulation.run import Run

_CIRCLE: Final = CircleArea(centre=Position(latitude_deg=36.5, longitude_deg=38.0), radius_m=2_000.0)
_KINDS: Final = ("stop", "request", "alert", "notice", "check")


class Spoken(Struct):
    """Something a desk said to some peers; `sent` tells whether it was told that it is durable."""

    words: str
    node: PartyNode
    sent: Sent
    process: Process


Action: TypeAlias = Callable[[str, PartyNode, Process], Sent | None]
"""(words, node, process) -> what was sent, if anything."""


class People:
    """Everybody at every desk of a run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.spoken: list[Spoken] = []
        self.alerts: list[tuple[PartyNode, AlertEvent]] = []
        self.unrecorded: dict[str, list[AlertEvent]] = {name: [] for name in run.nodes}
        self.answered: set[str] = set()
        """Messages that some desk of the receiver tried to acknowledge."""
        self._held: dict[tuple[str, str], int] = {}
        """(party, peer) -> most entries of its log that the party has seen receipted by the peer."""

    def plan(self) -> None:
        """Spread the actions of all desks over the bad time; half of them answer what has come in."""
        chance = self._run.chance
        for number in range(self._run.settings.actions):
            node = chance.choice(list(self._run.nodes.values()))
            kind = chance.choices(_KINDS, (3, 2, 3, 3, 1))[0]
            self._run.after(
                chance.uniform(0.2, self._run.settings.trouble_s),
                partial(self._act, number, node, kind),
            )
        for number in range(self._run.settings.actions):
            node = chance.choice(list(self._run.nodes.values()))
            self._run.after(
                chance.uniform(1.0, self._run.settings.trouble_s + 6.0),
                partial(self._act, number, node, "answer"),
            )

    def back_at_work(self, node: PartyNode) -> None:
        """After a start: the picture records again what it has no receipt for."""
        if self.unrecorded[node.name]:
            self._run.doing(node, lambda process: self._record(node, process))

    def lost_receipts(self, node: PartyNode) -> list[str]:
        """After a crash: what a desk was told to be durable must still be there."""
        lost = []
        for spoken in self.spoken:
            if spoken.node is node and spoken.sent.stored.done() and spoken.sent.stored.exception() is None:
                missing = [name for name in spoken.sent.message_ids if not _in_log(node, name)]
                lost += [f"{node.name} lost {name} after its receipt" for name in missing]
        for other in self._run.nodes.values():
            seen = self._held.get((other.name, node.name), 0)
            if _mirror_size(node, other.name) < seen:
                lost.append(f"{node.name} lost entries of {other.name} that it had receipted")
        return lost

    def false_receipt(self, node: PartyNode, peer: str) -> list[str]:
        """After a receipt: the peer's disk must hold what it proves."""
        process = node.process
        if process is None:
            return []
        size = process.exchange.line(peer).received_size
        self._held[node.name, peer] = max(size, self._held.get((node.name, peer), 0))
        held = _mirror_size(self._run.nodes[peer], node.name)
        return [] if held >= size else [f"{node.name} has a receipt for {size} entries and {peer} holds {held}"]

    def _act(self, number: int, node: PartyNode, kind: str) -> None:
        act = {
            "stop": self._stop,
            "request": self._ask,
            "notice": self._notify,
            "check": self._check,
            "answer": self._answer,
        }.get(kind)
        if act is None:
            self._see(number, node)
        else:
            self._run.doing(node, lambda process: self._try(number, node, process, act))

    def _try(self, number: int, node: PartyNode, process: Process, act: Action) -> None:
        try:
            words = f"{node.name} {'answers' if act == self._answer else 'says'} {number}"
            sent = act(words, node, process)
        except (StoreError, LineRequestError, LineFaultError) as refused:
            self._run.note(node.name, "could not", type(refused).__name__)
            return
        if sent is not None:
            self._run.note(node.name, "says", *sent.message_ids)
            self.spoken.append(Spoken(words, node, sent, process))

    def _stop(self, words: str, node: PartyNode, process: Process) -> Sent | None:
        now_s = START_S + self._run.true.seconds
        volume = Volume4D(area=_CIRCLE, from_s=now_s, until_s=now_s + 600.0)
        function = self._run.chance.choice((DUTY, COMMANDER))
        message = SafetyStop(message_id="", to_function=function, text=words, volume=volume)
        return say(process.exchange, self._some_peers(process), message, desk_of(node.name), DUTY)

    def _ask(self, words: str, node: PartyNode, process: Process) -> Sent | None:
        message = Request(message_id="", to_function="", text=words, asks=RequestKind.PAUSE, about="")
        return say(process.exchange, self._some_peers(process), message, desk_of(node.name), DUTY)

    def _notify(self, words: str, node: PartyNode, process: Process) -> Sent | None:
        """A desk announces something, or changes what it has announced to one party; some of it runs out meanwhile."""
        chance, now_s = self._run.chance, node.clock.now_s()
        until_s = now_s + (600.0 if chance.random() < 0.5 else chance.uniform(0.5, 8.0))
        told = [one for one in read_notices(process.journal) if one.outgoing]
        if not told or chance.random() < 0.4:
            notice_id = f"{node.name}-{words.rpartition(' ')[2]}"
            change, revision, peers = NoticeChange.NEW, 1, self._some_peers(process)
        else:
            held = chance.choice(told)
            change = chance.choice((NoticeChange.AMENDED, NoticeChange.RENEWED, NoticeChange.CANCELLED))
            notice_id, revision, peers = held.notice.notice_id, held.notice.revision + 1, [held.peer]
        notice = Notice(
            text=words,
            notice_id=notice_id,
            revision=revision,
            change=change,
            subject=NoticeSubject.ACTIVITY,
            title="Balloons",
            volumes=(Volume4D(area=_CIRCLE, from_s=now_s, until_s=until_s),),
            from_s=now_s,
            until_s=until_s,
            contact_function=DUTY,
        )
        return say(process.exchange, peers, notice, desk_of(node.name), DUTY)

    def _check(self, _words: str, _node: PartyNode, process: Process) -> Sent | None:
        return send_line_check(process.exchange, self._run.chance.choice(list(process.exchange.lines)))

    def _some_peers(self, process: Process) -> list[str]:
        peers = list(process.exchange.lines)
        return self._run.chance.sample(peers, self._run.chance.randint(1, len(peers)))

    def _see(self, number: int, node: PartyNode) -> None:
        """The picture raises an alert that concerns another party, and records it until it has a receipt."""
        peers = [name for name in self._run.nodes if name != node.name]
        alert = _alert(number, node.name, self._run.chance.choice(peers))
        self.alerts.append((node, alert))
        self.unrecorded[node.name].append(alert)
        self._run.doing(node, lambda process: self._record(node, process))

    def _record(self, node: PartyNode, process: Process) -> None:
        for alert in list(self.unrecorded[node.name]):
            try:
                process.announcer.record([alert], (), alert.time_s)
            except StoreError:
                self._run.after(1.0, lambda: self.back_at_work(node))
                return
            if self._run.chance.random() < 0.3:
                process.announcer.record([alert], (), alert.time_s)  # a replay, after which nothing may be new
            self.unrecorded[node.name].remove(alert)

    def _answer(self, words: str, node: PartyNode, process: Process) -> Sent | None:
        """Somebody takes one of the messages that came in and acknowledges, relays or answers it."""
        exchange, chance = process.exchange, self._run.chance
        standings = [standing for peer in exchange.lines for standing in _incoming(process, peer)]
        if not standings:
            return None
        asked = chance.choice(standings)
        message_id, desk = asked.message.message_id, desk_of(node.name)
        function = chance.choice((DUTY, COMMANDER))
        if isinstance(asked.message, LineCheck):
            self.answered.add(message_id)
            return answer_line_check(exchange, message_id, desk, function)
        step = chance.choice(("read", "read", "relay", "respond"))
        if step == "respond" and isinstance(asked.message, Request):
            verdict = chance.choice((Verdict.ACCEPTED, Verdict.DECLINED, Verdict.CHECKING))
            return respond(exchange, message_id, desk, function, verdict)
        if step == "relay":
            return relay(exchange, message_id, desk, function, "air wing", remark=words)
        self.answered.add(message_id)
        return acknowledge(exchange, message_id, desk, function, words)


def _incoming(process: Process, peer: str) -> list[Standing]:
    size = process.exchange.line(peer).incoming.frontier.size
    read = (read_standing(process.journal, standing_key(peer, False, place)) for place in range(size))
    asking = (LineCheck, SafetyStop, Request, AlertNotice)
    return [standing for standing in read if standing is not None and isinstance(standing.message, asking)]


def _in_log(node: PartyNode, message_id: str) -> bool:
    _, peer, place = message_id.split(":")
    return any(
        name.endswith(f"/{node.name}-to-{peer}") and len(log.entries) > int(place)
        for name, log in node.medium.logs.items()
    )


def _mirror_size(node: PartyNode, peer: str) -> int:
    sizes = [len(log.entries) for name, log in node.medium.logs.items() if name.endswith(f"/{peer}-to-{node.name}")]
    return max(sizes, default=0)


def _alert(number: int, us: str, peer: str) -> AlertEvent:
    subjects = tuple(
        AlertSubject(
            track_id=f"{party}-{number}",
            identity=Identity(callsign=f"{party[:1].upper()}{number}"),
            party=party,
            latitude_deg=46.5,
            longitude_deg=7.5,
            altitude_m=3_000.0,
            east_mps=100.0,
            north_mps=-20.5,
            up_mps=0.0,
            report_time_s=START_S,
        )
        for party in (us, peer)
    )
    return AlertEvent(
        alert_id=f"separation/{us}/{number}",
        kind=AlertKind.SEPARATION,
        change=AlertChange.RAISED,
        severity=Severity.WARNING,
        time_s=START_S + number,
        subjects=subjects,
        parties=tuple(sorted((us, peer))),
        reason="closest in 84 s at 1.2 NM, 300 ft",
    )
