"""From a file over the check to the picture: the findings and resolutions that are drawn are those of the check."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import msgspec
import pytest

from steerclear.interfaces.plan_files import decode_plan, plan_geojson
from steerclear.interfaces.plan_picture import draw_plan
from steerclear.interfaces.plan_picture.scene import declared_of
from steerclear.model.plan_check import Weight
from steerclear.strategic.resolve import resolve
from tests.interfaces.plan_files.samples import BEGIN_S, ROUTE
from tests.strategic.plan_scenes import terms

CROSSING = ROUTE.replace("[46.0, 7.0]", "[46.02, 6.97]").replace('"4603N00700E"', "[46.02, 7.03]")


@pytest.mark.requirement("SC-FMT-10")
def test_a_conflict_found_in_files_is_the_one_that_is_drawn_and_offered_to_be_cleared() -> None:
    plan = msgspec.structs.replace(declared_of(decode_plan(ROUTE.encode()), "north"), declared_id="plan")
    other = msgspec.structs.replace(
        declared_of(decode_plan(CROSSING.replace("Survey of the ridge", "Crossing").encode()), "south"),
        declared_id="other",
    )
    found = resolve(plan, [other], terms(), BEGIN_S - 7_200.0)
    conflicts = found.before.of_weight(Weight.CONFLICT)
    assert [each.other_title for each in conflicts] == ["Crossing"]
    picture = draw_plan(plan, [other], found.before.findings, found.options)
    said = [each.text or "" for each in ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")]
    assert "A Crossing (south)" in said
    assert any(text.startswith("offered 1: ") for text in said)
    assert said.count("1") >= 3
    assert re.search(
        r'"number":1,"kind":"flight","weight":"conflict"', plan_geojson([plan], found.before.findings).decode()
    )
