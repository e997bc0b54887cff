"""A summons goes out by a program, by real mail and into a file; what hangs, lies or fails is told as such."""

import json
import logging
import os
import sys
import time
from pathlib import Path

import msgspec
import pytest

from steerclear.interfaces.cli.node_file import OutletSection
from steerclear.interfaces.outlets import OutletsError, limits, open_outlets
from steerclear.services.reach import reach_function
from tests.interfaces.outlets.smtp_server import mail_server
from tests.services.test_reach import SUMMONS

SECRET = "hunter2"
HEADLINE = "immediate safety stop from north waits to be acknowledged: air commander, please take the line"


def reach(tmp_path, summons=SUMMONS, **section):
    outlets = open_outlets({"duty-phone": OutletSection(**section)}, tmp_path)
    assert outlets.names() == {"duty-phone"}
    return outlets.reach("duty-phone", summons)


def program(text, *arguments):
    return (sys.executable, "-c", text, *arguments)


def gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


# --- a program


@pytest.mark.requirement("SC-OUT-03")
def test_a_program_is_told_the_summons_and_its_exit_code_zero_is_the_answer(tmp_path, monkeypatch):
    monkeypatch.setenv("STEERCLEAR_OF_ANOTHER", "left from elsewhere")
    told = "import sys,os,json;json.dump([sys.stdin.read(), dict(os.environ), sys.argv[1:]], open('told.json', 'w'))"
    # No shell: what looks like one stays an argument.
    outcome = reach(tmp_path, command=program(told + ";print('rang twice')", "$(touch hacked)", "; touch hacked"))
    assert (outcome.outlet, outcome.reached, outcome.detail) == ("duty-phone", True, "rang twice")
    assert outcome.took_s > 0
    stdin, environment, arguments = json.loads((tmp_path / "told.json").read_text())
    assert msgspec.json.decode(stdin, type=type(SUMMONS)) == SUMMONS
    ours = {name: value for name, value in environment.items() if name.startswith("STEERCLEAR_")}
    assert ours["STEERCLEAR_MESSAGE_ID"] == "north-to-south-7"
    assert ours["STEERCLEAR_FUNCTION"] == "air commander"
    assert set(ours) == {f"STEERCLEAR_{name.upper()}" for name in (*SUMMONS.__struct_fields__, "headline")}
    assert (ours["STEERCLEAR_OUTGOING"], ours["STEERCLEAR_HEADLINE"]) == ("false", HEADLINE)
    assert environment["PATH"] == os.environ["PATH"]
    assert arguments == ["$(touch hacked)", "; touch hacked"]
    assert not (tmp_path / "hacked").exists()


@pytest.mark.requirement("SC-OUT-03")
def test_any_other_exit_code_means_not_reached_and_shows_its_last_words(tmp_path, caplog):
    outcome = reach(tmp_path, command=program("import sys;print('no dial tone', file=sys.stderr);sys.exit(3)"))
    assert (outcome.reached, outcome.detail) == (False, "exit code 3. no dial tone")
    [told] = caplog.records
    assert (told.levelname, told.peer) == ("WARNING", SUMMONS.peer)
    assert told.detail == f"duty-phone, for {SUMMONS.function}: exit code 3. no dial tone"
    # A program need not read what it is told.
    assert reach(tmp_path, command=program("import os;os.close(0);os.close(1);os.close(2)")).reached


@pytest.mark.requirement("SC-OUT-04")
def test_a_program_that_hangs_is_killed_with_its_children_in_time(tmp_path):
    text = (
        "import subprocess,sys,time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time;time.sleep(600)'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(600)"
    )
    began_s = time.monotonic()
    outcome = reach(tmp_path, command=program(text), timeout_s=1.5)
    assert time.monotonic() - began_s < 10
    assert not outcome.reached
    assert "had not ended after 1.5 s" in outcome.detail
    child = outcome.detail.rpartition(" ")[2]
    until_s = time.monotonic() + 10
    while not gone(child) and time.monotonic() < until_s:
        time.sleep(0.02)
    assert gone(child)


@pytest.mark.requirement("SC-OUT-04")
def test_a_program_that_never_stops_writing_fills_nothing_and_is_killed_in_time(tmp_path):
    began_s = time.monotonic()
    outcome = reach(tmp_path, command=program("import os\nwhile True: os.write(1, b'x' * 65536)"), timeout_s=1.0)
    assert time.monotonic() - began_s < 10
    assert not outcome.reached
    assert len(outcome.detail) == 500


def test_a_program_that_left_something_running_is_not_waited_for(tmp_path):
    text = "import subprocess,sys;subprocess.Popen([sys.executable, '-c', 'import time;time.sleep(5)']);print('queued')"
    began_s = time.monotonic()
    outcome = reach(tmp_path, command=program(text), timeout_s=4.0)
    assert (outcome.reached, outcome.detail) == (True, "queued")
    assert time.monotonic() - began_s < 4


def test_a_relative_program_stands_beside_the_node_file(tmp_path):
    ring = tmp_path / "ring.sh"
    ring.write_text("#!/bin/sh\necho rang $STEERCLEAR_RUNG\n")
    ring.chmod(0o700)
    assert reach(tmp_path, command=("./ring.sh",)).detail == "rang 1"
    ring.chmod(0o600)
    with pytest.raises(OutletsError, match=r"outlets\.duty-phone\.command: there is no program './ring\.sh'"):
        reach(tmp_path, command=("./ring.sh",))
    ring.chmod(0o700)
    outlets = open_outlets({"duty-phone": OutletSection(command=("./ring.sh",))}, tmp_path)
    ring.unlink()
    assert "cannot be started: No such file" in outlets.reach("duty-phone", SUMMONS).detail


# --- mail


@pytest.mark.requirement("SC-OUT-05")
def test_mail_arrives_with_the_headline_and_the_facts(tmp_path):
    with mail_server() as server:
        url = f"mailto://127.0.0.1:{server.port}?from=line@south.example&to=commander@south.example&format=text"
        outcome = reach(tmp_path, apprise=(url,))
    assert (outcome.reached, outcome.detail) == (True, "taken by mailto")
    (mail,) = server.mails
    assert mail["Subject"] == HEADLINE
    assert "commander@south.example" in mail["To"]
    body = mail.get_body(("plain",)).get_content()
    assert "Message: north-to-south-7" in body
    assert "For: air commander, desk south-1 of south" in body
    assert "Due: 2026-01-01 00:01:00 UTC" in body
    assert "a reply to this does not reach the line" in body


@pytest.mark.requirement("SC-OUT-05")
def test_no_header_can_be_slipped_into_a_mail(tmp_path):
    summons = msgspec.structs.replace(SUMMONS, function="duty\r\nBcc: other@example.org\r\n\r\nhello")
    with mail_server() as server:
        url = f"mailto://127.0.0.1:{server.port}?from=line@south.example&to=commander@south.example"
        assert reach(tmp_path, summons, apprise=(url,)).reached
    (mail,) = server.mails
    assert mail["Bcc"] is None
    assert mail["Subject"] == HEADLINE.replace("air commander", "duty Bcc: other@example.org hello")


@pytest.mark.requirement("SC-OUT-04")
def test_a_mail_server_that_never_answers_costs_the_timeout_and_no_more(tmp_path):
    with mail_server(mute=True) as server:
        url = f"mailto://127.0.0.1:{server.port}?from=line@south.example&to=commander@south.example"
        section = OutletSection(apprise=(url,), timeout_s=0.5)
        outlets = open_outlets({"mail": section, "copy": OutletSection(file="copy.jsonl")}, tmp_path)
        began_s = time.monotonic()
        mail, copy = reach_function(outlets, ("mail", "copy"), SUMMONS)
        assert time.monotonic() - began_s < 8
        assert (mail.reached, mail.detail) == (False, "no answer within 0.5 s")
        assert copy.reached
        # Each such call keeps a thread until the server gives up; there is a bound on how many.
        details = [outlets.reach("mail", SUMMONS).detail for _ in range(limits.MAX_CALLS_IN_FLIGHT)]
        assert "earlier calls of this outlet still hang" in details[-1]


@pytest.mark.requirement("SC-OUT-06")
@pytest.mark.parametrize("scheme", ["mailto", "json"])
def test_no_address_and_no_password_is_logged_or_told(tmp_path, caplog, capfd, scheme):
    caplog.set_level(logging.DEBUG)
    with mail_server(refuse=True) as server:
        urls = (
            f"{scheme}://commander:{SECRET}@127.0.0.1:{server.port}/{SECRET}?from=line@south.example&to=a@b.example",
        )
        section = OutletSection(apprise=urls, timeout_s=5.0)
        outlets = open_outlets({"duty-phone": section}, tmp_path)
        outcome = outlets.reach("duty-phone", SUMMONS)
    assert not outcome.reached
    assert f"address 1 of 1 ({scheme})" in outcome.detail
    with pytest.raises(OutletsError) as refusal:
        open_outlets({"x": OutletSection(apprise=(f"nosuch://user:{SECRET}@host/{SECRET}",))}, tmp_path)
    assert "outlets.x.apprise: address 1 of 1 (nosuch://…)" in str(refusal.value)
    shown = [caplog.text, *capfd.readouterr(), outcome.detail, str(refusal.value), repr(section), repr(outlets)]
    assert not [text for text in shown if SECRET in text or "127.0.0.1" in text]


@pytest.mark.requirement("SC-OUT-05")
def test_one_address_that_fails_is_a_failure_and_is_named(tmp_path):
    with mail_server() as good, mail_server(refuse=True) as bad:
        urls = tuple(f"mailto://127.0.0.1:{port}?from=a@b.example&to=c@d.example" for port in (good.port, bad.port))
        outcome = reach(tmp_path, apprise=urls)
    assert len(good.mails) == 1
    assert not outcome.reached
    assert outcome.detail.startswith("not taken: address 2 of 2 (mailto);")


# --- a file


@pytest.mark.requirement("SC-OUT-07")
def test_a_file_gets_one_line_for_each_summons_and_only_its_owner_reads_it(tmp_path):
    outlets = open_outlets({"log": OutletSection(file="out.jsonl")}, tmp_path)
    second = msgspec.structs.replace(SUMMONS, function="line one\nline two «é»")
    assert outlets.reach("log", SUMMONS).reached
    assert outlets.reach("log", second).reached
    lines = (tmp_path / "out.jsonl").read_bytes().splitlines()
    assert [msgspec.json.decode(line, type=type(SUMMONS)) for line in lines] == [SUMMONS, second]
    assert (tmp_path / "out.jsonl").stat().st_mode & 0o077 == 0


def test_an_outlet_does_not_wear_out(tmp_path):
    outlets = open_outlets({"log": OutletSection(file="out.jsonl", timeout_s=5.0)}, tmp_path)
    assert all(outlets.reach("log", SUMMONS).reached for _ in range(3 * limits.MAX_CALLS_IN_FLIGHT))


@pytest.mark.requirement("SC-OUT-07")
def test_a_line_counts_only_once_it_is_durable(tmp_path, monkeypatch):
    def dying(descriptor):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("steerclear.interfaces.outlets.file.os.fsync", dying)
    outcome = reach(tmp_path, file="out.jsonl")
    assert (outcome.reached, outcome.detail) == (False, "cannot write to the file: Input/output error")


def test_a_full_disk_is_said(tmp_path):
    outcome = reach(tmp_path, file="/dev/full")
    assert (outcome.reached, outcome.detail) == (False, "cannot write to the file: No space left on device")
    assert reach(tmp_path, file="/dev/null").reached  # no disk behind it: fsync is refused, and that is no failure


@pytest.mark.requirement("SC-OUT-04")
def test_a_pipe_that_nobody_reads_costs_the_timeout(tmp_path):
    os.mkfifo(tmp_path / "printer")
    outcome = reach(tmp_path, file="printer", timeout_s=0.3)
    assert (outcome.reached, outcome.detail) == (False, "no answer within 0.3 s")
    os.close(os.open(tmp_path / "printer", os.O_RDONLY | os.O_NONBLOCK))  # lets the writer go


def test_a_summons_beyond_the_limit_is_refused(tmp_path):
    long = msgspec.structs.replace(SUMMONS, function="x" * limits.MAX_SUMMONS_BYTES)
    outcome = reach(tmp_path, long, file="out.jsonl")
    assert not outcome.reached
    assert "limit is 4,096" in outcome.detail


# --- what is refused at the start


@pytest.mark.requirement("SC-OUT-08")
@pytest.mark.parametrize(
    ("section", "says"),
    [
        ({"file": "out", "timeout_s": 0.0}, r"outlets\.a\.timeout_s: 0 must be above 0 and at most 20"),
        ({"file": "out", "timeout_s": 21.0}, r"outlets\.a\.timeout_s"),
        ({"file": "out", "timeout_s": float("nan")}, r"outlets\.a\.timeout_s"),
        ({"file": "nowhere/out"}, r"outlets\.a\.file"),
        ({"file": "."}, r"outlets\.a\.file"),
        ({"file": ""}, r"outlets\.a\.file"),
        ({"file": "a\0b"}, r"outlets\.a\.file"),
        ({"command": ()}, r"outlets\.a\.command: must be a list of 1 to 64 words"),
        ({"command": ("",)}, r"outlets\.a\.command"),
        ({"command": ("no-such-program-here",)}, r"outlets\.a\.command: there is no program"),
        ({"command": ("true", "a\0b")}, r"outlets\.a\.command: 2 of 2"),
        ({"command": ("true",) * 65}, r"outlets\.a\.command"),
        ({"apprise": ()}, r"outlets\.a\.apprise"),
        ({"apprise": ("commander@south.example",)}, r"outlets\.a\.apprise: address 1 of 1 must be like mailto"),
        ({"apprise": ("mailto://x",)}, r"outlets\.a\.apprise: address 1 of 1 \(mailto"),
        ({"apprise": ("json://localhost",) * 17}, r"outlets\.a\.apprise"),
    ],
)
def test_a_section_that_cannot_work_is_refused_with_its_key(tmp_path, section, says):
    with pytest.raises(OutletsError, match=says):
        open_outlets({"a": OutletSection(**section)}, tmp_path)


@pytest.mark.requirement("SC-OUT-08")
def test_names_and_their_number_are_bounded(tmp_path):
    section = OutletSection(file="out")
    with pytest.raises(OutletsError, match="'Duty Phone': a name is"):
        open_outlets({"Duty Phone": section}, tmp_path)
    most = {f"n{number}": section for number in range(limits.MAX_OUTLETS)}
    assert len(open_outlets(most, tmp_path).names()) == limits.MAX_OUTLETS
    with pytest.raises(OutletsError, match="there are 65; the limit is 64"):
        open_outlets(most | {"more": section}, tmp_path)


@pytest.mark.requirement("SC-OUT-08")
def test_without_the_package_the_refusal_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(OutletsError, match=r"outlets\.a\.apprise needs the package apprise: install"):
        open_outlets({"a": OutletSection(apprise=("json://localhost",))}, tmp_path)
    assert open_outlets({"a": OutletSection(file="out")}, tmp_path).names() == {"a"}
