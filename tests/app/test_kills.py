"""Promise 1, whole nodes: fifty kills at random moments, under load: nothing is lost, doubled or out of order.

STEERCLEAR_NODE_KILLS sets the number of kills (50 unless told otherwise; about half a second each).
"""

from __future__ import annotations

import os

import pytest

from tests.app.kills import kill_nodes

KILLS = int(os.environ.get("STEERCLEAR_NODE_KILLS", "50"))
KILLS_A_PAIR = 50


@pytest.mark.requirement("SC-LINE-01")
@pytest.mark.requirement("SC-PRM-01")
def test_fifty_kills_lose_nothing_and_double_nothing(tmp_path):
    for seed, first in enumerate(range(0, KILLS, KILLS_A_PAIR)):
        kill_nodes(tmp_path / str(seed), min(KILLS_A_PAIR, KILLS - first), seed)
