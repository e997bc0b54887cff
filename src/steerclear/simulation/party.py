"""One simulated node: the shipped services over a simulated disk and clock, from one crash to the next."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from random import Random
from typing import ParamSpec, TypeVar

from msgspec import Struct

from steerclear.dialogue.terms import Versions
from steerclear.services.announce_alerts import AlertAnnouncer
from steerclear.services.exchange import Exchange
from steerclear.services.keep_time import Timekeeper
from steerclear.services.line_views import line_views
from steerclear.services.reach import Outcome, Summons
from steerclear.services.summon import Summoner
from steerclear.simulation.cast import PAGER, line_keys
from steerclear.simulation.clock import PartyClock
from steerclear.simulation.disk import MemoryJournal
from steerclear.simulation.medium import Medium
from steerclear.simulation.watch import Watch


class Pagers:
    """The outlets of a party: one pager, which fails now and then; which call fails follows from the run's seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def reach(self, outlet: str, summons: Summons) -> Outcome:
        """A call to somebody."""
        reached = Random(f"{self._seed} {summons.message_id} {summons.rung}").random() < 0.7
        return Outcome(outlet=outlet, reached=reached, detail="", took_s=1.0)

    def names(self) -> frozenset[str]:
        """The one pager."""
        return frozenset({PAGER})


P = ParamSpec("P")
T = TypeVar("T")


class AtOnce(Executor):
    """Runs what is submitted before it returns: which of two threads is quicker does not follow from a seed."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """The future of what was run, with its result or what it raised."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # the power may be cut in it, which whoever asks for the result learns
            future.set_exception(error)
        return future


class Courier(Struct):
    """Where the posting of our log to one peer stands."""

    waiting_for: int = 0
    """Number of the post that is to be answered; 0 for none."""
    failures: int = 0
    resting: bool = False
    greeted: bool = False
    """Whether a sign of life was sent since the start, or since a halted link was let go on."""


class Process:
    """What dies with the process."""

    def __init__(self, name: str, versions: Versions, node: PartyNode, outlets: bool) -> None:
        self.journal = MemoryJournal(node.medium, line_views(), hold=True)
        self.journal.on_commit(node.watch.follow)
        self.journal.on_commit(node.note_news)
        salts = node.salts
        self.exchange = Exchange(self.journal, versions, name, line_keys(name), node.clock, lambda: salts.randbytes(32))
        self.timekeeper = Timekeeper(self.exchange)
        self.summoner = Summoner(self.exchange, Pagers(node.seed), AtOnce()) if outlets else None
        self.announcer = AlertAnnouncer(self.exchange)
        self.couriers = {peer: Courier() for peer in self.exchange.lines}


class PartyNode:
    """A party's node over all its restarts. `process` is None while it is down."""

    def __init__(self, name: str, versions: Versions, clock: PartyClock, medium: Medium, seed: int, outlets: bool):
        self.name = name
        self.clock = clock
        self.medium = medium
        self.seed = seed
        self.salts = Random(f"salts {seed} {name}")
        self.watch = Watch(name, clock, medium)
        self.news = False
        """Something was committed since the couriers were last woken."""
        self.set_by_s = 0.0
        """How far somebody is about to set the clock."""
        self.starts = 0
        self._versions = versions
        self._outlets = outlets
        self.process: Process | None = None

    def start(self, base_s: float) -> Process:
        """A new process over what the disk holds."""
        self.starts += 1
        self.set_clock()
        self.clock.new_process(base_s)
        self.watch.new_process()
        self.process = Process(self.name, self._versions, self, self._outlets)
        self.news = True
        return self.process

    def set_clock(self) -> None:
        """Somebody sets the clock, as was planned."""
        self.clock.offset_s += self.set_by_s
        self.set_by_s = 0.0

    def crash(self, chance: Random) -> int:
        """The process dies; how many queued appends are lost with it."""
        process = self.process
        if process is None:
            return 0
        self.process = None
        return process.journal.crash(chance)

    def note_news(self, _sequence: int) -> None:
        """Something was committed: there may be something to post."""
        self.news = True
