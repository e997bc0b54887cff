"""`steerclear serve` with the node."""

from __future__ import annotations

from steerclear.app.node import run_node
from steerclear.interfaces.cli.serve import serve_command

serve = serve_command(run_node=run_node)
