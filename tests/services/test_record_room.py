"""Whoever keeps a long record hears in time that it fills."""

from __future__ import annotations

import pytest

from steerclear.services import record_room
from steerclear.services.record_room import nearly_full_records
from tests.services.parties import Node, make_alert, settle


@pytest.mark.requirement("SC-OPS-03")
def test_a_log_that_nears_what_a_record_can_hold_is_named_with_what_to_do(monkeypatch):
    north, south = Node("north"), Node("south")
    monkeypatch.setattr(record_room, "NEARLY_FULL", 2)
    north.announce(make_alert(1))
    settle(north, south)
    assert [*nearly_full_records(north.exchange), *nearly_full_records(south.exchange)] == []
    north.announce(make_alert(2))
    settle(north, south)
    for node, peer in ((north, "south"), (south, "north")):
        (warning,) = nearly_full_records(node.exchange)
        assert warning.startswith("the log north-to-south has 2 entries")
        assert f"`steerclear record export {peer}`" in warning
    for node in (north, south):
        node.close()


def test_there_is_time_to_act_when_it_is_said():
    assert record_room.NEARLY_FULL <= 0.8 * record_room.MAX_ENTRIES
