"""The one writer of an airspace store: a thread that runs waiting works in groups, each group one transaction.

Works that wait at once share a commit, so many clients share one sync of the disk. Futures are set only after it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, Full, Queue
from threading import Lock, Thread
from typing import Any, NamedTuple

from steerclear.store.airspace.protocol import Expected
from steerclear.store.errors import StoreClosedError, StoreError, StoreFailedError, StoreOverloadedError
from steerclear.store.limits import MAX_GROUP_WORKS, MAX_WORK_QUEUE_LENGTH


class Task(NamedTuple):
    """A work, and what it is going to read as far as that is known."""

    work: Callable[[Any], Any]
    expected: Expected


class Failure:
    """What a work raised; a class of its own, so that a work may return anything."""

    __slots__ = ("error",)

    def __init__(self, error: BaseException) -> None:
        self.error = error


class GroupWorker:
    """Runs groups of works on a thread; `run_group` gives one outcome for each, in order, after the commit."""

    def __init__(
        self,
        run_group: Callable[[Sequence[Task]], Sequence[Any]],
        name: str,
        afterwards: Callable[[], None] = lambda: None,
        wait_for_turn: Callable[[], None] | None = None,
    ) -> None:
        self._run_group = run_group
        self._wait_for_turn = wait_for_turn
        """Waits until it is this writer's turn, where there are others; what comes meanwhile comes along in the group.
        It must not raise, and `run_group` is called after it even when the group is empty.
        """
        self._afterwards = afterwards
        """What is to be done when everyone who waited has been answered; it must not raise."""
        self._queue: Queue[tuple[Task, Future[Any]] | None] = Queue(MAX_WORK_QUEUE_LENGTH)
        self._gate = Lock()
        self._closed = False
        self.failure: StoreError | None = None
        """Set when the store cannot go on without a restart."""
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, task: Task) -> Future[Any]:
        """Queue a work. Raises StoreClosedError, StoreFailedError, StoreOverloadedError."""
        future: Future[Any] = Future()
        with self._gate:  # so that nothing can enter the queue behind the closing mark
            if self._closed:
                raise StoreClosedError("the store was closed: open it again before writing")
            if self.failure is not None:
                raise StoreFailedError(str(self.failure))
            try:
                self._queue.put_nowait((task, future))
            except Full:
                raise StoreOverloadedError(f"{MAX_WORK_QUEUE_LENGTH} requests wait: try again later") from None
        return future

    def close(self) -> None:
        """Finish what is queued, then stop the thread."""
        with self._gate:
            if self._closed:
                return
            self._closed = True
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        open_ = True
        while open_:
            group: list[tuple[Task, Future[Any]]] = []
            item = self._queue.get()
            turn = None if item is None else self._wait_for_turn
            if turn is not None:
                turn()
            while item is not None:
                if item[1].set_running_or_notify_cancel():
                    group.append(item)
                if len(group) >= MAX_GROUP_WORKS:
                    break
                try:
                    item = self._queue.get_nowait()
                except Empty:
                    break
            open_ = item is not None
            if group or turn is not None:
                self._finish(group)
                self._afterwards()

    def _finish(self, group: list[tuple[Task, Future[Any]]]) -> None:
        try:
            outcomes = self._run_group([task for task, _ in group])
        except BaseException as error:  # whatever it is, those who wait must hear of it
            outcomes = [Failure(error)] * len(group)
        for (_, future), outcome in zip(group, outcomes, strict=True):
            if isinstance(outcome, Failure):
                future.set_exception(outcome.error)
            else:
                future.set_result(outcome)
