"""One process writes to a store: it holds a lock beside the file."""

import fcntl
from pathlib import Path
from typing import TextIO

from steerclear.store.errors import StoreError, StoreInUseError


def hold_lock(path: Path) -> TextIO:
    """Hold a lock beside the file; the kernel drops it when the process dies, however it dies."""
    try:
        lock_file = path.with_name(path.name + "-lock").open("w")
    except OSError as error:
        raise StoreError(f"cannot open a store at {path}: {error}") from error
    try:
        fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock_file.close()
        raise StoreInUseError(f"another process has the store at {path} open: stop it first") from None
    return lock_file
