"""The issuer of tokens for tests as a program."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import uvicorn

from steerclear.app.json_log import log_as_json
from steerclear.app.serving import address_of, listening_socket
from steerclear.interfaces.f3548.issuing import issuer_app, read_private_key
from steerclear.services.clock import SystemClock

_logger = logging.getLogger("steerclear.f3548")


def run_issuer(key: Path, listen: str) -> None:
    """Serve tokens until SIGINT or SIGTERM. Raises IssuerKeyError, NodeFileError, OSError."""
    log_as_json()
    app = issuer_app(read_private_key(key), SystemClock())
    bound = listening_socket(listen)
    config = uvicorn.Config(app=app, ws="none", lifespan="off", log_config=None, access_log=False, server_header=False)
    _logger.warning("serving tokens to whoever asks: for tests only", extra={"url": f"http://{address_of(bound)}"})
    asyncio.run(uvicorn.Server(config).serve(sockets=[bound]))
