"""Many seeds, one after the other: which of them break a promise, and how to see it happen again."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from steerclear.simulation.run import Outcome, Run


def again(seed: int) -> str:
    """The one command that shows a seed's run."""
    return f"python -m steerclear.simulation --seed {seed}"


def broken_seeds(seeds: Iterable[int], play: Callable[[int], Outcome] = lambda seed: Run(seed).play()) -> list[str]:
    """What was broken, with the command that shows it; stops at the fifth bad seed."""
    found: list[str] = []
    for seed in seeds:
        outcome = play(seed)
        if outcome.broken:
            found.append(f"{again(seed)}: {'; '.join(outcome.broken[:5])}")
        if len(found) >= 5:
            break
    return found
