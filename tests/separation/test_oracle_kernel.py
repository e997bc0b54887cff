"""The Cartesian kernels against NASA's DAIDALUS, an independent implementation of the same definitions, row by row."""

import numpy as np
import pytest

from steerclear.separation import WellClearVolume, conflict_interval, well_clear_interval
from tests.separation.oracle import read_columns

WELL_CLEAR = {
    "DWC_I": WellClearVolume.PHASE_I,
    "PREV_I": WellClearVolume.PHASE_I_PREVENTIVE,
    "DWC_II": WellClearVolume.PHASE_II,
    "DWC_NC": WellClearVolume.NON_COOPERATIVE,
    "BUF_I": WellClearVolume.PHASE_I_BUFFERED,
}
CYLINDERS = {
    "CYL_5NM_1000FT": (5 * 1852.0, 1000 * 0.3048),
    "CYL_600M_75M": (600.0, 75.0),
    "CYL_50M_30M": (50.0, 30.0),
}


def answer(volume, rows):
    motion = [rows[f"si{axis}_m"] - rows[f"so{axis}_m"] for axis in "xyz"]
    motion += [rows[f"vi{axis}_mps"] - rows[f"vo{axis}_mps"] for axis in "xyz"]
    if volume in WELL_CLEAR:
        return well_clear_interval(*motion, volume=WELL_CLEAR[volume], lookahead_s=rows["T_s"])
    horizontal_m, vertical_m = CYLINDERS[volume]
    return conflict_interval(*motion, horizontal_m=horizontal_m, vertical_m=vertical_m, lookahead_s=rows["T_s"])


@pytest.mark.requirement("SC-SEP-01")
@pytest.mark.parametrize("volume", [*WELL_CLEAR, *CYLINDERS])
def test_every_row_agrees(volume):
    rows = read_columns("kernel.csv.gz", lambda row: row["volume"] == volume)
    assert len(rows["case"]) == 1000
    ours = answer(volume, rows)
    np.testing.assert_array_equal(ours["now"], rows["violation_now"] == 1)
    np.testing.assert_array_equal(ours["conflict"], rows["conflict_0_T"] == 1)
    hit = ours["conflict"]
    assert hit.any()
    np.testing.assert_array_equal(ours["t_in_s"][~hit], np.inf)
    np.testing.assert_array_equal(ours["t_out_s"][~hit], -np.inf)
    assert np.abs(ours["t_in_s"][hit] - rows["t_in_s"][hit]).max() <= 1e-9
    assert np.abs(ours["t_out_s"][hit] - rows["t_out_s"][hit]).max() <= 1e-9
