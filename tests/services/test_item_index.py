"""The index of declared items: a check through it says what one says that walks over all items."""

from __future__ import annotations

from random import Random

import msgspec
import pytest

from steerclear.dialogue.link_state import LinkEvent, LinkState
from steerclear.model.intent import IntentEvent, IntentState
from steerclear.model.vocabulary import Disclosure, NoticeSubject
from steerclear.model.volumes import PolygonArea
from steerclear.services.check_plan import as_declared, check_item, resolve_item
from steerclear.services.declare_items import cancel, move_state
from steerclear.services.known_places import known_places
from steerclear.services.plan_events import read_items
from steerclear.services.plan_neighbours import declared_of, items_of
from steerclear.strategic.check import check
from steerclear.strategic.preparing import NO_BUFFER
from steerclear.strategic.resolve import resolve
from steerclear.strategic.terms import PlanTerms
from tests.services.parties import settle
from tests.services.plans import circle, flight, here, movement, name, pass_time, site, tell, terms, two_nodes, zone


@pytest.fixture
def nodes():
    pair = two_nodes()
    yield pair
    for node in pair:
        node.close()


def walked(node):
    """Everything that the node knows, one by one."""
    for standing in read_items(node.store):
        line = node.exchange.lines.get(standing.party)
        yield declared_of(standing, standing.ours or (line is not None and line.link is LinkState.UP))


def both(node, item):
    """The answers of the node and of a walk over everything; how many others were compared is left out."""
    now_s = node.clock.now_s()
    plan = as_declared(item)
    plan = msgspec.structs.replace(plan, party=node.party)
    agreement = node.exchange.agreement
    held = PlanTerms(agreement=agreement, known_places=known_places(agreement))
    _, found = check_item(node.exchange, item)
    options = resolve_item(node.exchange, item)
    return (
        (without_count(found), *rest(options)),
        (without_count(check(plan, walked(node), held, now_s)), *rest(resolve(plan, walked(node), held, now_s))),
    )


def rest(found):
    options = [msgspec.structs.replace(one, check=without_count(one.check)) for one in found.options]
    return options, found.nothing_found


def without_count(found):
    return msgspec.structs.replace(found, compared=0)


def anything(rng: Random, number: int):
    """Some item in a country of half a degree, within a day."""
    north, east = rng.uniform(-0.25, 0.25), rng.uniform(-0.25, 0.25)
    from_h = rng.uniform(1.0, 12.0)
    volumes = []
    for _ in range(rng.choice((1, 1, 2, 3))):
        one = circle(north, rng.choice((300.0, 2_000.0, 8_000.0)), from_h, from_h + rng.uniform(0.1, 3.0))
        low = rng.choice((None, 200.0, 900.0))
        one = msgspec.structs.replace(
            one,
            area=msgspec.structs.replace(one.area, centre=here(north, east)),
            lower_m=low,
            upper_m=rng.choice((None, 1_000.0, 1_500.0)),
        )
        volumes.append(one)
        north, east = north + rng.uniform(-0.03, 0.03), east + rng.uniform(-0.03, 0.03)
    kind = rng.choice(("flight", "flight", "flight", "zone", "site", "movement"))
    if kind == "flight":
        return flight(number, volumes=tuple(volumes), priority=rng.randrange(3))
    if kind == "zone":
        return zone(number, volumes=tuple(volumes))
    window = {"from_s": volumes[0].from_s, "until_s": volumes[0].until_s}
    if kind == "site":
        return site(number, position=here(north, east), **window)
    return movement(number, route=(here(north, east), here(north + 0.05, east)), **window)


def declare_all(rng, nodes, count):
    for number in range(1, count + 1):
        node = rng.choice(nodes)
        item = anything(rng, number)
        disclosure = rng.choice((Disclosure.FULL, Disclosure.FULL, Disclosure.COARSE, Disclosure.SEALED))
        said = tell(node, item, disclosure=disclosure)
        if not said.declared:
            read = tuple(one.finding_id for one in said.check.standing_against())
            tell(node, item, disclosure=disclosure, in_spite_of=read)
    settle(*nodes)


@pytest.mark.requirement("SC-PLR-10")
@pytest.mark.parametrize("seed", range(2))
def test_a_check_through_the_index_says_what_a_walk_over_everything_says(nodes, seed):
    rng = Random(seed)
    declare_all(rng, nodes, 40)
    for hours in (0.0, 4.1, 9.1):
        pass_time(hours, *nodes)
        for node in nodes:
            for standing in list(read_items(node.store)):
                if not standing.ours or standing.ended is not None or rng.random() < 0.7:
                    continue
                if standing.subject is NoticeSubject.FLIGHT and standing.state == IntentState.ACCEPTED:
                    by = (f"{node.party}-desk", "duty officer")
                    if rng.random() < 0.7:
                        move_state(node.exchange, standing.subject, standing.item_id, IntentEvent.ACTIVATE, *by)
                    else:
                        cancel(node.exchange, standing.subject, standing.item_id, *by)
        settle(*nodes)
        if hours == 4.1:
            nodes[0].exchange.move_link("south", LinkEvent.UNREACHABLE, "gone")
        for number in range(4):
            ours, walk = both(nodes[number % 2], anything(rng, 900 + number))
            assert ours == walk


@pytest.mark.requirement("SC-PLR-10")
def test_the_index_of_a_node_that_is_restarted_is_that_of_one_that_went_on(nodes):
    rng = Random(7)
    north, south = nodes
    items_of(north.exchange).refresh()
    declare_all(rng, nodes, 25)
    pass_time(3.0, *nodes)
    flights = (one for one in read_items(south.store) if one.ours and one.subject is NoticeSubject.FLIGHT)
    cancelled = next(one for one in flights if one.ended is None)
    cancel(south.exchange, cancelled.subject, cancelled.item_id, "south-desk", "duty officer")
    settle(*nodes)
    again = north.restarted(terms())
    everywhere = (circle(0.0, 200_000.0, 0.0, 48.0, None, None),)
    reach = items_of(north.exchange), items_of(again.exchange)
    grown, built = (one.near(everywhere, NO_BUFFER) for one in reach)
    assert grown == built
    assert len(grown) > 10


@pytest.mark.requirement("SC-PLR-10")
def test_a_plan_that_is_no_shape_is_held_against_everything(nodes):
    north, _ = nodes
    tell(north, flight())
    bow = PolygonArea(vertices=(here(1.0), here(1.1, 0.1), here(1.1), here(1.0, 0.1)))
    no_shape = (msgspec.structs.replace(circle(), area=bow),)
    ours, walk = both(north, flight(9, volumes=no_shape))
    assert ours == walk
    assert [one.item_id for one in items_of(north.exchange).near(no_shape, NO_BUFFER)] == [name(1)]
