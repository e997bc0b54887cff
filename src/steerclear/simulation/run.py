"""One run: parties talk through a bad time, then everything heals, and what was promised must hold.

A discrete-event simulation in one thread. All chance comes from the seed; the trace's hash says whether two runs were
the same. `Run(seed).play()` gives the outcome; nothing raises for a broken promise, the outcome names it.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from random import Random
from typing import Final

from msgspec import Struct

from steerclear.dialogue.batch import decode_refusal, encode_batch, encode_refusal
from steerclear.dialogue.faults import LineFaultError
from steerclear.dialogue.link_state import LinkEvent, LinkState
from steerclear.services.line_events import open_deadlines, open_rungs, open_summons
from steerclear.simulation.cast import NAMES, versions_for
from steerclear.simulation.checks import check_outcome
from steerclear.simulation.clock import PartyClock, TrueTime
from steerclear.simulation.disk import PowerCut
from steerclear.simulation.limits import MAX_EVENTS, MAX_RUN_S
from steerclear.simulation.medium import Medium
from steerclear.simulation.network import Network
from steerclear.simulation.party import PartyNode, Process
from steerclear.simulation.people import People
from steerclear.simulation.settings import Settings, drawn_settings
from steerclear.store.entries import LogState
from steerclear.store.errors import StoreError

TICK_S: Final = 0.5
ANSWER_TIMEOUT_S: Final = 3.0
RETRY_S: Final = 0.5
LONGEST_RETRY_S: Final = 3.0
PERSON_LOOKS_S: Final = 2.0
"""How often somebody looks after halted links."""
RECEIPT, REFUSAL, TROUBLE = b"r", b"n", b"t"


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of a run. `broken` is empty when every promise held."""

    seed: int
    broken: tuple[str, ...]
    trace_hash: str
    messages: int
    posts: int
    crashes: int
    ended_s: float
    trace: tuple[str, ...] = ()


class Run:
    """A seeded run of some parties."""

    def __init__(self, seed: int, settings: Settings | None = None, keep_trace: bool = False) -> None:
        self.seed = seed
        self.settings = drawn_settings(seed) if settings is None else settings
        self.true = TrueTime()
        self.chance = Random(f"run {seed}")
        self.network = Network(Random(f"network {seed}"), self.settings.weather)
        self.healed = False
        self.broken: list[str] = []
        self.posts = self.crashes = 0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._counter = 0
        self._trace = sha256()
        self._kept: list[str] | None = [] if keep_trace else None
        self._resting_s = 0.0
        versions = versions_for(self.settings.parties)
        self.nodes: dict[str, PartyNode] = {}
        for name in NAMES[: self.settings.parties]:
            clock = PartyClock(
                self.true,
                self.chance.uniform(-0.5, 0.5) * self.settings.skew_s,
                self.chance.uniform(-1e-4, 1e-4),
            )
            medium = Medium(self.settings.flaws)
            self.nodes[name] = PartyNode(name, versions, clock, medium, seed, self.settings.outlets)
        self.people = People(self)

    def play(self) -> Outcome:
        """The whole run and what came of it."""
        for node in self.nodes.values():
            self._start(node)
        self._plan_troubles()
        self.people.plan()
        self.after(self.settings.trouble_s, self._heal)
        try:
            self._loop()
            if not self.broken:
                self.broken += check_outcome(self)
        except Exception as error:  # an error that nobody foresaw is a finding, whatever it is
            self.broken.append(f"{type(error).__name__}: {error}")
        for node in self.nodes.values():
            self._note(node.name, "ends with", *(f"{log.log} {log.size} {log.root.hex()[:12]}" for log in _logs(node)))
        return Outcome(
            seed=self.seed,
            broken=tuple(self.broken),
            trace_hash=self._trace.hexdigest(),
            messages=sum(log.size for node in self.nodes.values() for log in _logs(node)) // 2,
            posts=self.posts,
            crashes=self.crashes,
            ended_s=self.true.seconds,
            trace=() if self._kept is None else tuple(self._kept),
        )

    # -- the loop ----------------------------------------------------------------------------------------------------

    def after(self, delay_s: float, act: Callable[[], None]) -> None:
        """Do something later."""
        self._counter += 1
        heapq.heappush(self._events, (self.true.seconds + delay_s, self._counter, act))

    def doing(self, node: PartyNode, act: Callable[[Process], None]) -> None:
        """Let a node do something, unless it is down; its process may die in the middle of it."""
        process = node.process
        if process is None:
            return
        try:
            act(process)
        except PowerCut:
            self._crash(node)
            return
        if process.journal.queued:
            self.after(self.chance.uniform(0.0, 0.05), partial(self._sync, node, process))
        self._wake(node)

    def _loop(self) -> None:
        for _ in range(MAX_EVENTS):
            if not self._events or self.true.seconds > MAX_RUN_S:
                break
            self.true.seconds, _, act = heapq.heappop(self._events)
            act()
            if self.broken or (self.healed and self._at_rest()):
                return
        self.broken.append(f"did not come to rest: {self._why_not()}")

    def _at_rest(self) -> bool:
        if self.true.seconds < self._resting_s:
            return False
        self._resting_s = self.true.seconds + 0.5
        return self._why_not() == ""

    def _why_not(self) -> str:
        for node in self.nodes.values():
            process = node.process
            if process is None or self.people.unrecorded[node.name]:
                return f"{node.name} is down" if process is None else f"{node.name} has alerts to record"
            for peer, line in process.exchange.lines.items():
                if line.link is not LinkState.UP:
                    return f"the link of {node.name} to {peer} is {line.link} ({line.link_reason})"
                if process.journal.queued or line.received_size < line.stored_size():
                    return f"{node.name} still has something for {peer}"
            now_s = node.clock.now_s()
            called = process.summoner is not None
            uncalled = called and any(open_summons(process.journal, peer, 1) for peer in process.exchange.lines)
            if open_rungs(process.journal) or uncalled:
                return f"{node.name} has rungs to raise"
            if any(due_s > now_s for due_s, _ in open_deadlines(process.journal)) or node.watch.owed:
                return f"{node.name} has deadlines to come"
        return ""

    def _note(self, *words: object) -> None:
        line = f"{self.true.seconds:.4f} {' '.join(map(str, words))}"
        self._trace.update(line.encode())
        if self._kept is not None:
            self._kept.append(line)

    note = _note

    # -- troubles ----------------------------------------------------------------------------------------------------

    def _plan_troubles(self) -> None:
        settings, chance = self.settings, self.chance
        nodes = list(self.nodes.values())

        def at() -> float:
            return chance.uniform(0.0, settings.trouble_s)

        for _ in range(settings.crashes):
            node = chance.choice(nodes)
            self.after(at(), partial(self._doom, node))
        for _ in range(settings.partitions):
            one, other = chance.sample(list(self.nodes), 2)
            both, start_s = chance.random() < 0.6, at()
            self.after(start_s, partial(self._cut, one, other, both))
            self.after(start_s + at() / 2, partial(self._join, one, other))
        for _ in range(settings.full_disks):
            medium, start_s = chance.choice(nodes).medium, at()
            self.after(start_s, partial(self._fill, medium, True))
            self.after(start_s + at() / 3, partial(self._fill, medium, False))
        for _ in range(settings.jumps):
            node, by_s = chance.choice(nodes), chance.uniform(-1.0, 1.0) * settings.longest_jump_s
            self.after(at(), partial(self._jump, node, by_s))
        for node in nodes:
            self._look_after(node)

    def _heal(self) -> None:
        self._note("heal")
        self.network.heal()
        self.healed = True
        for node in self.nodes.values():
            self._fill(node.medium, False)
            off_s = node.clock.offset_s + node.set_by_s
            self._set_clock(node, max(-0.5, min(0.5, off_s)) - off_s)
            if node.process is None:
                self._start(node)
            else:
                node.process.journal.dies_after = None

    def _doom(self, node: PartyNode) -> None:
        """The process dies now, or in the middle of one of its next writes."""
        if node.process is None or self.healed:
            return
        if self.chance.random() < 0.3:
            self._crash(node)
        else:
            node.process.journal.dies_after = self.chance.randint(1, 4)

    def _crash(self, node: PartyNode) -> None:
        lost = node.crash(self.chance)
        self.crashes += 1
        self._note(node.name, "crashes, losing", lost)
        if not self.broken:
            self.broken += self.people.lost_receipts(node)
        self.after(0.1 if self.healed else self.chance.uniform(0.1, 4.0), partial(self._start, node))

    def _start(self, node: PartyNode) -> None:
        if node.process is not None:
            return
        process = node.start(self.chance.uniform(0.0, 1e6))
        self._note(node.name, "starts, number", node.starts)
        self.people.back_at_work(node)
        self._tick(node, process)

    def _cut(self, one: str, other: str, both: bool) -> None:
        if not self.healed:
            self._note("cut", one, other, both)
            self.network.cut(one, other)
            if both:
                self.network.cut(other, one)

    def _join(self, one: str, other: str) -> None:
        self.network.join(one, other)
        self.network.join(other, one)

    def _fill(self, medium: Medium, full: bool) -> None:
        medium.full = full and not self.healed

    def _jump(self, node: PartyNode, by_s: float) -> None:
        if not self.healed:
            self._set_clock(node, by_s)

    def _set_clock(self, node: PartyNode, by_s: float) -> None:
        self._note(node.name, "clock is set by", round(by_s, 3))
        node.set_by_s += by_s
        if self.settings.sudden:
            node.set_clock()

    def _look_after(self, node: PartyNode) -> None:
        """Somebody lets halted links go on."""

        def look(process: Process) -> None:
            for peer, line in process.exchange.lines.items():
                if line.link is LinkState.HALTED:
                    process.exchange.move_link(peer, LinkEvent.RESUMED, "looked at")
                    process.couriers[peer].greeted = False
                    node.news = True

        self.doing(node, look)
        self.after(PERSON_LOOKS_S, partial(self._look_after, node))

    # -- a node's own work -------------------------------------------------------------------------------------------

    def _tick(self, node: PartyNode, process: Process) -> None:
        if node.process is not process:
            return

        def tick(process: Process) -> None:
            try:
                happened = process.timekeeper.tick()
                if process.summoner is not None:
                    process.summoner.work()
            except StoreError:
                node.watch.excused()
                return
            if happened:
                self._note(node.name, "tick:", happened)
            node.watch.look()
            if node.set_by_s:
                process.journal.sync()
                process.timekeeper.tick()
                node.set_clock()

        self.doing(node, tick)
        if node.watch.faults:
            self.broken += node.watch.faults
        self.after(TICK_S * self.chance.uniform(0.5, 1.0), partial(self._tick, node, process))

    def _sync(self, node: PartyNode, process: Process) -> None:
        if node.process is process:
            self.doing(node, self._synced)

    @staticmethod
    def _synced(process: Process) -> None:
        process.journal.sync()

    def _wake(self, node: PartyNode) -> None:
        if node.news and node.process is not None:
            node.news = False
            for peer in node.process.couriers:
                self._post(node, node.process, peer)

    # -- the line ----------------------------------------------------------------------------------------------------

    def _post(self, node: PartyNode, process: Process, peer: str) -> None:
        courier = process.couriers[peer]
        line = process.exchange.lines[peer]
        if node.process is not process or courier.waiting_for or courier.resting or line.link is LinkState.HALTED:
            return
        if courier.greeted and line.received_size >= line.stored_size():
            return
        post = process.exchange.next_post(peer, even_if_empty=not courier.greeted)
        if post is None:
            return
        courier.greeted = True
        self.posts += 1
        number = courier.waiting_for = self.posts
        body = encode_batch(post.batch)
        self._note(node.name, "posts", post.batch.first, "to", post.size, "to", peer)
        for delay_s, data in self.network.carry(node.name, peer, body):
            self.after(delay_s, partial(self._arrive, node, process, peer, number, data))
        self.after(ANSWER_TIMEOUT_S, partial(self._give_up, node, process, peer, number))

    def _arrive(self, node: PartyNode, process: Process, peer: str, number: int, body: bytes) -> None:
        def take(there: Process) -> None:
            try:
                answer = RECEIPT + there.exchange.receive(node.name, body)
            except LineFaultError as fault:
                self._note(peer, "refuses", node.name, fault.code)
                incoming = there.exchange.line(node.name).incoming
                answer = REFUSAL + encode_refusal(fault, incoming.frontier.size, incoming.note)
            except StoreError:
                answer = TROUBLE
            for delay_s, data in self.network.carry(peer, node.name, answer):
                self.after(delay_s, partial(self._answered, node, process, peer, number, data))

        self.doing(self.nodes[peer], take)

    def _answered(self, node: PartyNode, process: Process, peer: str, number: int, answer: bytes) -> None:
        if node.process is not process:
            return
        courier = process.couriers[peer]

        def take(process: Process) -> None:
            if courier.waiting_for == number:
                courier.waiting_for = 0
            kind, body = answer[:1], answer[1:]
            try:
                if kind == RECEIPT:
                    process.exchange.take_receipt(peer, body)
                    self._note(node.name, "has", process.exchange.line(peer).received_size, "receipted by", peer)
                elif kind == REFUSAL:
                    process.exchange.take_refusal(peer, decode_refusal(body))
            except LineFaultError as fault:
                self._note(node.name, "does not take the answer of", peer, fault.code)
            except StoreError:
                self._note(node.name, "cannot store the answer of", peer)
            self.broken += self.people.false_receipt(node, peer)

        self.doing(node, take)
        self._go_on(node, process, peer)

    def _give_up(self, node: PartyNode, process: Process, peer: str, number: int) -> None:
        courier = process.couriers[peer]
        if node.process is process and courier.waiting_for == number:
            courier.waiting_for = 0
            self.doing(node, lambda process: _unreachable(process, peer))
            self._go_on(node, process, peer)

    def _go_on(self, node: PartyNode, process: Process, peer: str) -> None:
        """Post what is left; after a failure, not at once."""
        courier = process.couriers[peer]
        if node.process is not process or courier.waiting_for or courier.resting:
            return
        if process.exchange.lines[peer].link is LinkState.UP:
            courier.failures = 0
            self._post(node, process, peer)
            return
        courier.failures += 1
        courier.resting, courier.greeted = True, False
        pause_s = min(LONGEST_RETRY_S, RETRY_S * 2.0 ** min(courier.failures - 1, 8))

        def again() -> None:
            courier.resting = False
            self.doing(node, lambda _: None)
            self._post(node, process, peer)

        self.after(pause_s * self.chance.uniform(0.5, 1.0), again)


def _unreachable(process: Process, peer: str) -> None:
    process.exchange.move_link(peer, LinkEvent.UNREACHABLE, "no answer")


def _logs(node: PartyNode) -> list[LogState]:
    return [LogState(name, len(log.entries), log.root) for name, log in sorted(node.medium.logs.items())]
