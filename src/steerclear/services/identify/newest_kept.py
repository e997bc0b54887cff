"""A view that keeps its newest entries only: each change of an entry makes it the newest, and the oldest goes.

What a view holds follows from the rows alone, so what is let go must as well. Entries stand in a ring of slots: a
change takes the next slot, and the entry that took this slot before is dropped, unless it has taken another one since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

import msgspec

from steerclear.store.entries import ViewChange
from steerclear.store.limits import MAX_PAGE_ROWS
from steerclear.store.protocol import Journal

Read = Callable[[str], bytes | None]

_NEXT: Final = "n"
_SLOT: Final = "s/"
_ENTRY: Final = "e/"


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """An entry with the slot of its last change."""

    slot: int
    value: msgspec.Raw


_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(_Kept)


def changed(read: Read, key: str, value: bytes, at_most: int) -> list[ViewChange]:
    """An entry is new or has changed; `value` is JSON. What is beyond `at_most` entries goes."""
    number = int(read(_NEXT) or b"0")
    slot = f"{_SLOT}{number % at_most}"
    kept = _ENCODER.encode(_Kept(number, msgspec.Raw(value)))
    changes: list[ViewChange] = []
    evicted = (read(slot) or b"").decode()
    held = read(f"{_ENTRY}{evicted}") if evicted else None
    if held is not None and _DECODER.decode(held).slot == number - at_most:
        changes.append((f"{_ENTRY}{evicted}", None))
    return [*changes, (f"{_ENTRY}{key}", kept), (slot, key.encode()), (_NEXT, b"%d" % (number + 1))]


def dropped(key: str) -> list[ViewChange]:
    """An entry is over."""
    return [(f"{_ENTRY}{key}", None)]


def read_kept(journal: Journal, view: str, key: str) -> bytes | None:
    """The value of an entry; None for one that never was, or was let go."""
    value = journal.view(view, f"{_ENTRY}{key}")
    return None if value is None else bytes(_DECODER.decode(value).value)


def all_kept(journal: Journal, view: str, prefix: str = "") -> Iterator[bytes]:
    """The values of all entries whose keys begin so, by key."""
    begin = after = f"{_ENTRY}{prefix}"
    while page := journal.view_items(view, after, MAX_PAGE_ROWS):
        yield from _values(page, begin)
        after = page[-1][0]
        if not after.startswith(begin):
            return


def _values(page: Iterable[tuple[str, bytes]], begin: str) -> Iterator[bytes]:
    return (bytes(_DECODER.decode(value).value) for key, value in page if key.startswith(begin))
