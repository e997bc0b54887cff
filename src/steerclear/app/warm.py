"""Fill the cache of all compiled kernels: `python -m steerclear.app.warm`, once after installation.

Without it the first scan, picture and plan compile what they need (some twenty seconds each) and fill it themselves.
"""

from __future__ import annotations

import sys

from steerclear.model.agreement import TimeInBreachRule
from steerclear.model.track import AltitudeDatum, TrackReport
from steerclear.model.zone import Circle, Polygon, Zone
from steerclear.separation.warm import warm_cache
from steerclear.strategic.warm import warm_identification, warm_volumes
from steerclear.tactical import Picture, Terms


def warm_picture() -> None:
    """Step a small picture that uses everything: two aircraft head-on, a round and a cornered zone, the breach rule."""
    footprints: tuple[Circle | Polygon, ...] = (
        Circle(latitude_deg=0.0, longitude_deg=0.1, radius_m=5_000.0),
        Polygon(vertices_deg=((-0.1, 0.0), (-0.1, 0.2), (0.1, 0.2), (0.1, 0.0))),
    )
    zones = tuple(
        Zone(
            zone_id=f"zone-{number}",
            name="warm",
            party="warm",
            footprint=footprint,
            lower_m=0.0,
            upper_m=20_000.0,
            altitude_datum=AltitudeDatum.PRESSURE_STANDARD,
            from_s=0.0,
            until_s=1e9,
        )
        for number, footprint in enumerate(footprints)
    )
    rule = TimeInBreachRule(horizontal_m=5_556.0, vertical_m=914.4, longest_s=1.0)
    picture = Picture(Terms(zones=zones, time_in_breach=rule))
    for second in range(90):
        reports = [
            TrackReport(
                source="warm",
                time_s=float(second),
                receipt_time_s=float(second),
                latitude_deg=0.0,
                longitude_deg=0.1 + side * (0.05 - 0.002 * second),
                pressure_altitude_m=3_000.0,
                east_mps=-222.0 * side,
                north_mps=0.0,
                up_mps=0.0,
                icao_address=2 + side,
            )
            for side in (-1, 1)
        ]
        picture.advance(reports, float(second))


if __name__ == "__main__":
    warm_cache()
    warm_picture()
    warm_volumes()
    warm_identification()
    sys.stdout.write("kernels are compiled\n")
