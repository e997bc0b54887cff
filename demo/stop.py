"""The safety stop of the demonstration: told to a desk where nobody answers, it climbs until a commander takes it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import msgspec

from demo.nodes import DemoError, Node
from demo.parties import COMMANDER, PAGER_FILE, STOP_RUNGS

_GIVE_UP_S = 30.0


class StopTold(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the safety stop, as the side that sent it knows it."""

    message: dict[str, Any]
    paged: tuple[str, ...]
    """Functions whose outlet was handed a summons, in order."""

    @property
    def raised(self) -> list[tuple[str, float]]:
        """(function, seconds after the stop was sent) of every rung that was raised."""
        issued_s = self.message["issued_s"]
        return [(rung["function"], rung["raised_at_s"] - issued_s) for rung in self.message["raised"]]

    @property
    def in_time(self) -> bool:
        """Whether every agreed rung up to the commander was raised, at most 1 s after its time, and no other."""
        agreed = list(STOP_RUNGS.items())
        return len(self.raised) == len(agreed) and all(
            (function, True) == (name, -0.1 <= took_s - after_s <= 1.0)
            for (function, took_s), (name, after_s) in zip(self.raised, agreed, strict=True)
        )


def play_stop(north: Node, south: Node) -> StopTold:
    """North tells south to keep clear; south's duty officer does not answer, its commander does. Raises DemoError."""
    now_s = time.time()
    area = {"type": "circle", "centre": {"latitude_deg": 37.05, "longitude_deg": -119.41}, "radius_m": 2_000.0}
    stop = {
        "type": "safety_stop",
        "text": "Ground crew of ours in the valley.",
        "volume": {"area": area, "from_s": now_s, "until_s": now_s + 3_600.0},
    }
    sent = north.post("/messages", {"to": ["south"], "message": stop})
    message_id = sent["message_id"]
    pager = south.place.folder / PAGER_FILE
    _wait(south, message_id, lambda _: COMMANDER in _paged(pager, message_id))
    for route, body in (
        ("acknowledgement", {"remark": ""}),
        ("relay", {"unit": "Fire wing"}),
        ("response", {"verdict": "keeping_clear"}),
    ):
        south.post(f"/messages/{message_id}/{route}", body, function=COMMANDER)
    found = _wait(north, message_id, lambda found: found["response"]["given"] is not None)
    return StopTold(message=found, paged=_paged(pager, message_id))


def _wait(node: Node, message_id: str, done: Any) -> dict[str, Any]:
    give_up_s = time.monotonic() + _GIVE_UP_S
    while time.monotonic() < give_up_s:
        # It may not have arrived yet: then it is not in the list.
        for found in node.get("/messages", limit=1_000):
            if found["message_id"] == message_id and done(found):
                return dict(found)
        time.sleep(0.1)
    raise DemoError(f"the safety stop {message_id} did not come as far as it should at {node.place.party}")


def _paged(file: Path, message_id: str) -> tuple[str, ...]:
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []
    return tuple(line["function"] for line in lines if line["message_id"] == message_id)


def stop_rows(told: StopTold) -> list[tuple[str, str]]:
    """The lines of the summary table."""
    answer, relay, response = (told.message[key] for key in ("answer", "relay", "response"))
    return [
        ("safety stop from north", ", ".join(f"{function} after {took_s:.1f} s" for function, took_s in told.raised)),
        (
            "  acknowledged",
            f"{answer['function']}, {answer['issued_s'] - told.message['issued_s']:.1f} s after sending",
        ),
        ("  relayed", f"{relay['given']['unit']} has confirmed"),
        ("  answered", response["given"]["verdict"].replace("_", " ")),
    ]
