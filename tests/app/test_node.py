"""Two real nodes: processes, TLS, files."""

from __future__ import annotations

import pytest

from tests.app.two_nodes import NodeProcess, eventually, set_up


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    configs = set_up(tmp_path_factory.mktemp("nodes"))
    running = {party: NodeProcess(config).start() for party, config in configs.items()}
    for node in running.values():
        node.wait_ready()
    yield running
    for node in running.values():
        assert node.stop() == 0


def test_a_line_check_is_answered_by_a_desk(nodes):
    north, south = nodes["north"], nodes["south"]
    sent = north.call("POST", "/api/v1/peers/south/line-check")
    path = f"/api/v1/messages/{sent['message_id']}"
    eventually(lambda: north.call("GET", path)["state"] == "received")
    south.call("POST", f"{path}/line-check-answer", function="commander")
    answered = eventually(lambda: (found := north.call("GET", path))["state"] == "acknowledged" and found)
    assert answered["answer"]["function"] == "commander"
