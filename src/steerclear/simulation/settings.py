"""What a run is like: drawn from its seed, or given to look at one kind of trouble alone."""

from __future__ import annotations

from random import Random

from msgspec import Struct

from steerclear.simulation.limits import MAX_PARTIES
from steerclear.simulation.medium import Flaws
from steerclear.simulation.network import Weather


class Settings(Struct, frozen=True, kw_only=True):
    """The troubles of one run; times in seconds of true time."""

    parties: int
    weather: Weather
    trouble_s: float
    """How long the bad time lasts; then everything heals."""
    actions: int
    """Things that people and pictures do in the bad time."""
    crashes: int
    """How often some node's process dies, at a moment of its own choosing."""
    partitions: int
    full_disks: int
    skew_s: float
    """Clocks are at most this far off the true time."""
    jumps: int
    longest_jump_s: float
    outlets: bool
    """Whether raised rungs are carried to people through outlets, some of which fail."""
    sudden: bool = False
    """Clocks are set at any moment, and a process may die between two writes of one tick; otherwise a clock is set
    right after its node's timekeeper has looked.
    """
    flaws: Flaws | None = None


def drawn_settings(seed: int) -> Settings:
    """The settings that a seed stands for."""
    chance = Random(f"settings {seed}")
    return Settings(
        parties=chance.choices(range(2, MAX_PARTIES + 1), (82, 14, 4))[0],
        weather=Weather(
            drop=chance.choice((0.0, 0.1, 0.3, 0.7)),
            duplicate=chance.choice((0.0, 0.3)),
            corrupt=chance.choice((0.0, 0.0, 0.0, 0.05)),
            slowest_s=chance.choice((0.02, 0.3, 2.5)),
        ),
        trouble_s=chance.uniform(3.0, 8.0),
        actions=chance.randint(2, 5),
        crashes=chance.choice((0, 0, 1, 2, 3)),
        partitions=chance.choice((0, 0, 1, 2)),
        full_disks=chance.choice((0, 0, 0, 0, 1)),
        skew_s=chance.choice((0.0, 1.0, 5.0)),
        jumps=chance.choice((0, 0, 0, 1, 2)),
        longest_jump_s=chance.choice((2.0, 2.0, 20.0)),
        outlets=chance.random() < 0.15,
    )
