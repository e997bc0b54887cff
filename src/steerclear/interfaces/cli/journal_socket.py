"""The node's journal as it grows: a WebSocket that comes again by itself, from the last event that was seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.local_client import API, TIMEOUT_S, CommandError, LocalClient

PATIENCE_S: Final = 10.0
"""A node that is restarted is waited for so long."""
RETRY_S: Final = 0.5
MAX_EVENT_BYTES: Final = 2 * 1024 * 1024
"""One event of the store and its frame."""
LOOK_EVERY_S: Final = 0.2
"""Time between two looks whether it is time to end."""


def follow_journal(
    connect: Callable[[], LocalClient], after: int = 0, stop_after_s: float | None = None
) -> Iterator[dict[str, Any]]:
    """Events with a sequence above `after`, in order, without gap or repeat, as they become durable.

    `connect` gives a client of the node as it runs now. With `stop_after_s`, ends after so many seconds once every
    event there is has been given. Raises CommandError when the node is gone for longer than PATIENCE_S.
    """
    end_s = None if stop_after_s is None else time.monotonic() + stop_after_s
    client = connect()
    client.prove()
    while True:
        for item in _events(client, after, end_s):
            if item is None:
                if not client.get_json(f"/journal?after={after}&limit=1")["items"]:
                    return
                continue
            if item["sequence"] != after + 1:
                raise CommandError(
                    ExitCode.FAULT, f"event {after + 1} is missing before {item['sequence']}; ask again with --after"
                )
            after = item["sequence"]
            yield item
        client = _connected_again(connect)


def _connected_again(connect: Callable[[], LocalClient]) -> LocalClient:
    """A client of the node, which was there and may be starting again."""
    limit_s = time.monotonic() + PATIENCE_S
    while True:
        time.sleep(RETRY_S)
        try:
            client = connect()
            client.prove()
        except CommandError as error:
            if error.code is not ExitCode.NODE_UNREACHABLE or time.monotonic() >= limit_s:
                raise
        else:
            return client


def _events(client: LocalClient, after: int, end_s: float | None) -> Iterator[dict[str, Any] | None]:
    """Events of one connection until it ends; None whenever it is time to end and none came for a moment."""
    from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException  # noqa: PLC0415 slow to load
    from websockets.sync.client import connect  # noqa: PLC0415

    decoder = msgspec.json.Decoder(dict[str, Any])
    try:
        with connect(
            f"ws://{client.host}{API}/journal/follow?after={after}",
            additional_headers={"Authorization": client.authorization},
            compression=None,
            proxy=None,
            max_size=MAX_EVENT_BYTES,
            open_timeout=TIMEOUT_S,
            close_timeout=1.0,
        ) as socket:
            while True:
                try:
                    yield decoder.decode(socket.recv(None if end_s is None else LOOK_EVERY_S))
                except TimeoutError:
                    if end_s is not None and time.monotonic() >= end_s:
                        yield None
    except ConnectionClosed:
        return  # the node stopped, or we were too slow: come again
    except InvalidStatus as refused:
        text = refused.response.body.decode(errors="replace")[:500]
        raise CommandError(ExitCode.REFUSED, f"the node does not let us follow its journal: {text}") from None
    except (OSError, WebSocketException, TimeoutError) as error:
        raise CommandError(ExitCode.NODE_UNREACHABLE, f"the node does not answer at {client.host}: {error}") from None
