"""Promise 1, the store: no acknowledged append is lost, and none is doubled, when the process dies at any moment.

STEERCLEAR_KILLS sets the number of kills (150 unless told otherwise; about 80 ms each). tests/app/test_kills.py kills
whole nodes.
"""

import os
from pathlib import Path

import pytest

from tests.store.kills import KILLS_A_STORE, kill_many

KILLS = int(os.environ.get("STEERCLEAR_KILLS", "150"))


@pytest.mark.requirement("SC-STO-09")
@pytest.mark.requirement("SC-PRM-01")
def test_nothing_acknowledged_is_lost_and_nothing_is_doubled_when_the_process_is_killed(tmp_path: Path) -> None:
    for seed, first in enumerate(range(0, KILLS, KILLS_A_STORE)):
        assert kill_many(tmp_path / str(seed), min(KILLS_A_STORE, KILLS - first), seed) == []
