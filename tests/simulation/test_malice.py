"""Promises 6 and 13: whatever a peer tries with its own keys, stolen ones or others' words, nothing of it is kept."""

from __future__ import annotations

import os

import pytest

from steerclear.simulation import attempts
from steerclear.simulation.malice import POSTS, RECEIPTS, WITHOUT_EFFECT
from steerclear.simulation.stage import Stage

ROUNDS = int(os.environ.get("STEERCLEAR_ROUNDS", "3"))


@pytest.mark.requirement("SC-SIM-05")
@pytest.mark.parametrize("name", POSTS)
def test_a_forged_post_is_refused_by_name_and_leaves_no_trace(name: str) -> None:
    for seed in range(ROUNDS):
        assert not list(attempts.try_post(Stage(seed), name)), f"seed {seed}"


@pytest.mark.requirement("SC-SIM-05")
@pytest.mark.requirement("SC-REC-90")
@pytest.mark.parametrize("name", POSTS)
def test_it_is_refused_and_proven_as_well_under_a_changed_key(name: str) -> None:
    for seed in range(ROUNDS):
        assert not list(attempts.try_post(Stage(seed, changed=True), name)), f"seed {seed}"


@pytest.mark.requirement("SC-SIM-05")
@pytest.mark.parametrize("name", RECEIPTS)
def test_what_is_no_receipt_counts_for_nothing(name: str) -> None:
    for seed in range(ROUNDS):
        assert not list(attempts.try_receipt(Stage(seed), name)), f"seed {seed}"


@pytest.mark.requirement("SC-SIM-05")
@pytest.mark.parametrize("name", WITHOUT_EFFECT)
def test_an_answer_that_must_not_count_does_not(name: str) -> None:
    for seed in range(ROUNDS):
        assert not list(attempts.try_answer(Stage(seed), name)), f"seed {seed}"


@pytest.mark.requirement("SC-SIM-05")
def test_every_single_bit_of_a_post_counts() -> None:
    stage = Stage(0)
    body = stage.post(stage.held, stage.true_entries(stage.held))
    before = stage.victim.facts()
    for place in range(0, len(body) * 8, 7):
        changed = bytearray(body)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(attempts.LineFaultError):
            stage.victim.exchange.receive(attempts.CHEAT, bytes(changed))
    assert stage.victim.facts() == before


@pytest.mark.requirement("SC-SIM-05")
def test_a_revoked_key_adds_nothing_and_backdating_hides_nothing() -> None:
    for seed in range(ROUNDS):
        assert not list(attempts.try_revoked_key(Stage(seed)))
        assert not list(attempts.try_backdating(Stage(seed)))
        assert not list(attempts.try_set_back(Stage(seed), writes=False))
        assert not list(attempts.try_set_back(Stage(seed), writes=True))
