"""Writing a report: whole or not at all, and never over a file that is there."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.local_client import CommandError


def write_new(path: Path, data: bytes) -> None:
    """Write a file that is not there yet. Raises CommandError."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            part = Path(file.name)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(part, path)  # unlike a rename it fails where a file is
        finally:
            part.unlink()
    except FileExistsError:
        raise CommandError(ExitCode.CONFIGURATION, f"{path} is there already; name another file") from None
    except OSError as error:
        raise CommandError(ExitCode.CONFIGURATION, f"cannot write {path}: {error.strerror}") from None
