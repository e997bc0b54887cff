"""The duty officers of the demonstration: each reads the alerts that arrive and acknowledges them, except for one."""

from __future__ import annotations

import time
from threading import Event, Thread
from typing import Any

import httpx

from demo.nodes import Node

READING_S = 0.4
"""How long a duty officer takes over a notice before he says that he has read it."""
_LOOK_EVERY_S = 0.2


class Silence:
    """The one notice that is deliberately left unacknowledged: the first loss of separation told to south."""

    def __init__(self) -> None:
        self.message_id: str | None = None

    def keeps(self, party: str, message: dict[str, Any]) -> bool:
        """Whether this message is the one that nobody answers."""
        alert = message["message"].get("alert", {})
        if (
            self.message_id is None
            and party == "south"
            and alert.get("kind") == "separation"
            and alert["severity"] >= 4
        ):
            self.message_id = message["message_id"]
        return message["message_id"] == self.message_id


class Desk:
    """A liaison desk with one officer on duty, working until it is closed."""

    def __init__(self, node: Node, silence: Silence) -> None:
        self.node = node
        self.acknowledged = 0
        self.trouble: str | None = None
        self._silence = silence
        self._closed = Event()
        self._thread = Thread(target=self._work, name=f"desk of {node.place.party}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Send the officer home. What is unanswered then stays so."""
        self._closed.set()
        self._thread.join(20)

    def _work(self) -> None:
        while not self._closed.wait(_LOOK_EVERY_S):
            try:
                self._look()
            except httpx.HTTPError as fault:
                self.trouble = f"{type(fault).__name__}: {fault}"

    def _look(self) -> None:
        for message in self.node.get("/messages", limit=1_000):
            open_here = message["direction"] == "arrived" and message["answer"] is None
            if self._closed.is_set() or not open_here or message["answer_due_s"] is None:
                continue
            if message["kind"] == "line_check":
                self.node.post(f"/messages/{message['message_id']}/line-check-answer")
            elif (
                message["kind"] == "alert_notice"
                and not self._silence.keeps(self.node.place.party, message)
                and time.time() - message["issued_s"] > READING_S
            ):
                self.node.post(f"/messages/{message['message_id']}/acknowledgement", {"remark": ""})
                self.acknowledged += 1
