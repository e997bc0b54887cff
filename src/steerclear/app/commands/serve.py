"""`steerclear serve` with the node, or with a host of F3548-21 only."""

from __future__ import annotations

from steerclear.interfaces.cli.f3548_file import HostConfig
from steerclear.interfaces.cli.node_file import NodeConfig
from steerclear.interfaces.cli.serve import serve_command


def _run_node(config: NodeConfig) -> None:
    from steerclear.app.node import run_node  # noqa: PLC0415 a host of F3548-21 does not pay for the line

    run_node(config)


def _run_host(config: HostConfig) -> None:
    from steerclear.app.f3548_host import run_host  # noqa: PLC0415 a node without it does not pay for it

    run_host(config)


serve = serve_command(run_node=_run_node, run_host=_run_host)
