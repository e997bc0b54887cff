"""The command line's way to a running node: its local API, with the token of the role that speaks.

A node that was killed leaves its address behind. So the token is shown only on a connection whose other end has proved
that it knows the token already.
"""

from __future__ import annotations

import hmac
import http.client
import os
import secrets
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import quote, urlsplit

import msgspec

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.node_file import (
    NodeConfig,
    NodeFileError,
    Runtime,
    functions_with_tokens,
    read_node_config,
    read_runtime,
    token_path,
    tokens_of_function,
)
from steerclear.services.node_proof import CHALLENGE_CHARS, PROOF_PATH, node_proof, token_digest, token_name

TIMEOUT_S: Final = 30.0
LONG_TIMEOUT_S: Final = 3_600.0
"""For what the node has to put together first: the record of years."""
PART_BYTES: Final = 256 * 1024
API: Final = "/api/v1"
MAX_PROOF_BYTES: Final = 1_024


class CommandError(Exception):
    """A command ends here: `code` is for the shell, the text for the person."""

    def __init__(self, code: ExitCode, text: str) -> None:
        super().__init__(text)
        self.code = code


class LocalClient:
    """Calls of one role to one node."""

    def __init__(self, config_path: Path, function: str | None = None, desk: str | None = None) -> None:
        try:
            config = read_node_config(config_path)
        except NodeFileError as error:
            raise CommandError(ExitCode.CONFIGURATION, str(error)) from None
        runtime = read_runtime(config)
        if runtime is None or not is_running(runtime):
            raise CommandError(
                ExitCode.NODE_UNREACHABLE,
                f"the node of {config_path} does not run; start it with: steerclear serve --config {config_path}",
            )
        self.config = config
        self._host = urlsplit(runtime.local_url).netloc
        self._token = _token(config, function, desk)

    @property
    def host(self) -> str:
        """host:port of the local API."""
        return self._host

    @property
    def authorization(self) -> str:
        """Value of the Authorization header; show it only to what `prove` has accepted."""
        return f"Bearer {self._token}"

    def readiness(self) -> tuple[bool, str]:
        """Whether the node says that all is in order, and its words. Raises CommandError."""
        status, said = self._open("/readyz")
        return status == http.HTTPStatus.OK, said.decode(errors="replace")[:500]

    def figures(self) -> str:
        """The node's figures in Prometheus' text format. Raises CommandError."""
        return self._open("/metrics")[1].decode(errors="replace")

    def _open(self, path: str) -> tuple[int, bytes]:
        """Status and body of a route that needs no token."""
        connection = http.client.HTTPConnection(self._host, timeout=TIMEOUT_S)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from None
        finally:
            connection.close()

    def _unreachable(self, error: Exception) -> CommandError:
        return CommandError(
            ExitCode.NODE_UNREACHABLE, f"the node does not answer at {self._host}: {error}; see its log"
        )

    def prove(self) -> None:
        """Raises CommandError unless our node answers at its address now."""
        connection = http.client.HTTPConnection(self._host, timeout=TIMEOUT_S)
        try:
            self._check_node(connection)
        finally:
            connection.close()

    def get(self, path: str, *, patient: bool = False) -> bytes:
        """Body of the answer; `patient` where the node has much to count first. Raises CommandError."""
        return self._call("GET", path, None, patient=patient)

    def get_to(self, path: str, sink: IO[bytes]) -> None:
        """Write the body of the answer, of any length, to a file. Raises CommandError, OSError for the file."""
        self._call("GET", path, None, sink)

    def get_json(self, path: str) -> Any:
        """Decoded answer. Raises CommandError."""
        return self._decoded(self.get(path))

    def post_json(self, path: str, body: Any = None) -> Any:
        """Decoded answer. Raises CommandError."""
        return self._decoded(self._call("POST", path, None if body is None else msgspec.json.encode(body)))

    def put_json(self, path: str, body: Any) -> Any:
        """Decoded answer. Raises CommandError."""
        return self._decoded(self._call("PUT", path, msgspec.json.encode(body)))

    def delete_json(self, path: str) -> Any:
        """Decoded answer. Raises CommandError."""
        return self._decoded(self._call("DELETE", path, None))

    def _decoded(self, data: bytes) -> Any:
        try:
            return msgspec.json.decode(data)
        except ValueError:
            raise CommandError(
                ExitCode.NODE_UNREACHABLE, f"what answers at {self._host} is no node of ours; start the node again"
            ) from None

    def _call(
        self, method: str, path: str, body: bytes | None, sink: IO[bytes] | None = None, *, patient: bool = False
    ) -> bytes:
        connection = http.client.HTTPConnection(self._host, timeout=TIMEOUT_S)
        headers = {"Authorization": self.authorization, "Content-Type": "application/json"}
        try:
            self._check_node(connection)
            if connection.sock is None:  # a second connection could lead to another program
                raise http.client.NotConnected("it closed the connection after its proof")
            if sink is not None or patient:
                connection.sock.settimeout(LONG_TIMEOUT_S)
            connection.request(method, API + path, body, headers)
            answer = connection.getresponse()
            if sink is not None and answer.status < http.HTTPStatus.BAD_REQUEST:
                while part := answer.read(PART_BYTES):
                    sink.write(part)
            data = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from None
        finally:
            connection.close()
        if answer.status >= http.HTTPStatus.BAD_REQUEST:
            refused = answer.status < http.HTTPStatus.INTERNAL_SERVER_ERROR
            raise CommandError(ExitCode.REFUSED if refused else ExitCode.NODE_UNREACHABLE, _problem(data))
        return data

    def _check_node(self, connection: http.client.HTTPConnection) -> None:
        """Raises CommandError unless the other end of this connection knows our token."""
        digest = token_digest(self._token)
        challenge = secrets.token_hex(CHALLENGE_CHARS // 2)
        try:
            connection.request("GET", f"{PROOF_PATH}?challenge={challenge}&token={token_name(digest)}")
            answer = connection.getresponse()
            said = answer.read(MAX_PROOF_BYTES + 1)
            proof = str(msgspec.json.decode(said)["proof"]) if answer.status == http.HTTPStatus.OK else ""
        except (ValueError, KeyError, TypeError):
            proof = ""
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from None
        if not hmac.compare_digest(proof.encode(), node_proof(digest, self._host, challenge).encode()):
            raise CommandError(
                ExitCode.NODE_UNREACHABLE,
                f"what answers at {self._host} is not the node of this configuration, so it was not shown the token;"
                " start the node again",
            )


def is_running(runtime: Runtime) -> bool:
    """Whether the process that wrote this runtime file is there; another may have its number by now."""
    try:
        os.kill(runtime.pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


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
            known = ", ".join(functions_with_tokens(config)) or "nobody"
            raise CommandError(ExitCode.REFUSED, f"{function!r} has no token at {where}; these have: {known}")
        path = desks[chosen]
    try:
        return path.read_text("ascii").strip()
    except OSError as error:
        raise CommandError(ExitCode.CONFIGURATION, f"cannot read the token {path}: {error.strerror}") from None
