"""Who controls where a plan goes, and what an amendment of the agreement changes about that.

Entering another party's area is no conflict: it says whom to talk to. Where several parties claim an area, or several
areas cover one place, all of them are shown; none of the claims is weighed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from steerclear.model.agreement import Agreement, AreaOfAuthority
from steerclear.model.declared import Declared
from steerclear.model.known_place import KnownPlace
from steerclear.model.plan_check import Contact, Finding, FindingKind, Meeting, Weight
from steerclear.strategic.contacts import contact_of
from steerclear.strategic.declaring import of_area
from steerclear.strategic.findings import finding_about, meeting_of
from steerclear.strategic.preparing import NO_BUFFER, prepared
from steerclear.strategic.volumes import overlap
from steerclear.strategic.widest import widest_reading


def authority_findings(plan: Declared, agreement: Agreement, known_places: Sequence[KnownPlace]) -> Iterator[Finding]:
    """The areas that a plan enters and that its own party does not control alone."""
    for area in agreement.areas:
        if area.claimed_by == (plan.party,):
            continue
        meetings = _meetings(plan, area)
        if not meetings:
            continue
        if area.disputed:
            kind, said = (
                FindingKind.DISPUTED,
                f"control there is disputed: claimed by {' and by '.join(area.claimed_by)}",
            )
        else:
            kind, said = FindingKind.AUTHORITY, f"{area.claimed_by[0]} controls there"
        yield _finding(kind, said, area, meetings, _claimants(plan, area.claimed_by, agreement), known_places)


def authority_changes(
    old: Agreement, new: Agreement, plans: Iterable[Declared], known_places: Sequence[KnownPlace] = ()
) -> tuple[tuple[Declared, tuple[Finding, ...]], ...]:
    """What an amendment changes for plans: for each that is affected, who controlled and who will.

    An area is compared by its id; one whose name alone has changed changes nothing.
    """
    before = {area.area_id: area for area in old.areas}
    after = {area.area_id: area for area in new.areas}
    changed = [
        (before.get(area_id), after.get(area_id))
        for area_id in sorted(before | after)
        if _controls(before.get(area_id)) != _controls(after.get(area_id))
    ]
    affected = []
    for plan in plans:
        findings = tuple(_changes(plan, changed, new, known_places))
        if findings:
            affected.append((plan, findings))
    return tuple(affected)


def _changes(
    plan: Declared,
    changed: Iterable[tuple[AreaOfAuthority | None, AreaOfAuthority | None]],
    new: Agreement,
    known_places: Sequence[KnownPlace],
) -> Iterator[Finding]:
    for was, now in changed:
        met_before = () if was is None else _meetings(plan, was)
        met_after = () if now is None else _meetings(plan, now)
        had = was.claimed_by if was is not None and met_before else ()
        has = now.claimed_by if now is not None and met_after else ()
        shown = now if now is not None and met_after else was
        if shown is None or (_places(met_before), set(had)) == (_places(met_after), set(has)):
            continue
        said = f"who controls there: {_named(had)} until now, {_named(has)} under version {new.version}"
        parties = tuple(dict.fromkeys((*has, *had)))
        contacts = _claimants(plan, parties, new)
        yield _finding(FindingKind.AUTHORITY_CHANGED, said, shown, met_after or met_before, contacts, known_places)


def _controls(area: AreaOfAuthority | None) -> object:
    if area is None:
        return None
    return frozenset(area.claimed_by), of_area(area).volumes


def _places(meetings: tuple[Meeting, ...]) -> tuple[tuple[int, float, float, float | None, float | None], ...]:
    return tuple((one.volume, one.from_s, one.until_s, one.lower_m, one.upper_m) for one in meetings)


def _named(parties: tuple[str, ...]) -> str:
    if not parties:
        return "nobody by the agreement"
    return f"disputed between {' and '.join(parties)}" if len(parties) > 1 else parties[0]


def _claimants(plan: Declared, parties: tuple[str, ...], agreement: Agreement) -> tuple[Contact, ...]:
    known = {party.party_id for party in agreement.parties}
    return tuple(contact_of(party, "", agreement) for party in parties if party != plan.party and party in known)


def _finding(
    kind: FindingKind,
    said: str,
    area: AreaOfAuthority,
    meetings: tuple[Meeting, ...],
    contacts: tuple[Contact, ...],
    known_places: Sequence[KnownPlace],
) -> Finding:
    return finding_about(kind, Weight.ADVICE, said, of_area(area), meetings, known_places, contacts=contacts)


def _meetings(plan: Declared, area: AreaOfAuthority) -> tuple[Meeting, ...]:
    there = of_area(area).volumes[0]
    meetings = []
    for number, given in enumerate(plan.volumes):
        volume = widest_reading(given)
        shared = None if volume is None else overlap(prepared(volume), prepared(there), NO_BUFFER)
        if volume is not None and shared is not None:
            meetings.append(meeting_of(number, volume, 0, there, shared, NO_BUFFER))
    return tuple(sorted(meetings, key=lambda one: (one.horizontal_m, one.vertical_m, one.from_s, one.volume)))
