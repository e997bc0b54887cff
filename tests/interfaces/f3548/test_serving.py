"""The application behind a real server, with each HTTP protocol that is installed; and what comes from threads."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import socket
import threading
import time
from concurrent.futures import Future
from typing import Any

import pytest
import uvicorn

from steerclear.interfaces.f3548 import results as results_module
from steerclear.interfaces.f3548.app import f3548_app
from steerclear.interfaces.f3548.asked import Answered, Asked, answer, delete, get, post, put
from steerclear.interfaces.f3548.limits import MAX_BODY_BYTES, MAX_HEAD_BYTES
from steerclear.interfaces.f3548.problems import Refusal
from steerclear.interfaces.f3548.results import result

PROTOCOLS: list[Any] = ["h11"]
if importlib.util.find_spec("httptools") is not None:
    PROTOCOLS.append(importlib.import_module("steerclear.interfaces.f3548.bounded_heads").BoundedHeadsProtocol)


@put("/things/{thing}/{version}")
async def change(asked: Asked, thing: str, version: str) -> Answered:
    body = await asked.body()
    return answer({"thing": thing, "version": version, "bytes": len(body), "after": asked.query("after")})


@post("/things/query")
async def query(_asked: Asked) -> Answered:
    return answer({"found": []})


@get("/things/{thing}")
async def read(asked: Asked, thing: str) -> Answered:
    return answer({"thing": thing, "url": asked.url})


@delete("/things/{thing}")
async def remove(_asked: Asked, thing: str) -> Answered:
    return Answered(204)


@get("/broken")
async def broken(_asked: Asked) -> Answered:
    raise ZeroDivisionError


APP = f3548_app([change, query, read, remove, broken])


@pytest.fixture(params=PROTOCOLS, ids=lambda one: one if isinstance(one, str) else one.__name__)
def address(request: pytest.FixtureRequest) -> Any:
    config = uvicorn.Config(APP, http=request.param, lifespan="off", log_config=None, ws="none")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as bound:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.005)
        yield bound.getsockname()
        server.should_exit = True
        thread.join(10)


def said(address: Any, *parts: bytes) -> bytes:
    """All that is answered until the server closes the connection, or does not answer an endless request at all."""
    with socket.create_connection(address, 10) as connection:
        try:
            for part in parts:
                connection.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            pass
        answered = b""
        try:
            while more := connection.recv(65_536):
                answered += more
        except ConnectionResetError:
            pass
    return answered


def asked_once(address: Any, method: str, path: str, body: bytes = b"", *more: str) -> tuple[int, bytes]:
    head = [f"{method} {path} HTTP/1.1", "Host: dss.example.com", "Connection: close", f"Content-Length: {len(body)}"]
    answered = said(address, "\r\n".join([*head, *more, "", ""]).encode() + body)
    return int(answered.split(b" ", 2)[1]), answered


@pytest.mark.requirement("SC-DSS-40")
def test_paths_and_methods_find_their_operation_or_are_refused_with_a_reason(address: Any) -> None:
    status, text = asked_once(address, "PUT", "/things/a/b?before=x&after=1%202", b"x" * 300_000)
    assert status == 200
    assert b'{"thing":"a","version":"b","bytes":300000,"after":"1 2"}' in text
    assert asked_once(address, "POST", "/things/query")[0] == 200
    status, text = asked_once(address, "GET", "/things/query?q=1")
    assert status == 405, "what is spelt out goes before what may be any name"
    assert b"allow: post" in text.lower()
    status, text = asked_once(address, "GET", "/things/x%20y?q=1")
    assert (status, b'"thing":"x y"' in text) == (200, True)
    assert b"http://dss.example.com/things/x%20y?q=1" in text
    assert asked_once(address, "DELETE", "/things/x")[0] == 204
    for path in (
        "/",
        "/things",
        "/things/",
        "/things//b",
        "//things/a",
        "/things/a/b/c",
        "/nothing",
        "/things%2Fa%2Fb%2Fc",
    ):
        status, text = asked_once(address, "PUT", path)
        assert status == 404, path
        assert b'{"message":' in text
    for method in ("PATCH", "HEAD", "OPTIONS", "POST"):
        assert asked_once(address, method, "/things/a")[0] == 405, method
    assert asked_once(address, "GET", "/broken")[0] == 500


@pytest.mark.requirement("SC-DSS-40")
def test_what_is_too_large_is_refused_while_it_comes(address: Any) -> None:
    length = f"Content-Length: {MAX_BODY_BYTES + 1}"
    head = f"PUT /things/a/b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{length}\r\n\r\n"
    assert said(address, head.encode()).split(b" ", 2)[1] == b"413"
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    head = "PUT /things/a/b HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert b" 413 " in said(address, head.encode(), *[chunk] * (MAX_BODY_BYTES // 65_536 + 1), b"0\r\n\r\n")[:20]


@pytest.mark.requirement("SC-DSS-40")
@pytest.mark.parametrize("kind", ["one", "many", "path", "trailers"])
def test_a_head_that_does_not_end_is_cut_off(address: Any, kind: str) -> None:
    begun = {
        "one": b"GET /things/a HTTP/1.1\r\nHost: x\r\nX: ",
        "many": b"GET /things/a HTTP/1.1\r\nHost: x\r\n",
        "path": b"GET /things/",
        "trailers": b"PUT /things/a/b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n",
    }[kind]
    line = b"X-Y: z\r\n" if kind in ("many", "trailers") else b"abcdefgh"
    # More than the limit and whatever the sockets hold on the way; a server that takes it all would wait for the rest.
    parts = [line * 8_192] * (8 * MAX_HEAD_BYTES // 65_536)
    answered = said(address, begun, *parts)
    assert answered == b"" or answered.split(b" ", 2)[1] in (b"400", b"431", b"200"), answered[:200]
    assert b" 200 " not in answered[:15] or kind == "trailers"


class _Later:
    """Futures that a thread finishes, all in one go."""

    def __init__(self) -> None:
        self.futures: list[Future[int]] = []

    def one(self) -> Future[int]:
        self.futures.append(Future())
        return self.futures[-1]

    def finish(self) -> None:
        for number, future in enumerate(self.futures):
            if number % 3 == 2:
                future.set_exception(ValueError(number))
            else:
                future.set_result(number)


def test_what_threads_finish_comes_home_each_with_its_own_outcome() -> None:
    async def main() -> list[Any]:
        later = _Later()
        waiting = [asyncio.ensure_future(result(later.one())) for _ in range(300)]
        await asyncio.sleep(0)
        threads = [threading.Thread(target=later.finish)]
        for thread in threads:
            thread.start()
        got = await asyncio.gather(*waiting, return_exceptions=True)
        for thread in threads:
            thread.join()
        return got

    for _ in range(2):  # another loop on the same thread has a home of its own
        for number, one in enumerate(asyncio.run(main())):
            assert isinstance(one, ValueError) if number % 3 == 2 else one == number


def test_what_is_done_is_there_at_once_and_what_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    done: Future[int] = Future()
    done.set_result(7)
    assert asyncio.run(result(done)) == 7
    monkeypatch.setattr(results_module, "ANSWER_TIMEOUT_S", 0.01)
    never: Future[int] = Future()
    with pytest.raises(Refusal, match="not done within") as refused:
        asyncio.run(result(never))
    assert refused.value.status == 429
    assert never.cancelled(), "what has not begun need not"
