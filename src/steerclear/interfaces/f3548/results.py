"""What threads work out, brought home to the event loop that waits for it.

A store answers all works of a transaction at once. `asyncio.wrap_future` would wake the loop for each of them, with a
call of the system and a fight for the interpreter each; here whatever is done before the loop has woken up comes along.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from typing import Any, TypeVar

from steerclear.interfaces.f3548.limits import ANSWER_TIMEOUT_S
from steerclear.interfaces.f3548.problems import try_again

T = TypeVar("T")

_thread = threading.local()


async def result(future: Future[T]) -> T:
    """What a future holds, at once where it is done. Raises what it raises; Refusal (429) when it takes too long."""
    if future.done():
        return future.result()
    loop = asyncio.get_running_loop()
    home: _Home | None = getattr(_thread, "home", None)
    if home is None or home.loop is not loop:
        home = _thread.home = _Home(loop)
    waiting = home.wait_for(future)
    given_up = loop.call_later(ANSWER_TIMEOUT_S, _give_up, waiting)
    try:
        await waiting
    except TimeoutError:
        raise try_again(f"not done within {ANSWER_TIMEOUT_S:g} s; read what became of it, then try again") from None
    finally:
        given_up.cancel()
        future.cancel()  # nobody waits any more: what has not begun need not; of no effect on what is done
    return future.result()


def _give_up(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_exception(TimeoutError())


class _Home:
    """Where futures of other threads are waited for: one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._lock = threading.Lock()
        self._done: list[asyncio.Future[None]] = []

    def wait_for(self, future: Future[Any]) -> asyncio.Future[None]:
        """A future of the loop that is done when the other one is."""
        waiting: asyncio.Future[None] = self.loop.create_future()
        future.add_done_callback(lambda _done: self._note(waiting))
        return waiting

    def _note(self, waiting: asyncio.Future[None]) -> None:
        """One more is done; on whatever thread."""
        with self._lock:
            self._done.append(waiting)
            first = len(self._done) == 1
        if first:
            try:
                self.loop.call_soon_threadsafe(self._tell)
            except RuntimeError:  # the loop was closed: nobody waits any more
                return

    def _tell(self) -> None:
        with self._lock:
            done, self._done = self._done, []
        for waiting in done:
            if not waiting.done():
                waiting.set_result(None)
