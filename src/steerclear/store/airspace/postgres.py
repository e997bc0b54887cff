"""The airspace directory in a PostgreSQL database that several instances share; also YugabyteDB and CockroachDB.

Every transaction is SERIALIZABLE and is run again, a bounded number of times, when the database says that others came
in between (40001, 40P01). Correctness rests on that alone. So that waiting takes the place of running again, writers of
all instances first pass a gate, an advisory lock; where a database has none, or answers at once, more is run again.
Each instance has one writer, which puts the works that wait at once into one transaction (`worker`).
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from queue import Empty, LifoQueue
from typing import Any, Final, TypeVar

import psycopg
from psycopg import errors
from psycopg.types.numeric import Int8BinaryDumper

from steerclear.store.airspace.postgres_arrays import register_arrays
from steerclear.store.airspace.postgres_group import Group
from steerclear.store.airspace.postgres_schema import prepare
from steerclear.store.airspace.postgres_sql import LOCK, UNLOCK
from steerclear.store.airspace.postgres_transaction import PostgresTransaction
from steerclear.store.airspace.protocol import NOTHING, AirspaceTransaction, Expected
from steerclear.store.airspace.worker import Failure, GroupWorker, Task
from steerclear.store.errors import StoreContendedError, StoreError, StoreFailedError, StoreFullError
from steerclear.store.limits import DATABASE_TIMEOUT_MS, MAX_POOL_CONNECTIONS, MAX_TRANSACTION_ATTEMPTS

T = TypeVar("T")
Connection = psycopg.Connection[Any]

GATE: Final = 0x53434153
"""Number of the advisory lock that writers of all instances pass."""
FIRST_PAUSE_S: Final = 0.002
LONGEST_PAUSE_S: Final = 0.1
"""Pauses before running again double from the first to the longest; each is shortened at random."""

_AGAIN: Final = (errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable, errors.QueryCanceled)

_logger = logging.getLogger("steerclear.store")


class PostgresAirspaceStore:
    """See `AirspaceStore`; `url` is a connection string that libpq understands."""

    def __init__(self, url: str, pool_id: str) -> None:
        """Connect, and create the tables if there are none; `pool_id` names the pool when they are created.

        Raises StoreVersionError, StoreFailedError.
        """
        self._url = url
        self._idle: LifoQueue[Connection] = LifoQueue()
        self._closed = False
        with _trouble_told():
            self._writing: Connection | None = self._connect()
            prepare(self._writing, pool_id)
            self._gated = _has_gate(self._writing)
        self._readers = ThreadPoolExecutor(MAX_POOL_CONNECTIONS - 1, "steerclear-airspace-reader")
        self._at_gate = False
        """Whether the gate has been passed for the group that comes next."""
        self._worker = GroupWorker(self._run_group, "steerclear-airspace-writer", wait_for_turn=self._pass_gate)

    def submit(self, work: Callable[[AirspaceTransaction], T], expected: Expected = NOTHING) -> Future[T]:
        """See `AirspaceStore.submit`."""
        return self._worker.submit(Task(work, expected))

    def read(self, work: Callable[[AirspaceTransaction], T]) -> Future[T]:
        """See `AirspaceStore.read`."""
        return self._readers.submit(self._read, work)

    def close(self) -> None:
        """See `AirspaceStore.close`."""
        if self._closed:
            return
        self._closed = True
        self._worker.close()
        self._readers.shutdown()
        while True:
            try:
                _close(self._idle.get_nowait())
            except Empty:
                break
        _close(self._writing)

    def _connect(self) -> Connection:
        options = (
            f"-c statement_timeout={DATABASE_TIMEOUT_MS} -c lock_timeout={DATABASE_TIMEOUT_MS}"
            f" -c idle_in_transaction_session_timeout={DATABASE_TIMEOUT_MS}"
        )
        connection = psycopg.connect(
            self._url,
            autocommit=True,
            connect_timeout=DATABASE_TIMEOUT_MS // 1_000,
            options=options,
            application_name="steerclear",
        )
        connection.prepare_threshold = 2
        # One type for every integer: otherwise each size of number would be another statement to prepare.
        connection.adapters.register_dumper(int, Int8BinaryDumper)
        register_arrays(connection)
        connection.execute("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        return connection

    def _read(self, work: Callable[[AirspaceTransaction], T]) -> T:
        try:
            connection = self._idle.get_nowait()
        except Empty:
            with _trouble_told():
                connection = self._connect()
        try:
            with _trouble_told():
                return _again(lambda: _in_reading(connection, work))
        finally:
            if connection.closed:
                _close(connection)
            else:
                self._idle.put(connection)

    def _run_group(self, tasks: Sequence[Task]) -> Sequence[Any]:
        try:
            with _trouble_told():
                return _again(lambda: self._commit_group(tasks))
        except StoreError as error:
            return [Failure(error)] * len(tasks)

    def _pass_gate(self) -> None:
        """Before the group is gathered: who waits for the gate longest has most works to bring."""
        connection = self._writing
        if self._gated and connection is not None and not connection.closed:
            with suppress(psycopg.Error):  # then it is tried again with the group, which tells what is wrong
                connection.execute(LOCK, (GATE,))
                self._at_gate = True

    def _commit_group(self, tasks: Sequence[Task]) -> list[Any]:
        connection = self._writing
        if connection is None or connection.closed:
            # Nothing was promised to anyone whose connection was lost, so a new one may simply go on.
            connection = self._writing = self._connect()
            self._at_gate = False
        passed, self._at_gate = self._at_gate, False
        return _in_transaction(connection, tasks, gated=self._gated, passed=passed)


def _in_transaction(connection: Connection, tasks: Sequence[Task], *, gated: bool, passed: bool) -> list[Any]:
    """The outcome of each work, after the commit; two round trips, and one at the gate unless it was passed already.

    Raises psycopg errors as they come.
    """
    group = Group(connection)
    try:
        with connection.pipeline() as pipeline:
            if gated and not passed:
                # Before the transaction, so that its snapshot is taken when the gate has been passed.
                connection.execute(LOCK, (GATE,))
                pipeline.sync()
            connection.execute("BEGIN")
            ahead = group.look_ahead([task.expected for task in tasks])
        group.take(ahead)
        outcomes = [_run(group, task.work) for task in tasks]
        group.prepare_to_write()
        with connection.pipeline() as pipeline:
            group.send()
            connection.execute("COMMIT")
            if gated:
                pipeline.sync()
                connection.execute(UNLOCK, (GATE,))
    except BaseException:
        with suppress(psycopg.Error):
            connection.execute("ROLLBACK")
            if gated:
                connection.execute(UNLOCK, (GATE,))
        raise
    return outcomes


def _in_reading(connection: Connection, work: Callable[[AirspaceTransaction], T]) -> T:
    """What a work that only reads comes to. Raises what it raises, and psycopg errors as they come."""
    connection.execute("BEGIN READ ONLY")
    try:
        result = work(PostgresTransaction(Group(connection)))
        connection.execute("COMMIT")
    except BaseException:
        with suppress(psycopg.Error):
            connection.execute("ROLLBACK")
        raise
    return result


def _run(group: Group, work: Callable[[Any], Any]) -> Any:
    transaction = PostgresTransaction(group)
    try:
        result = work(transaction)
    except psycopg.Error:
        raise
    except Exception as refused:
        return Failure(refused)
    group.decide(transaction.changes)
    return result


def _has_gate(connection: Connection) -> bool:
    """Whether the database has advisory locks; where it has none, what they would keep waiting is run again."""
    try:
        connection.execute("SELECT pg_advisory_unlock(%s)", (GATE,))
    except (errors.FeatureNotSupported, errors.UndefinedFunction):
        return False
    return True


def _again(transaction: Callable[[], T]) -> T:
    """Run a transaction until nobody comes in between. Raises StoreContendedError, psycopg errors."""
    pause_s = FIRST_PAUSE_S
    for attempt in range(1, MAX_TRANSACTION_ATTEMPTS + 1):
        try:
            return transaction()
        except _AGAIN as error:
            if attempt == MAX_TRANSACTION_ATTEMPTS:
                _logger.warning("a transaction was given up", extra={"detail": str(error)})
                break
            time.sleep(pause_s * (0.5 + 0.5 * random.random()))  # noqa: S311 jitter
            pause_s = min(2.0 * pause_s, LONGEST_PAUSE_S)
    raise StoreContendedError(f"others came in between {MAX_TRANSACTION_ATTEMPTS} times")


@contextmanager
def _trouble_told() -> Iterator[None]:
    """Turn what the database cannot do into errors of this room."""
    try:
        yield
    except errors.DiskFull as error:
        raise StoreFullError(f"the database has no room left: {error}") from error
    except psycopg.OperationalError as error:
        raise StoreFailedError(
            f"the database does not answer ({error}): check it; whether the last request was stored is unknown"
        ) from error
    except psycopg.Error as error:
        raise StoreFailedError(f"the database refused what we asked ({type(error).__name__}: {error})") from error


def _close(connection: Connection | None) -> None:
    if connection is not None:
        with suppress(psycopg.Error):
            connection.close()
