"""JSON lines on standard error about the running of the node; never a word of what the desks say to each other."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from typing import Final

import msgspec

_LOGGERS: Final = ("steerclear", "uvicorn", "litestar", "httpx", "asyncio")
_FIELDS: Final = ("party", "peer", "state", "code", "whose", "detail", "url", "address", "left_out")
"""Attributes of a record that are written beside the message, when they are there."""
MAX_A_MINUTE: Final = 20
"""Lines with the same words within a minute: what fails is tried again, several times a second, while it fails."""
MAX_WORDS: Final = 1_000
"""Different words that are counted at a time; beyond them the counting begins anew."""
_MINUTE_S: Final = 60.0


class FloodLimit(logging.Filter):
    """Leaves out what repeats itself too often, and says of the next such line how many were left out before it."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now_s = now_s
        self._said: dict[tuple[str, str], tuple[float, int]] = {}
        """By logger and words: when its minute began, and how many lines there were in it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        key, now_s = (record.name, str(record.msg)), self._now_s()
        began_s, count = self._said.get(key, (now_s, 0))
        if now_s - began_s >= _MINUTE_S:
            if count > MAX_A_MINUTE:
                record.left_out = count - MAX_A_MINUTE
            began_s, count = now_s, 0
        if key not in self._said and len(self._said) >= MAX_WORDS:
            self._said.clear()
        self._said[key] = began_s, count + 1
        return count < MAX_A_MINUTE


class JsonFormatter(logging.Formatter):
    """One record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its newline."""
        line: dict[str, object] = {
            "time_s": round(record.created, 3),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update({name: str(getattr(record, name)) for name in _FIELDS if hasattr(record, name)})
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()


def log_as_json() -> None:
    """Send what the node and the libraries under it have to say to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(FloodLimit())
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(logging.INFO if name == "steerclear" else logging.WARNING)
