"""Bounds of a simulated run: what is still the same promise, and when a run is given up as stuck."""

LATEST_S = 1.0
"""How late a deadline or a rung may be, by the party's own steady clock."""

EARLIEST_S = 0.05
"""How early it may be: what the drift of a clock makes, and no more."""

MAX_RUN_S = 200.0
"""Simulated time after which a run that has not come to rest is stuck."""

MAX_EVENTS = 200_000
"""Events of one run, so that no seed can run for ever."""

MAX_PARTIES = 4
"""Parties of one run."""

MAX_QUEUED_APPENDS = 10_000
"""Appends waiting for a simulated disk, as in the real store."""
