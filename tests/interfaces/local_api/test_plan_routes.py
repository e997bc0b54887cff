"""The routes of plans: one shape for four kinds, and an answer within its time to whatever is sent."""

from __future__ import annotations

import contextlib
import http.client
import json
from math import cos, pi, sin

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.interfaces.cli import item_commands, line_show
from steerclear.interfaces.cli.list_pages import every_page
from steerclear.interfaces.local_api import api, plan_routes
from steerclear.interfaces.local_api.limits import MAX_PLAN_BODY_BYTES, MAX_PLAN_VERTICES, MAX_PLAN_VOLUMES
from steerclear.model.known_place import KnownPlace
from steerclear.model.vocabulary import Disclosure
from tests.interfaces.local_api.served import OFFICER, READER, make_app, serving
from tests.interfaces.local_api.test_fuzz_api import QUICK, Watched
from tests.services.parties import START_S, settle
from tests.services.plans import box, circle, flight, here, name, pass_time, tell, two_nodes

LATER_S = START_S + 7_200.0


@pytest.fixture
def nodes():
    pair = two_nodes(places=(KnownPlace(name="hut", position=here()),))
    yield pair
    for node in pair:
        node.close()


@pytest.fixture
def app(nodes):
    return Watched(make_app(nodes[0]))


@pytest.fixture
def ask(app):
    with serving(app) as address:

        def ask(method, path, body=None, token=OFFICER):
            data = body if isinstance(body, bytes | None) else msgspec.json.encode(body)
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            with contextlib.closing(http.client.HTTPConnection(address, timeout=20)) as connection:
                connection.request(method, f"/api/v1{path}", data, headers)
                answer = connection.getresponse()
                return answer.status, json.loads(answer.read() or b"null")

        yield ask


PLAN = {"title": "To the hut", "volumes": [msgspec.to_builtins(circle())]}
ZONE = {"title": "Range", "volumes": [msgspec.to_builtins(circle(0.5))]}
SITE = {
    "function": "field hospital",
    "position": {"latitude_deg": 47.0, "longitude_deg": 8.0},
    "radius_m": 300.0,
    "from_s": LATER_S,
    "until_s": LATER_S + 3_600.0,
}
MOVEMENT = {
    "function": "aid convoy",
    "route": [{"latitude_deg": 48.0, "longitude_deg": 8.0}, {"latitude_deg": 48.1, "longitude_deg": 8.0}],
    "half_width_m": 50.0,
    "from_s": LATER_S,
    "until_s": LATER_S + 3_600.0,
}
BODIES = {"plans": PLAN, "zones": ZONE, "sites": SITE, "movements": MOVEMENT}


@pytest.mark.requirement("SC-PLN-13")
@pytest.mark.parametrize("kind", BODIES)
def test_the_four_kinds_are_checked_declared_changed_listed_and_taken_back_alike(ask, nodes, kind):
    north, south = nodes
    body = BODIES[kind] | {"item_id": name(5)}
    status, found = ask("POST", f"/{kind}/check", body, READER)
    assert (status, found["check"]["clear"], found["resolutions"]) == (200, True, None)
    assert ask("GET", f"/{kind}") == (200, [])
    status, said = ask("POST", f"/{kind}", body)
    assert (status, said["declared"], said["standing"]["revision"]) == (200, True, 1)
    assert ask("POST", f"/{kind}", body)[1]["repeated"]
    status, said = ask("PUT", f"/{kind}/{name(5)}", body | {"revision": 2, "item_id": ""})
    assert (status, said["standing"]["revision"]) == (200, 2)
    status, listed = ask("GET", f"/{kind}", token=READER)
    assert [one["item_id"] for one in listed] == [name(5)]
    assert ask("GET", f"/{kind}/{name(5)}")[1]["revision"] == 2
    assert ask("GET", f"/{kind}/{name(5)}?party=south")[0] == 404
    assert ask("DELETE", f"/{kind}/{name(5)}")[1]["standing"]["ended"] == "cancelled"
    assert ask("GET", f"/{kind}") == (200, [])
    assert len(ask("GET", f"/{kind}?ended=true")[1]) == 1
    settle(north, south)


def test_a_node_makes_up_a_name_where_none_is_given(ask):
    status, said = ask("POST", "/plans", PLAN)
    assert (status, len(said["standing"]["item_id"])) == (200, 36)


def test_a_conflict_is_an_answer_and_no_error(ask, nodes):
    north, south = nodes
    tell(south, flight())
    settle(north, south)
    status, said = ask("POST", "/plans", PLAN)
    assert (status, said["declared"], said["standing"]) == (200, False, None)
    [named] = said["check"]["findings"]
    status, said = ask("POST", "/plans", PLAN | {"in_spite_of": [named["finding_id"]]})
    assert (status, said["declared"]) == (200, True)
    status, found = ask("POST", "/plans/check", PLAN | {"resolve": True})
    assert found["resolutions"]["options"]


def test_states_openings_and_what_is_ours(ask, nodes):
    north, south = nodes
    ask("POST", "/plans", PLAN | {"item_id": name(5), "disclosure": Disclosure.SEALED})
    assert ask("POST", f"/plans/{name(5)}/state", {"event": "activate"})[1]["standing"]["state"] == "activated"
    settle(north, south)
    assert ask("POST", f"/plans/{name(5)}/open")[1]["declared"]
    assert ask("POST", f"/plans/{name(5)}/open", {"revision": 1})[1]["repeated"]
    assert ask("POST", f"/plans/{name(5)}/state", {"event": "give_up"})[0] == 200
    assert ask("POST", f"/plans/{name(5)}/state", {"event": "return"})[0] == 409
    ask("POST", "/zones", ZONE | {"item_id": name(6)})
    assert ask("POST", f"/zones/{name(6)}/close")[1]["standing"]["state"] == "closed"
    assert ask("GET", "/messages/north:south:0/ours")[0] == 409
    assert ask("GET", "/messages/north:south:99/ours")[0] == 404


def test_a_reader_may_check_and_not_declare(ask):
    assert ask("POST", "/plans/check", PLAN, READER)[0] == 200
    for method, path in (("POST", "/plans"), ("PUT", f"/plans/{name(5)}")):
        assert ask(method, path, PLAN, READER)[0] == 403
    assert ask("DELETE", f"/plans/{name(5)}", token=READER)[0] == 403
    assert ask("POST", "/plans/check", PLAN, "nobody")[0] == 401


def ring(corners: int, radius_deg: float = 0.2):
    turns = [2 * pi * number / corners for number in range(corners)]
    points = [(46.5 + radius_deg * sin(turn), 7.5 + radius_deg * cos(turn)) for turn in turns]
    return [{"latitude_deg": latitude, "longitude_deg": longitude} for latitude, longitude in points]


def polygon(corners: int):
    return msgspec.to_builtins(box()) | {"area": {"type": "polygon", "vertices": ring(corners)}}


STATED = {
    "position": {"latitude_deg": 46.5, "longitude_deg": 7.5},
    "place": "hut",
    "distance_m": 0.0,
    "bearing_deg": 0.0,
}
NOWHERE = {"latitude_deg": 1e308, "longitude_deg": 7.0}
TOO_MUCH = {
    "words of a place off the Earth": ({"stated": [STATED | {"position": NOWHERE}]}, 400),
    "words of a place beyond the Earth": ({"stated": [STATED | {"distance_m": 1e8}]}, 400),
    "words of no direction": ({"stated": [STATED | {"bearing_deg": -1.0}]}, 400),
    "volumes": ({"volumes": [msgspec.to_builtins(circle())] * (MAX_PLAN_VOLUMES + 1)}, 400),
    "corners": ({"volumes": [polygon(MAX_PLAN_VERTICES // 2), polygon(MAX_PLAN_VERTICES // 2 + 1)]}, 400),
    "bytes": ({"title": "x", "contact_function": "x" * MAX_PLAN_BODY_BYTES}, 413),
    "no volumes": ({"volumes": []}, 400),
    "unknown field": ({"weapon": 1}, 400),
    "somebody else's party": ({"party": "south"}, 400),
    "a radius out of all proportion": ({"volumes": [msgspec.to_builtins(circle(radius_m=1e12))]}, 409),
    "not on the Earth": ({"volumes": [msgspec.to_builtins(circle(60.0))]}, 409),
    "corners for a notice in full": ({"volumes": [polygon(513)]}, 409),
    "a title that hides something": ({"title": "a\u202eb"}, 409),
}


@pytest.mark.requirement("SC-PLN-13")
@pytest.mark.parametrize("what", TOO_MUCH)
def test_what_is_too_much_is_refused_with_a_reason(ask, nodes, what):
    changes, expected = TOO_MUCH[what]
    before = nodes[0].store.last_sequence()
    status, said = ask("POST", "/plans", PLAN | changes)
    assert status == expected, said
    assert said["problem"]
    assert nodes[0].store.last_sequence() == before


NUMBERS = st.sampled_from([0, -1, 1.5, 1e15, 1e308, -1e308, 5e-324, 90, 90.0001, 180, 181, 1e9, LATER_S]) | st.floats(
    allow_nan=False, allow_infinity=False
)
NEARLY = st.sampled_from([46.5, 46.6, 7.5, 7.6, 500.0, 2_000.0, LATER_S, LATER_S + 600.0])
POINTS = st.fixed_dictionaries({"latitude_deg": NEARLY | NUMBERS, "longitude_deg": NEARLY | NUMBERS})
AREAS = st.fixed_dictionaries({"type": st.just("circle"), "centre": POINTS, "radius_m": NEARLY | NUMBERS}) | (
    st.fixed_dictionaries({"type": st.just("polygon"), "vertices": st.lists(POINTS, max_size=6)})
)
VOLUMES = st.fixed_dictionaries(
    {
        "area": AREAS,
        "lower_m": st.none() | NEARLY | NUMBERS,
        "upper_m": st.none() | NEARLY | NUMBERS,
        "altitude_datum": st.sampled_from([None, "ellipsoid", "msl_geoid", "pressure_standard", "elsewhere"]),
        "from_s": NEARLY | NUMBERS,
        "until_s": NEARLY | NUMBERS,
    }
)
STATED_PLACES = st.fixed_dictionaries(
    {
        "position": POINTS,
        "place": st.sampled_from(["hut", "Hut ", "harbour", ""]),
        "distance_m": NEARLY | NUMBERS,
        "bearing_deg": NEARLY | NUMBERS,
    }
)
WORDS = st.text(max_size=20) | st.sampled_from(["", "x", name(1), name(5), "duty officer"])
COMMON = {
    "item_id": WORDS,
    "revision": st.sampled_from([1, 1, 1, 2, 0, -1, 10**12]),
    "contact_function": WORDS,
    "disclosure": st.sampled_from(["full", "coarse", "sealed", None, "secret"]),
    "region": st.booleans(),
    "in_spite_of": st.lists(WORDS, max_size=3),
    "resolve": st.booleans(),
    "from_s": NEARLY | NUMBERS,
    "until_s": NEARLY | NUMBERS,
    "radius_m": NEARLY | NUMBERS,
    "half_width_m": NEARLY | NUMBERS,
    "position": POINTS,
    "route": st.lists(POINTS, max_size=5),
    "volumes": st.lists(VOLUMES, max_size=4),
    "title": WORDS,
    "function": WORDS,
    "markings": WORDS,
    "vehicles": st.sampled_from([None, 0, 5, -1]),
    "sought": st.sampled_from(["unilateral", "agreed"]),
    "stated": st.lists(STATED_PLACES, max_size=3),
}


@st.composite
def bodies(draw, kind):
    """A body that is right but for some fields, or for its bytes."""
    body = dict(BODIES[kind])
    for field in draw(st.lists(st.sampled_from(sorted(COMMON)), max_size=4, unique=True)):
        if field in body or draw(st.integers(0, 3)):
            body[field] = draw(COMMON[field])
    data = bytearray(msgspec.json.encode(body))
    if not draw(st.integers(0, 5)):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data)


@pytest.mark.requirement("SC-PLN-13")
@pytest.mark.parametrize("kind", BODIES)
def test_the_routes_answer_whatever_they_are_sent(app, ask, nodes, kind):
    north, south = nodes
    tell(south, flight(1))
    settle(north, south)
    seen = set()

    @settings(QUICK, max_examples=60)
    @given(body=bodies(kind), route=st.sampled_from(["check", "check", "declare", "amend"]))
    def send(body, route):
        method, path = ("PUT", f"/{kind}/{name(5)}") if route == "amend" else ("POST", f"/{kind}")
        path = f"{path}/check" if route == "check" else path
        seen.add(app.check(lambda: (body, ask(method, path, body))))

    send()
    assert {200, 400} <= seen, seen
    settle(north, south)
    assert north.store.audit().journal_rows > 0


@pytest.mark.requirement("SC-PLN-13")
def test_the_largest_plan_is_checked_within_its_time(app, ask):
    body = PLAN | {"volumes": [polygon(MAX_PLAN_VERTICES // MAX_PLAN_VOLUMES)] * MAX_PLAN_VOLUMES}
    assert app.check(lambda: ask("POST", "/plans/check", body)) == 200
    one = PLAN | {"volumes": [polygon(1_000)]}
    assert app.check(lambda: ask("POST", "/plans/check", one)) in (200, 409)


class ShortPages:
    """A client whose pages have at most two rows."""

    def __init__(self, ask):
        self._ask = ask

    def get_json(self, path):
        status, found = self._ask("GET", path)
        assert status == 200
        assert len(found) <= 2
        return found


@pytest.mark.requirement("SC-PLR-11")
def test_a_long_list_comes_in_pages_and_leaves_nothing_out(ask, nodes, monkeypatch):
    monkeypatch.setattr(plan_routes, "MAX_PAGE_ROWS", 2)
    north, south = nodes
    for number in range(1, 6):
        tell(north if number % 2 else south, flight(number, volumes=(circle(number),)))
    settle(north, south)

    found = item_commands._every_page(ShortPages(ask), "/plans?ended=false")
    assert sorted(one["item_id"] for one in found) == [name(number) for number in range(1, 6)]


@pytest.mark.requirement("SC-UPC-06")
def test_a_long_list_of_notices_comes_in_pages_and_leaves_nothing_out(ask, nodes, monkeypatch):
    monkeypatch.setattr(api, "MAX_PAGE_ROWS", 2)
    north, south = nodes
    for number in range(1, 8):
        tell(north if number % 2 else south, flight(number, volumes=(circle(number),)))
    settle(north, south)

    found = every_page(ShortPages(ask), "/notices?ended=false", line_show._notice_key)
    assert sorted(one["notice"]["notice_id"] for one in found) == [name(number) for number in range(1, 8)]
    assert ask("GET", f"/notices?after={'x' * 300}")[0] == 400


@pytest.mark.requirement("SC-PLR-02")
def test_a_flight_in_use_whose_time_ran_out_is_listed_until_its_party_says_that_it_ended(ask, nodes):
    north, _ = nodes
    tell(north, flight(1))
    tell(north, flight(2, volumes=(circle(2.0),)))
    pass_time(2.0, north)
    assert ask("POST", f"/plans/{name(1)}/state", {"event": "activate"})[0] == 200
    pass_time(3.5, north)
    [listed] = ask("GET", "/plans")[1]
    assert (listed["item_id"], listed["state"], listed["ended"]) == (name(1), "activated", "expired")
    assert ask("POST", f"/plans/{name(1)}/state", {"event": "end"})[0] == 200
    assert ask("GET", "/plans") == (200, [])
