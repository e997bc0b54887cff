"""Scenario files of drills: TOML in, the model's `Scenario` out; and the scenarios that are shipped."""

from steerclear.interfaces.scenario_file.decode import decode_scenario
from steerclear.interfaces.scenario_file.errors import ScenarioError
from steerclear.interfaces.scenario_file.shipped import shipped_names, shipped_scenario, starter_file

__all__ = ["ScenarioError", "decode_scenario", "shipped_names", "shipped_scenario", "starter_file"]
