"""The picture says what the check says, in one file that loads nothing and lets no text become a part of it."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import msgspec
import numpy as np
import pytest

from steerclear.interfaces.plan_files import PlanDefaults, decode_plan
from steerclear.interfaces.plan_picture import Proposal, draw_plan, limits
from steerclear.interfaces.plan_picture.projection import Frame, MapView, view_of
from steerclear.interfaces.plan_picture.scene import declared_of, scene_of
from steerclear.interfaces.plan_picture.svg import plain, wrapped
from steerclear.model.declared import Declared, DeclaredKind
from steerclear.model.volumes import CircleArea
from tests.interfaces.plan_files.oracle import bearing_deg, distance_m
from tests.interfaces.plan_files.samples import FPL, NAMED, encoded, feature
from tests.interfaces.plan_picture.scenes import (
    BEGIN_S,
    FINDINGS,
    GLIDER,
    HOSPITAL,
    NEIGHBOURS,
    PLAN,
    RANGE,
    circle,
    conflict,
    flight,
    many,
    place,
)

SVG = "{http://www.w3.org/2000/svg}"
MAP = Frame(20.0, 76.0, 800.0, 560.0)
LETTERS = {each.item.declared_id: each.letter for each in scene_of(PLAN, NEIGHBOURS, [], [], MAP)[0].neighbours}


def parsed(picture: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture)


def texts(picture: str) -> list[str]:
    return [each.text or "" for each in parsed(picture).iter(f"{SVG}text")]


@pytest.mark.requirement("SC-FMT-10")
def test_the_picture_is_one_file_that_loads_and_runs_nothing() -> None:
    picture = draw_plan(PLAN, NEIGHBOURS, FINDINGS, [Proposal("delay of 12 min", PLAN.volumes)])
    names = {each.tag.removeprefix(SVG) for each in parsed(picture).iter()}
    assert names <= {
        "svg",
        "title",
        "desc",
        "style",
        "defs",
        "pattern",
        "clipPath",
        "g",
        "rect",
        "path",
        "circle",
        "text",
    }
    assert re.findall(r"(?:href|src|on\w+)\s*=", picture) == []
    assert set(re.findall(r"url\(([^)]*)\)", picture)) <= {f"#{each.get('id')}" for each in parsed(picture).iter()}
    assert "http" not in picture.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert picture == draw_plan(PLAN, NEIGHBOURS, FINDINGS, [Proposal("delay of 12 min", PLAN.volumes)])


@pytest.mark.requirement("SC-FMT-10")
@pytest.mark.parametrize(
    "title",
    ['</text><script>alert("x")</script>', "a & b <c> ' \" ]]>", "\x00\x1b[0m\u202egnp", "&#x3c;svg", "x" * 5_000, ""],
)
def test_no_title_becomes_a_part_of_the_picture(title: str) -> None:
    hostile = msgspec.structs.replace(GLIDER, title=title, party=title)
    plan = msgspec.structs.replace(PLAN, title=title)
    finding = msgspec.structs.replace(conflict(hostile, 46.2, 7.2), said=title or "x")
    picture = draw_plan(plan, [hostile], [finding], [Proposal(title, PLAN.volumes)])
    assert not [each for each in parsed(picture).iter() if each.tag.endswith("script")]
    assert all(text.isprintable() and len(text) <= 200 for text in texts(picture))
    calm = parsed(draw_plan(PLAN, [GLIDER], [conflict(GLIDER, 46.2, 7.2)], [Proposal("y", PLAN.volumes)]))
    assert {each.tag for each in parsed(picture).iter()} == {each.tag for each in calm.iter()}


@pytest.mark.requirement("SC-FMT-10")
def test_findings_carry_the_numbers_of_their_list_on_map_strip_and_legend() -> None:
    said = texts(draw_plan(PLAN, NEIGHBOURS, FINDINGS))
    assert said.count("1") == 3  # map, strip, list
    assert said.count("2") == 3
    assert said.count("3") == 1  # it has neither a place nor a time
    assert said.count("4") == 2  # it has a place
    assert "08:06:40 to 08:13:00Z, 2,490 m to 2,560 m" in said
    assert "A Glider tow (south)" in said
    assert "the other gives way" in said
    assert any("2 conflicts, 2 other findings" in each for each in said)


@pytest.mark.requirement("SC-FMT-11")
def test_parties_and_kinds_differ_in_more_than_colour() -> None:
    picture = parsed(draw_plan(PLAN, NEIGHBOURS, FINDINGS))
    patterns = {each.get("id"): each for each in picture.iter(f"{SVG}pattern")}
    shapes = {name: each.find(f"{SVG}path").get("d") for name, each in patterns.items()}  # type: ignore[union-attr]
    kinds = {(name or "")[2:] for name in shapes}
    assert kinds == {"flight", "zone", "site", "agreed_zone"}
    assert len(set(shapes.values())) == len(kinds)
    dashes = {
        (each.get("stroke"), each.get("stroke-dasharray"))
        for each in picture.iter(f"{SVG}rect")
        if each.get("width") == "26" and each.get("fill", "").startswith("url")
    }
    assert len(dashes) == 3  # south, north, relief
    assert len({dash for _, dash in dashes}) == 3
    for letter in "ABCDE":
        assert texts(ElementTree.tostring(picture, encoding="unicode")).count(letter) >= 2


@pytest.mark.requirement("SC-FMT-11")
def test_heights_of_two_datums_never_share_a_panel() -> None:
    said = texts(draw_plan(PLAN, NEIGHBOURS))
    assert "Height: metres above mean sea level" in said
    assert "Height: flight levels (1013.25 hPa)" in said
    assert any(text.startswith("FL0") for text in said)
    # The transit at flight levels: once on the map, once in the legend, once in the panel of its datum.
    assert "Transit (flight, north)" in said
    assert said.count(LETTERS["t"]) == 3
    alone = texts(draw_plan(PLAN, [GLIDER]))
    assert not any("flight levels" in text for text in alone)


@pytest.mark.requirement("SC-FMT-10")
def test_what_is_elsewhere_or_at_another_time_is_counted() -> None:
    assert "and 2 not on this map or at this time" in texts(draw_plan(PLAN, NEIGHBOURS))


@pytest.mark.requirement("SC-FMT-10")
def test_distances_and_directions_on_the_map_are_true_from_its_middle() -> None:
    for latitude, longitude in ((46.0, 7.0), (-17.0, 179.95), (89.9, 0.0)):
        view = MapView(MAP, latitude, longitude, 100.0)
        for to in ((latitude - 0.2, longitude + 0.1), (latitude + 0.05, longitude + 0.3)):
            wrapped_to = (to[0], (to[1] + 180.0) % 360.0 - 180.0)
            x, y = view.pixels(np.array([wrapped_to[0]]), np.array([wrapped_to[1]]))
            east, north = float(x[0]) - 420.0, 356.0 - float(y[0])
            assert math.hypot(east, north) * 100.0 == pytest.approx(
                distance_m(latitude, longitude, *wrapped_to), abs=1e-3
            )
            bearing = math.degrees(math.atan2(east, north))
            assert math.cos(math.radians(bearing - bearing_deg(latitude, longitude, *wrapped_to))) > 1.0 - 1e-9


@pytest.mark.requirement("SC-FMT-10")
@pytest.mark.parametrize(
    "points",
    [
        [[46.0, 7.0], [46.1, 7.2]],
        [[-17.5, 179.3], [-16.8, -179.8], [-16.2, -179.2]],
        [[89.5, 0.0], [89.5, 120.0]],
        [[-89.9, 10.0], [-89.9, -170.0]],
        [[0.0, -179.99], [0.0, 179.99]],
        [[10.0, 0.0], [50.0, 80.0]],
    ],
)
def test_all_of_the_plan_is_on_the_map_wherever_it_lies(points: list[list[float]]) -> None:
    plan = flight(points, name="p", party="x", title="x", speed="250 m/s")
    scene, view = scene_of(plan, [], [], [], MAP)
    assert len(scene.plan.volumes) == len(plan.volumes)
    for each in scene.plan.volumes:
        assert all(MAP.left <= x <= MAP.right and MAP.top <= y <= MAP.bottom for x, y in each.ring)
    across = [
        abs(x1 - x0) for each in scene.plan.volumes for (x0, _), (x1, _) in zip(each.ring, each.ring[1:], strict=False)
    ]
    assert max(across) < 500.0  # nothing runs across the map where the antimeridian is
    parsed(draw_plan(plan))
    assert view.reach_m <= limits.MAX_PICTURE_REACH_M + 1.0


@pytest.mark.requirement("SC-FMT-10")
def test_a_zone_around_all_of_the_map_and_one_behind_the_earth() -> None:
    around = Declared(
        kind=DeclaredKind.AREA, declared_id="r", party="x", title="All", volumes=(circle(46.2, 7.3, 4e5),)
    )
    behind = Declared(
        kind=DeclaredKind.AREA, declared_id="b", party="x", title="B", volumes=(circle(-46.2, -172.7, 4e5),)
    )
    scene, _ = scene_of(PLAN, [around, behind], [], [], MAP)
    assert [each.item.declared_id for each in scene.neighbours] == ["r"]


@pytest.mark.requirement("SC-FMT-10")
def test_hundreds_of_neighbours_stay_within_the_limits() -> None:
    drones = many(700)
    findings = [conflict(each, 46.05 + index / 500.0, 7.2) for index, each in enumerate(drones[:120])]
    picture = draw_plan(PLAN, drones, findings)
    assert len(picture) < 2_000_000
    said = texts(picture)
    assert any(re.fullmatch(r"and \d+ more drawn, \d+ not on this map or at", text) for text in said)
    assert any(re.fullmatch(r"and \d+ more findings", text) for text in said)
    scene, _ = scene_of(PLAN, drones, findings, [], MAP)
    assert len(scene.neighbours) <= limits.MAX_NEIGHBOURS_DRAWN
    assert sum(bool(each.letter) for each in scene.neighbours) <= limits.MAX_LETTERS
    assert scene.neighbours[0].found  # those with findings come first


@pytest.mark.requirement("SC-FMT-10")
def test_one_tiny_volume_and_one_without_heights() -> None:
    tiny = Declared(
        kind=DeclaredKind.FLIGHT, declared_id="p", party="x", title="Spot", volumes=(circle(46.0, 7.0, 0.5),)
    )
    said = texts(draw_plan(tiny))
    assert "Height: no heights given" in said
    view = view_of([CircleArea(centre=place(46.0, 7.0), radius_m=0.5)], MAP)
    assert view.reach_m == pytest.approx(limits.MIN_PICTURE_REACH_M)
    with pytest.raises(ValueError, match="a plan without volumes cannot be drawn"):
        draw_plan(msgspec.structs.replace(tiny, volumes=()))


@pytest.mark.requirement("SC-FMT-10")
def test_a_draft_can_be_drawn_before_it_is_declared() -> None:
    draft = decode_plan(encoded(feature(title="Field")))
    assert "Field (this plan)" in texts(draw_plan(draft))
    filed = decode_plan(FPL.encode(), None, PlanDefaults(named_points=NAMED.encode()))
    assert declared_of(filed).volumes == filed.volumes
    parsed(draw_plan(filed, [HOSPITAL, RANGE]))


@pytest.mark.requirement("SC-FMT-10")
def test_proposals_are_drawn_dashed_and_named() -> None:
    moved = tuple(
        msgspec.structs.replace(each, from_s=each.from_s + 720.0, until_s=each.until_s + 720.0) for each in PLAN.volumes
    )
    picture = draw_plan(PLAN, [], [], [Proposal("delay of 12 min", moved)] * 5)
    said = texts(picture)
    assert sum(text.startswith("offered") and ":" in text for text in said) == limits.MAX_PROPOSALS
    assert {f"offered {number}" for number in (1, 2, 3)} <= set(said)
    assert 'stroke-dasharray="5 3"' in picture
    assert any("08:30Z" in text for text in said), BEGIN_S


@pytest.mark.requirement("SC-FMT-10")
def test_texts_are_cut_and_wrapped() -> None:
    assert plain("a\tb\n c\u200b") == "a b c"
    assert plain("x" * 300, 10) == "xxxxxxxxx…"
    assert wrapped("one two three four", 9, 2) == ["one two", "three…"]
    assert wrapped("w" * 50, 10, 3) == ["wwwwwwwww…"]
