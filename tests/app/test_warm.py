"""Warming: afterwards neither a scan nor a picture compiles anything, and no client of a USS waits for a compiler."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

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


LOADED_BY_PLANNING = """
import asyncio, gc, sys, uuid
from pathlib import Path
from numba.core.dispatcher import Dispatcher
from tests.app.f3548_pool import pool


def loaded():
    kernels = [one for one in gc.get_objects() if isinstance(one, Dispatcher)]
    return {(one.__module__, one.__qualname__, str(kind)) for one in kernels for kind in one.signatures}


async def main():
    async with pool(Path(sys.argv[1]), "dss", "north", "south") as made:
        ready = loaded()
        flight = str(uuid.uuid4())
        assert await made.plan("north", flight, made.volume()) == ("Completed", "Planned")
        assert await made.plan("south", str(uuid.uuid4()), made.volume(east=1.0)) == ("Rejected", "NotPlanned")
        for uas in ("Nominal", "OffNominal"):
            assert (await made.plan("north", flight, made.volume(), usage="InUse", uas=uas))[0] == "Completed"
        print(sorted(loaded() - ready))

asyncio.run(main())
"""


@pytest.mark.requirement("SC-IUS-01")
def test_the_first_client_of_a_uss_waits_for_no_kernel(tmp_path: Path) -> None:
    """Where nothing is compiled yet, what a first plan loads it would compile, for half a minute."""
    ran = subprocess.run(
        [sys.executable, "-c", LOADED_BY_PLANNING, str(tmp_path)],
        check=False,
        timeout=120,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "[]"
