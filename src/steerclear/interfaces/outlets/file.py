"""A file as an outlet: one line of JSON for each summons, durable before it counts. Also for printers and pipes."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final

from steerclear.interfaces.outlets.errors import NotTakenError
from steerclear.interfaces.outlets.languages import Language
from steerclear.interfaces.outlets.wording import as_json
from steerclear.services.reach import Summons

_NO_SYNC: Final = frozenset({errno.EINVAL, errno.EROFS, errno.ENOTSUP})
"""What a pipe or a printer answers to fsync: there is no disk behind it."""


class FileOutlet:
    """Appends to a file that only the node's user can read, unless it exists with other rights."""

    def __init__(self, path: Path, language: Language) -> None:
        self._path = path
        self._language = language

    def send(self, summons: Summons) -> str:
        """Append the summons. Raises NotTakenError."""
        line = as_json(summons, self._language)
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOCTTY, 0o600)
            try:
                written = os.write(descriptor, line)
                if written != len(line):
                    raise NotTakenError(f"only {written} of {len(line)} bytes could be written; is the disk full?")
                _sync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as fault:
            raise NotTakenError(f"cannot write to the file: {fault.strerror}") from None
        return "written"


def _sync(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as fault:
        if fault.errno not in _NO_SYNC:
            raise
