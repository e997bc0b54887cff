"""The local API of one party on a real server, as the node runs it."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import io
import socket
import threading
import time

import msgspec
import uvicorn

from steerclear.interfaces.line.peer_certificate import PeerCertificateProtocol
from steerclear.interfaces.local_api import limits
from steerclear.interfaces.local_api.api import local_api
from steerclear.interfaces.local_api.follow_protocol import FollowProtocol
from steerclear.interfaces.local_api.metrics_page import Metrics, NodeFigures
from steerclear.interfaces.local_api.roles import Role, RoleToken
from steerclear.services.effectiveness.rolling import RollingEffectiveness
from steerclear.services.line_metrics import LineMetrics
from steerclear.services.node_proof import token_digest
from tests.services.parties import START_S

READER = "reader-" + "r" * 36
OFFICER = "officer-" + "o" * 36
TOKENS = [
    RoleToken(Role(), token_digest(READER)),
    RoleToken(Role("north-desk", "duty officer"), token_digest(OFFICER)),
]
FIGURES = NodeFigures(
    store_bytes=4_096,
    free_bytes=10**9,
    certificate_expiry_s={"north": START_S + 86_400.0, "south": START_S - 1.0},
    connections_entered=2,
    connections_refused={"unknown_certificate": 3},
)


def make_app(node, is_ready=lambda: None, warnings=(), picture=None):
    rolling = RollingEffectiveness(node.exchange)
    metrics = Metrics(
        LineMetrics(node.exchange), lambda: FIGURES, lambda: tuple(warnings), effectiveness=rolling, picture=picture
    )
    bundle = lambda peer: io.BytesIO(peer.encode())  # noqa: E731
    flight_s = lambda from_s, until_s: until_s - from_s  # noqa: E731
    return local_api(node.exchange, TOKENS, is_ready, bundle, None, metrics, flight_s=flight_s)


@contextlib.contextmanager
def serving(app):
    """uvicorn with the node's protocols, on a thread; gives host:port."""
    config = uvicorn.Config(
        app,
        http=PeerCertificateProtocol,
        ws=FollowProtocol,
        ws_max_size=limits.MAX_FOLLOWER_FRAME_BYTES,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    bound = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([bound])), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"127.0.0.1:{bound.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    bound.close()


def ask(address, path, token=None, method="GET", **headers):
    """Status, headers and body of one request."""
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    with contextlib.closing(http.client.HTTPConnection(address, timeout=10)) as connection:
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def ask_json(address, path, token=None):
    status, _, body = ask(address, path, token)
    assert status == 200, body
    return msgspec.json.decode(body)
