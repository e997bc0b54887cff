"""JSON lines on standard error about the running of the node; never a word of what the desks say to each other."""

from __future__ import annotations

import logging
import sys
from typing import Final

import msgspec

_LOGGERS: Final = ("steerclear", "uvicorn", "litestar", "httpx", "asyncio")
_FIELDS: Final = ("party", "peer", "state", "code", "whose", "detail", "url", "address")
"""Attributes of a record that are written beside the message, when they are there."""


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
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(logging.INFO if name == "steerclear" else logging.WARNING)
