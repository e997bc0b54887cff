"""Memory that a detector keeps between scans: fresh pages cost as much as the arithmetic done in them."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from threading import local
from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

_LINE_BYTES: Final = 128
"""Two cache lines, which processors fetch together."""


class Workspace:
    """Named arrays that grow as needed and keep their memory; what they hold at first is undefined."""

    def __init__(self) -> None:
        self._kept: dict[object, NDArray[Any]] = {}

    @property
    def size_bytes(self) -> int:
        """How much memory is kept."""
        return sum(array.nbytes for array in self._kept.values())

    def take(self, name: object, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """Return an array of this shape; it is valid until the name is taken again."""
        size = math.prod(shape)
        kept = self._kept.get(name)
        if kept is None or kept.size < size:
            # A little more than asked, so that a slowly growing scene does not allocate in every scan.
            kept = self._kept[name] = _aligned(size + size // 8, np.dtype(dtype))
        return kept[:size].reshape(shape)


def _aligned(size: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return a new array that starts at a cache line."""
    room = np.empty(size * dtype.itemsize + _LINE_BYTES, np.uint8)
    skip = -room.ctypes.data % _LINE_BYTES
    return room[skip : skip + size * dtype.itemsize].view(dtype)


_PER_THREAD: Final = local()

_KEPT_BYTES: Final = 64 * 1024 * 1024
"""A thread keeps no more than this between single scans: some 150,000 aircraft."""


@contextmanager
def workspace_of_thread() -> Iterator[Workspace]:
    """This thread's workspace, for single scans: fresh memory for each would cost as much as the search."""
    space: Workspace = getattr(_PER_THREAD, "space", None) or Workspace()
    _PER_THREAD.space = None
    yield space
    if space.size_bytes <= _KEPT_BYTES:
        _PER_THREAD.space = space
