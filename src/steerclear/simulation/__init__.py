"""Seeded parties, clocks, network and disks that drive the shipped services and deciders, in one thread.

Nothing here is a model of the mechanism: `run` puts the real `Exchange`, `Timekeeper`, `Summoner` and use cases on
top of a simulated disk, clock and network, and lets a seed decide what goes wrong. The seed reproduces a run to the
last bit. `checks` says what must hold whatever went wrong; `malice` is a peer that cheats with its own true keys.
`python -m steerclear.simulation --seed N` shows one run.
"""
