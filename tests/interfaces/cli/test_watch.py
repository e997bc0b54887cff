"""The `watch` command, as a person and a script use it."""

from __future__ import annotations

import gzip
import json
import os
import pty
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.watch_output import EventLine, Summary
from tests.interfaces.feeds.recordings import sample

ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "tests.interfaces.cli.watch_program", "watch"]
START_S = 1_700_000_000
WITHIN_S = 60.0


def watch(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, timeout=WITHIN_S, check=False
    )


@pytest.fixture(scope="module")
def head_on(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two aircraft of two parties at one level, 40 km apart, meeting after about 100 s; and three bad rows."""
    rows = ["timestamp,icao24,callsign,latitude,longitude,altitude,groundspeed,track,vertical_rate"]
    for second in range(0, 160, 2):
        offset = 0.00258 * second * 0.777
        rows.append(f"{START_S + second},100001,NORTH1,46.0,{8.0 + offset:.6f},10000,300,90,0")
        rows.append(f"{START_S + second},200001,SOUTH1,46.0,{8.5 - offset:.6f},10000,300,270,0")
    rows += [f"{START_S + 9},100002,BAD,91.0,8.0,1000,1,1,0"] * 2 + [f"{START_S + 9},100002,BAD,,8.0,1000,1,1,0"]
    path = tmp_path_factory.mktemp("recording") / "head_on.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.fixture(scope="module")
def agreement(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("agreement") / "good.toml"
    path.write_text("")
    return path


def lines_of(text: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["type"] for line in lines[:-1]] == ["alert"] * (len(lines) - 1)
    assert lines[-1]["type"] == "summary"
    return lines[:-1], lines[-1]


@pytest.mark.requirement("SC-WATCH-02")
def test_json_tells_the_life_of_an_alert_and_what_was_set_aside(head_on: Path, agreement: Path) -> None:
    done = watch(head_on, "--agreement", agreement, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    events, summary = lines_of(done.stdout)
    separation = [event for event in events if event["kind"] == "separation"]
    assert separation[0]["change"] == "raised"
    assert separation[0]["severity"] in ("advisory", "caution", "warning")
    assert separation[0]["parties"] == ["north", "south"]
    assert {subject["label"] for subject in separation[0]["subjects"]} == {"NORTH1", "SOUTH1"}
    assert {subject["icao_address"] for subject in separation[0]["subjects"]} == {"100001", "200001"}
    assert separation[0]["numbers"]["time_to_loss_s"] > 30.0
    assert "breach" in [event["severity"] for event in separation]
    assert len({event["alert_id"] for event in separation}) == 1
    times = [event["time_s"] for event in events]
    assert times == sorted(times)
    assert summary["rejected_by_reason"] == {"position_out_of_range": 2, "missing_position": 1}
    places = {(kept["place"], kept["reason"]) for kept in summary["sources"][0]["rejected_samples"]}
    assert places == {
        ("row 162", "position_out_of_range"),
        ("row 163", "position_out_of_range"),
        ("row 164", "missing_position"),
    }
    assert (summary["reports"], summary["aircraft"], summary["exit_code"]) == (160, 2, 0)
    assert summary["alerts_by_kind"]["separation"] == 1
    assert summary["highest_severity_by_kind"]["separation"] == "breach"


@pytest.mark.requirement("SC-WATCH-02")
def test_the_json_is_what_its_types_say(head_on: Path) -> None:
    lines = watch(head_on, "--json").stdout.encode().splitlines()
    decoder = msgspec.json.Decoder(EventLine | Summary, strict=True)
    decoded = [decoder.decode(line) for line in lines]
    assert all(isinstance(line, EventLine) for line in decoded[:-1])
    assert isinstance(decoded[-1], Summary)
    assert watch(head_on, "--json").stdout.encode().splitlines()[:-1] == lines[:-1]


@pytest.mark.requirement("SC-WATCH-03")
def test_plain_lines_when_nobody_looks_at_a_terminal(head_on: Path) -> None:
    text = watch(head_on).stdout
    assert "\x1b" not in text
    assert "raised" in text
    assert "NORTH1 and SOUTH1: " in text
    assert "3 records set aside" in text
    assert "row 162: position_out_of_range: latitude 91°" in text
    only = watch(head_on, "--alerts-only").stdout
    assert text.startswith(only)
    assert "Watched" not in only
    quiet = watch(head_on, "--quiet").stdout
    assert "NORTH1" not in quiet
    assert "Watched 2023-11-14T22:13:20Z to 2023-11-14T22:15:59Z: 0:02:39" in quiet


def test_a_stretch_without_any_report_is_said_and_not_taken_for_a_quiet_sky(head_on: Path) -> None:
    done = watch(head_on, "--from", "2030-01-01", "--quiet")
    assert done.returncode == ExitCode.OK
    assert "note: no report of it was received in the time asked for" in done.stdout


@pytest.mark.requirement("SC-WATCH-03")
def test_real_traffic_over_fires_raises_alerts() -> None:
    done = watch(
        sample("firefighting/calfire.json.gz"), "--until", "2020-09-09T00:00:00", "--scan-period-s", "5", "--json"
    )
    events, summary = lines_of(done.stdout)
    assert done.returncode == 0
    assert summary["alerts_by_kind"]["separation"] >= 1
    assert summary["real_time_factor"] > 100.0
    assert len(events) == summary["events"]


@pytest.mark.requirement("SC-WATCH-01")
@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], ExitCode.USAGE, "name at least one SOURCE"),
        (["--nonsense"], ExitCode.USAGE, "nonsense"),
        (["x.csv", "--speed", "fast"], ExitCode.USAGE, "--speed"),
        (["x.csv", "--speed", "0"], ExitCode.USAGE, "--speed"),
        (["x.csv", "--scan-period-s", "0"], ExitCode.USAGE, "--scan-period-s"),
        (["x.csv", "--from", "noon"], ExitCode.USAGE, "--from"),
        (["x.csv", "--from", "2020-01-02", "--until", "2020-01-01"], ExitCode.USAGE, "swap them"),
        (["x.csv", "--quiet", "--alerts-only"], ExitCode.USAGE, "choose one"),
        (["blob:x.csv"], ExitCode.USAGE, "unknown format"),
        (["tcp://127.0.0.1:9", "--speed", "60"], ExitCode.USAGE, "for recordings"),
        (["no_such_file.csv"], ExitCode.SOURCE_UNREADABLE, "no such file"),
        (["/dev/null"], ExitCode.SOURCE_UNREADABLE, "cannot be told"),
        (["HEAD_ON", "--agreement", "no_such.toml"], ExitCode.AGREEMENT_UNREADABLE, "no_such.toml"),
        (["HEAD_ON", "--agreement", "bad.toml"], ExitCode.AGREEMENT_UNREADABLE, "has not signed"),
    ],
)
def test_exit_codes_and_who_is_at_fault(head_on: Path, arguments: list[str], code: ExitCode, message: str) -> None:
    done = watch(*[head_on if argument == "HEAD_ON" else argument for argument in arguments])
    assert done.returncode == code
    assert message in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.requirement("SC-WATCH-01")
def test_a_broken_source_beside_a_good_one(head_on: Path, tmp_path: Path) -> None:
    data = gzip.compress(head_on.read_bytes() * 40)
    (tmp_path / "cut.csv.gz").write_bytes(data[:-200])
    damaged = watch(head_on, tmp_path / "cut.csv.gz", "--json")
    _, summary = lines_of(damaged.stdout)
    assert damaged.returncode == summary["exit_code"] == ExitCode.SOURCE_DAMAGED
    assert [source["state"] for source in summary["sources"]] == ["ended", "damaged"]
    assert "cut off" in summary["sources"][1]["detail"]
    (tmp_path / "broken.json").write_text('[{"timestamp"')
    failed = watch(head_on, tmp_path / "broken.json", "--json")
    _, summary = lines_of(failed.stdout)
    assert failed.returncode == ExitCode.SOURCE_UNREADABLE
    assert [source["state"] for source in summary["sources"]] == ["ended", "failed"]
    assert summary["alerts_by_kind"]["separation"] == 1


@pytest.mark.requirement("SC-WATCH-01")
def test_a_recording_without_one_usable_record_is_no_quiet_sky(head_on: Path, tmp_path: Path) -> None:
    (tmp_path / "no_names.csv").write_text("timestamp,latitude,longitude\n1700000000,46.5,7.0\n1700000001,46.5,7.1\n")
    done = watch(head_on, tmp_path / "no_names.csv", "--json")
    _, summary = lines_of(done.stdout)
    assert done.returncode == summary["exit_code"] == ExitCode.SOURCE_UNREADABLE
    assert [source["state"] for source in summary["sources"]] == ["ended", "failed"]
    assert summary["sources"][1]["detail"] == "all of its records (2) were set aside"
    assert summary["alerts_by_kind"]["separation"] == 1


@pytest.mark.requirement("SC-WATCH-04")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_recording_ends_with_its_summary(head_on: Path, number: signal.Signals) -> None:
    running = subprocess.Popen(
        [*COMMAND, str(head_on), "--json", "--speed", "8"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert running.stdout is not None
    first = running.stdout.readline()
    running.send_signal(number)
    rest, _ = running.communicate(timeout=WITHIN_S)
    _, summary = lines_of(first + rest)
    assert running.returncode == summary["exit_code"] == ExitCode.INTERRUPTED
    assert summary["interrupted"] is True


@pytest.mark.requirement("SC-WATCH-04")
@pytest.mark.parametrize("arguments", [["--json"], ["--quiet"]])
def test_a_reader_that_goes_away_is_no_fault(head_on: Path, arguments: list[str]) -> None:
    running = subprocess.Popen(
        [*COMMAND, str(head_on), *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.close()
    assert running.stderr.read() == b""
    assert running.wait(WITHIN_S) == ExitCode.OK
    running.stderr.close()


@pytest.mark.requirement("SC-WATCH-03")
def test_pacing_keeps_to_the_speed(head_on: Path) -> None:
    done = watch(head_on, "--json", "--speed", "100")
    _, summary = lines_of(done.stdout)
    assert summary["elapsed_s"] >= summary["watched_s"] / 100.0 * 0.95


@pytest.mark.requirement("SC-WATCH-04")
def test_a_live_feed_is_watched_until_it_is_ended_and_its_silence_is_seen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        running = subprocess.Popen(
            [*COMMAND, f"tcp://127.0.0.1:{port}", "--json", "--scan-period-s", "0.1"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        server.settimeout(WITHIN_S)
        connection, _ = server.accept()
        with connection:
            now = time.gmtime()
            stamp = f"{time.strftime('%Y/%m/%d', now)},{time.strftime('%H:%M:%S', now)}"
            for _ in range(3):
                connection.sendall(f"MSG,3,1,1,3C6586,1,{stamp},{stamp},,5000,,,46.5,8.1,,,,,,0\r\n".encode())
            time.sleep(1.0)
            running.send_signal(signal.SIGINT)
            text, _ = running.communicate(timeout=WITHIN_S)
    _, summary = lines_of(text)
    assert running.returncode == ExitCode.OK
    assert (summary["reports"], summary["aircraft"], summary["interrupted"]) == (3, 1, False)


@pytest.mark.requirement("SC-WATCH-05")
def test_on_a_terminal_there_is_a_live_view_and_then_a_summary(head_on: Path) -> None:
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "140", "LINES": "40"}
    running = subprocess.Popen([*COMMAND, str(head_on), "--speed", "100"], cwd=ROOT, stdout=theirs, env=environment)
    os.close(theirs)
    seen = b""
    deadline_s = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline_s:
        if not select.select([ours], [], [], 0.2)[0]:
            continue
        try:
            seen += os.read(ours, 65_536)
        except OSError:
            break
    os.close(ours)
    assert running.wait(WITHIN_S) == 0
    text = seen.decode("utf-8", "replace")
    for expected in ("steerclear watch", "Alerts", "Feeds", "Tracks", "NORTH1", "head_on", "% read", "Watched 2023"):
        assert expected in text, expected


@pytest.mark.requirement("SC-WATCH-01")
def test_help_names_the_exit_codes_and_every_option() -> None:
    text = watch("--help").stdout
    for expected in ("--agreement", "--speed", "--from", "--until", "--sensor", "--json", "--quiet", "130"):
        assert expected in text
