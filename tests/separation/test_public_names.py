"""The public names: seen by help() and completion before their first use, and each error one can catch."""

import json
import subprocess
import sys

import pytest

import steerclear
from steerclear import separation

LOOK = """
import json, pydoc, steerclear, steerclear.separation as separation
print(json.dumps([dir(steerclear), dir(separation), pydoc.render_doc(steerclear)]))
"""


def test_names_are_listed_and_described_before_their_first_use():
    seen = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True, timeout=300)
    top, room, described = json.loads(seen.stdout)
    assert set(steerclear.__all__) <= set(top)
    assert set(separation.__all__) <= set(room)
    assert "Find every pair of aircraft predicted to lose separation" in described


@pytest.mark.parametrize("name", ["SeparationError", "InvalidMinimumError", "InvalidStateError", "TooManyPairsError"])
def test_every_error_of_a_scan_can_be_caught_by_its_public_name(name):
    assert issubclass(getattr(steerclear, name), steerclear.SeparationError)
    assert name in steerclear.__all__
