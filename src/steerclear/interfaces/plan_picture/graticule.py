"""What makes a map readable: meridians and parallels with their degrees, a scale bar and an arrow to the north."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.units import NM_M
from steerclear.interfaces.plan_picture.projection import MapView
from steerclear.interfaces.plan_picture.svg import Drawing, path

Floats = NDArray[np.float64]

_STEPS_DEG: Final = tuple(
    value / unit
    for unit, values in (
        (3600.0, (0.5, 1, 2, 5, 10, 15, 30)),
        (60.0, (1, 2, 5, 10, 15, 30)),
        (1.0, (1, 2, 5, 10, 15, 30)),
    )
    for value in values
)
_LINES: Final = 5.0
_POINTS: Final = 61


Label = tuple[float, float, str]


def draw_graticule(drawing: Drawing, view: MapView) -> list[Label]:
    """Meridians and parallels, to be painted under all else; where their labels stand, to be painted over it."""
    labels: list[Label] = []
    frame = view.frame
    x, y = np.meshgrid(np.linspace(frame.left, frame.right, 25), np.linspace(frame.top, frame.bottom, 25))
    latitudes, longitudes = view.places(x.ravel(), y.ravel())
    east = (longitudes - view.longitude_deg + 180.0) % 360.0 - 180.0
    low, high = float(latitudes.min()), float(latitudes.max())
    reach_deg = view.reach_m / 110_000.0
    pole = view.latitude_deg + reach_deg >= 90.0 or view.latitude_deg - reach_deg <= -90.0
    if pole:
        low, high = (low, 90.0) if view.latitude_deg > 0.0 else (-90.0, high)
    west, rest = (-180.0, 180.0) if pole else (float(east.min()), float(east.max()))
    step_deg = _step((high - low) / _LINES)
    across_deg = max(step_deg, 30.0) if pole else _step((rest - west) / _LINES)
    top = high if not pole else min(high, 90.0 - step_deg / 4.0)
    for latitude in _multiples(low, high, step_deg):
        if abs(latitude) < 90.0:
            labels += _line(
                drawing,
                view,
                np.full(_POINTS, latitude),
                view.longitude_deg + np.linspace(west, rest, _POINTS),
                _degrees(latitude, "N", "S", step_deg),
                on_left=True,
            )
    begin = view.longitude_deg + west
    for longitude in _multiples(begin, view.longitude_deg + rest - (0.001 if pole else 0.0), across_deg):
        wrapped = (longitude + 180.0) % 360.0 - 180.0
        labels += _line(
            drawing,
            view,
            np.linspace(low if not pole or low > 0 else -top, top, _POINTS),
            np.full(_POINTS, wrapped),
            _degrees(wrapped, "E", "W", across_deg),
            on_left=False,
        )
    return labels


def draw_labels(drawing: Drawing, labels: list[Label]) -> None:
    """The degrees of meridians and parallels."""
    for x, y, label in labels:
        drawing.text(x, y, label, class_="d")


def _step(wanted_deg: float) -> float:
    return next((step for step in _STEPS_DEG if step >= wanted_deg), _STEPS_DEG[-1])


def _multiples(low: float, high: float, step: float) -> list[float]:
    return [index * step for index in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def _line(
    drawing: Drawing, view: MapView, latitudes: Floats, longitudes: Floats, label: str, *, on_left: bool
) -> list[Label]:
    """Paint one, and find where its label stands."""
    frame = view.frame
    x, y = view.pixels(latitudes, longitudes)
    line = path(zip(x.tolist(), y.tolist(), strict=True), closed=False)
    drawing.add("path", d=line, fill="none", stroke="#dadde4", stroke_width="1")
    # Parallels are labelled where they meet the left edge, meridians at the lower one.
    along, beside, edge = (x, y, frame.left) if on_left else (y, x, frame.bottom)
    found: list[Label] = []
    for index in np.flatnonzero((along[:-1] - edge) * (along[1:] - edge) <= 0.0).tolist():
        span = along[index + 1] - along[index]
        share = 0.0 if span == 0.0 else (edge - along[index]) / span
        at = float(beside[index] + share * (beside[index + 1] - beside[index]))
        if on_left and frame.top + 14.0 < at < frame.bottom - 20.0:
            found.append((frame.left + 4.0, at - 3.0, label))
        elif not on_left and frame.left + 4.0 < at < frame.right - 46.0:
            found.append((at + 3.0, frame.bottom - 4.0, label))
    inside = (x > frame.left + 60.0) & (x < frame.right - 60.0) & (y > frame.top + 20.0) & (y < frame.bottom - 30.0)
    if on_left and not found and bool(inside.any()):
        # Around a pole a parallel may lie within the map: its lowest point there will do.
        lowest = int(np.argmax(np.where(inside, y, -np.inf)))
        found.append((float(x[lowest]) + 3.0, float(y[lowest]) - 3.0, label))
    return found


def _degrees(value: float, positive: str, negative: str, step_deg: float) -> str:
    side = "" if abs(value) < 1e-9 or abs(abs(value) - 180.0) < 1e-9 else positive if value > 0.0 else negative
    seconds = round(abs(value) * 3600.0, 1)
    degrees, rest = divmod(seconds, 3600.0)
    minutes, rest = divmod(rest, 60.0)
    text = f"{int(degrees)}°"
    if step_deg < 1.0:
        text += f"{int(minutes):02d}′"
    if step_deg < 1.0 / 60.0:
        text += f"{rest:04.1f}″" if step_deg < 1.0 / 3600.0 else f"{int(rest):02d}″"
    return text + side


def draw_scale(drawing: Drawing, view: MapView) -> None:
    """A scale bar in the lower right corner, an arrow to the north above it."""
    frame = view.frame
    wanted_m = frame.width / 5.0 * view.metres_per_pixel
    unit = 10.0 ** math.floor(math.log10(wanted_m))
    length_m = max(times * unit for times in (1.0, 2.0, 5.0) if times * unit <= wanted_m)
    width = length_m / view.metres_per_pixel
    right, bottom = frame.right - 14.0, frame.bottom - 26.0
    drawing.add(
        "rect",
        x=right - width - 10.0,
        y=bottom - 22.0,
        width=width + 20.0,
        height=34.0,
        fill="#fff",
        fill_opacity=".85",
        rx=4,
    )
    ends = [(right - width, bottom - 5.0), (right - width, bottom), (right, bottom), (right, bottom - 5.0)]
    drawing.add("path", d=path(ends, closed=False), stroke="#1d2433", stroke_width="1.5", fill="none")
    shown = f"{length_m / 1000.0:,.10g} km" if length_m >= 1000.0 else f"{length_m:,.10g} m"
    drawing.text(
        right - width / 2.0, bottom - 9.0, f"{shown} · {length_m / NM_M:.3g} NM", text_anchor="middle", class_="g"
    )
    x, y = frame.right - 26.0, frame.top + 20.0
    drawing.add("circle", cx=x, cy=y + 8.0, r=18.0, fill="#fff", fill_opacity=".85")
    drawing.add("path", d=path([(x, y - 6.0), (x + 6.0, y + 10.0), (x, y + 6.0), (x - 6.0, y + 10.0)], closed=True))
    drawing.text(x, y + 22.0, "N", text_anchor="middle", class_="b")
