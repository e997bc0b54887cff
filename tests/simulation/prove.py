"""The seeded runs at full size, on every core: `python -m tests.simulation.prove` with STEERCLEAR_SEEDS runs.

Prints how far it is; a seed that breaks a promise ends it with exit code 1 and the command that shows it.
"""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.simulation.seeds import broken_seeds

BLOCK = 500


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def block(first: int, end: int) -> tuple[int, list[str]]:
    return end - first, broken_seeds(range(first, end))


def main() -> int:
    count = int(os.environ.get("STEERCLEAR_SEEDS", "1000000"))
    began_s, done = time.monotonic(), 0
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        blocks = [pool.submit(block, first, min(first + BLOCK, count)) for first in range(0, count, BLOCK)]
        for finished in as_completed(blocks):
            played, broken = finished.result()
            done += played
            took_s = time.monotonic() - began_s
            left_s = took_s / done * (count - done)
            say(f"{done:,} of {count:,} seeds, {len(broken)} broken, {took_s:,.0f} s, about {left_s:,.0f} s left")
            if broken:
                say("\n".join(broken))
                pool.shutdown(cancel_futures=True)
                return 1
    say(f"promises 3 and 9 held in {count:,} seeded runs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
