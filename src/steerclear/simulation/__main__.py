"""Show one run: `python -m steerclear.simulation --seed N`. Exit code 1 when a promise was broken."""

from __future__ import annotations

import argparse
import sys

import msgspec

from steerclear.simulation.run import Run
from steerclear.simulation.settings import drawn_settings


def main(arguments: list[str] | None = None) -> int:
    """Play the run of a seed and print what happened in it."""
    parser = argparse.ArgumentParser(prog="python -m steerclear.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, required=True, help="the run to show")
    parser.add_argument("--sudden", action="store_true", help="clocks are set at any moment")
    asked = parser.parse_args(arguments)
    settings = msgspec.structs.replace(drawn_settings(asked.seed), sudden=asked.sudden)
    outcome = Run(asked.seed, settings, keep_trace=True).play()
    lines = [
        f"settings {settings}",
        *outcome.trace,
        f"{outcome.messages} messages, {outcome.posts} posts, {outcome.crashes} crashes, {outcome.ended_s:.1f} s,"
        f" trace {outcome.trace_hash[:16]}",
        *(f"BROKEN: {words}" for words in outcome.broken),
        "every promise held" if not outcome.broken else f"{len(outcome.broken)} broken",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if outcome.broken else 0


if __name__ == "__main__":
    sys.exit(main())
