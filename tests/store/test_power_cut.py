"""Promise 2: no acknowledged append is lost when the power goes, and a disk set up any weaker is caught.

STEERCLEAR_POWER_CUTS sets the number of simulated cuts (10,000 unless told otherwise; about 4 ms each).
"""

import os
from pathlib import Path

import pytest

from steerclear.store import schema
from tests.store.cuts import Cuts, cut_many

CUTS = int(os.environ.get("STEERCLEAR_POWER_CUTS", "10000"))
CUTS_A_RUN = 500
MUTANT_CUTS = 120


def some_cuts(folder: Path, *, existing: bool, lying: bool = False) -> Cuts:
    return cut_many(folder, MUTANT_CUTS, 1, existing=existing, lying=lying)


@pytest.mark.requirement("SC-STO-10")
@pytest.mark.requirement("SC-PRM-02")
def test_no_acknowledged_append_is_lost_in_a_power_cut(tmp_path: Path) -> None:
    runs = [
        cut_many(tmp_path / str(seed), min(CUTS_A_RUN, CUTS - first), seed)
        for seed, first in enumerate(range(0, CUTS, CUTS_A_RUN))
    ]
    assert [words for run in runs for words in run.lost] == []
    assert sum(run.made for run in runs) == CUTS
    assert all(sum(run.places[place] for run in runs) > CUTS // 20 for place in ("a sync", "a fold", "recovery"))


@pytest.mark.requirement("SC-STO-10")
@pytest.mark.requirement("SC-PRM-02")
@pytest.mark.parametrize("weaker", ["NORMAL", "OFF"])
def test_a_weaker_synchronous_setting_is_caught(tmp_path: Path, weaker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "SYNCHRONOUS", weaker)
    assert some_cuts(tmp_path, existing=True).lost


@pytest.mark.requirement("SC-STO-10")
@pytest.mark.requirement("SC-PRM-02")
def test_a_disk_that_lies_about_syncing_is_caught(tmp_path: Path) -> None:
    assert some_cuts(tmp_path, existing=True, lying=True).lost


@pytest.mark.requirement("SC-STO-10")
def test_full_is_enough_for_an_existing_store_but_not_for_creating_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "SYNCHRONOUS", "FULL")
    assert some_cuts(tmp_path / "existing", existing=True).lost == []
    assert some_cuts(tmp_path / "new", existing=False).lost
