"""The interface every store of the airspace directory offers; one conformance suite runs against all.

Work is a function of a transaction. It may be run more than once before it succeeds, so whatever it needs beside what
it reads (time, ids, chance) is decided before. What it writes takes effect when it returns: it decides first and then
writes, and reads of the same work do not see its writes. All work of one store, of whatever process, has the outcome
of some order one after the other (strict serialisability): what a finished work has written, every later one sees.

Where something lies is told by index keys (64-bit integers, `geodesy.cells`) and bounds: two footprints that meet
share a key. What `found` gives is a superset of what overlaps; the exact answer is for its caller to work out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from enum import IntEnum
from typing import Final, Protocol, TypeVar

import msgspec

from steerclear.model.airspace import Availability, Entity, ExchangeReport, Heartbeat

T = TypeVar("T")


class Kind(IntEnum):
    """What an entity is; ids are unique within a kind."""

    INTENT = 1
    CONSTRAINT = 2
    SUBSCRIPTION = 3


class Bounds(msgspec.Struct, frozen=True):
    """Closed bounds in time and height; infinite where open."""

    from_s: float = -math.inf
    until_s: float = math.inf
    lower_m: float = -math.inf
    upper_m: float = math.inf


class Places(msgspec.Struct, frozen=True):
    """One volume as the index sees it."""

    keys: tuple[int, ...]
    bounds: Bounds


class Placed(msgspec.Struct, frozen=True):
    """An entity with where it lies; `places` None leaves its index rows as they are."""

    entity: Entity
    places: tuple[Places, ...] | None
    fresh: bool = False
    """Its id was made for it just now, so that there is nothing of that id yet."""


class Expected(msgspec.Struct, frozen=True):
    """Reads that a work is going to ask for; a store that is far away fetches them in one go."""

    entities: tuple[tuple[Kind, str], ...] = ()
    found: tuple[tuple[Kind, Places], ...] = ()
    declared: bool = False


NOTHING: Final = Expected()
"""Nobody knows what a work will read."""


class AirspaceTransaction(Protocol):
    """Reads and writes that happen together or not at all."""

    def get(self, kind: Kind, entity_id: str) -> Entity | None:
        """An entity, None where there is none."""
        ...

    def found(self, kind: Kind, sought: Iterable[Places]) -> list[Entity]:
        """Entities that may overlap one of the volumes sought, each once, in the order of their ids."""
        ...

    def dependents(self, subscription_id: str) -> list[str]:
        """Ids of the operational intents that rely on a subscription, in order."""
        ...

    def put(self, placed: Placed) -> None:
        """Store an entity in place of the one of its kind and id, if there is one."""
        ...

    def remove(self, kind: Kind, entity_id: str) -> None:
        """Remove an entity; nothing happens where there is none."""
        ...

    def count_up(self, subscription_ids: Sequence[str]) -> None:
        """Add one to the notification index of each of these subscriptions."""
        ...

    def availability(self, uss: str) -> Availability | None:
        """What has been declared about a service, None where nothing has."""
        ...

    def declared(self) -> dict[str, Availability]:
        """All that has been declared, by service."""
        ...

    def declare(self, availability: Availability) -> None:
        """Store what is declared about a service."""
        ...

    def add_report(self, report: ExchangeReport) -> None:
        """Store a report."""
        ...

    def reports(self, limit: int = 100) -> list[ExchangeReport]:
        """The newest reports, newest first."""
        ...

    def beat(self, heartbeat: Heartbeat) -> None:
        """Store an instance's sign of life in place of its last one."""
        ...

    def heartbeats(self) -> list[Heartbeat]:
        """The last sign of life of each instance of the pool, by instance."""
        ...

    def pool_id(self) -> str:
        """The identity of the pool: the same for every instance that shares this store."""
        ...

    def count(self, kind: Kind, manager: str | None = None) -> int:
        """How many entities there are of a kind, of all managers or of one."""
        ...

    def ended(self, before_s: float, limit: int = 1_000) -> list[tuple[Kind, str]]:
        """Entities that ended before a time, at most `limit`."""
        ...


class AirspaceStore(Protocol):
    """Runs work in transactions. All methods may be called from any thread."""

    def submit(self, work: Callable[[AirspaceTransaction], T], expected: Expected = NOTHING) -> Future[T]:
        """Queue work that may write; the future holds its result once that is durable.

        `expected` says what it will read: only a hint, for speed.

        Raises at once: StoreOverloadedError, StoreClosedError, StoreFailedError. The future raises what the work raises
        (then nothing that it wrote is stored), StoreContendedError, StoreFullError, StoreFailedError.
        """
        ...

    def read(self, work: Callable[[AirspaceTransaction], T]) -> Future[T]:
        """Run work that only reads, on one consistent state; a store in the process does it at once."""
        ...

    def close(self) -> None:
        """Finish what is queued, then release the store. Safe to call twice."""
        ...
