"""What plans in TOML, GeoJSON and KML say under the same names: heights, times, identities, priority, aircraft."""

from __future__ import annotations

from collections.abc import Sequence

from steerclear.geodesy.units import FT_M
from steerclear.interfaces.plan_files import limits
from steerclear.interfaces.plan_files.defaults import Assumptions, PlanDefaults
from steerclear.interfaces.plan_files.errors import PlanFileError
from steerclear.interfaces.plan_files.fields import Fields
from steerclear.interfaces.plan_files.levels import Band, Level, checked_band, lower_level, upper_level
from steerclear.interfaces.plan_files.readers import (
    address,
    callsign,
    moment_s,
    moment_text,
    number,
    remote_id,
    title,
    whole,
    word_of,
)
from steerclear.model.plan_draft import PlanDraft
from steerclear.model.track import AltitudeDatum, Identity
from steerclear.model.vocabulary import AircraftKind
from steerclear.model.volumes import PolygonArea, Volume4D

_HEIGHT = number(limits.MIN_HEIGHT_M, limits.MAX_HEIGHT_M)
_UNITLESS = ("altitude", "height", "ceiling", "floor", "base", "top")


def read_band(fields: Fields, defaults: PlanDefaults, assume: Assumptions) -> Band:
    """Lower and upper bound: texts with unit and datum, or numbers `lower_m` … with `altitude_datum` beside them.

    Raises:
        PlanFileError: missing, without datum, of two datums, or upside down.
    """
    for name in _UNITLESS:
        if fields.has(name):
            raise fields.fail(
                name, 'has no unit and no datum; write lower and upper, for example lower: "GND", upper: "120 m AMSL"'
            )
    datum = fields.optional("altitude_datum", word_of(AltitudeDatum))
    lower, has_lower = _bound(fields, "lower", datum)
    upper, has_upper = _bound(fields, "upper", datum)
    if not has_lower and not has_upper:
        if defaults.band is None:
            raise fields.fail(
                "", 'lower and upper are missing; write both, for example lower: "GND", upper: "120 m AMSL"'
            )
        lower, upper = defaults.band.lower, defaults.band.upper
        assume.from_defaults("the height", f"from {lower or 'the ground'} to {upper or 'unlimited'}")
    elif not (has_lower and has_upper):
        missing = "upper" if has_lower else "lower"
        open_end = '"GND"' if missing == "lower" else '"UNL"'
        raise fields.fail("", f"{missing} is missing; where there is no such bound, write {open_end}")
    try:
        return checked_band(lower, upper)
    except ValueError as fault:
        raise fields.fail("", str(fault)) from None


def _bound(fields: Fields, name: str, datum: AltitudeDatum | None) -> tuple[Level | None, bool]:
    """A bound and whether it is there."""
    found: list[Level | None] = []
    if fields.has(name):
        found.append(fields.take(name, lower_level if name == "lower" else upper_level))
    for unit, factor in (("m", 1.0), ("ft", FT_M)):
        key = f"{name}_{unit}"
        if fields.has(key):
            value = fields.take(key, _HEIGHT) * factor
            if datum is None:
                words = ", ".join(word.value for word in AltitudeDatum)
                raise fields.fail(key, f"has no datum; add altitude_datum, one of {words}")
            found.append(Level(value, datum))
    if len(found) > 1:
        raise fields.fail(name, "is there twice, in two spellings; keep one")
    return (found[0], True) if found else (None, False)


def read_window(fields: Fields, defaults: PlanDefaults, assume: Assumptions) -> tuple[float, float]:
    """From and until.

    Raises:
        PlanFileError: missing, no moment, not in order, or farther apart than MAX_DURATION_S.
    """
    found = []
    for key, default in (("from", defaults.from_s), ("until", defaults.until_s)):
        moment = fields.optional(key, moment_s)
        if moment is None:
            if default is None:
                raise fields.fail(key, f"is missing; write it as 2026-12-01T08:00:00Z, or say {key} beside the file")
            assume.from_defaults(key, moment_text(default))
            moment = default
        found.append(moment)
    check_window(found[0], found[1], fields)
    return found[0], found[1]


def check_window(from_s: float, until_s: float, fields: Fields) -> None:
    """Refuse a window that is no time, or too long. Raises PlanFileError."""
    if until_s <= from_s:
        raise fields.fail("until", f"({moment_text(until_s)}) is not after from ({moment_text(from_s)})")
    if until_s - from_s > limits.MAX_DURATION_S:
        raise fields.fail("until", f"is more than {limits.MAX_DURATION_S / 86_400.0:g} days after from; split the plan")


def read_kind(fields: Fields, defaults: PlanDefaults, assume: Assumptions) -> AircraftKind:
    """Crewed or uncrewed; uncrewed where nobody says."""
    found = fields.optional("aircraft", word_of(AircraftKind))
    if found is not None:
        return found
    if defaults.kind is not None:
        assume.from_defaults("aircraft", defaults.kind.value)
        return defaults.kind
    assume.say("aircraft is uncrewed: the file does not say whether it flies with a crew")
    return AircraftKind.UNCREWED


def read_priority(fields: Fields, defaults: PlanDefaults, assume: Assumptions) -> int:
    """The priority; 0, that of an ordinary flight, where nobody says."""
    found = fields.optional("priority", whole(-limits.MAX_PRIORITY, limits.MAX_PRIORITY))
    if found is not None:
        return found
    if defaults.priority is not None:
        assume.from_defaults("priority", defaults.priority)
        return defaults.priority
    return 0


def read_title(found: str | None, defaults: PlanDefaults, assume: Assumptions, fallback: str) -> str:
    """The title of a file, else the default, else the fallback."""
    if found:
        return found
    if defaults.title:
        assume.from_defaults("title", repr(defaults.title))
        return defaults.title
    assume.say(f"title is {fallback!r}: the file has none")
    return fallback


def read_identities(fields: Fields) -> tuple[Identity, ...]:
    """How the aircraft can be told apart: a list of tables with callsign, address or remote_id."""
    if not fields.has("identities"):
        return ()
    found = []
    for index, value in enumerate(fields.several("identities", limits.MAX_IDENTITIES, 0)):
        each = fields.below("identities", index, value)
        identity = Identity(
            icao_address=each.optional("address", address),
            callsign=each.optional("callsign", callsign),
            remote_id=each.optional("remote_id", remote_id),
        )
        each.nothing_left()
        if identity == Identity():
            raise each.fail("", "needs callsign, address or remote_id")
        found.append(identity)
    return tuple(found)


def read_heading(
    fields: Fields, defaults: PlanDefaults, assume: Assumptions, fallback: str
) -> tuple[str, int, AircraftKind, tuple[Identity, ...]]:
    """Title, priority, kind of aircraft and identities of a file written for us."""
    return (
        read_title(fields.optional("title", title), defaults, assume, fallback),
        read_priority(fields, defaults, assume),
        read_kind(fields, defaults, assume),
        read_identities(fields),
    )


def check_totals(draft: PlanDraft) -> PlanDraft:
    """The plan itself, if it is not too large.

    Raises:
        PlanFileError: more than MAX_VOLUMES volumes or MAX_VERTICES vertices, or none at all.
    """
    volumes: Sequence[Volume4D] = (*draft.volumes, *draft.off_nominal_volumes)
    if not volumes:
        raise PlanFileError("", "the file holds no area, route or volume")
    if len(volumes) > limits.MAX_VOLUMES:
        raise PlanFileError("", f"the plan has {len(volumes):,} volumes; at most {limits.MAX_VOLUMES:,} are allowed")
    check_vertices(sum(map(vertex_count, volumes)))
    return draft


def vertex_count(volume: Volume4D) -> int:
    """How many vertices the area of a volume has."""
    return len(volume.area.vertices) if isinstance(volume.area, PolygonArea) else 0


def check_vertices(count: int) -> None:
    """Refuse a plan of too many vertices. Raises PlanFileError."""
    if count > limits.MAX_VERTICES:
        raise PlanFileError("", f"the plan has {count:,} vertices or more; at most {limits.MAX_VERTICES:,} are allowed")


def check_positions(count: int, what: str) -> None:
    """Refuse a file of more positions than any plan has, before one of them is looked at. Raises PlanFileError."""
    if count > limits.MAX_POSITIONS:
        raise PlanFileError("", f"{what} with some {count:,} positions; at most {limits.MAX_POSITIONS:,} are read")


def as_text(data: bytes) -> str:
    """UTF-8 text. Raises PlanFileError with the byte that is not."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data[: fault.start].count(b"\n") + 1
        raise PlanFileError(f"line {line}", "is not UTF-8 text; save the file as UTF-8") from None


def bounded(data: bytes, at_most: int, what: str) -> bytes:
    """The bytes themselves. Raises PlanFileError where there are too many."""
    if len(data) > at_most:
        raise PlanFileError("", f"{what} of {len(data):,} bytes; at most {at_most:,} are read")
    return data
