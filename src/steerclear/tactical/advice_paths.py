"""One path judged by itself: whether it keeps clear of a scene, whom it passes how near, and how long it is in loss."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from steerclear.model.advice import Nearby
from steerclear.separation.band_areas import free_of_area
from steerclear.separation.bands import free_cells
from steerclear.separation.cartesian import conflict_interval
from steerclear.separation.manoeuvres import Stem
from steerclear.tactical.advice_scene import FLAT_M, Scene

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]


class Passing(NamedTuple):
    """A path against each other aircraft, shape (n,)."""

    across_m: Floats
    """Horizontally at the closest point."""
    along_m: Floats
    """Vertically there."""
    in_s: Floats
    loss: Truths
    """Whether it is within both minima at any time."""
    lost_s: Floats
    """For how long it is."""

    def share(self, scene: Scene) -> Floats:
        """How near, against the minima: below 1 is within both at the closest point."""
        traffic = scene.traffic
        return np.asarray(np.maximum(self.across_m / traffic.horizontal_m, self.along_m / traffic.vertical_m))


def is_clear(path: Stem, scene: Scene) -> bool:
    """Whether a path, as `path_of` makes it, keeps clear of all traffic and areas."""
    return bool(free_cells(path, scene.traffic)[-1]) and keeps_out(path, scene)


def keeps_out(path: Stem, scene: Scene) -> bool:
    """Whether a path enters no area."""
    return all(free_of_area(path, one.area, scene.area_lookahead_s)[-1] for one in scene.areas)


def passing(path: Stem, scene: Scene) -> Passing:
    """A path against all traffic of a scene that has some, leg by leg, by the exact kernel."""
    traffic = scene.traffic
    begins = path.times_s[:-1]
    lasts = np.diff(path.times_s)
    flown = np.diff(path.nodes_m, axis=0)[:-1] / np.maximum(lasts[:-1, None], 1e-9)
    velocity = np.vstack([flown, path.end_mps])
    left = traffic.lookahead_s[None, :] - begins[:, None]
    ahead = np.minimum(np.append(lasts[:-1], np.inf)[:, None], left)
    place = traffic.place_m[None, :, :] + traffic.velocity_mps[None, :, :] * begins[:, None, None]
    apart = path.nodes_m[:-1, None, :] - place
    closing = velocity[:, None, :] - traffic.velocity_mps[None, :, :]
    legs = conflict_interval(
        *np.moveaxis(apart, -1, 0),
        *np.moveaxis(closing, -1, 0),
        horizontal_m=traffic.horizontal_m,
        vertical_m=traffic.vertical_m,
        lookahead_s=np.maximum(ahead, 0.0),
    )
    flying = left >= 0.0
    lost = legs["conflict"] & flying
    horizontal = np.where(flying, legs["horizontal_cpa_m"], np.inf)
    nearest = np.argmin(horizontal, axis=0)
    rows = np.arange(len(nearest))
    return Passing(
        across_m=horizontal[nearest, rows],
        along_m=legs["vertical_cpa_m"][nearest, rows],
        in_s=begins[nearest] + legs["t_cpa_s"][nearest, rows],
        loss=np.any(lost, axis=0),
        lost_s=np.where(lost, legs["t_out_s"] - legs["t_in_s"], 0.0).sum(axis=0),
    )


def closest(path: Stem, scene: Scene) -> tuple[Nearby, ...]:
    """All traffic at its closest to a path: losses first, then nearest against its minima."""
    if not scene.others:
        return ()
    traffic = scene.traffic
    seen = passing(path, scene)
    order = np.argsort(np.where(seen.loss, -1.0, 0.0) + seen.share(scene), kind="stable")
    return tuple(
        Nearby(
            track_id=one.track_id,
            label=one.identity.label if one.identity.label != "unidentified" else one.track_id,
            horizontal_m=float(seen.across_m[k]),
            vertical_m=None if one.altitude_m is None else float(seen.along_m[k]),
            in_s=float(seen.in_s[k]),
            loss=bool(seen.loss[k]),
            minimum_horizontal_m=float(traffic.horizontal_m[k]) - FLAT_M,
            minimum_vertical_m=float(traffic.vertical_m[k]),
        )
        for k, one in ((k, scene.others[k]) for k in order.tolist())
    )
