"""The check of a plan before it is flown or reserved: everything that is known against it, and what else to know.

`check(plan, neighbours, terms, now_s) -> PlanCheck`. Pure: the same arguments give the same answer, in whatever order
the neighbours come. It looks, in this order of weight, at

- conflicts: flights within the minima, zones of other parties, protected sites and movements within the standoff;
- contradictions of the plan with itself, and with other zones of its party;
- the agreed notice times;
- advice: areas of authority entered, own zones, flights that nobody has ended, sealed items that cannot be compared.

A party that is silent, or whose line is down, keeps all that it has declared until that expires.
Metres, POSIX UTC seconds. A plan contradicted by itself is still compared, in its widest reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

import msgspec

from steerclear.model.declared import Declared, DeclaredKind, Known
from steerclear.model.plan_check import Finding, FindingKind, PlanCheck, Weight
from steerclear.strategic.authority import authority_findings
from steerclear.strategic.contacts import contact_of
from steerclear.strategic.contradictions import contradictions, limits_said, two_limits
from steerclear.strategic.declaring import cannot_be_seen, is_overdue
from steerclear.strategic.findings import closeness, finding_about, meeting_of, ordered
from steerclear.strategic.limits import MAX_MEETINGS, MAX_OVERDUE_S
from steerclear.strategic.notice_rules import notice_findings
from steerclear.strategic.precedence import precedence
from steerclear.strategic.situation import ZONES, Met, Situation, identity
from steerclear.strategic.terms import PlanTerms
from steerclear.strategic.widest import span_s, widest_reading

_KINDS: Final = {
    DeclaredKind.FLIGHT: FindingKind.FLIGHT,
    DeclaredKind.ZONE: FindingKind.ZONE,
    DeclaredKind.AGREED_ZONE: FindingKind.ZONE,
    DeclaredKind.SITE: FindingKind.SITE,
    DeclaredKind.MOVEMENT: FindingKind.MOVEMENT,
}
_WORDS: Final = {
    DeclaredKind.FLIGHT: "a flight",
    DeclaredKind.ZONE: "a zone",
    DeclaredKind.AGREED_ZONE: "a zone of the agreement",
    DeclaredKind.SITE: "a protected site",
    DeclaredKind.MOVEMENT: "people on the move",
    DeclaredKind.AREA: "an area of authority",
}


def check(plan: Declared, neighbours: Iterable[Declared], terms: PlanTerms, now_s: float) -> PlanCheck:
    """What stands against a plan, and what else its party should know before it decides.

    Args:
        plan: the flight, zone, site or movement; an earlier revision of it among the neighbours is not compared.
        neighbours: everything known that may come near it in space and time, own and notified, in any order; also
            what is sealed. The agreement's own zones and areas need not be among them.
        terms: the agreement, and this side's settings.
        now_s: POSIX seconds; what is over by then is no matter any more.
    """
    return examine(plan, Situation(neighbours, terms, now_s))


def examine(plan: Declared, situation: Situation) -> PlanCheck:
    """`check` against a situation that has been made ready."""
    agreement, now_s = situation.terms.agreement, situation.now_s
    places = situation.terms.known_places
    met = list(situation.met_by(plan))
    findings, left_out = ordered(
        chain(
            (_finding(plan, one, situation) for one in met),
            contradictions(plan, places, now_s),
            _two_versions(met, situation),
            _limits_of_two_zones(plan, situation),
            notice_findings(plan, agreement, now_s),
            authority_findings(plan, agreement, places),
            _overdue(plan, situation),
            _not_comparable(plan, situation),
        )
    )
    return PlanCheck(
        plan_kind=plan.kind,
        plan_id=plan.declared_id,
        revision=plan.revision,
        made_at_s=now_s,
        agreement_id=agreement.agreement_id,
        agreement_version=agreement.version,
        clear=all(finding.weight is Weight.ADVICE for finding in findings),
        findings=findings,
        findings_left_out=left_out,
        compared=sum(
            identity(other.it) != identity(plan) and not cannot_be_seen(other.it) for other in situation.in_force()
        ),
        unseen=sum(finding.kind is FindingKind.SEALED for finding in findings),
    )


def _finding(plan: Declared, met: Met, situation: Situation) -> Finding:
    other = met.other
    own_zone = met.weight is Weight.ADVICE
    closest = sorted(met.pairs, key=lambda pair: closeness(pair.shared, pair.volume, pair.other_volume))
    meetings = [
        meeting_of(
            pair.volume,
            plan.volumes[pair.volume],
            pair.other_volume,
            other.volumes[pair.other_volume],
            pair.shared,
            pair.required,
        )
        for pair in closest[:MAX_MEETINGS]
    ]
    # A flight before its own party's zone, or the zone before the flight: either way it is that party's own matter.
    who = None if own_zone else precedence(plan, other, situation.terms.agreement)
    return finding_about(
        FindingKind.OWN_ZONE if own_zone else _KINDS[other.kind],
        met.weight,
        _said(met),
        other,
        meetings,
        situation.terms.known_places,
        from_s=min(pair.shared.from_s for pair in met.pairs),
        until_s=max(pair.shared.until_s for pair in met.pairs),
        meetings_left_out=max(0, len(met.pairs) - MAX_MEETINGS),
        precedence=who,
        contacts=(contact_of(other.party, other.contact_function, situation.terms.agreement),),
    )


def _said(met: Met) -> str:
    other = met.other
    name = f"{_WORDS[other.kind]} of {other.party}" + (f", {other.title!r}" if other.title else "")
    if met.weight is Weight.ADVICE:
        return f"meets {name}: of the same party, which knows whether it is for this"
    touching = any(pair.shared.horizontal_distance_m == pair.shared.vertical_distance_m == 0.0 for pair in met.pairs)
    said = f"shares airspace with {name}" if touching else f"comes closer than required to {name}"
    if other.known is not Known.FULL:
        said += ", of which only the coarse outline is known: it may turn out to be no conflict"
    if not other.reachable:
        said += "; its party cannot be reached, which ends nothing: it stays in force until it expires"
    return said


def _two_versions(met: list[Met], situation: Situation) -> Iterator[Finding]:
    seen: set[tuple[str, str, str]] = set()
    for one in met:
        name = identity(one.other)
        if sum(identity(other.it) == name for other in situation.everything) > 1 and name not in seen:
            seen.add(name)
            yield finding_about(
                FindingKind.TWO_VERSIONS,
                Weight.ADVICE,
                f"revision {one.other.revision} of it is known in two versions; both are counted, ask which one holds",
                one.other,
                (),
                (),
                contacts=(contact_of(one.other.party, one.other.contact_function, situation.terms.agreement),),
            )


def _limits_of_two_zones(plan: Declared, situation: Situation) -> Iterator[Finding]:
    if plan.kind not in ZONES:
        return
    for other in situation.in_force():
        if other.it.kind not in ZONES or other.it.party != plan.party or identity(other.it) == identity(plan):
            continue
        for number, volume in enumerate(plan.volumes):
            for other_volume in other.it.volumes:
                if two_limits(volume, other_volume):
                    yield finding_about(
                        FindingKind.TWO_LIMITS,
                        Weight.CONTRADICTION,
                        f"two zones of one party give one area at one time {limits_said(volume, other_volume)}",
                        other.it,
                        (),
                        (),
                        volumes=(number,),
                    )


def _overdue(plan: Declared, situation: Situation) -> Iterator[Finding]:
    """Flights whose time has run out without a word: silence does not say that they have landed."""
    now_s = situation.now_s
    span = span_s(tuple(map(widest_reading, plan.volumes)))
    if plan.kind is not DeclaredKind.FLIGHT or span is None:
        return
    for other in situation.in_force():
        ended = span_s(other.volumes)
        if ended is None or not is_overdue(other.it, now_s) or identity(other.it) == identity(plan):
            continue
        until_s = ended[1] + MAX_OVERDUE_S
        if span[0] > until_s or now_s > until_s:
            continue
        still = Situation((_prolonged(other.it, until_s),), situation.terms, now_s)
        meetings = [pair for met in still.met_by(plan) if met.other.kind is DeclaredKind.FLIGHT for pair in met.pairs]
        if meetings:
            yield finding_about(
                FindingKind.OVERDUE,
                Weight.ADVICE,
                f"a flight of {other.it.party} was in use there when its time ran out; nobody has said that it ended",
                other.it,
                (),
                (),
                from_s=ended[1],
                contacts=(contact_of(other.it.party, other.it.contact_function, situation.terms.agreement),),
            )


def _prolonged(flight: Declared, until_s: float) -> Declared:
    volumes = tuple(msgspec.structs.replace(volume, until_s=until_s) for volume in flight.volumes)
    return msgspec.structs.replace(flight, volumes=volumes)


def _not_comparable(plan: Declared, situation: Situation) -> Iterator[Finding]:
    """What is in force and cannot be compared, wholly or in part: it is not absent."""
    span = span_s(tuple(map(widest_reading, plan.volumes)))
    for other in situation.in_force():
        contacts = (contact_of(other.it.party, other.it.contact_function, situation.terms.agreement),)
        if identity(other.it) == identity(plan) or other.it.kind is DeclaredKind.AREA:
            continue
        if cannot_be_seen(other.it):
            if _may_be_there(other.it, span, situation.now_s):
                said = "is sealed" if other.it.known is Known.SEALED else "came without a volume"
                yield finding_about(
                    FindingKind.SEALED,
                    Weight.ADVICE,
                    f"{_WORDS[other.it.kind]} of {other.it.party} {said} and may be anywhere: ask if it matters",
                    other.it,
                    (),
                    (),
                    from_s=other.it.from_s,
                    until_s=other.it.until_s,
                    contacts=contacts,
                )
        elif None in other.volumes:
            yield finding_about(
                FindingKind.NOT_A_SHAPE,
                Weight.ADVICE,
                f"{_WORDS[other.it.kind]} of {other.it.party} has a volume that is none and cannot be compared",
                other.it,
                (),
                (),
                contacts=contacts,
            )


def _may_be_there(hidden: Declared, span: tuple[float, float] | None, now_s: float) -> bool:
    """Whether the time of something that cannot be seen, as far as it is told, leaves room for it to meet a plan."""
    begins_s, ends_s = (now_s, float("inf")) if span is None else span
    if hidden.until_s is not None and hidden.until_s < max(now_s, begins_s):
        return False
    return hidden.from_s is None or hidden.from_s <= ends_s
