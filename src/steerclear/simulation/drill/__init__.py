"""Drills: a scenario played by the shipped services of several parties over simulated clocks, disks and a network.

`play(scenario)` gives the outcome: everything that was seen, in time order, and which expectations were met. The same
scenario gives the same outcome, byte for byte.
"""

from steerclear.simulation.drill.faults import DrillError
from steerclear.simulation.drill.run import play
from steerclear.simulation.drill.terms import drill_terms

__all__ = ["DrillError", "drill_terms", "play"]
