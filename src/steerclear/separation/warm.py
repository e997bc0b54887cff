"""Fill the cache of compiled kernels: `python -m steerclear.separation.warm`, once after installation.

Without it the first scan of the first process compiles (some twenty seconds) and fills the cache itself.
"""

import sys

import numpy as np

from steerclear.separation.band_areas import Area, free_of_area
from steerclear.separation.bands import Traffic, free_cells
from steerclear.separation.cartesian import conflict_interval
from steerclear.separation.manoeuvres import turn_stem
from steerclear.separation.scan import brute_force_conflicts, find_conflicts
from steerclear.separation.volumes import WellClearVolume


def warm_cache() -> None:
    """Run every kernel once, so that each is compiled and kept; does nothing but read if they already are."""
    # Two speeds far apart make two levels of the index, so that the sweep between levels runs too.
    speeds = np.repeat([1.0, 1_500.0], 600)
    place = np.linspace(0.0, 0.5, speeds.size)
    level = np.zeros(speeds.size)
    states = (place, place[::-1], level, speeds, level, level)
    for scan in (find_conflicts, brute_force_conflicts):
        scan(
            *states,
            horizontal_m=10.0,
            vertical_m=10.0,
            lookahead_s=10.0,
            well_clear=WellClearVolume.PHASE_II,
            threads=1,
        )
    _warm_bands()
    conflict_interval(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, horizontal_m=10.0, vertical_m=10.0, lookahead_s=10.0)


def _warm_bands() -> None:
    """The kernels of advice."""
    stem = turn_stem(np.array([0.0, 100.0, 0.0]), 0.05, 0.1)
    one = np.ones(1)
    free_cells(stem, Traffic(np.array([[0.0, 50_000.0, 0.0]]), np.zeros((1, 3)), one, one, one))
    free_of_area(stem, Area(np.array([[9e4, 9e4], [9e4, 9.1e4], [9.1e4, 9e4]]), 1.0, -1.0, 1.0, 0.0, 1.0), 1.0)


if __name__ == "__main__":
    warm_cache()
    sys.stdout.write("separation kernels are compiled\n")
