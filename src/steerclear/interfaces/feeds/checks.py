"""From a record's plain values to a report, or to the reason why there is none.

Units: everything in SI except latitude, longitude and track angle (degrees, clockwise from true north). A value of None
or NaN is absent. Bounds are in `limits`; they are closed: a value on the bound is accepted. The same bounds are applied
to whole columns in `column_reports`.
"""

from __future__ import annotations

import math
import re

from steerclear.interfaces.feeds.limits import (
    MAX_ACCURACY_M,
    MAX_ALTITUDE_M,
    MAX_CALLSIGN_CHARS,
    MAX_FUTURE_S,
    MAX_GROUND_SPEED_MPS,
    MAX_TIME_S,
    MAX_VERTICAL_SPEED_MPS,
    MIN_ALTITUDE_M,
    MIN_TIME_S,
)
from steerclear.model.track import TrackReport
from steerclear.services.report_sources import RejectionReason, Rejections

NACP_RADIUS_M = {1: 18520.0, 2: 7408.0, 3: 3704.0, 4: 1852.0, 5: 926.0, 6: 555.6, 7: 185.2, 8: 92.6, 9: 30.0, 10: 10.0}
NACP_RADIUS_M |= {11: 3.0}
"""95 % containment radius of the position by ADS-B's navigation accuracy category."""

_CALLSIGN = re.compile(r"[A-Z0-9][A-Z0-9 ./_-]*")
_ADDRESS = re.compile(r"[0-9A-Fa-f]{6}")


class RejectedRecordError(Exception):
    """A record that cannot become a report; the reader counts it and goes on."""

    def __init__(self, reason: RejectionReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail

    def count(self, rejections: Rejections, place: str) -> None:
        """Set the record aside."""
        rejections.add(self.reason, place, self.detail)


def clean_callsign(text: str | None) -> str | None:
    """A callsign as it may stand on a screen and in a journal; None where the text is not one.

    Decoders write unknown characters as '?', '#', '@' or control characters: half a callsign names nobody.
    """
    if text is None:
        return None
    callsign = text.strip().upper()
    if len(callsign) > MAX_CALLSIGN_CHARS or _CALLSIGN.fullmatch(callsign) is None:
        return None
    return callsign


def clean_remote_id(text: str | None) -> str | None:
    """A remote id: printable ASCII of at most 64 characters; None where the text is not one."""
    if text is None:
        return None
    remote_id = text.strip()
    return remote_id if 0 < len(remote_id) <= 64 and remote_id.isascii() and remote_id.isprintable() else None


def icao_address(text: str | None) -> int | None:
    """The 24-bit address written as six hexadecimal digits; None where absent or one of the two that mean nobody.

    Raises:
        RejectedRecordError: the text is not an address: the record would get a wrong identity.
    """
    if text is None or not text.strip():
        return None
    if _ADDRESS.fullmatch(text.strip()) is None:
        raise RejectedRecordError(RejectionReason.WRONG_TYPE, f"address {text[:20]!r} is not six hexadecimal digits")
    address = int(text, 16)
    return address if 0 < address < 0xFFFFFF else None


def velocity_mps(ground_speed_mps: float | None, track_deg: float | None) -> tuple[float | None, float | None]:
    """East and north velocity; both None where speed or direction is absent.

    Raises:
        RejectedRecordError: infinite or out of range.
    """
    speed_mps, track_deg = _present(ground_speed_mps, "ground speed"), _present(track_deg, "track angle")
    if speed_mps is not None and not 0.0 <= speed_mps <= MAX_GROUND_SPEED_MPS:
        raise RejectedRecordError(RejectionReason.SPEED_OUT_OF_RANGE, f"ground speed {speed_mps:.6g} m/s")
    if track_deg is not None and abs(track_deg) > 360.0:
        raise RejectedRecordError(RejectionReason.SPEED_OUT_OF_RANGE, f"track angle {track_deg:.6g}°")
    if speed_mps is None or track_deg is None:
        return None, None
    track_rad = math.radians(track_deg)
    return speed_mps * math.sin(track_rad), speed_mps * math.cos(track_rad)


def checked_report(
    *,
    source: str,
    time_s: float | None,
    receipt_time_s: float | None,
    latitude_deg: float | None,
    longitude_deg: float | None,
    pressure_altitude_m: float | None = None,
    ellipsoid_altitude_m: float | None = None,
    east_mps: float | None = None,
    north_mps: float | None = None,
    up_mps: float | None = None,
    icao_address: int | None = None,
    callsign: str | None = None,
    remote_id: str | None = None,
    source_track: str | None = None,
    on_ground: bool | None = None,
    horizontal_accuracy_m: float | None = None,
    vertical_accuracy_m: float | None = None,
) -> TrackReport:
    """The report of a record whose every value is present and in range, or absent.

    A `receipt_time_s` of None means that the recording does not tell it; the time of applicability stands in.

    Raises:
        RejectedRecordError: with the first thing that is wrong.
    """
    time_s = _checked_time_s(time_s, "time of applicability")
    receipt_time_s = time_s if receipt_time_s is None else _checked_time_s(receipt_time_s, "time of receipt")
    if time_s > receipt_time_s + MAX_FUTURE_S:
        raise RejectedRecordError(
            RejectionReason.TIME_IN_FUTURE, f"applicable {time_s - receipt_time_s:.1f} s after it was received"
        )
    latitude_deg, longitude_deg = _present(latitude_deg, "latitude"), _present(longitude_deg, "longitude")
    if latitude_deg is None or longitude_deg is None:
        raise RejectedRecordError(RejectionReason.MISSING_POSITION, "no latitude or no longitude")
    if not (-90.0 <= latitude_deg <= 90.0 and -180.0 <= longitude_deg <= 180.0):
        raise RejectedRecordError(
            RejectionReason.POSITION_OUT_OF_RANGE, f"latitude {latitude_deg:.6g}°, longitude {longitude_deg:.6g}°"
        )
    if icao_address is None and callsign is None and remote_id is None and source_track is None:
        raise RejectedRecordError(RejectionReason.MISSING_IDENTITY, "no address, callsign, remote id or track number")
    east_mps, north_mps = _present(east_mps, "east velocity"), _present(north_mps, "north velocity")
    if east_mps is None or north_mps is None:
        east_mps = north_mps = None
    elif math.hypot(east_mps, north_mps) > MAX_GROUND_SPEED_MPS * (1.0 + 1e-9):
        raise RejectedRecordError(
            RejectionReason.SPEED_OUT_OF_RANGE, f"ground speed {math.hypot(east_mps, north_mps):.6g} m/s"
        )
    up_mps = _present(up_mps, "vertical speed")
    if up_mps is not None and abs(up_mps) > MAX_VERTICAL_SPEED_MPS:
        raise RejectedRecordError(RejectionReason.SPEED_OUT_OF_RANGE, f"vertical speed {up_mps:.6g} m/s")
    return TrackReport(
        source=source,
        time_s=time_s,
        receipt_time_s=receipt_time_s,
        latitude_deg=latitude_deg,
        longitude_deg=longitude_deg,
        pressure_altitude_m=_checked_altitude_m(pressure_altitude_m, "pressure altitude"),
        ellipsoid_altitude_m=_checked_altitude_m(ellipsoid_altitude_m, "ellipsoid altitude"),
        east_mps=east_mps,
        north_mps=north_mps,
        up_mps=up_mps,
        icao_address=icao_address,
        callsign=callsign,
        remote_id=remote_id,
        source_track=source_track,
        on_ground=on_ground,
        horizontal_accuracy_m=_checked_accuracy_m(horizontal_accuracy_m),
        vertical_accuracy_m=_checked_accuracy_m(vertical_accuracy_m),
    )


def _present(value: float | None, name: str) -> float | None:
    if value is None or math.isnan(value):
        return None
    if math.isinf(value):
        raise RejectedRecordError(RejectionReason.NOT_FINITE, f"{name} is infinite")
    return float(value)


def _checked_time_s(time_s: float | None, name: str) -> float:
    time_s = _present(time_s, name)
    if time_s is None:
        raise RejectedRecordError(RejectionReason.MISSING_TIME, f"no {name}")
    if not MIN_TIME_S <= time_s <= MAX_TIME_S:
        raise RejectedRecordError(RejectionReason.TIME_OUT_OF_RANGE, f"{name} {time_s:.6g} s, not within 1980 to 2100")
    return time_s


def _checked_altitude_m(altitude_m: float | None, name: str) -> float | None:
    altitude_m = _present(altitude_m, name)
    if altitude_m is not None and not MIN_ALTITUDE_M <= altitude_m <= MAX_ALTITUDE_M:
        raise RejectedRecordError(RejectionReason.ALTITUDE_OUT_OF_RANGE, f"{name} {altitude_m:.6g} m")
    return altitude_m


def _checked_accuracy_m(accuracy_m: float | None) -> float | None:
    accuracy_m = _present(accuracy_m, "accuracy")
    # An accuracy that means nothing is not a reason to lose the position: it is simply not declared.
    return accuracy_m if accuracy_m is not None and 0.0 <= accuracy_m <= MAX_ACCURACY_M else None
