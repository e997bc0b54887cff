from __future__ import annotations

import pytest

from tests.interfaces.local_api.served import make_app, serving
from tests.services.parties import HandClock, Node


@pytest.fixture
def parties():
    """North and south with one clock, and nothing said yet."""
    clock = HandClock()
    nodes = Node("north", clock=clock), Node("south", clock=clock)
    yield nodes
    for node in nodes:
        node.close()


@pytest.fixture
def address(parties):
    """Where north's local API is."""
    with serving(make_app(parties[0])) as where:
        yield where
