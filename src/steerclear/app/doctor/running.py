"""Whether the node runs: what it left in its data folder, and who answers there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from steerclear.app.doctor.findings import broken, soon, well
from steerclear.interfaces.cli.doctor import Finding
from steerclear.interfaces.cli.local_client import CommandError, LocalClient, is_running
from steerclear.interfaces.cli.node_file import RUNTIME_FILE, NodeConfig, Runtime, read_runtime


class Running:
    """A node that runs and has proved that it is the one of this configuration."""

    def __init__(self, runtime: Runtime, client: LocalClient) -> None:
        self.runtime = runtime
        self.client = client


def examine_running(path: Path, config: NodeConfig) -> tuple[Running | None, list[Finding]]:
    """The running node, if there is one."""
    runtime = read_runtime(config)
    left = config.data_folder / RUNTIME_FILE
    if runtime is None:
        return None, [well("node", "it does not run")]
    if not is_running(runtime):
        says = f"it does not run, and {left} is from a node that was killed"
        return None, [soon("node", says, "start it with `steerclear serve`; it writes the file anew")]
    try:
        client = LocalClient(path)
        client.prove()
    except CommandError as error:
        return None, [broken("node", str(error), "look at the node's log; if it does not run, start it")]
    ready, words = client.readiness()
    if not ready:
        return Running(runtime, client), [broken("node", f"it runs but is not ready: {words}", "see its log")]
    return Running(runtime, client), [well("node", f"it runs as process {runtime.pid} and is ready")]


def examine_lines(running: Running | None) -> Iterator[Finding]:
    """How the running node's lines fare; a line that has halted goes on only when a person says so."""
    if running is None:
        return
    try:
        peers = running.client.get_json("/status")["peers"]
    except CommandError as error:
        yield broken("line", f"the node does not say how its lines stand: {error}", "see its log")
        return
    for one in peers:
        peer, check = one["peer"], f"line.{one['peer']}"
        if one["link"] == "halted":
            remedy = (
                f"call {peer}; `steerclear record evidence` has what it has signed; when both know why, let it go on:"
                f" steerclear line resume {peer} --as FUNCTION"
            )
            yield broken(check, f"it has halted: {one['link_reason']}", remedy)
        elif one["link"] == "down":
            yield soon(check, f"down: {one['link_reason']}", f"what is said to {peer} waits, and goes out by itself")
        else:
            yield well(check, "up" if one["link"] == "up" else "not tried yet")
