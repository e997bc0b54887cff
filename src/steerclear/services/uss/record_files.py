"""What a USS must be able to show afterwards: exchanges, planning attempts, positions, what users were told and said.

Records are lines of JSON in files of a bounded size and number; the oldest file gives way. They are written at once and
reach the disk with the system's own time; what must not be lost stands in the journal. `read` gives them back by time,
`interfaces.f3548` writes them as a log set of the standard.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from threading import Lock

import msgspec

from steerclear.model.intent import IntentState
from steerclear.services.uss.limits import MAX_RECORD_BODY_BYTES, MAX_RECORD_FILE_BYTES, MAX_RECORD_FILES
from steerclear.services.uss.ports import Exchange
from steerclear.store.errors import StoreFailedError
from steerclear.strategic.conformance import FlownPosition


class ExchangeKept(msgspec.Struct, frozen=True, tag="exchange"):
    """A request and its answer."""

    time_s: float
    exchange: Exchange


class PlanningKept(msgspec.Struct, frozen=True, kw_only=True, tag="planning"):
    """One attempt to create or change an operational intent."""

    time_s: float
    intent_id: str
    state: IntentState
    ovns: tuple[str, ...]
    missing_intents: tuple[str, ...] = ()
    missing_constraints: tuple[str, ...] = ()
    problem: str | None = None


class UserToldKept(msgspec.Struct, frozen=True, kw_only=True, tag="user_told"):
    """A user was told something."""

    time_s: float
    occurred_s: float
    trigger: str
    words: str


class UserSaidKept(msgspec.Struct, frozen=True, kw_only=True, tag="user_said"):
    """A user has said something that the standard wants recorded."""

    time_s: float
    intent_id: str
    trigger: str
    words: str


class OperatorKept(msgspec.Struct, frozen=True, kw_only=True, tag="operator"):
    """Which operator answers for an intent, or which provider for a constraint."""

    time_s: float
    entity_id: str
    answers: str
    constraint: bool = False


class PositionKept(msgspec.Struct, frozen=True, kw_only=True, tag="position"):
    """A position used for conformance monitoring."""

    time_s: float
    intent_id: str
    position: FlownPosition


Kept = ExchangeKept | PlanningKept | UserToldKept | UserSaidKept | OperatorKept | PositionKept

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Kept)


class Records:
    """Files of records in one folder; without a folder, nothing is kept. Any thread may keep."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._lock = Lock()
        self._file: FileIO | None = None
        if folder is not None:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def keep(self, record: Kept) -> None:
        """Write a record; bodies of exchanges are cut to `limits`. Raises StoreFailedError, and nothing is written."""
        if self._folder is None:
            return
        if isinstance(record, ExchangeKept):
            record = ExchangeKept(record.time_s, shortened(record.exchange))
        line = _encoder.encode(record) + b"\n"
        with self._lock:
            try:
                file = self._opened(len(line))
                size_bytes, rest = file.tell(), memoryview(line)
                try:
                    while rest:
                        rest = rest[file.write(rest) :]
                except OSError:
                    file.truncate(file.seek(size_bytes))  # half a line would spoil the next one
                    raise
            except OSError as error:
                why = error.strerror or str(error)
                raise StoreFailedError(f"records in {self._folder} cannot be written ({why}): make room") from error

    def read(self, from_s: float, until_s: float) -> Iterator[Kept]:
        """Records of a time, as they were written; a line that a crash cut off is passed over."""
        for path in self.files():
            try:
                file = path.open("rb")
            except FileNotFoundError:  # it was the oldest, and has given way meanwhile
                continue
            with file:
                for line in file:
                    try:
                        record = _decoder.decode(line)
                    except msgspec.DecodeError:
                        continue
                    if from_s <= record.time_s <= until_s:
                        yield record

    def files(self) -> list[Path]:
        """The files, oldest first."""
        return [] if self._folder is None else sorted(self._folder.glob("records-*.jsonl"))

    def close(self) -> None:
        """Close the file that is written to."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _opened(self, more_bytes: int) -> FileIO:
        if self._file is not None and self._file.tell() + more_bytes > MAX_RECORD_FILE_BYTES:
            self._file.close()
            self._file = None
        if self._file is None:
            files = self.files()
            number = 1 + (int(files[-1].stem.rpartition("-")[2]) if files else 0)
            for old in files[: max(0, len(files) + 1 - MAX_RECORD_FILES)]:
                old.unlink(missing_ok=True)
            assert self._folder is not None  # noqa: S101 only called with a folder
            self._file = FileIO(self._folder / f"records-{number:09d}.jsonl", "a")
        return self._file


def shortened(exchange: Exchange) -> Exchange:
    """The exchange with its bodies cut to what is kept of them."""
    return msgspec.structs.replace(
        exchange,
        request_body=exchange.request_body[:MAX_RECORD_BODY_BYTES],
        response_body=exchange.response_body[:MAX_RECORD_BODY_BYTES],
    )
