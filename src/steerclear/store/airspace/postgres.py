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

from steerclear.store.airspace.postgres_schema import prepare
from steerclear.store.airspace.postgres_transaction import PostgresTransaction
from steerclear.store.airspace.protocol import AirspaceTransaction
from steerclear.store.airspace.worker import Failure, GroupWorker, Work
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
        self._readers = ThreadPoolExecutor(MAX_POOL_CONNECTIONS - 1, "steerclear-airspace-reader")
        self._worker = GroupWorker(self._run_group, "steerclear-airspace-writer")

    def submit(self, work: Callable[[AirspaceTransaction], T]) -> Future[T]:
        """See `AirspaceStore.submit`."""
        return self._worker.submit(work)

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
                result: T = _again(lambda: _in_transaction(connection, [work], read_only=True))[0]
        finally:
            if connection.closed:
                _close(connection)
            else:
                self._idle.put(connection)
        if isinstance(result, Failure):
            raise result.error
        return result

    def _run_group(self, works: Sequence[Work]) -> Sequence[Any]:
        try:
            with _trouble_told():
                return _again(lambda: self._commit_group(works))
        except StoreError as error:
            return [Failure(error)] * len(works)

    def _commit_group(self, works: Sequence[Work]) -> list[Any]:
        connection = self._writing
        if connection is None or connection.closed:
            # Nothing was promised to anyone whose connection was lost, so a new one may simply go on.
            connection = self._writing = self._connect()
        with _gate(connection):
            return _in_transaction(connection, works, read_only=False)


def _in_transaction(connection: Connection, works: Sequence[Work], *, read_only: bool) -> list[Any]:
    """The outcome of each work, after the commit. Raises psycopg errors as they come."""
    connection.execute("BEGIN READ ONLY" if read_only else "BEGIN")
    try:
        outcomes = [_run(connection, work) for work in works]
        connection.execute("COMMIT")
    except BaseException:
        with suppress(psycopg.Error):
            connection.execute("ROLLBACK")
        raise
    return outcomes


def _run(connection: Connection, work: Work) -> Any:
    transaction = PostgresTransaction(connection)
    try:
        result = work(transaction)
    except psycopg.Error:
        raise
    except Exception as refused:
        return Failure(refused)
    transaction.flush()
    return result


@contextmanager
def _gate(connection: Connection) -> Iterator[None]:
    """Before the transaction, so that its snapshot is taken when the gate has been passed."""
    try:
        connection.execute("SELECT pg_advisory_lock(%s)", (GATE,))
    except (errors.FeatureNotSupported, errors.UndefinedFunction):
        yield  # a database without such locks: what the gate would have kept waiting is run again
        return
    try:
        yield
    finally:
        if not connection.closed:
            with suppress(psycopg.Error):
                connection.execute("SELECT pg_advisory_unlock(%s)", (GATE,))


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
