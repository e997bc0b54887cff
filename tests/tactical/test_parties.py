"""Whose aircraft it is: the most specific fleet rule wins, and a tie names nobody."""

import pytest

from steerclear.model.agreement import (
    Agreement,
    FleetRule,
    LineCheckSchedule,
    Party,
    SeparationMinima,
    TimeInBreachRule,
)
from steerclear.model.track import Identity
from steerclear.tactical import PictureError, Terms
from steerclear.tactical.parties import Fleets
from steerclear.tactical.table import NO_PARTY
from tests.tactical.scenes import party


def with_rule(party_id: str, **rule) -> Party:
    plain = party(party_id)
    return Party(
        party_id=party_id, name=plain.name, agencies=plain.agencies, desks=plain.desks, fleet=FleetRule(**rule)
    )


NORTH = with_rule(
    "north",
    icao_addresses=frozenset({5}),
    icao_address_ranges=((100, 199),),
    callsign_prefixes=("NOR", "SHARED"),
    remote_id_prefixes=("1581F",),
)
SOUTH = with_rule("south", icao_address_ranges=((150, 160),), callsign_prefixes=("NORSOU", "SHARED"))


@pytest.mark.requirement("SC-TAC-06")
@pytest.mark.parametrize(
    ("identity", "operator"),
    [
        ({"icao_address": 5}, "north"),
        ({"icao_address": 100}, "north"),
        ({"icao_address": 199}, "north"),
        ({"icao_address": 200}, None),
        ({"icao_address": 150}, None),
        ({"icao_address": 150, "callsign": "NOR1"}, "north"),
        ({"icao_address": 5, "callsign": "NORSOU1"}, "north"),
        ({"callsign": "NOR1"}, "north"),
        ({"callsign": "NORSOU1"}, "south"),
        ({"callsign": "SHARED1"}, None),
        ({"callsign": "XNOR"}, None),
        ({"remote_id": "1581F99"}, "north"),
        ({}, None),
    ],
)
def test_the_operator(identity, operator):
    fleets = Fleets((NORTH, SOUTH))
    assert fleets.name(fleets.belongs(Identity(**identity))[0]) == operator
    swapped = Fleets((SOUTH, NORTH))
    assert swapped.name(swapped.belongs(Identity(**identity))[0]) == operator


def test_whom_it_concerns():
    fleets = Fleets((SOUTH, NORTH))
    assert fleets.concerned([1]) == ("north",)
    assert fleets.concerned([0, 1, 1]) == ("north", "south")
    assert fleets.concerned([1, NO_PARTY]) == ("north", "south")
    assert Fleets(()).concerned([NO_PARTY]) == ()


def test_terms_are_those_that_were_signed_and_nobody_overrides_them_alone():
    rule = TimeInBreachRule(horizontal_m=5_556.0, vertical_m=914.4, longest_s=180.0)
    agreement = Agreement(
        agreement_id="a",
        version=1,
        title="A",
        in_force_from_s=0.0,
        parties=(NORTH, SOUTH),
        minima=SeparationMinima(horizontal_m=600.0, vertical_m=75.0, lookahead_s=60.0),
        time_in_breach=rule,
        zones=(),
        deadlines=(),
        line_checks=LineCheckSchedule(every_s=3_600.0, answer_within_s=60.0),
    )
    terms = Terms.from_agreement(agreement, clear_after_s=5.0)
    assert (terms.horizontal_m, terms.vertical_m, terms.lookahead_s) == (600.0, 75.0, 60.0)
    assert (terms.caution_within_s, terms.warning_within_s) == (24.0, 12.0)
    assert terms.time_in_breach is rule
    assert terms.clear_after_s == 5.0
    with pytest.raises(PictureError, match="vertical_m: these terms are signed"):
        Terms.from_agreement(agreement, vertical_m=10.0)
