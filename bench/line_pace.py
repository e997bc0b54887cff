"""One course for every contestant of the line section: a flood, a steady rate, and messages sent alone.

A message counts from the moment it was due, not from the moment a busy sender got round to it, until its sender has
the receipt and has checked it. So a contestant that falls behind shows it in every message that had to wait.
"""

import asyncio
import statistics
import time
from dataclasses import dataclass
from typing import Final, Protocol

IN_FLIGHT: Final = 2_000
"""Messages without a receipt that a flooding sender may have."""

DRAIN_S: Final = 60.0
"""Longest wait for the receipts that are still missing when the last message is out."""

WARM_UP_S: Final = 0.5


@dataclass(frozen=True)
class Course:
    """How long, and how fast; the rate is the one of the promise."""

    seconds: float
    alone_messages: int
    rate_per_s: float = 1_000.0
    alone_per_s: float = 20.0


FULL: Final = Course(seconds=20.0, alone_messages=100)
QUICK: Final = Course(seconds=1.0, alone_messages=20)


class Receipts:
    """Which messages have a verified receipt, and since when (performance counter, s). On one event loop."""

    def __init__(self) -> None:
        self.taken_s: dict[int, float] = {}

    def take(self, number: int) -> None:
        """The receipt of a message is here and verified; a repeated one changes nothing."""
        self.taken_s.setdefault(number, time.perf_counter())


class Line(Protocol):
    """A way to send numbered messages, whose sender learns that the other side holds them durably."""

    receipts: Receipts

    async def offer(self, numbers: range) -> None:
        """Hand messages over for sending, without waiting for their receipts."""
        ...


class LineStuckError(Exception):
    """Receipts stayed away."""


async def run_course(line: Line, course: Course) -> dict[str, float]:
    """All numbers by name; the unit is the last word of a name. Raises LineStuckError."""
    sent = await _flood(line, 0, WARM_UP_S)  # first connection, first plans of a database: not what is measured
    begun_s = time.perf_counter()
    sent = await _flood(line, sent, course.seconds)
    flooded = sum(begun_s < at_s <= begun_s + course.seconds for at_s in line.receipts.taken_s.values())
    paced = round(course.rate_per_s * course.seconds)
    waits_s, behind = await _paced(line, range(sent, sent + paced), course.rate_per_s)
    alone_s, _ = await _paced(line, range(sent + paced, sent + paced + course.alone_messages), course.alone_per_s)
    return {
        "messages_per_s": flooded / course.seconds,
        "offered_per_s": course.rate_per_s,
        "behind_at_end_messages": behind,
        "receipt_median_ms": statistics.median(waits_s) * 1e3,
        "receipt_p99_ms": p99(waits_s) * 1e3,
        "receipt_max_ms": max(waits_s) * 1e3,
        "alone_receipt_median_ms": statistics.median(alone_s) * 1e3,
        "alone_receipt_p99_ms": p99(alone_s) * 1e3,
    }


def p99(values: list[float]) -> float:
    """The value that 99 of 100 do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]


async def _flood(line: Line, first: int, seconds: float) -> int:
    """Send for so long, as fast as receipts allow, then let all receipts come in; the number after the last."""
    until_s = time.perf_counter() + seconds
    sent = first
    while time.perf_counter() < until_s:
        room = IN_FLIGHT - (sent - len(line.receipts.taken_s))
        if room > 0:
            await line.offer(range(sent, sent + min(room, 50)))
            sent += min(room, 50)
        await asyncio.sleep(0.0 if room > 0 else 0.001)
    await _drain(line, sent)
    return sent


async def _paced(line: Line, numbers: range, rate_per_s: float) -> tuple[list[float], int]:
    """Seconds from due to verified receipt of each, and how many had none yet when the one after the last was due."""
    start_s = time.perf_counter() + 0.05
    due_s = [start_s + offset / rate_per_s for offset in range(len(numbers))]
    offered = 0
    while offered < len(numbers):
        await asyncio.sleep(max(0.0, due_s[offered] - time.perf_counter()))
        now_s, before = time.perf_counter(), offered
        while offered < len(numbers) and due_s[offered] <= now_s:
            offered += 1
        if offered > before:
            await line.offer(range(numbers.start + before, numbers.start + offered))
    await asyncio.sleep(max(0.0, due_s[-1] + 1.0 / rate_per_s - time.perf_counter()))
    behind = numbers.stop - len(line.receipts.taken_s)
    await _drain(line, numbers.stop)
    return [line.receipts.taken_s[number] - at_s for number, at_s in zip(numbers, due_s, strict=True)], behind


async def _drain(line: Line, total: int) -> None:
    until_s = time.perf_counter() + DRAIN_S
    while len(line.receipts.taken_s) < total:
        if time.perf_counter() > until_s:
            missing = total - len(line.receipts.taken_s)
            raise LineStuckError(f"{missing} receipts are still missing {DRAIN_S:.0f} s after the last message")
        await asyncio.sleep(0.001)
