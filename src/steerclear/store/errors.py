"""What can go wrong in the store, told apart by who has to act."""

from enum import StrEnum


class Fault(StrEnum):
    """Who has to act when an error of this room is raised."""

    OURS = "ours"
    OPERATOR = "operator"
    DATA = "data"


class StoreError(Exception):
    """Base of every error of this room; `fault` says who has to act."""

    fault: Fault = Fault.OURS


class AppendRefusedError(StoreError, ValueError):
    """The append breaks a limit or a rule of shape: our caller must build it differently."""


class AppendConflictError(StoreError):
    """A key, message id or delivery contradicts what is already stored: our caller reused an identity."""


class LogConflictError(StoreError):
    """A leaf would leave a gap in its log or rewrite an entry: stop the link and look at the evidence."""

    fault = Fault.DATA


class CheckpointConflictError(StoreError):
    """A checkpoint is smaller than the last stored one, or contradicts it or the log: never cosign it."""

    fault = Fault.DATA


class StoreOverloadedError(StoreError):
    """Too many appends are waiting: the caller must slow down and try again."""


class StoreContendedError(StoreError):
    """Other transactions came in between again and again: nothing of this one was stored; the caller may try again."""


class StoreClosedError(StoreError):
    """The store was closed before this call."""


class StoreFullError(StoreError):
    """No room left on the disk: nothing of the refused appends was stored; free space and try again."""

    fault = Fault.OPERATOR


class StoreFailedError(StoreError):
    """The disk reported an error while writing: the outcome of the last appends is unknown until a restart."""

    fault = Fault.OPERATOR


class BackupRefusedError(StoreError):
    """A backup cannot be written where it was asked for: choose another name or another disk."""

    fault = Fault.OPERATOR


class StoreInUseError(StoreError):
    """Another process has this store open for writing."""

    fault = Fault.OPERATOR


class StoreVersionError(StoreError):
    """SQLite is too old, or the file was made by another program or another release."""

    fault = Fault.OPERATOR


class StoreDamagedError(StoreError):
    """The stored bytes contradict each other: restore from the peer's mirror or a backup."""

    fault = Fault.OPERATOR
