"""Least-disruptive advice for one own aircraft: free bands of four manoeuvres, and the smallest that clears everything.

Pure: the picture's tracks, the terms and `now` in, `Advice` out; nothing is sent. The bands come from
`separation.bands`. A proposed manoeuvre is the nearest whole step (a degree, 100 ft, a knot, 100 ft/min) inside a free
band on either side of the present value, and its own path is judged once more by the same kernel, without cells.
Effort, by which manoeuvres are ranked: 1 for 30 degrees, 1,000 ft, 20 kt or 500 ft/min. This is a convention of the
display, not a rule of the air; the crew decides.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from math import atan2, ceil, degrees, floor, hypot, radians, tan
from typing import Final

import numpy as np

from steerclear.geodesy.units import FT_M, KT_MPS
from steerclear.model.advice import Advice, Bands, Manoeuvre, ManoeuvreKind, Performance, Span
from steerclear.model.track import Track, TrackAge
from steerclear.separation.band_areas import free_of_area
from steerclear.separation.bands import bands, free_cells
from steerclear.separation.limits import MAX_SPEED_MPS
from steerclear.separation.manoeuvres import (
    Stem,
    climb_stem,
    level_stem,
    path_of,
    speed_stem,
    straight_stem,
    turn_stem,
)
from steerclear.tactical.advice_paths import closest, is_clear, keeps_out, passing
from steerclear.tactical.advice_scene import Scene, scene_of
from steerclear.tactical.advice_words import manoeuvre_words
from steerclear.tactical.faults import PictureError
from steerclear.tactical.terms import Terms

MAX_CLOSEST: Final = 3
"""Aircraft told with a manoeuvre: those it passes nearest."""

STANDING_MPS: Final = 2.0
"""Slower than this an aircraft has no heading to change."""

_KINDS: Final = ManoeuvreKind
_EFFORT: Final = {
    _KINDS.HEADING: 30.0,
    _KINDS.LEVEL: 1_000.0 * FT_M,
    _KINDS.SPEED: 20.0 * KT_MPS,
    _KINDS.VERTICAL_SPEED: 500.0 * FT_M / 60.0,
}
_STEP: Final = {
    _KINDS.HEADING: 1.0,
    _KINDS.LEVEL: 100.0 * FT_M,
    _KINDS.SPEED: KT_MPS,
    _KINDS.VERTICAL_SPEED: 100.0 * FT_M / 60.0,
}
_REGAIN_TRIED: Final = 12
"""Changes tried to each side where nothing avoids a loss: every 15 degrees, for one."""
_GRAVITY: Final = 9.80665

Stems = dict[ManoeuvreKind, Callable[[float], Stem]]
"""For each kind that the aircraft can do: a change -> the stem that leads to it."""


class AdviceError(PictureError):
    """No advice can be given for this aircraft; the message says what is missing."""


def usual_performance(own: Track) -> Performance:
    """What an aircraft of this speed is taken to do: a bank of 20 degrees, at most 3 degrees a second.

    Speeds from 80 to 120 % of the present one, 0.5 m/s2, 1,500 ft/min (500 ft/min below 40 m/s), 0.25 g vertically.
    """
    speed = hypot(own.east_mps, own.north_mps)
    turn = min(3.0, degrees(_GRAVITY * tan(radians(20.0)) / max(speed, 1.0)))
    return Performance(
        turn_deg_s=turn,
        accelerate_mps2=0.5,
        vertical_mps2=0.25 * _GRAVITY,
        climb_mps=(1_500.0 if speed >= 40.0 else 500.0) * FT_M / 60.0,
        slowest_mps=0.8 * speed,
        fastest_mps=1.2 * speed,
        level_change_m=4_000.0 * FT_M,
    )


def advise(
    own: Track,
    tracks: Sequence[Track],
    terms: Terms,
    now_s: float,
    performance: Performance | None = None,
    misaligned: Collection[str] = (),
) -> Advice:
    """Advice for `own`, one of the picture's `tracks` at its last step. Raises AdviceError where none can be given.

    Aircraft known only by sources that are `misaligned` are kept clear of where these show them, and counted in a note.
    """
    label = own.identity.label if own.identity.label != "unidentified" else own.track_id
    _refuse_unfit(own, label)
    able = performance or usual_performance(own)
    climb_mps = max(able.climb_mps, abs(own.up_mps))
    scene = scene_of(own, tracks, terms, now_s, max(able.fastest_mps, hypot(own.east_mps, own.north_mps)), climb_mps)
    stems = _stems(scene, able)
    ahead = path_of(straight_stem(scene.velocity_mps))
    losses = tuple(one for one in closest(ahead, scene) if one.loss)
    entered = tuple(one.zone_id for one in scene.areas if not free_of_area(ahead, one.area, scene.area_lookahead_s)[-1])
    found = tuple(_bands_of(kind, stem, scene, own, able) for kind, stem in stems.items())
    wanted = bool(losses or entered)
    proposed = [one for row in found for one in _proposals(row, stems[row.kind], scene, own)] if wanted else []
    notes = (*scene.notes, *_doubts(own, scene, misaligned))
    regain = _regain(stems, scene, own, able, ahead) if losses and not proposed else None
    if wanted and not proposed:
        notes = (*notes, "no single change of heading, level, speed or vertical speed keeps clear of everything")
    if any(_descends(one) for one in (*proposed, *([regain] if regain else []))):
        notes = (*notes, "terrain and obstacles are not known here: how low it may fly is the crew's to judge")
    if _KINDS.HEADING not in stems:
        notes = (*notes, "it stands still: heading and speed are not looked at")
    return Advice(
        track_id=own.track_id,
        label=label,
        time_s=now_s,
        lookahead_s=scene.lookahead_s,
        altitude_datum=own.altitude_datum,  # type: ignore[arg-type]  # refused above where it is None
        performance=able,
        losses=losses,
        areas=entered,
        bands=found,
        manoeuvres=tuple(sorted(proposed, key=lambda one: (one.effort, one.kind, one.target))),
        regain=regain,
        compared=len(scene.others),
        notes=notes,
    )


def _descends(one: Manoeuvre) -> bool:
    """Whether a manoeuvre brings an aircraft lower than it would be without it."""
    return one.change < 0.0 and one.kind in (_KINDS.LEVEL, _KINDS.VERTICAL_SPEED)


def _doubts(own: Track, scene: Scene, misaligned: Collection[str]) -> Iterator[str]:
    """Which of the traffic may not be where it is shown."""
    off = [one for one in scene.others if one.sources and set(one.sources) <= set(misaligned)]
    if off:
        names = sorted({source for one in off for source in one.sources})
        be = "is" if len(names) == 1 else "are"
        yield f"{' and '.join(names)} {be} out of alignment: {len(off)} aircraft may not be where they are shown"
    mine = own.identity
    for one in scene.others:
        same = mine.icao_address is not None and one.identity.icao_address == mine.icao_address
        if same or (mine.remote_id is not None and one.identity.remote_id == mine.remote_id):
            yield f"{one.track_id} claims the same identity at another place; it is kept clear of like any other"


def _refuse_unfit(own: Track, label: str) -> None:
    if own.on_ground:
        raise AdviceError(f"{label} is on the ground: there is nothing to advise")
    if own.age not in (TrackAge.FRESH, TrackAge.COASTING):
        raise AdviceError(f"{label} is no longer heard: where it is now is not known, so no advice can be given")
    if own.altitude_m is None:
        raise AdviceError(f"the altitude of {label} is not known, so no advice can be given")
    if max(abs(own.east_mps), abs(own.north_mps), abs(own.up_mps)) > MAX_SPEED_MPS:
        raise AdviceError(f"the velocity of {label} is impossible, so no advice can be given")


def _stems(scene: Scene, able: Performance) -> Stems:
    velocity = scene.velocity_mps
    rate = radians(able.turn_deg_s)
    stems: Stems = {}
    if hypot(velocity[0], velocity[1]) >= STANDING_MPS:
        stems[_KINDS.HEADING] = lambda change: turn_stem(velocity, rate, radians(change))
    stems[_KINDS.LEVEL] = lambda change: level_stem(velocity, able.climb_mps, change)
    if _KINDS.HEADING in stems:
        speed = hypot(velocity[0], velocity[1])
        stems[_KINDS.SPEED] = lambda change: speed_stem(velocity, able.accelerate_mps2, speed + change)
    stems[_KINDS.VERTICAL_SPEED] = lambda change: climb_stem(velocity, able.vertical_mps2, float(velocity[2]) + change)
    return stems


def _reach(kind: ManoeuvreKind, own: Track, able: Performance) -> tuple[float, float, float]:
    """(present value, lowest and highest change that are looked at), in the kind's own unit."""
    speed = hypot(own.east_mps, own.north_mps)
    if kind is _KINDS.HEADING:
        return degrees(atan2(own.east_mps, own.north_mps)) % 360.0, -180.0, 180.0
    if kind is _KINDS.LEVEL:
        altitude_m = own.altitude_m or 0.0
        # Below the level from which heights are counted there is ground nearly everywhere; where it is not, it may be.
        return altitude_m, -min(able.level_change_m, max(altitude_m, 0.0)), able.level_change_m
    if kind is _KINDS.SPEED:
        return speed, min(able.slowest_mps - speed, 0.0), max(able.fastest_mps - speed, 0.0)
    climb = max(able.climb_mps, abs(own.up_mps))
    return own.up_mps, -climb - own.up_mps, climb - own.up_mps


def _free_changes(kind: ManoeuvreKind, stem: Stem, scene: Scene) -> list[tuple[float, float]]:
    """Free changes from the present value, as intervals from near to far."""
    free = free_cells(stem, scene.traffic)
    for one in scene.areas:
        if not free.any():
            break
        free &= free_of_area(stem, one.area, scene.area_lookahead_s)
    offsets = stem.targets - stem.targets[0]
    return bands(np.degrees(offsets) if kind is _KINDS.HEADING else offsets, free)


def _bands_of(kind: ManoeuvreKind, stem: Callable[[float], Stem], scene: Scene, own: Track, able: Performance) -> Bands:
    now, down, up = _reach(kind, own, able)
    low_side = [(far, near) for near, far in _free_changes(kind, stem(down), scene)] if down < 0.0 else []
    high_side = _free_changes(kind, stem(up), scene) if up > 0.0 else []
    joined: list[tuple[float, float]] = []
    for low, high in [*reversed(low_side), *high_side]:
        if joined and low <= joined[-1][1]:
            joined[-1] = joined[-1][0], high
        else:
            joined.append((low, high))
    free = [Span(low=now + low, high=now + high) for low, high in joined]
    if kind is _KINDS.HEADING:
        return Bands(kind=kind, low=0.0, high=360.0, now=now, free=tuple(_around(free)))
    return Bands(kind=kind, low=now + down, high=now + up, now=now, free=tuple(free))


def _around(spans: Sequence[Span]) -> list[Span]:
    """Headings folded into 0..360 and joined where they meet, cut at north."""
    cut = []
    for span in spans:
        for turn in (-360.0, 0.0, 360.0):
            low, high = max(span.low + turn, 0.0), min(span.high + turn, 360.0)
            if low < high:
                cut.append((low, high))
    joined: list[tuple[float, float]] = []
    for low, high in sorted(cut):
        if joined and low <= joined[-1][1] + 1e-9:
            joined[-1] = joined[-1][0], max(high, joined[-1][1])
        else:
            joined.append((low, high))
    return [Span(low=low, high=high) for low, high in joined]


def _proposals(row: Bands, stem: Callable[[float], Stem], scene: Scene, own: Track) -> Iterator[Manoeuvre]:
    """The nearest free manoeuvre of a kind on either side, checked by itself."""
    for side in (-1.0, 1.0):
        for change in _nearest(row, side):
            path = path_of(stem(change))
            if not is_clear(path, scene):
                continue
            target = (row.now + change) % 360.0 if row.kind is _KINDS.HEADING else row.now + change
            yield Manoeuvre(
                kind=row.kind,
                change=change,
                target=target,
                effort=abs(change) / _EFFORT[row.kind],
                words=manoeuvre_words(row.kind, change, target, own.altitude_datum),
                closest=closest(path, scene)[:MAX_CLOSEST],
            )
            break


def _regain(stems: Stems, scene: Scene, own: Track, able: Performance, ahead: Stem) -> Manoeuvre | None:
    """The change that shortens the losses most, where none avoids them; it brings no other loss and enters no area."""
    now = passing(ahead, scene)
    best: tuple[float, float, float] | None = None
    chosen: Manoeuvre | None = None
    for kind, stem in stems.items():
        value, down, up = _reach(kind, own, able)
        for change in np.linspace(down, up, 2 * _REGAIN_TRIED + 1).tolist():
            path = path_of(stem(change))
            seen = passing(path, scene)
            if change == 0.0 or (seen.loss & ~now.loss).any() or not keeps_out(path, scene):
                continue
            effort = abs(change) / _EFFORT[kind]
            rank = round(float(seen.lost_s.sum()), 1), -round(float(seen.share(scene).min()), 2), effort
            if best is None or rank < best:
                best = rank
                target = (value + change) % 360.0 if kind is _KINDS.HEADING else value + change
                words = manoeuvre_words(kind, change, target, own.altitude_datum)
                chosen = Manoeuvre(
                    kind=kind,
                    change=change,
                    target=target,
                    effort=effort,
                    words=f"{words}: {rank[0]:.0f} s in loss of separation instead of {now.lost_s.sum():.0f} s",
                    closest=closest(path, scene)[:MAX_CLOSEST],
                )
    return chosen if best is not None and best[0] <= float(now.lost_s.sum()) - 1.0 else None


def _nearest(row: Bands, side: float) -> Iterator[float]:
    """Changes on one side, nearest first: the first whole step inside each free band, else the band's near edge."""
    step = _STEP[row.kind]
    turns = (-360.0, 0.0, 360.0) if row.kind is _KINDS.HEADING else (0.0,)
    near = []
    for span in row.free:
        for turn in turns:
            ends = sorted(((span.low + turn - row.now) * side, (span.high + turn - row.now) * side))
            if ends[1] > 0.0 and not (row.kind is _KINDS.HEADING and ends[0] > 180.0):
                near.append((max(ends[0], 0.0), ends[1]))
    for first, last in sorted(near):
        value = row.now + side * first
        whole = (ceil(value / step - 1e-9) if side > 0.0 else floor(value / step + 1e-9)) * step
        change = (whole - row.now) * side
        if 0.0 < change <= min(last, 180.0 if row.kind is _KINDS.HEADING else last):
            yield side * change
        elif first > 0.0:
            yield side * first
