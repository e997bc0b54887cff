"""Memory that a detector keeps between scans: fresh pages cost as much as the arithmetic done in them."""

import math
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


class Workspace:
    """Named arrays that grow as needed and keep their memory; what they hold at first is undefined."""

    def __init__(self) -> None:
        self._kept: dict[object, NDArray[Any]] = {}

    def take(self, name: object, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """Return an array of this shape; it is valid until the name is taken again."""
        size = math.prod(shape)
        kept = self._kept.get(name)
        if kept is None or kept.size < size:
            # A little more than asked, so that a slowly growing scene does not allocate in every scan.
            kept = self._kept[name] = np.empty(size + size // 8, dtype)
        return kept[:size].reshape(shape)
