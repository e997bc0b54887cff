"""A connection that joins what is written in one turn of the event loop, and loses none of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from steerclear.interfaces.f3548.whole_answers import JoiningTransport


class Wire(asyncio.Transport):
    """Notes what is sent over it, call by call."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[bytes | str] = []
        self.closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.calls.append(bytes(data))

    def write_eof(self) -> None:
        self.calls.append("eof")

    def close(self) -> None:
        self.closing = True
        self.calls.append("close")

    def abort(self) -> None:
        self.closing = True
        self.calls.append("abort")

    def is_closing(self) -> bool:
        return self.closing

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.calls.append("protocol")

    def get_write_buffer_size(self) -> int:
        return 5


def played(act: Callable[[JoiningTransport], None], turns: int = 1) -> list[bytes | str]:
    """What was sent when `act` is done in each of some turns of a loop."""
    wire = Wire()

    async def play() -> None:
        transport = JoiningTransport(wire, asyncio.get_running_loop())
        for _ in range(turns):
            act(transport)
            await asyncio.sleep(0)
            await asyncio.sleep(0)

    asyncio.run(play())
    return wire.calls


def answer(transport: JoiningTransport) -> None:
    transport.write(b"head ")
    transport.writelines([b"body", bytearray(b"!")])


def test_what_is_written_in_one_turn_goes_out_in_one_piece() -> None:
    assert played(answer, turns=2) == [b"head body!", b"head body!"]


@pytest.mark.parametrize(
    ("act", "sent"),
    [
        (JoiningTransport.close, [b"head body!", "close"]),
        (JoiningTransport.write_eof, [b"head body!", "eof"]),
        (lambda transport: transport.set_protocol(asyncio.Protocol()), [b"head body!", "protocol"]),
        (JoiningTransport.abort, ["abort"]),
    ],
)
def test_what_is_held_goes_out_before_anything_else_happens(act, sent: list[bytes | str]) -> None:
    assert played(lambda transport: (answer(transport), act(transport))) == sent


def test_what_is_held_counts_as_waiting_and_nothing_is_sent_on_a_closed_connection() -> None:
    def write_and_lose(transport: JoiningTransport) -> None:
        answer(transport)
        assert transport.get_write_buffer_size() == 5 + len(b"head body!")
        transport._transport.close()  # the client went away in the same turn

    assert played(write_and_lose) == ["close"]
