"""Shapes of the results: structured arrays that kernels fill as plain words.

A kernel writes float64 words; the last word of a row holds a flag in its first byte, the first word two int32. The
dtypes below name the same memory, so no copy lies between a kernel and its caller.
"""

from typing import Final

import numpy as np

PAIR_DTYPE: Final = np.dtype(
    {
        "names": [
            "i",
            "j",
            "t_in_s",
            "t_out_s",
            "t_cpa_s",
            "horizontal_cpa_m",
            "vertical_cpa_m",
            "loss_now",
        ],
        "formats": [np.int32, np.int32, *[np.float64] * 5, np.bool_],
        "offsets": [0, 4, 8, 16, 24, 32, 40, 48],
        "itemsize": 56,
    }
)
"""One pair predicted to lose separation: rows i < j of the input, times in seconds, distances in metres."""

WELL_CLEAR_DTYPE: Final = np.dtype(
    {
        "names": ["i", "j", "t_in_s", "t_out_s", "violation_now"],
        "formats": [np.int32, np.int32, np.float64, np.float64, np.bool_],
        "offsets": [0, 4, 8, 16, 24],
        "itemsize": 32,
    }
)
"""One pair predicted to violate a well-clear volume: rows i < j of the input, times in seconds."""

PAIR_WORDS: Final = PAIR_DTYPE.itemsize // 8
WELL_CLEAR_WORDS: Final = WELL_CLEAR_DTYPE.itemsize // 8
