"""An index of volumes: which of many meet the volumes of a plan."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Generic, TypeVar

from steerclear.geodesy.cells import keys_sought, keys_stored
from steerclear.strategic.faults import VolumeIndexError
from steerclear.strategic.volumes import Buffer, PreparedVolume, overlap

Key = TypeVar("Key", bound=Hashable)


class VolumeIndex(Generic[Key]):
    """Volumes by key (a plan's or zone's id), found by what they share airspace with."""

    def __init__(self) -> None:
        self._volumes: dict[Key, tuple[PreparedVolume, ...]] = {}
        self._places: dict[int, set[tuple[Key, int]]] = {}

    def __len__(self) -> int:
        """How many volumes are in the index."""
        return sum(len(volumes) for volumes in self._volumes.values())

    def __contains__(self, key: Key) -> bool:
        """Whether a key is in the index."""
        return key in self._volumes

    def insert(self, key: Key, volumes: Iterable[PreparedVolume]) -> None:
        """Add the volumes of a key.

        Raises:
            VolumeIndexError: the key is there already; remove it first.
        """
        if key in self._volumes:
            raise VolumeIndexError(f"{key!r} is in the index already; remove it before it is inserted again")
        self._volumes[key] = tuple(volumes)
        for number, volume in enumerate(self._volumes[key]):
            for cell in keys_stored(volume.footprint):
                self._places.setdefault(cell, set()).add((key, number))

    def remove(self, key: Key) -> None:
        """Take the volumes of a key out; nothing happens if it is not there."""
        for number, volume in enumerate(self._volumes.pop(key, ())):
            for cell in keys_stored(volume.footprint):
                self._places[cell].discard((key, number))

    def candidates(self, volumes: Sequence[PreparedVolume], buffer: Buffer) -> list[Key]:
        """Return the keys of which a volume overlaps one of these, grown by the buffer; in the order of insertion."""
        found: set[Key] = set()
        for volume in volumes:
            near = set()
            for cell in keys_sought(volume.footprint, buffer.horizontal_m):
                near |= self._places.get(cell, set())
            for key, number in near:
                if key not in found and overlap(volume, self._volumes[key][number], buffer) is not None:
                    found.add(key)
        return [key for key in self._volumes if key in found]
