"""A process that appends under load and tells what was acknowledged, until it is killed."""

from concurrent.futures import Future
from multiprocessing.connection import Connection
from pathlib import Path
from threading import BoundedSemaphore

from steerclear.store import Receipt, SqliteStore
from tests.store.samples import sample


def append_until_killed(path: str, first: int, told: Connection) -> None:
    """Append samples from `first` on, up to 48 waiting at once; send each number when its receipt is there."""
    store = SqliteStore.open(Path(path))
    room = BoundedSemaphore(48)

    def acknowledged(number: int, future: "Future[Receipt]") -> None:
        future.result()
        told.send(number)
        room.release()

    told.send(-1)
    number = first
    while True:
        room.acquire()
        future = store.submit(sample(number))
        future.add_done_callback(lambda done, number=number: acknowledged(number, done))
        number += 1
