"""Whether the node runs: what it left in its data folder, and who answers there."""

from __future__ import annotations

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
