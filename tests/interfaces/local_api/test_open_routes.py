"""Routes without a token: only for callers that mean loopback, and the node can prove itself to them."""

from __future__ import annotations

import json
import secrets

import pytest

from steerclear.services.node_proof import node_proof, token_digest, token_name
from tests.interfaces.local_api.served import OFFICER, READER, ask, ask_json, make_app, serving

OPEN = ("/healthz", "/readyz", "/metrics", "/schema", "/schema/openapi.json")


@pytest.mark.requirement("SC-OPS-01")
@pytest.mark.parametrize("path", OPEN)
def test_a_page_that_rebinds_its_own_name_to_loopback_gets_nothing(address, path):
    port = address.partition(":")[2]
    for name in ("evil.example", f"evil.example:{port}", "127.0.0.1.evil.example", f"localhost:{port}.evil", ""):
        status, _, body = ask(address, path, Host=name)
        assert status == 421, name
        assert "127.0.0.1" in json.loads(body)["problem"]
    for name in (address, "localhost", f"LOCALHOST:{port}", f"[::1]:{port}"):
        assert ask(address, path, Host=name)[0] == 200, name


@pytest.mark.requirement("SC-OPS-02")
def test_the_node_proves_that_it_knows_the_token_and_only_where_it_is(address):
    challenge = secrets.token_hex(32)
    for token in (READER, OFFICER):
        digest = token_digest(token)
        found = ask_json(address, f"/prove?challenge={challenge}&token={token_name(digest)}")["proof"]
        assert found == node_proof(digest, address, challenge)
        # What another program fetched from the node for an address of its own proves nothing.
        relayed = ask(address, f"/prove?challenge={challenge}&token={token_name(digest)}", Host="127.0.0.1:1")
        assert json.loads(relayed[2])["proof"] != node_proof(digest, "127.0.0.1:1", challenge)


def test_a_node_proves_nothing_about_tokens_it_does_not_know(address):
    name = token_name(token_digest("another"))
    assert ask(address, f"/prove?challenge={'0' * 64}&token={name}")[0] == 404
    assert ask(address, f"/prove?challenge=short&token={name}")[0] == 400
    assert ask(address, "/prove")[0] == 400


def test_not_ready_says_why(parties):
    with serving(make_app(parties[0], lambda: "store: no room left on the disk")) as address:
        status, _, body = ask(address, "/readyz")
        assert (status, body) == (503, b"store: no room left on the disk")
        assert ask(address, "/healthz")[0] == 200


@pytest.mark.requirement("SC-OPS-03")
def test_warnings_are_for_whoever_may_read(parties):
    with serving(make_app(parties[0], warnings=("our certificate ends in 3 days",))) as address:
        assert ask(address, "/api/v1/warnings")[0] == 401
        assert ask_json(address, "/api/v1/warnings", READER) == {"warnings": ["our certificate ends in 3 days"]}
