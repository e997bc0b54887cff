"""The line's port over real TLS: only the pinned certificate gets in, only plain posts of bounded size are read."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import httpx
import pytest
import uvicorn

from steerclear.dialogue.batch import decode_refusal, encode_batch
from steerclear.dialogue.faults import FaultCode
from steerclear.dialogue.limits import MAX_BODY_BYTES
from steerclear.dialogue.link_state import LinkState
from steerclear.interfaces.line.courier import Courier
from steerclear.interfaces.line.peer_certificate import PEER_CERTIFICATE, PeerCertificateProtocol
from steerclear.interfaces.line.port import BATCH_TYPE, NOTE_TYPE, POST_PATH, line_port
from steerclear.interfaces.line.post_client import PeerAddress, PostClient
from steerclear.interfaces.line.tls import OwnCertificate, PinError, PinnedCertificate, client_context, server_context
from steerclear.services.line_events import LINK
from steerclear.store.errors import StoreFullError
from steerclear.store.key_files import CERTIFICATE_FILE, certificate_sha256, create_keys, key_path
from tests.services.parties import Node, make_agreement, make_alert

TYPE = {"content-type": BATCH_TYPE}


def own(folder) -> OwnCertificate:
    return OwnCertificate(folder / CERTIFICATE_FILE, key_path(folder, "tls"))


def pinned(folder, party) -> PinnedCertificate:
    path = folder / CERTIFICATE_FILE
    return PinnedCertificate(party, path, certificate_sha256(path))


@contextlib.contextmanager
def serving(app, context):
    """uvicorn with the project's protocol class, on a thread; gives its URL."""
    config = uvicorn.Config(
        app,
        http=PeerCertificateProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        ssl_context_factory=lambda _config, _default: context,
    )
    server = uvicorn.Server(config)
    bound = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([bound])), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"https://127.0.0.1:{bound.getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    for party in ("north", "south", "east", "mallory"):
        create_keys(folder / party, party, time.time())
    return folder


@pytest.fixture
def south():
    node = Node("south", make_agreement(("north", "south", "east")))
    yield node
    node.close()


@pytest.fixture
def url(keys, south):
    peers = [pinned(keys / party, party) for party in ("north", "east")]
    context = server_context(own(keys / "south"), peers)
    with serving(line_port(south.exchange, {peer.sha256: peer.party for peer in peers}), context) as address:
        yield address


def client(keys, party, trusted="south") -> httpx.Client:
    return httpx.Client(verify=client_context(own(keys / party), pinned(keys / trusted, trusted)), trust_env=False)


def post_of(party: str) -> bytes:
    node = Node(party, make_agreement(("north", "south", "east")))
    node.announce(make_alert(parties=(party, "south")))
    body = encode_batch(node.exchange.next_post("south").batch)
    node.close()
    return body


@pytest.mark.requirement("SC-LINE-13")
def test_the_application_sees_the_certificate_that_the_client_showed(keys):
    """Holds the subclass of uvicorn's protocol: without it no server hands the certificate on."""
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["state"][PEER_CERTIFICATE])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    peers = [pinned(keys / party, party) for party in ("north", "east")]
    context = server_context(own(keys / "south"), peers)
    # Both connections stay open and take turns: what one showed must not be taken for what the other did.
    with serving(app, context) as address, client(keys, "north") as north, client(keys, "east") as east:
        for connection in (north, east, north, east):
            connection.get(address)
    ders = [ssl.PEM_cert_to_DER_cert(peer.certificate_file.read_text()) for peer in peers]
    assert seen == [ders[0], ders[1], ders[0], ders[1]]


@pytest.mark.requirement("SC-LINE-13")
def test_a_client_without_the_pinned_certificate_does_not_get_in(keys, south, url):
    body = post_of("north")
    with pytest.raises(httpx.HTTPError), client(keys, "mallory") as stranger:
        stranger.post(url + POST_PATH, content=body, headers=TYPE)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(keys / "south" / CERTIFICATE_FILE)
    with pytest.raises(httpx.HTTPError), httpx.Client(verify=context, trust_env=False) as nobody:
        nobody.post(url + POST_PATH, content=body, headers=TYPE)
    assert south.exchange.line("north").incoming.frontier.size == 0


@pytest.mark.requirement("SC-LINE-13")
def test_a_client_does_not_talk_to_another_server(keys, url):
    with pytest.raises(httpx.ConnectError), client(keys, "north", trusted="east") as misled:
        misled.post(url + POST_PATH, content=b"", headers=TYPE)


def test_a_post_is_answered_with_the_cosigned_checkpoint_and_a_repeat_with_the_same(keys, south, url):
    body = post_of("north")
    with client(keys, "north") as north:
        answers = [north.post(url + POST_PATH, content=body, headers=TYPE) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].headers["content-type"] == NOTE_TYPE
    assert answers[0].content == answers[1].content == south.exchange.line("north").incoming.note


@pytest.mark.requirement("SC-LINE-13")
def test_one_party_cannot_post_for_another(keys, south, url):
    with client(keys, "east") as east:
        answer = east.post(url + POST_PATH, content=post_of("north"), headers=TYPE)
    assert answer.status_code == 409
    assert decode_refusal(answer.content).code is FaultCode.WRONG_LINK
    assert south.exchange.line("north").incoming.frontier.size == 0


def test_a_party_that_is_not_pinned_is_turned_away(keys, south):
    context = server_context(own(keys / "south"), [pinned(keys / "north", "north")])
    with serving(line_port(south.exchange, {}), context) as address, client(keys, "north") as north:
        assert north.post(address + POST_PATH, content=b"", headers=TYPE).status_code == 401


@pytest.mark.requirement("SC-LINE-14")
def test_only_plain_bounded_posts_are_read(keys, url):
    with client(keys, "north") as north:
        target = url + POST_PATH
        assert north.post(target, content=b"x", headers={"content-type": "text/plain"}).status_code == 415
        assert north.post(target, content=b"x", headers={**TYPE, "content-encoding": "gzip"}).status_code == 415
        assert north.get(target).status_code == 405
        assert north.post(url + "/elsewhere", content=b"x").status_code == 404
        answer = north.post(target, content=b"x", headers=TYPE)
        assert (answer.status_code, decode_refusal(answer.content).code) == (409, FaultCode.MALFORMED)
        assert north.post(target, content=b"\0" * (MAX_BODY_BYTES + 1), headers=TYPE).status_code == 413


def test_a_certificate_that_is_not_the_pinned_one_is_refused_by_file(keys, tmp_path):
    wrong = PinnedCertificate("north", keys / "north" / CERTIFICATE_FILE, b"\0" * 32)
    with pytest.raises(PinError, match="by telephone"):
        client_context(own(keys / "south"), wrong)
    with pytest.raises(PinError, match="cannot read"):
        client_context(own(keys / "south"), PinnedCertificate("north", tmp_path / "none", b""))
    with pytest.raises(PinError, match="our own certificate"):
        client_context(OwnCertificate(tmp_path / "a", tmp_path / "b"), pinned(keys / "north", "north"))


async def _until(condition) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)


def test_a_peer_whose_disk_is_full_says_so_and_is_tried_again(keys, south, monkeypatch, caplog):
    north = Node("north", make_agreement(("north", "south", "east")))
    north.announce(make_alert(1))
    peer = pinned(keys / "south", "south")
    context = server_context(own(keys / "south"), [pinned(keys / "north", "north")])
    full = True

    def receive(*arguments):
        if full:
            raise StoreFullError("no room left on the disk")
        return taken(*arguments)

    taken = south.exchange.receive
    monkeypatch.setattr(south.exchange, "receive", receive)
    with serving(line_port(south.exchange, {pinned(keys / "north", "north").sha256: "north"}), context) as url:
        address = PeerAddress("south", url, peer.sha256)
        courier = Courier(north.exchange, address, client_context(own(keys / "north"), peer), lambda: 1.0)

        async def play() -> None:
            nonlocal full
            carrying = asyncio.create_task(courier.run())
            line = north.exchange.line("south")
            await _until(lambda: line.link is LinkState.DOWN)
            assert "503: no room left on the disk" in line.link_reason
            full = False
            await _until(lambda: line.received_size == 1)
            carrying.cancel()

        asyncio.run(play())
    assert "could not be stored" in caplog.text
    north.close()


@pytest.mark.parametrize(
    ("we_pinned", "it_pinned", "said"),
    [
        ("south", "east", ("may have pinned another certificate",)),
        ("east", "north", ("shows another certificate at", "by telephone which one is right")),
    ],
)
def test_a_certificate_that_is_not_the_pinned_one_is_told_from_a_peer_that_is_away(
    keys, south, we_pinned, it_pinned, said
):
    north = Node("north", make_agreement(("north", "south", "east")))
    north.announce(make_alert(1))
    expected = pinned(keys / we_pinned, we_pinned)
    its_context = server_context(own(keys / "south"), [pinned(keys / it_pinned, it_pinned)])
    with serving(line_port(south.exchange, {}), its_context) as url:
        address = PeerAddress("south", url, expected.sha256)
        courier = Courier(north.exchange, address, client_context(own(keys / "north"), expected), lambda: 1.0)

        async def play() -> None:
            carrying = asyncio.create_task(courier.run())
            line = north.exchange.line("south")
            await _until(lambda: line.link is LinkState.DOWN)
            assert all(words in line.link_reason for words in said)
            assert "SEND_RESPONSE" not in line.link_reason, "the states of a library help nobody at a desk"
            carrying.cancel()

        asyncio.run(play())
    assert south.store.log_state(south.exchange.line("north").terms.incoming.origin).size == 0
    north.close()


@pytest.mark.requirement("SC-LINE-15")
def test_a_courier_waits_for_its_peer_and_then_delivers_everything(keys, south):
    north = Node("north", make_agreement(("north", "south", "east")))
    with socket.create_server(("127.0.0.1", 0)) as placeholder:
        port = placeholder.getsockname()[1]
    north.announce(*(make_alert(number) for number in range(20)))
    peer = pinned(keys / "south", "south")
    address = PeerAddress("south", f"https://127.0.0.1:{port}", peer.sha256)
    courier = Courier(north.exchange, address, client_context(own(keys / "north"), peer), lambda: 1.0)
    context = server_context(own(keys / "south"), [pinned(keys / "north", "north")])
    app = line_port(south.exchange, {pinned(keys / "north", "north").sha256: "north"})

    async def play() -> None:
        carrying = asyncio.create_task(courier.run())
        line = north.exchange.line("south")
        await _until(lambda: line.link is LinkState.DOWN)
        config = uvicorn.Config(
            app,
            port=port,
            http=PeerCertificateProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            ssl_context_factory=lambda _config, _default: context,
        )
        server = uvicorn.Server(config)
        server.capture_signals = contextlib.nullcontext
        serving_task = asyncio.create_task(server.serve())
        await _until(lambda: line.received_size == 20)
        assert line.link is LinkState.UP
        await asyncio.to_thread(north.announce, make_alert(99))
        courier.wake()
        await _until(lambda: line.received_size == 21)
        carrying.cancel()
        server.should_exit = True
        await asyncio.gather(carrying, serving_task, return_exceptions=True)

    asyncio.run(play())
    assert south.exchange.line("north").incoming.frontier.size == 21
    north.close()


@pytest.mark.requirement("SC-LINE-15")
@pytest.mark.parametrize("old", [False, True])
def test_a_peer_that_takes_posts_and_gives_no_receipt_for_them_is_down_and_not_asked_without_end(keys, south, old):
    """It may answer with nothing, or with a receipt that it gave before."""
    north = Node("north", make_agreement(("north", "south", "east")))
    answer = b""
    if old:
        north.announce(make_alert(1))
        answer = south.exchange.receive("north", encode_batch(north.exchange.next_post("south").batch))
        north.exchange.take_receipt("south", answer)
    north.announce(make_alert(2))
    posts = []

    async def app(_scope, receive, send):
        posts.append(await receive())
        await send({"type": "http.response.start", "status": 200 if old else 204, "headers": []})
        await send({"type": "http.response.body", "body": answer})

    peer = pinned(keys / "south", "south")
    context = server_context(own(keys / "south"), [pinned(keys / "north", "north")])

    async def play(url) -> None:
        address = PeerAddress("south", url, peer.sha256)
        courier = Courier(north.exchange, address, client_context(own(keys / "north"), peer), lambda: 0.0)
        carrying = asyncio.create_task(courier.run())
        line = north.exchange.line("south")
        await _until(lambda: line.link is LinkState.DOWN)
        assert "does not show that it holds" in line.link_reason
        await _until(lambda: len(posts) >= 3)
        assert line.link is LinkState.DOWN
        carrying.cancel()
        await asyncio.gather(carrying, return_exceptions=True)

    with serving(app, context) as url:
        asyncio.run(play(url))
    assert north.exchange.line("south").received_size == int(old)
    assert sum(row.kind == LINK for row in north.store.journal(0, 1_000)) == 1 + int(old)
    north.close()


def test_an_unforeseen_error_is_logged_and_shown_to_nobody(keys, south, url, monkeypatch, caplog):
    def broken(peer, body):
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr(south.exchange, "receive", broken)
    with client(keys, "north") as north:
        answer = north.post(url + POST_PATH, content=b"x", headers=TYPE)
    assert (answer.status_code, answer.content) == (500, b"")
    assert "the secret of the house" in caplog.text


@pytest.mark.requirement("SC-LINE-14")
def test_a_peer_on_all_connections_at_once_holds_up_nobody_else(south, monkeypatch):
    free, taken = threading.Event(), []

    def slow(peer, body):
        taken.append((peer, body))
        if peer == "north":
            free.wait()
        return b""

    async def posted(app, certificate: bytes, body: bytes) -> int:
        answers = []

        async def receive():
            return {"type": "http.request", "body": body}

        async def send(message):
            answers.append(message)

        headers = [(b"content-type", BATCH_TYPE.encode())]
        scope = {"type": "http", "path": POST_PATH, "method": "POST", "headers": headers}
        await app({**scope, "state": {PEER_CERTIFICATE: certificate}}, receive, send)
        return answers[0]["status"]

    async def play() -> None:
        parties = {sha256(party).digest(): party.decode() for party in (b"north", b"east")}
        with ThreadPoolExecutor(4) as threads:
            app = line_port(south.exchange, parties, threads)
            flood = [asyncio.create_task(posted(app, b"north", b"%d" % number)) for number in range(64)]
            await asyncio.sleep(0)
            try:
                async with asyncio.timeout(10):
                    assert await posted(app, b"east", b"stop") == 204
            finally:
                free.set()
            assert set(await asyncio.gather(*flood)) == {204}

    monkeypatch.setattr(south.exchange, "receive", slow)
    asyncio.run(play())
    assert ("east", b"stop") in taken[:2]
    assert [body for peer, body in taken if peer == "north"] == [b"%d" % number for number in range(64)]


@pytest.mark.requirement("SC-LINE-15")
def test_a_name_server_that_does_not_answer_takes_no_thread_from_others(keys, monkeypatch):
    free, asked = threading.Event(), threading.Event()

    def hanging(*_):
        asked.set()
        free.wait()
        return []

    async def play() -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        context = client_context(own(keys / "north"), pinned(keys / "south", "south"))
        client_of_south = PostClient(PeerAddress("south", "https://south.example:1", b""), context)
        posting = asyncio.create_task(client_of_south.post(b""))
        try:
            async with asyncio.timeout(10):
                while not asked.is_set():
                    await asyncio.sleep(0.001)
                assert await asyncio.to_thread(int) == 0
        finally:
            posting.cancel()
            free.set()

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    asyncio.run(play())
