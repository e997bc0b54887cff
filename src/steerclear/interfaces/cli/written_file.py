"""Writing a file that is not there yet: whole and durable, or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.local_client import CommandError


def written(out: Path, fill: Callable[[BinaryIO], object]) -> int:
    """Bytes of a new file, durable; nothing is left of one that could not be finished. Raises CommandError.

    It is written under its own name, for some disks that reports are carried on know no links.
    """
    try:
        with out.open("xb") as file:
            try:
                fill(file)
                file.flush()
                os.fsync(file.fileno())
                return file.tell()
            except BaseException:
                with contextlib.suppress(OSError):
                    out.unlink(missing_ok=True)  # half a bundle looks like one that was tampered with
                raise
    except FileExistsError:
        raise CommandError(ExitCode.CONFIGURATION, f"{out} is there already; name another file") from None
    except OSError as error:
        raise CommandError(ExitCode.CONFIGURATION, f"cannot write {out}: {error.strerror}") from None


def write_new(path: Path, data: bytes) -> None:
    """Write a file that is not there yet. Raises CommandError."""
    written(path, lambda file: file.write(data))
