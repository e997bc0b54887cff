"""Warming the cache: afterwards neither a scan nor a picture compiles anything."""

from __future__ import annotations

import subprocess
import sys

import pytest

COUNT_COMPILATIONS = """
from numba.core import event
with event.install_recorder("numba:compile") as recorder:
    from steerclear.app.warm import warm_picture
    from steerclear.separation.warm import warm_cache
    from steerclear.strategic.warm import warm_identification, warm_volumes
    warm_cache()
    warm_picture()
    warm_volumes()
    warm_identification()
print(len([one for _, one in recorder.buffer if one.is_start]))
"""


@pytest.mark.requirement("SC-SEP-14")
def test_a_warm_installation_compiles_nothing() -> None:
    subprocess.run([sys.executable, "-m", "steerclear.app.warm"], check=True, timeout=300, capture_output=True)
    ran = subprocess.run(
        [sys.executable, "-c", COUNT_COMPILATIONS], check=True, timeout=120, capture_output=True, text=True
    )
    assert ran.stdout.strip() == "0"
