"""Options that many commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

NODE_FILE: Final = Path("node.toml")
"""The node's file, unless --config names another."""

Json = Annotated[bool, Parameter(name="--json", negative=())]
As = Annotated[str, Parameter(name="--as")]
