"""`steerclear serve`: run a node in the foreground."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.f3548_file import HostConfig, read_host_config
from steerclear.interfaces.cli.local_client import CommandError
from steerclear.interfaces.cli.node_file import NodeConfig, read_node_config
from steerclear.interfaces.cli.options import NODE_FILE
from steerclear.interfaces.cli.output import ending
from steerclear.store.errors import Fault, StoreError


def serve_command(
    *, run_node: Callable[[NodeConfig], None], run_host: Callable[[HostConfig], None]
) -> Callable[..., int]:
    """The `serve` command; how a node, or a host of F3548-21 only, is run is given by the composition root."""

    def serve(*, config: Path = NODE_FILE) -> int:
        """Run a node: the line to the peers, the local API, the feeds. Ends on SIGTERM or Ctrl-C.

        A file that has an [f3548] section and no [node] is that of a DSS host; see docs/f3548.md.

        Exit codes: 0 stopped when asked to, 1 it failed, 9 its file, keys, agreement or store cannot be used.

        Parameters
        ----------
        config
            The node's file.
        """

        def work() -> None:
            try:
                host = read_host_config(config)
                if host is None:
                    run_node(read_node_config(config))
                else:
                    run_host(host)
            except StoreError as error:
                code = ExitCode.CONFIGURATION if error.fault is Fault.OPERATOR else ExitCode.FAULT
                raise CommandError(code, str(error)) from None
            except ValueError as error:
                # Agreement, keys, certificates and the file itself: each error says what to correct.
                raise CommandError(ExitCode.CONFIGURATION, str(error)) from None
            except OSError as error:
                told = f"{error.strerror or error}: {error.filename}" if error.filename else str(error)
                raise CommandError(
                    ExitCode.CONFIGURATION, f"{told}; check the paths in {config} and who may use them"
                ) from None
            except ExceptionGroup as failed:
                raise CommandError(
                    ExitCode.FAULT,
                    f"a part of the node failed, so all of it stopped: {_first(failed)}; its log says more",
                ) from None

        return ending(work, interrupted=ExitCode.OK)

    return serve


def _first(failed: BaseException) -> BaseException:
    return _first(failed.exceptions[0]) if isinstance(failed, BaseExceptionGroup) else failed
