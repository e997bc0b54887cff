"""A copy of a store that goes on working: all that is committed at one moment, in one file that is whole or not there.

Order of work: copy the snapshot into a file of a passing name beside the target, check it, sync it, rename it, sync
the folder. A process killed before the rename leaves only a `.part` file, which nothing reads.
"""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from tempfile import mkstemp
from typing import TypeAlias

import apsw

from steerclear.store.errors import BackupRefusedError, StoreDamagedError, StoreError, StoreFullError
from steerclear.store.folders import sync_folder
from steerclear.store.limits import BACKUP_STEP_PAGES
from steerclear.store.rows import one_value
from steerclear.store.schema import check_integrity

Progress: TypeAlias = Callable[[int, int], None]
"""(pages copied, pages in all); what it raises ends the backup and leaves nothing behind."""

_SIDECARS = ("", "-wal", "-shm", "-journal")
"""A log that another database left beside the target would be played into the copy when it is opened."""


def copy_database(source: apsw.Connection, target: Path, vfs: str | None, progress: Progress | None) -> None:
    """Copy all that `source` sees now to `target`, readable by its owner only.

    `source` holds one snapshot meanwhile, or is used by nobody else. Raises BackupRefusedError, StoreFullError,
    StoreDamagedError, and what `progress` raises.
    """
    _refuse_taken(target)
    try:
        descriptor, name = mkstemp(prefix=f"{target.name}.", suffix=".part", dir=target.parent)
    except OSError as error:
        raise _told(error, target) from error
    part = Path(name)
    try:
        _copy_pages(source, part, vfs, progress)
        os.fsync(descriptor)
        _refuse_taken(target)
        part.rename(target)
        sync_folder(target.parent)
    except (OSError, apsw.Error) as error:
        raise _told(error, target) from error
    finally:
        os.close(descriptor)
        for suffix in _SIDECARS:
            part.with_name(part.name + suffix).unlink(missing_ok=True)


def _copy_pages(source: apsw.Connection, part: Path, vfs: str | None, progress: Progress | None) -> None:
    one_value(source, "SELECT count(*) FROM sqlite_schema")  # the first read takes the snapshot
    copy = apsw.Connection(str(part), flags=apsw.SQLITE_OPEN_READWRITE, vfs=vfs)
    try:
        copy.execute("PRAGMA synchronous=OFF")  # the whole file is synced once, before it gets its name
        with copy.backup("main", source, "main") as copying:
            while not copying.done:
                copying.step(BACKUP_STEP_PAGES)
                if progress is not None:
                    progress(copying.page_count - copying.remaining, copying.page_count)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, readable from a disk that cannot be written
        check_integrity(copy)
    finally:
        copy.close()


def _refuse_taken(target: Path) -> None:
    for suffix in _SIDECARS:
        taken = target.with_name(target.name + suffix)
        if os.path.lexists(taken):
            raise BackupRefusedError(f"{taken} is there already; backups never overwrite, choose another name")


def _told(error: OSError | apsw.Error, target: Path) -> StoreError:
    if isinstance(error, apsw.FullError) or getattr(error, "errno", None) in {errno.ENOSPC, errno.EDQUOT}:
        return StoreFullError(f"no room left for the backup {target}: nothing was written; choose another disk")
    if isinstance(error, apsw.NotADBError | apsw.CorruptError):
        return StoreDamagedError(f"the store's file cannot be copied ({error}): restore an earlier backup")
    reason = error.strerror if isinstance(error, OSError) else error
    return BackupRefusedError(f"cannot write the backup {target} ({reason}): check its folder and both disks")
