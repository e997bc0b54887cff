"""The answer of a scan: structured arrays in one fixed order, whatever the threads and the index did."""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from steerclear.separation.faults import TooManyPairsError
from steerclear.separation.layout import PAIR_DTYPE, WELL_CLEAR_DTYPE

Floats = NDArray[np.float64]

NO_ROWS: Final = np.empty(0, np.int64)
NO_ROWS.flags.writeable = False


class Conflicts(msgspec.Struct, frozen=True, eq=False):  # noqa: PLW1641 arrays have no hash
    """Every pair predicted to lose separation, and to violate well clear if that was asked.

    Two answers are equal when every number of every row is.

    Attributes:
        pairs: `PAIR_DTYPE`, sorted by (i, j), i < j rows of the input. `t_in_s` and `t_out_s` bound the time in loss
            of separation, clipped to [0, lookahead_s]: 0 where it is already lost (`loss_now`), the lookahead where it
            has not ended by then. `t_cpa_s` is the time of the horizontal closest point within [0, lookahead_s],
            `horizontal_cpa_m` and `vertical_cpa_m` the distances at that time.
        well_clear: `WELL_CLEAR_DTYPE`, sorted likewise; empty if no volume was given.
        masked: rows of the input set aside as impossible states (`on_invalid="mask"`), ascending.
        lookahead_s: the lookahead asked for.
    """

    pairs: NDArray[np.void]
    well_clear: NDArray[np.void]
    masked: NDArray[np.int64]
    lookahead_s: float

    def __len__(self) -> int:
        return len(self.pairs)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Conflicts):
            return NotImplemented
        return (
            self.lookahead_s == other.lookahead_s
            and np.array_equal(self.pairs, other.pairs)
            and np.array_equal(self.well_clear, other.well_clear)
            and np.array_equal(self.masked, other.masked)
        )


def refuse_too_many(found: int, max_pairs: int) -> None:
    """Raise if a scan found more rows than the caller allows.

    Raises:
        TooManyPairsError: says what was found and what to do.
    """
    if found > max_pairs:
        raise TooManyPairsError(
            f"{found} pairs found, max_pairs allows {max_pairs}: "
            "shorten lookahead_s, lower the minima, split the region, or raise max_pairs"
        )


def in_order(parts: Sequence[Floats], dtype: np.dtype[np.void]) -> NDArray[np.void]:
    """Return the rows of all parts as one structured array sorted by (i, j)."""
    words = np.concatenate([*parts, np.empty((0, dtype.itemsize // 8))])
    halves = words.view(np.int32)
    keys = halves[:, 0].astype(np.int64) << 32 | halves[:, 1]
    # Plain rows of words: moving them is several times quicker than moving structures field by field.
    return np.take(words, np.argsort(keys), axis=0).view(dtype)[:, 0]


def with_rows(rows: NDArray[np.void], original: NDArray[np.int64]) -> NDArray[np.void]:
    """Return pair rows with i and j looked up in `original` (ascending, so the order stays)."""
    rows["i"] = original[rows["i"]]
    rows["j"] = original[rows["j"]]
    return rows


def conflicts_of(
    pairs: Sequence[Floats], well_clear: Sequence[Floats], masked: NDArray[np.int64], lookahead_s: float
) -> Conflicts:
    """Return the answer made of unordered parts."""
    return Conflicts(in_order(pairs, PAIR_DTYPE), in_order(well_clear, WELL_CLEAR_DTYPE), masked, lookahead_s)
