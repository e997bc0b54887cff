"""`steerclear track`, `identify` and `stop` against a node whose picture has an aircraft that nobody knows."""

from __future__ import annotations

import io
import json
import os

import pytest

from steerclear.app.main import main
from steerclear.interfaces.cli.node_file import RUNTIME_FILE, Runtime, token_path, write_whole
from steerclear.interfaces.local_api.api import local_api
from steerclear.interfaces.local_api.metrics_page import Metrics
from steerclear.model.known_place import KnownPlace
from steerclear.model.messages import Verdict
from steerclear.services.acknowledge import respond
from steerclear.services.identify import cases
from steerclear.services.line_metrics import LineMetrics
from steerclear.services.picture_view import PictureView
from tests.app.two_nodes import set_up
from tests.interfaces.local_api.served import FIGURES, OFFICER, READER, TOKENS, ask, serving
from tests.services.identify.questions import desks, questions, settle, track
from tests.strategic.sky import place

BY = ("--as", "duty officer")


class Picture:
    """A picture that shows what a desk's tracks are."""

    def __init__(self, desk) -> None:
        self._desk = desk
        self.identify = desk.identify

    def view(self) -> PictureView:
        return PictureView(now_s=self._desk.clock.time_s, ended=False, tracks=1, open_alerts=(), sources=())

    def tracks(self):
        return tuple(self._desk.tracks)


def app_of(desk):
    metrics = Metrics(LineMetrics(desk.exchange), lambda: FIGURES, tuple)
    return local_api(desk.exchange, TOKENS, lambda: None, lambda peer: io.BytesIO(b""), Picture(desk), metrics)


@pytest.fixture
def run(capfd):
    def run(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        told = capfd.readouterr()
        return ended.value.code, told.out + told.err

    return run


@pytest.fixture
def line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "250")
    north, south = desks(places=(KnownPlace(name="hut", position=place(-9_000.0, 0.0)),))
    north.tracks = [track(track_id="radar/7"), track(north_m=900.0, track_id="t2", callsign="N1", party="north")]
    config = set_up(tmp_path)["north"]
    for function, token in ((None, READER), ("duty officer", OFFICER)):
        path = token_path(config, None if function is None else "north-desk", function)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(token + "\n")
    with serving(app_of(north)) as address:
        runtime = Runtime(pid=os.getpid(), party="north", local_url=f"http://{address}", line_url="", started_s=0.0)
        write_whole(config.data_folder / RUNTIME_FILE, runtime)
        yield north, south, ("--config", "north/node.toml"), address
    north.close()
    south.close()


@pytest.mark.requirement("SC-IDN-21")
def test_from_the_track_to_the_units_by_the_command_line(line, run):
    north, south, at, address = line
    north.look(10.0)
    settle(north, south)
    code, told = run("track", "list", *at)
    assert code == 0
    assert told.index("radar/7") < told.index("t2")  # who is unknown comes first
    assert "UNIDENTIFIED" in told
    code, told = run("track", "show", "radar/7", *at)
    assert "inside area of authority Upper valley of north" in told
    [case] = json.loads(run("identify", "list", "--json", *at)[1])["cases"]
    code, told = run("identify", "show", case["case_id"], *at)
    assert code == 0
    assert "south: NO ANSWER" in told
    assert "south air service: NOT KNOWN TO HAVE IT" in told
    assert run("identify", "relay", case["case_id"], "--unit", "patrol", *BY, *at)[0] == 7
    respond(
        south.exchange, questions(south)[0].message_id, "south-desk", "duty officer", Verdict.OURS, "F12"
    ).stored.result()
    settle(north, south)
    code, told = run("identify", "relay", case["case_id"], "--unit", "patrol", *BY, *at)
    assert code == 0
    assert "unit patrol: told, HAS NOT CONFIRMED" in told
    code, told = run("identify", "confirm", case["case_id"], "--unit", "patrol", "--remark", "by radio", *BY, *at)
    assert "unit patrol: confirmed" in told
    assert "ours, said duty officer" in told
    figures = ask(address, "/metrics")[2].decode()
    assert 'steerclear_identification_answers{outcome="in_time",peer="south"} 1.0' in figures
    assert 'steerclear_identification_cases{state="open"} 1.0' in figures


@pytest.mark.requirement("SC-IDN-21")
def test_one_command_asks_everyone_and_one_command_stops(line, run):
    north, south, at, _ = line
    north.look(2.0)
    code, told = run("identify", "ask", "t2", "--text", "it circles", *BY, *at)
    assert code == 0
    assert "by a person" in told
    settle(north, south)
    assert questions(south)[0].text == "it circles"
    assert run("identify", "ask", "nobody", *BY, *at)[0] == 7
    code, told = run("stop", "--track", "radar/7", "--margin", "500 m", *BY, *at)
    assert code == 0
    assert "safety stop to south as duty officer" in told
    assert "of hut" in told
    message_id = next(word for word in told.split() if word.startswith("north:south:"))
    assert "read back" in run("line", "show", message_id, *at)[1]
    assert run("stop", *BY, *at)[0] == 2
    assert run("stop", "--zone", "nowhere", *BY, *at)[0] == 7


@pytest.mark.requirement("SC-IDN-21")
def test_the_answering_desk_sees_the_question_with_a_suggestion_and_answers(line, run):
    north, south, at, _ = line
    south.tracks = [track(track_id="s1", north_m=2_000.0)]
    south.look(10.0)
    settle(north, south)
    code, told = run("identify", "list", *at)
    assert code == 0
    assert "nothing of ours that this node knows explains it" in told
    [question] = json.loads(run("identify", "list", "--json", *at)[1])["questions"]
    message_id = question["question"]["message_id"]
    assert run("identify", "suggest", message_id, "--json", *at)[0] == 0
    assert run("identify", "answer", message_id, "perhaps", *BY, *at)[0] == 2
    assert run("identify", "answer", message_id, "not-ours", *BY, *at)[0] == 0
    settle(north, south)
    assert cases(south.exchange)[0].asked[0].standing.value == "not_ours"
    assert json.loads(run("identify", "list", "--json", *at)[1])["questions"] == []


@pytest.mark.requirement("SC-IDN-21")
def test_a_node_without_a_picture_says_so(tmp_path, monkeypatch, run):
    monkeypatch.chdir(tmp_path)
    north, south = desks()
    config = set_up(tmp_path)["north"]
    path = token_path(config, None, None)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(READER + "\n")
    app = local_api(north.exchange, TOKENS, lambda: None, lambda peer: io.BytesIO(b""))
    with serving(app) as address:
        runtime = Runtime(pid=os.getpid(), party="north", local_url=f"http://{address}", line_url="", started_s=0.0)
        write_whole(config.data_folder / RUNTIME_FILE, runtime)
        code, told = run("track", "list", "--config", "north/node.toml")
        assert (code, "this node has no picture" in told) == (7, True)
        assert run("identify", "list", "--json", "--config", "north/node.toml")[0] == 0
    for one in (north, south):
        one.close()
