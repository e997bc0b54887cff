"""A DSS in which more is in one place than one search gives: nothing is done as if the rest were not there."""

from __future__ import annotations

import pytest

from steerclear.services.dss import searching
from steerclear.store.airspace import sqlite
from tests.interfaces.f3548.world import INTENTS, SUBSCRIPTIONS, World, new_id


@pytest.mark.requirement("SC-PLR-18")
def test_what_one_search_does_not_give_is_not_taken_for_absent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    key: list[str] = []
    for number in range(3):
        answer = world.put_intent(new_id(), world.circle(lower=200.0 * number, upper=200.0 * number + 100.0), key=key)
        assert answer.status == 201, answer
    for module in (searching, sqlite):
        monkeypatch.setattr(module, "MAX_FOUND_ENTITIES", 2)
    column = world.circle(upper=1_000.0)
    # Without a key it would have been refused for two of the three, and with the key of two it would be there.
    refused = world.put_intent(new_id(), column)
    assert refused.status == 429, refused
    assert "smaller" in refused.text
    queried = world.ask("POST", f"{INTENTS}/query", json={"area_of_interest": column})
    assert queried.status == 429, queried
    assert world.ask("POST", f"{SUBSCRIPTIONS}/query", json={"area_of_interest": column}).status == 429
    # Elsewhere it goes on as before.
    assert world.put_intent(new_id(), world.circle(latitude=35.0)).status == 201
