"""Two live nodes under load, one of which is killed at a random moment, again and again."""

from __future__ import annotations

import random
import time
from pathlib import Path

from tests.app.loaded_nodes import LoadedPair
from tests.app.two_nodes import set_up


def kill_nodes(folder: Path, kills: int, seed: int) -> None:
    """Raises AssertionError when anything promised is lost, doubled or out of order afterwards."""
    draw = random.Random(seed)
    pair = LoadedPair(folder, set_up(folder))
    try:
        pair.wait_ready()
        for _ in range(kills):
            # Half of the kills fall into a start, half into full work.
            time.sleep(draw.uniform(0.0, 0.2) if draw.random() < 0.5 else draw.uniform(0.3, 0.8))
            pair.restart(draw.choice(["north", "south"]))
        pair.finish()
    finally:
        if pair.pids:
            pair.close()
