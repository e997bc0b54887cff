"""The command line's way to a running node: its local API, with the token of the role that speaks."""

from __future__ import annotations

import http.client
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

import msgspec

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.node_file import (
    NodeConfig,
    NodeFileError,
    read_node_config,
    read_runtime,
    token_path,
    tokens_of_function,
)

TIMEOUT_S: Final = 30.0
API: Final = "/api/v1"


class CommandError(Exception):
    """A command ends here: `code` is for the shell, the text for the person."""

    def __init__(self, code: ExitCode, text: str) -> None:
        super().__init__(text)
        self.code = code


class LocalClient:
    """Calls of one role to one node."""

    def __init__(self, config_path: Path, function: str | None = None, desk: str | None = None) -> None:
        try:
            self.config = read_node_config(config_path)
        except NodeFileError as error:
            raise CommandError(ExitCode.CONFIGURATION, str(error)) from None
        runtime = read_runtime(self.config)
        if runtime is None:
            raise CommandError(
                ExitCode.NODE_UNREACHABLE,
                f"the node of {config_path} does not run; start it with: steerclear serve --config {config_path}",
            )
        self._host = urlsplit(runtime.local_url).netloc
        self._authorization = f"Bearer {_token(self.config, function, desk)}"

    def get(self, path: str) -> bytes:
        """Body of the answer. Raises CommandError."""
        return self._call("GET", path, None)

    def get_json(self, path: str) -> Any:
        """Decoded answer. Raises CommandError."""
        return self._decoded(self.get(path))

    def post_json(self, path: str, body: Any = None) -> Any:
        """Decoded answer. Raises CommandError."""
        return self._decoded(self._call("POST", path, None if body is None else msgspec.json.encode(body)))

    def _decoded(self, data: bytes) -> Any:
        try:
            return msgspec.json.decode(data)
        except ValueError:
            raise CommandError(
                ExitCode.NODE_UNREACHABLE, f"what answers at {self._host} is no node of ours; start the node again"
            ) from None

    def _call(self, method: str, path: str, body: bytes | None) -> bytes:
        connection = http.client.HTTPConnection(self._host, timeout=TIMEOUT_S)
        headers = {"Authorization": self._authorization, "Content-Type": "application/json"}
        try:
            connection.request(method, API + path, body, headers)
            answer = connection.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise CommandError(
                ExitCode.NODE_UNREACHABLE, f"the node does not answer at {self._host}: {error}; see its log"
            ) from None
        finally:
            connection.close()
        if answer.status >= http.HTTPStatus.BAD_REQUEST:
            refused = answer.status < http.HTTPStatus.INTERNAL_SERVER_ERROR
            raise CommandError(ExitCode.REFUSED if refused else ExitCode.NODE_UNREACHABLE, _problem(data))
        return data


def quoted(segment: str) -> str:
    """A segment of a path."""
    return quote(segment, safe="")


def _problem(data: bytes) -> str:
    try:
        return str(msgspec.json.decode(data)["problem"])
    except (ValueError, KeyError, TypeError):
        return data[:500].decode(errors="replace") or "the node gave no reason"


def _token(config: NodeConfig, function: str | None, desk: str | None) -> str:
    path = token_path(config, None, None)
    if function is not None:
        desks = tokens_of_function(config, function)
        if desk is None and len(desks) > 1:
            raise CommandError(ExitCode.USAGE, f"several desks have {function!r}; say --desk {' or '.join(desks)}")
        chosen = next(iter(desks), None) if desk is None else desk
        if chosen is None or chosen not in desks:
            where = f"desk {desk!r}" if desk else "any desk of this node"
            raise CommandError(ExitCode.REFUSED, f"there is no token for {function!r} at {where}")
        path = desks[chosen]
    try:
        return path.read_text("ascii").strip()
    except OSError as error:
        raise CommandError(ExitCode.CONFIGURATION, f"cannot read the token {path}: {error.strerror}") from None
