"""Opening: bounded files, formats told from content, descriptions that a person writes."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steerclear.interfaces.feeds import bounded_file, limits, open_sources
from steerclear.interfaces.feeds.bounded_file import BoundedReader, read_whole
from steerclear.interfaces.feeds.sniff import sniff
from steerclear.interfaces.feeds.strict_json import JsonError, check_depth, decode_tolerant
from steerclear.services.report_sources import (
    MAX_SAMPLES_PER_REASON,
    RejectionReason,
    Rejections,
    SourceError,
    SourceUsageError,
)
from steerclear.tactical import Picture, Terms
from tests.interfaces.feeds.recordings import sample

TRAFFIC_HEADER = b"timestamp,icao24,latitude,longitude,altitude"


@pytest.mark.requirement("SC-FEED-02")
@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (b"PAR1\x15\x04", "parquet"),
        (b"\xd4\xc3\xb2\xa1\x02\0\x04\0", "pcap"),
        (b"\x0a\x0d\x0d\x0a\x1c\0\0\0", "pcap"),
        (bytes.fromhex("220007c0010201") * 3, "asterix"),
        (bytes.fromhex("3e0005ff02"), "asterix"),
        (b"MSG,3,1,1,3C6586,1,2024/02/29,12:00:00", "sbs"),
        (b'{"now":1.5,"messages":7,"aircraft":[]}', "readsb"),
        (b'{"aircraft":[{"hex":"3c6586"}],"now":1}', "readsb"),
        (b'{"icao":"ac671b","timestamp":1.5,"trace":[[0,1,2]]}', "trace"),
        (b'{"type":"FeatureCollection","features":[]}', "geojson"),
        (b' \n{ "type" : "Feature", "geometry": {}}', "geojson"),
        (b'[{"timestamp":1,"latitude":2,"longitude":3}]', "json"),
        (b'\xef\xbb\xbf[{"timestamp":1}]', "json"),
        (b'{"altitude":{"0":1},"timestamp":{"0":1}}', "json"),
        (b'{"timestamp":1,"latitude":2,"longitude":3}\n{"timestamp":2}', "json"),
        (TRAFFIC_HEADER + b"\n1,2", "csv"),
        (b'"time","lat","lon","velocity"\n', "csv"),
        (b"", None),
        (b"hello, world", None),
        (b"{}", None),
        (b"\x00\x01\x02\x03", None),
        (b"MSG", None),
    ],
)
def test_the_format_is_told_from_the_content(start: bytes, expected: str | None) -> None:
    assert sniff(start) == expected


@pytest.mark.requirement("SC-FEED-02")
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("collections/quickstart.json.gz", "json"),
        ("calibration/nice.json.gz", "json"),
        ("readsb/trace_full_ac671b.json", "readsb trace"),
    ],
)
def test_real_recordings_are_recognised(name: str, expected: str) -> None:
    (source,) = open_sources([str(sample(name))]).recorded
    assert source.status.format == expected


@pytest.mark.requirement("SC-FEED-04")
@given(st.binary(max_size=400))
def test_telling_the_format_never_fails(start: bytes) -> None:
    sniff(start)


@pytest.mark.requirement("SC-FEED-02")
def test_descriptions_of_live_sources() -> None:
    opened = open_sources(["tcp://127.0.0.1:30003", "udp://239.1.1.1:8600", "http://127.0.0.1/data/aircraft.json"])
    assert [source.status.format for source in opened.live] == ["sbs", "asterix", "readsb"]
    assert all(source.status.live for source in opened.live)


@pytest.mark.requirement("SC-FEED-02")
@pytest.mark.parametrize(
    ("descriptions", "options", "message"),
    [
        (["blob:x.bin"], {}, "unknown format 'blob'"),
        (["tcp://127.0.0.1"], {}, "needs a host and a port"),
        (["udp://127.0.0.1:99999"], {}, "99999|range"),
        (["asterix:tcp://127.0.0.1:1"], {}, "comes sbs, not asterix"),
        (["tcp://127.0.0.1:1"], {"sensors": ["1/2=91,0,0"]}, "write .*LATITUDE"),
        (["tcp://127.0.0.1:1"], {"sensors": ["1/2=nan,0,0"]}, "write .*LATITUDE"),
        (["tcp://127.0.0.1:1"], {"sensors": ["somewhere"]}, "write .*LATITUDE"),
        (["tcp://127.0.0.1:1"], {"date": "tomorrow"}, "YYYY-MM-DD"),
    ],
)
def test_a_description_that_means_nothing_says_what_to_write(
    descriptions: list[str], options: dict[str, object], message: str
) -> None:
    with pytest.raises(SourceUsageError, match=message):
        open_sources(descriptions, **options)  # type: ignore[arg-type]


@pytest.mark.requirement("SC-FEED-02")
def test_files_are_named_apart_and_not_mixed_with_streams(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.csv").write_bytes(TRAFFIC_HEADER + b"\n")
    paths = [str(tmp_path / folder / "same.csv") for folder in "ab"]
    names = [source.status.name for source in open_sources(paths).recorded]
    assert names == ["same", "same (2)"]
    with pytest.raises(SourceUsageError, match="clocks"):
        open_sources([paths[0], "tcp://127.0.0.1:1"])
    (tmp_path / "odd.bin").write_bytes(b"?")
    for path, message in ((tmp_path / "none", "no such file"), (tmp_path / "odd.bin", "cannot be told")):
        with pytest.raises(SourceError, match=message):
            open_sources([str(path)])
    assert open_sources([f"sbs:{tmp_path / 'odd.bin'}"]).recorded[0].status.format == "sbs"


def test_the_folder_one_is_in_has_a_name_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The picture takes no report of a source without a name.
    monkeypatch.chdir(tmp_path)
    for description in (".", "./", str(tmp_path)):
        (source,) = open_sources([description]).recorded
        assert source.status.name == tmp_path.name


@pytest.mark.requirement("SC-FEED-05")
def test_a_decompression_bomb_stops_at_the_ratio(tmp_path: Path) -> None:
    path = tmp_path / "bomb.json.gz"
    path.write_bytes(gzip.compress(b"[" + b" " * 50_000_000))
    with BoundedReader(path) as reader:
        with pytest.raises(SourceError, match="decompresses to more than"):
            reader.read_exactly(60_000_000)
        assert reader.produced_bytes < 20_000_000
    with pytest.raises(SourceError, match="decompresses to more than"):
        open_sources([f"json:{path}"]).recorded[0].batches().__next__()


@pytest.mark.requirement("SC-FEED-05")
def test_a_file_too_large_for_memory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    path.write_bytes(b" " * (limits.MAX_SNAPSHOT_BYTES + 1))
    with pytest.raises(SourceError, match="larger than 32 MiB"):
        read_whole(path, limits.MAX_SNAPSHOT_BYTES)


@pytest.mark.requirement("SC-FEED-05")
@given(st.lists(st.binary(max_size=40).map(lambda line: line.replace(b"\n", b"").rstrip(b"\r"))), st.integers(1, 7))
def test_lines_are_those_of_the_file_whatever_the_chunks(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], chunk_bytes: int
) -> None:
    path = tmp_path_factory.mktemp("lines") / "x"
    path.write_bytes(b"\n".join(lines) + b"\n")
    with pytest.MonkeyPatch.context() as patch, BoundedReader(path) as reader:
        patch.setattr(bounded_file, "_CHUNK_BYTES", chunk_bytes)
        patch.setattr(bounded_file, "MAX_RECORD_BYTES", 30)
        expected = [line if len(line) <= 30 else None for line in lines]
        if not reader.compressed:
            assert list(reader.lines()) == expected or lines == []


@pytest.mark.requirement("SC-FEED-05")
def test_json_deeper_than_the_limit_is_refused() -> None:
    depth = limits.MAX_JSON_DEPTH
    check_depth(b"[" * depth + b"]" * depth)
    check_depth(b'["' + b"[" * 1000 + b'"]')
    with pytest.raises(JsonError, match="nested deeper"):
        decode_tolerant(b"[" * (depth + 1) + b"]" * (depth + 1))


@pytest.mark.requirement("SC-FEED-03")
def test_samples_are_bounded_and_cannot_drive_a_terminal() -> None:
    rejections = Rejections()
    for number in range(100):
        rejections.add(RejectionReason.MALFORMED, f"line {number}", "\x1b[2Jevil" * 100)
    assert (rejections.total, len(rejections.samples)) == (100, MAX_SAMPLES_PER_REASON)
    assert all(sample.detail.isprintable() and len(sample.detail) <= 200 for sample in rejections.samples)


def test_nothing_heavy_is_imported_before_a_source_needs_it() -> None:
    code = "import json, sys, steerclear.interfaces.feeds; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pyarrow", "httpx", "asterix", "numba", "rich"} & set(json.loads(done.stdout))


@pytest.mark.requirement("SC-FEED-02")
@given(st.lists(st.text("abc/.-é", min_size=1, max_size=200), min_size=1, max_size=20))
def test_sources_at_long_addresses_have_names_of_their_own_that_the_picture_takes(paths: list[str]) -> None:
    names = [source.status.name for source in open_sources([f"http://sky.example/{path}" for path in paths]).live]
    assert len(set(names)) == len(paths)
    picture = Picture(Terms(expected_sources=tuple(names)))
    picture.advance((), 1.0e9)
    assert sorted(feed.source for feed in picture.feeds()) == sorted(names)


@pytest.mark.requirement("SC-FEED-02")
def test_paths_start_from_the_folder_that_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sky.csv").write_bytes(TRAFFIC_HEADER + b"\n")
    monkeypatch.chdir("/")
    found = open_sources(["sky.csv", "csv:sky.csv", str(tmp_path / "sky.csv")], folder=tmp_path)
    assert {source.status.location for source in found.recorded} == {str(tmp_path / "sky.csv")}
    with pytest.raises(SourceError, match="no such file"):
        open_sources(["sky.csv"])
