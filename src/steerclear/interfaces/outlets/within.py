"""A call that may hang, made so that its caller does not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from steerclear.interfaces.outlets.errors import NotTakenError


def within(timeout_s: float, slots: threading.BoundedSemaphore, call: Callable[[], str]) -> str:
    """The call's answer. Raises what it raises, or NotTakenError when the time is over.

    A call that hangs keeps its thread and its slot until it ends: a thread cannot be stopped from outside. When all
    slots are taken by such calls, a new one waits for a slot within its own time.
    """
    until_s = time.monotonic() + timeout_s
    if not slots.acquire(timeout=timeout_s):
        raise NotTakenError(f"earlier calls of this outlet still hang; no room for another within {timeout_s:g} s")
    answers: list[str] = []
    faults: list[Exception] = []

    def run() -> None:
        try:
            answers.append(call())
        except Exception as fault:  # handed to the caller's thread
            faults.append(fault)
        finally:
            slots.release()

    # A daemon: a mail server that never answers must not keep the node from stopping.
    thread = threading.Thread(target=run, name="outlet", daemon=True)
    try:
        thread.start()
    except RuntimeError:
        slots.release()
        raise NotTakenError("this machine has no room for another thread") from None
    thread.join(max(0.0, until_s - time.monotonic()))
    if answers:
        return answers[0]
    if faults:
        raise faults[0]
    raise NotTakenError(f"no answer within {timeout_s:g} s")
