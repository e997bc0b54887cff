"""What of a scenario must fit together: names that refer to each other, times in order, shapes that are whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

from steerclear.geodesy.paths import distance_and_bearing
from steerclear.interfaces.scenario_file import limits
from steerclear.interfaces.scenario_file.errors import ScenarioError
from steerclear.interfaces.scenario_file.places import Places
from steerclear.model.identifiers import checked_identifier
from steerclear.model.messages import VERDICTS, Verdict
from steerclear.model.scenario import (
    Declares,
    DeclareStep,
    Feed,
    PathPoint,
    Scenario,
    ScenarioTrack,
    ScenarioVolume,
    Without,
)
from steerclear.model.track import AltitudeDatum
from steerclear.model.vocabulary import MessageKind, NoticeSubject

OBSERVATIONS = {
    "alert": ("kind", "change", "severity", "zone", "track", "source"),
    "identification": ("state", "track", "of", "item", "basis"),
    "case": ("change", "track", "urgency", "boundary"),
    "contradiction": ("track",),
    "unit_told": ("unit", "track", "confirmed"),
    "sent": ("kind", "to", "name", "track"),
    "asked": ("to", "agency", "track"),
    "received": ("kind", "to", "name", "track"),
    "acknowledged": ("kind", "to", "function", "name", "track"),
    "relayed": ("kind", "to", "unit", "name", "track"),
    "answered": ("kind", "to", "verdict", "name", "track"),
    "unanswered": ("kind", "to", "step", "name", "track"),
    "rung": ("kind", "function", "peer", "name", "track", "last"),
    "declared": ("name", "subject", "step"),
    "not_declared": ("name", "subject", "step"),
    "finding": ("name", "kind", "weight"),
    "known": ("name", "subject", "of"),
    "short_notice": ("name", "of"),
    "refused": ("what", "name"),
    "link": ("peer", "state"),
    "incident": ("state", "cause", "track"),
    "record": ("peer", "holds", "same"),
}
"""Kinds of observations that can be expected, with what each says of itself."""
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_NAME_WORDS: Final = "is no name: 1 to 64 of a-z, 0-9, '.', '_', '-', beginning with a letter or digit"


def check_scenario(scenario: Scenario, places: Places) -> None:
    """Raises ScenarioError for the first thing that does not fit, with its place."""
    for path, fault in _faults(scenario):
        raise ScenarioError(places.named(path), fault)


def _faults(scenario: Scenario) -> Iterator[tuple[str, str]]:
    yield from _head(scenario)
    yield from _names(scenario)
    yield from _texts(scenario)
    for number, track in enumerate(scenario.tracks):
        yield from _path(track, f"tracks[{number}]", scenario)
    for number, feed in enumerate(scenario.feeds):
        yield from _feed(feed, f"feeds[{number}]", scenario)
    yield from _reports(scenario)
    yield from _declarations(scenario)
    yield from _sayings(scenario)
    yield from _people(scenario)
    yield from _outages(scenario)
    yield from _expectations(scenario)


def _head(scenario: Scenario) -> Iterator[tuple[str, str]]:
    head = scenario.drill
    if not _NAME.fullmatch(head.name):
        yield "drill.name", f"{head.name!r} {_NAME_WORDS}"
    if not head.start_s < head.until_s <= head.start_s + limits.MAX_LENGTH_S:
        yield "drill.until", f"must be after the start, and at most {limits.MAX_LENGTH_S / 3_600:.0f} h later"
    if head.zero_s is not None and not head.start_s <= head.zero_s <= head.until_s:
        yield "drill.zero", "is not between the start and the end"


def _names(scenario: Scenario) -> Iterator[tuple[str, str]]:
    lists: tuple[tuple[str, str, Iterable[str]], ...] = (
        ("parties", "id", (one.id for one in scenario.parties)),
        ("tracks", "name", (one.name for one in scenario.tracks)),
        ("feeds", "name", (one.name for one in scenario.feeds)),
        ("expect", "name", (one.name for one in scenario.expect)),
        ("without", "name", (one.name for one in scenario.without)),
        ("says", "name", (one.name for one in scenario.says)),
    )
    for key, field, names in lists:
        seen: set[str] = set()
        for number, name in enumerate(names):
            if name in seen and name:
                yield f"{key}[{number}].{field}", f"{name!r} is there already"
            seen.add(name)
            if key in ("tracks", "expect", "without") and not _NAME.fullmatch(name):
                yield f"{key}[{number}].{field}", f"{name!r} {_NAME_WORDS}"
    for number, party in enumerate(scenario.parties):
        try:
            checked_identifier(party.id)
        except ValueError as fault:
            yield f"parties[{number}].id", str(fault)
    parties = {one.id for one in scenario.parties}
    named = (
        *(("feeds", number, one.party) for number, one in enumerate(scenario.feeds)),
        *(("declares", number, one.party) for number, one in enumerate(scenario.declares)),
        *(("says", number, one.party) for number, one in enumerate(scenario.says)),
        *(("people", number, one.party) for number, one in enumerate(scenario.people)),
        *(("tells", number, one.party) for number, one in enumerate(scenario.tells)),
        *(("expect", number, one.party) for number, one in enumerate(scenario.expect) if one.party is not None),
    )
    for key, number, name in named:
        if name not in parties:
            yield f"{key}[{number}].party", f"{name!r} is no party; there are: {', '.join(sorted(parties))}"


def _texts(scenario: Scenario) -> Iterator[tuple[str, str]]:
    texts = (
        ("drill.title", scenario.drill.title),
        *((f"says[{number}].text", one.text) for number, one in enumerate(scenario.says)),
        *((f"notes[{number}].text", one.text) for number, one in enumerate(scenario.notes)),
        *((f"expect[{number}].says", one.says) for number, one in enumerate(scenario.expect)),
        *((f"people[{number}].remark", one.remark) for number, one in enumerate(scenario.people)),
        *((f"declares[{number}].title", one.title) for number, one in enumerate(scenario.declares)),
    )
    for path, text in texts:
        if len(text) > limits.MAX_TEXT_CHARS or not text.isprintable():
            yield path, f"is one line of at most {limits.MAX_TEXT_CHARS} printable characters"


def _path(track: ScenarioTrack, path: str, scenario: Scenario) -> Iterator[tuple[str, str]]:
    if not 2 <= len(track.path) <= limits.MAX_POINTS:
        yield f"{path}.path", f"needs 2 to {limits.MAX_POINTS} points"
    if track.altitude_datum is AltitudeDatum.MSL_GEOID:
        yield f"{path}.altitude_datum", "no source reports it; say pressure_standard or ellipsoid"
    for number, (one, other) in enumerate(pairwise(track.path), start=1):
        place = f"{path}.path[{number}].at"
        if other.at_s <= one.at_s:
            yield place, "is not later than the point before"
        elif _speed_mps(one, other) > limits.MAX_SPEED_MPS:
            yield place, f"is reached only faster than {limits.MAX_SPEED_MPS:.0f} m/s"
    if track.path and track.path[0].at_s > scenario.drill.until_s:
        yield f"{path}.path[0].at", "is after the end of the scenario"


def _speed_mps(one: PathPoint, other: PathPoint) -> float:
    here, there = one.position, other.position
    metres, _ = distance_and_bearing(here.latitude_deg, here.longitude_deg, there.latitude_deg, there.longitude_deg)
    return float(metres) / (other.at_s - one.at_s)


def _feed(feed: Feed, path: str, scenario: Scenario) -> Iterator[tuple[str, str]]:
    known = {track.name for track in scenario.tracks}
    for name in feed.tracks:
        if name not in known:
            yield f"{path}.tracks", f"{name!r} is no aircraft of the scenario"
    if feed.rotation_deg and feed.site is None:
        yield f"{path}.rotation", "needs site, the place of the radar that is turned"


def _reports(scenario: Scenario) -> Iterator[tuple[str, str]]:
    total = 0.0
    for feed in scenario.feeds:
        for track in scenario.tracks:
            if track.path and (not feed.tracks or track.name in feed.tracks):
                total += (track.path[-1].at_s - track.path[0].at_s) / feed.every_s
    if total > limits.MAX_REPORTS:
        yield "feeds", f"make {total:,.0f} reports; the limit is {limits.MAX_REPORTS:,}: report less often"


def _declarations(scenario: Scenario) -> Iterator[tuple[str, str]]:
    known: dict[str, str] = {}
    for number, one in sorted(enumerate(scenario.declares), key=lambda each: each[1].at_s):
        path = f"declares[{number}]"
        if one.step is DeclareStep.DECLARE:
            if one.name in known:
                yield f"{path}.name", f'{one.name!r} is declared already; say step = "amend"'
            known[one.name] = one.party
        elif known.get(one.name) != one.party:
            yield f"{path}.name", f"{one.party} has declared no {one.name!r} before"
        if one.step in (DeclareStep.DECLARE, DeclareStep.AMEND):
            yield from _shape(one, path)


def _shape(one: Declares, path: str) -> Iterator[tuple[str, str]]:
    if not one.title:
        yield f"{path}.title", "is missing; say what it is"
    match one.subject:
        case NoticeSubject.FLIGHT | NoticeSubject.ZONE:
            if not 1 <= len(one.volumes) <= limits.MAX_VOLUMES:
                yield f"{path}.volumes", f"needs 1 to {limits.MAX_VOLUMES} volumes"
            for number, volume in enumerate(one.volumes):
                yield from _volume(volume, f"{path}.volumes[{number}]")
        case NoticeSubject.PROTECTED_SITE:
            if one.position is None or one.radius_m is None or one.from_s is None or one.until_s is None:
                yield path, "a protected site needs position, radius, from and until"
        case NoticeSubject.MOVEMENT:
            if len(one.route) < 2 or one.half_width_m is None or one.from_s is None or one.until_s is None:
                yield path, "a movement needs a route of two points or more, half_width, from and until"
        case NoticeSubject.ACTIVITY:
            yield f"{path}.subject", "declare an activity as a zone"


def _volume(volume: ScenarioVolume, path: str) -> Iterator[tuple[str, str]]:
    if (volume.circle is None) == (len(volume.polygon) < 3):
        yield path, "needs either a circle or a polygon of three corners or more"


def _sayings(scenario: Scenario) -> Iterator[tuple[str, str]]:
    parties, tracks = {one.id for one in scenario.parties}, {one.name for one in scenario.tracks}
    sayable = {MessageKind.SAFETY_STOP, MessageKind.REQUEST, MessageKind.LATE_ENTRY, MessageKind.IDENTIFICATION_REQUEST}
    for number, one in enumerate(scenario.says):
        path = f"says[{number}]"
        for peer in one.to:
            if peer not in parties or peer == one.party:
                yield f"{path}.to", f"{peer!r} is no other party"
        if one.kind not in sayable:
            yield f"{path}.kind", f"a scenario can say: {', '.join(sorted(sayable))}"
        if one.kind is MessageKind.SAFETY_STOP:
            if one.volume is None:
                yield path, "a safety stop needs the volume to keep clear of"
            else:
                yield from _volume(one.volume, f"{path}.volume")
        if one.kind is MessageKind.IDENTIFICATION_REQUEST and one.track not in tracks:
            yield f"{path}.track", "an identification request names an aircraft of the scenario"
        if one.kind is MessageKind.LATE_ENTRY and (one.said_s is None or one.said_s > one.at_s):
            yield f"{path}.said", "a late entry says when it was said, before it is keyed in"


def _people(scenario: Scenario) -> Iterator[tuple[str, str]]:
    verdicts = {verdict for possible in VERDICTS.values() for verdict in possible}
    about = {
        *(one.name for one in scenario.tracks),
        *(one.name for one in scenario.says),
        *(one.name for one in scenario.declares),
    }
    for number, one in enumerate(scenario.people):
        path = f"people[{number}]"
        if (one.answer is None) != (one.answer_after_s is None):
            yield path, "answer and answer_after go together"
        if one.answer is not None and one.answer not in verdicts:
            yield f"{path}.answer", f"possible are: {', '.join(sorted(Verdict))}"
        if one.relay_to and one.relay_after_s is None:
            yield f"{path}.relay_to", "needs relay_after"
        for name in one.about:
            if name not in about:
                yield f"{path}.about", f"{name!r} is no aircraft, saying or item of the scenario"
    for number, told in enumerate(scenario.tells):
        if not told.units:
            yield f"tells[{number}].units", "names no unit"
        for name in told.about:
            if name not in about:
                yield f"tells[{number}].about", f"{name!r} is no aircraft of the scenario"


def _outages(scenario: Scenario) -> Iterator[tuple[str, str]]:
    parties = {one.id for one in scenario.parties}
    for number, one in enumerate(scenario.outages):
        if not 1 <= len(set(one.between)) <= 2 or not parties.issuperset(one.between):
            yield f"outages[{number}].between", "names two parties, or the one whose node is down"


def _expectations(scenario: Scenario) -> Iterator[tuple[str, str]]:
    for number, one in enumerate(scenario.expect):
        path = f"expect[{number}]"
        facts = OBSERVATIONS.get(one.what)
        if facts is None:
            yield f"{path}.what", f"{one.what!r} is none of: {', '.join(OBSERVATIONS)}"
            continue
        for key in (*one.where, *one.each):
            if key not in facts:
                yield f"{path}.where", f"{one.what!r} says nothing of {key!r}; it says: {', '.join(facts)}"
        if one.count < 1:
            yield f"{path}.count", "is at least 1"
    for number, variant in enumerate(scenario.without):
        for key, fault in _variant(variant, scenario):
            yield f"without[{number}].{key}", fault


def _variant(variant: Without, scenario: Scenario) -> Iterator[tuple[str, str]]:
    names = {one.name for one in scenario.expect}
    if not variant.off and not variant.unbound:
        yield "name", "takes nothing away; name it under off or unbound"
    for name in variant.fails:
        if name not in names:
            yield "fails", f"{name!r} is no expectation"
    if not variant.fails:
        yield "fails", "names no expectation that fails"
    agencies = {agency for party in scenario.parties for agency in party.agencies}
    for name in variant.unbound:
        if name not in agencies:
            yield "unbound", f"{name!r} is no agency"
