"""Every declared item by the airspace it is in: what a check finds its neighbours with, without a look at the others.

Kept in memory and brought up to the journal before each question, so it answers what a walk over the view would. What
cannot be placed (sealed, or no shape) comes with every answer. Any thread may ask. About 2 kB an item.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from threading import Lock
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from steerclear.model.declared import Declared
from steerclear.model.plans import ItemEnd, ItemStanding
from steerclear.model.vocabulary import NoticeSubject
from steerclear.model.volumes import Volume4D
from steerclear.services.line_events import SENT, STORED
from steerclear.services.plan_events import item_key_in, read_key, walk_items
from steerclear.store.limits import MAX_PAGE_ROWS
from steerclear.store.protocol import Journal
from steerclear.strategic.declaring import FLYING
from steerclear.strategic.faults import VolumeIndexError
from steerclear.strategic.limits import MAX_OVERDUE_S, MAX_TIME_S
from steerclear.strategic.preparing import prepared
from steerclear.strategic.volume_index import VolumeIndex
from steerclear.strategic.volumes import Buffer
from steerclear.strategic.widest import read_widely, widest_reading

_START: Final = 256
_AT_ONCE: Final = 1_000
ITEMS_HELD: Final = 10_000
"""Decoded items that are held: some kilobytes each."""
AsCompared = Callable[[ItemStanding], Declared]


class Span(NamedTuple):
    """A time for which one asks what stands in it."""

    from_s: float
    until_s: float
    near_s: float
    """How long before and after it something still matters."""
    now_s: float
    run_out_s: float
    """How long a flight in use whose time ran out matters."""


def may_still_fly(standing: ItemStanding) -> bool:
    """Whether a flight was in use when it was last told of, and nobody has said that it ended."""
    in_use = standing.subject is NoticeSubject.FLIGHT and standing.state in FLYING
    return in_use and standing.ended in (None, ItemEnd.EXPIRED)


class ItemIndex:
    """The items of one journal that have not ended; `as_compared` says what of an item is compared."""

    def __init__(self, journal: Journal, as_compared: AsCompared) -> None:
        self._journal = journal
        self._as_compared = as_compared
        self._lock = Lock()
        self._followed: int | None = None
        self._kept: set[str] = set()
        self._index: VolumeIndex[str] = VolumeIndex()
        self._unplaced: set[str] = set()
        """Keys of what has a volume that cannot be compared, or none."""
        self._held: dict[str, ItemStanding] = {}
        """Items that were asked for lately, as the journal that is followed has them."""
        self._slots: dict[str, int] = {}
        self._free: list[int] = []
        self._windows: NDArray[np.float64] = _no_windows(_START)

    def near(self, volumes: Sequence[Volume4D], reach: Buffer) -> list[ItemStanding]:
        """Items that come within the reach of one of the volumes, and those of which nobody can say; by key.

        All of them where one of the volumes is no shape: then nothing says where it is.
        """
        asked = [widest_reading(volume) for volume in volumes]
        with self._lock:
            self._follow()
            if None in asked:
                keys = set(self._kept)
            else:
                ready = [prepared(volume) for volume in asked if volume is not None]
                keys = {*self._index.candidates(ready, reach), *self._unplaced}
            held, followed = {key: self._held[key] for key in keys & self._held.keys()}, self._followed
        read = {key: standing for key in keys - held.keys() if (standing := read_key(self._journal, key)) is not None}
        self._hold(read, followed)
        found = held | read
        return [found[key] for key in sorted(found)]

    def count(self, span: Span, but: str) -> int:
        """How many items with a known place matter in a span of time; one key is not counted."""
        with self._lock:
            self._follow()
            begins_s, ends_s, may_fly = self._windows
            there = (span.now_s <= ends_s) & (begins_s - span.near_s <= span.until_s)
            there &= span.from_s <= ends_s + span.near_s
            there |= (may_fly > 0.0) & (span.now_s > ends_s) & (span.now_s <= ends_s + span.run_out_s)
            if (slot := self._slots.get(but)) is not None:
                there[slot] = False
            return int(np.count_nonzero(there))

    def refresh(self) -> None:
        """Come up to the journal, so that the next question need not."""
        with self._lock:
            self._follow()

    def _follow(self) -> None:
        if self._followed is None:
            followed = self._journal.last_sequence()
            self._build()
            self._followed = followed
        changed: dict[str, None] = {}
        while rows := self._journal.journal(self._followed, MAX_PAGE_ROWS):
            for row in rows:
                if row.kind in (SENT, STORED) and b'"notice"' not in row.payload:
                    continue  # one look settles nearly all messages
                key = item_key_in(row.kind, row.payload)
                if key is not None:
                    changed[key] = None
            self._followed = rows[-1].sequence
        for key in changed:
            newest = read_key(self._journal, key)
            if newest is not None:
                self._take(newest)

    def _hold(self, read: dict[str, ItemStanding], followed: int | None) -> None:
        """Keep what was read for the next question near there, unless the journal has gone on meanwhile."""
        with self._lock:
            if self._followed != followed or len(read) > ITEMS_HELD:
                return
            self._held |= read
            for key in list(islice(self._held, max(0, len(self._held) - ITEMS_HELD))):
                del self._held[key]

    def _build(self) -> None:
        """Take all items, many at a time; those that cannot be placed so are taken one by one."""
        items = (one for one in walk_items(self._journal) if one.ended is None or may_still_fly(one))
        while lot := list(islice(items, _AT_ONCE)):
            compared = {standing.key: self._as_compared(standing) for standing in lot}
            placeable = [(key, _asked_about(one)) for key, one in compared.items()]
            left = set(self._index.insert_all(placeable))
            for standing in lot:
                key = standing.key
                self._enter(standing, compared[key], key not in left or self._placed(key, compared[key]))

    def _take(self, standing: ItemStanding) -> None:
        self._drop(standing.key)
        if standing.ended is not None and not may_still_fly(standing):
            return
        compared = self._as_compared(standing)
        self._enter(standing, compared, self._placed(standing.key, compared))

    def _enter(self, standing: ItemStanding, compared: Declared, placed: bool) -> None:
        key = standing.key
        self._kept.add(key)
        if not placed:
            self._unplaced.add(key)
        if compared.volumes:
            slot = self._slots[key] = self._slot()
            # What has expired matters only as a flight that may still be there.
            from_s = standing.from_s if standing.ended is None else np.inf
            self._windows[:, slot] = from_s, standing.until_s, may_still_fly(standing)

    def _drop(self, key: str) -> None:
        self._held.pop(key, None)
        self._kept.discard(key)
        self._index.remove(key)
        self._unplaced.discard(key)
        slot = self._slots.pop(key, None)
        if slot is not None:
            self._windows[:, slot : slot + 1] = _no_windows(1)
            self._free.append(slot)

    def _placed(self, key: str, compared: Declared) -> bool:
        """Put an item into the index; False where it has no volume, or one that is none."""
        readable = [volume for volume in map(widest_reading, compared.volumes) if volume is not None]
        if not readable or len(readable) < len(compared.volumes):
            return False
        longer_s = _longer_by(compared)
        try:
            self._index.insert(key, [prepared(_longer(volume, longer_s)) for volume in readable])
        except VolumeIndexError:  # full: it is looked at each time instead
            return False
        return True

    def _slot(self) -> int:
        if not self._free:
            size = self._windows.shape[1]
            if len(self._slots) == size:
                self._windows = np.concatenate([self._windows, _no_windows(size)], axis=1)
            return len(self._slots)
        return self._free.pop()


def _no_windows(count: int) -> NDArray[np.float64]:
    """Rows: beginnings, ends, 1 for a flight that may still fly; none of them matters at any time."""
    return np.array([[np.inf], [-np.inf], [0.0]]).repeat(count, axis=1)


def _longer_by(compared: Declared) -> float:
    # A flight in use is asked about for a while after its time.
    return MAX_OVERDUE_S if compared.state in FLYING else 0.0


def _asked_about(compared: Declared) -> list[Volume4D]:
    """The volumes of an item as they are looked for, if they are shapes."""
    longer_s = _longer_by(compared)
    return [_longer(read_widely(volume), longer_s) for volume in compared.volumes]


def _longer(volume: Volume4D, longer_s: float) -> Volume4D:
    if longer_s == 0.0:
        return volume
    return msgspec.structs.replace(volume, until_s=min(volume.until_s + longer_s, MAX_TIME_S))
