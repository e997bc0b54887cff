"""An aircraft of a recording that nobody knows, from one node's picture to the other node's desk and back."""

from __future__ import annotations

import msgspec
import pytest

from steerclear.model.agreement import AreaOfAuthority
from steerclear.model.track import AltitudeDatum
from steerclear.model.zone import Circle
from tests.app import two_nodes
from tests.app.two_nodes import NodeProcess, eventually, set_up
from tests.interfaces.feeds.recordings import sample
from tests.services.parties import make_agreement

pytestmark = pytest.mark.xdist_group("two-nodes")

PARIS = AreaOfAuthority(
    area_id="paris",
    name="Paris",
    claimed_by=("north",),
    footprint=Circle(latitude_deg=48.9, longitude_deg=2.4, radius_m=150_000.0),
    lower_m=0.0,
    upper_m=15_000.0,
    altitude_datum=AltitudeDatum.PRESSURE_STANDARD,
    from_s=0.0,
    until_s=4_000_000_000.0,
)


@pytest.fixture
def nodes(tmp_path, monkeypatch):
    def with_area(*arguments, **terms):
        return msgspec.structs.replace(make_agreement(*arguments, **terms), areas=(PARIS,))

    monkeypatch.setattr(two_nodes, "make_agreement", with_area)
    configs = set_up(tmp_path)
    recording = sample("collections/quickstart.json.gz")
    with (configs["north"].folder / "node.toml").open("a") as file:
        file.write(f'\n[picture]\nsources = ["{recording}"]\nspeed = 5.0\nuntil = 2021-10-07T12:10:00Z\n')
    running = {party: NodeProcess(config).start() for party, config in configs.items()}
    yield running
    for node in running.values():
        assert node.stop() == 0


@pytest.mark.requirement("SC-IDN-10")
@pytest.mark.requirement("SC-IDN-15")
def test_a_node_asks_by_itself_the_other_desk_answers_and_the_aircraft_is_known(nodes):
    north, south = (nodes[party].wait_ready() for party in ("north", "south"))
    asked = eventually(lambda: south.call("GET", "/api/v1/identification/questions"), within_s=240.0)
    question = asked[0]["question"]
    assert question["approach"] == "it is inside the area of authority 'Paris'"
    assert question["agencies"] == ["south air service"]
    assert asked[0]["answered"] == "no answer"
    assert asked[0]["suggested"]["says"].startswith("nothing of ours that this node knows explains it")
    verdict = {"verdict": "ours", "reference": "F12"}
    south.call("POST", f"/api/v1/messages/{question['message_id']}/response", verdict)

    def known():
        cases = north.call("GET", "/api/v1/identification/cases?closed=true")["cases"]
        [case] = [one for one in cases if one["case_id"] == question["case_id"]]
        return case if case["closed_s"] is not None else None

    case = eventually(known)
    assert (case["asked"][0]["standing"], case["closed_why"]) == ("ours", "identified")
    tracks = {row["track"]["track_id"]: row["identification"] for row in north.call("GET", "/api/v1/tracks")}
    assert tracks[case["track_id"]]["match"]["party"] == "south"
