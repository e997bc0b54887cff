"""Raw reports in segment files: readable in order, bound to the journal, safe across a crash."""

import errno
from io import FileIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from steerclear.store import (
    Append,
    AppendRefusedError,
    SegmentWriter,
    SqliteStore,
    StoreDamagedError,
    StoreFailedError,
    StoreFullError,
    journaled_segments,
    limits,
    read_segment,
    sealed_above,
)

RECORDS = [(b"report %d" % number * (number % 5), 1_700_000_000.0 + number) for number in range(50)]


def write_segments(directory: Path, store: SqliteStore) -> None:
    with SegmentWriter(directory) as segments:
        for number, (record, time_s) in enumerate(RECORDS):
            segments.write(record, time_s)
            if number % 20 == 19 or number == len(RECORDS) - 1:
                sealed = segments.seal()
                assert sealed is not None
                store.append(Append(key=sealed.file_name, events=(sealed.event(time_s),)))
        assert segments.seal() is None, "nothing to seal"


@pytest.mark.requirement("SC-STO-14")
def test_records_come_back_in_order_from_what_the_journal_speaks_of(tmp_path: Path) -> None:
    with SqliteStore.open(tmp_path / "store.db") as store:
        write_segments(tmp_path / "raw", store)
        sealed = list(journaled_segments(store))
    assert [(segment.number, segment.records) for segment in sealed] == [(1, 20), (2, 20), (3, 10)]
    assert (sealed[0].first_time_s, sealed[0].last_time_s) == (1_700_000_000.0, 1_700_000_019.0)
    back = [(record, time_s) for segment in sealed for time_s, record in read_segment(tmp_path / "raw", segment)]
    assert back == RECORDS
    assert sealed_above(tmp_path / "raw", 0) == sealed
    assert sealed_above(tmp_path / "raw", 2) == sealed[2:]


@pytest.mark.requirement("SC-STO-14")
def test_a_changed_cut_or_missing_segment_is_refused_before_its_first_record(tmp_path: Path) -> None:
    with SegmentWriter(tmp_path) as segments:
        segments.write(b"report", 1.0)
        sealed = segments.seal()
    assert sealed is not None
    path = tmp_path / sealed.file_name
    honest = path.read_bytes()
    for bit in range(len(honest) * 8):
        bad = bytearray(honest)
        bad[bit // 8] ^= 1 << bit % 8
        path.write_bytes(bad)
        with pytest.raises(StoreDamagedError, match="was changed"):
            next(read_segment(tmp_path, sealed))
    for bad_file in (honest[:-1], honest + b"\x00"):
        path.write_bytes(bad_file)
        with pytest.raises(StoreDamagedError, match="missing or cut"):
            next(read_segment(tmp_path, sealed))
    path.unlink()
    with pytest.raises(StoreDamagedError, match="missing or cut"):
        next(read_segment(tmp_path, sealed))


@pytest.mark.requirement("SC-STO-14")
@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, 10_000), garbage=st.one_of(st.binary(max_size=40), st.integers(0, 90).map(bytes)))
def test_a_crash_leaves_whole_records_and_the_next_writer_goes_on(
    tmp_path_factory: pytest.TempPathFactory, cut: int, garbage: bytes
) -> None:
    directory = tmp_path_factory.mktemp("raw")
    with SegmentWriter(directory) as segments:
        for record, time_s in RECORDS[:10]:
            segments.write(record, time_s)
    part = directory / "open.segment-part"
    whole = part.read_bytes()
    torn = whole[: cut % (len(whole) + 1)] + garbage
    part.write_bytes(torn)
    with SegmentWriter(directory) as segments:
        kept = segments.records
        segments.write(b"after the crash", 2_000_000_000.0)
        sealed = segments.seal()
    assert sealed is not None
    assert sealed == sealed_above(directory, 0)[0]
    back = [(record, time_s) for time_s, record in read_segment(directory, sealed)]
    assert back == [*RECORDS[:kept], (b"after the crash", 2_000_000_000.0)]
    if torn == whole + garbage:
        assert kept == 10


@pytest.mark.requirement("SC-STO-14")
def test_a_sealed_segment_that_missed_the_journal_is_found_again(tmp_path: Path) -> None:
    with SegmentWriter(tmp_path / "raw") as segments:
        segments.write(b"report", 1.0)
        sealed = segments.seal()
    assert sealed_above(tmp_path / "raw", 0) == [sealed]
    with SegmentWriter(tmp_path / "raw") as segments:
        segments.write(b"next", 2.0)
        following = segments.seal()
    assert following is not None
    assert following.number == 2, "numbers go on after a restart"


@pytest.mark.requirement("SC-STO-14")
@pytest.mark.parametrize("found", [b"", b"SCSEG", bytes(100)])
def test_a_sealed_segment_that_missed_the_journal_is_not_taken_for_what_its_name_says(
    tmp_path: Path, found: bytes
) -> None:
    with SegmentWriter(tmp_path) as segments:
        segments.write(b"report", 1.0)
        sealed = segments.seal()
    assert sealed is not None
    path = tmp_path / sealed.file_name
    for bad in (found, path.read_bytes()[:-1] + b"?"):
        path.write_bytes(bad)
        with pytest.raises(StoreDamagedError, match="move it out"):
            sealed_above(tmp_path, 0)


@pytest.mark.requirement("SC-STO-08")
def test_segments_have_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SegmentWriter(tmp_path) as segments:
        with pytest.raises(AppendRefusedError, match="make it smaller"):
            segments.write(bytes(limits.MAX_SEGMENT_RECORD_BYTES + 1), 1.0)
        monkeypatch.setattr("steerclear.store.segments.MAX_SEGMENT_BYTES", 100)
        segments.write(bytes(40), 1.0)
        with pytest.raises(AppendRefusedError, match="seal it first"):
            segments.write(bytes(40), 1.0)
        sealed = segments.seal()
    assert sealed is not None
    assert structs.replace(sealed, sha256="", number=0) == structs.replace(
        sealed_above(tmp_path, 0)[0], sha256="", number=0
    )


class FullDisk(FileIO):
    """A file on a disk with so much room, over all such files."""

    room_bytes = 0

    def write(self, data) -> int:
        if not FullDisk.room_bytes:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = super().write(bytes(data)[: FullDisk.room_bytes])
        FullDisk.room_bytes -= written
        return written


@pytest.mark.requirement("SC-STO-14")
@given(st.lists(st.integers(0, 40), max_size=60))
def test_what_a_full_disk_refuses_is_not_written_in_part_and_may_be_tried_again(
    tmp_path_factory: pytest.TempPathFactory, rooms: list[int]
) -> None:
    directory = tmp_path_factory.mktemp("raw")
    FullDisk.room_bytes, more = 0, iter(rooms)
    with pytest.MonkeyPatch.context() as patch, SegmentWriter(directory) as segments:
        patch.setattr("steerclear.store.segments.FileIO", FullDisk)
        for record, time_s in RECORDS[:10]:
            written = False
            while not written:
                try:
                    segments.write_all((record, record + b"!"), time_s)
                    written = True
                except StoreFullError:
                    FullDisk.room_bytes += next(more, 1_000)
            if time_s % 4 == 0:
                segments.seal()
        segments.seal()
    back = [one for sealed in sealed_above(directory, 0) for one in read_segment(directory, sealed)]
    assert back == [(time_s, one) for record, time_s in RECORDS[:10] for one in (record, record + b"!")]


@pytest.mark.requirement("SC-STO-14")
def test_a_segment_that_cannot_get_its_name_stays_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with SegmentWriter(tmp_path) as segments:
        segments.write(b"one", 1.0)
        with monkeypatch.context() as patch:
            patch.setattr(Path, "rename", refused)
            with pytest.raises(StoreFailedError, match="check the disk"):
                segments.seal()
        segments.write(b"two", 2.0)
        sealed = segments.seal()
    assert sealed is not None
    assert list(read_segment(tmp_path, sealed)) == [(1.0, b"one"), (2.0, b"two")]
