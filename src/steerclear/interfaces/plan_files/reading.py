"""The way in: a file, its format told from its content, becomes a draft of a plan."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from steerclear.interfaces.plan_files import limits
from steerclear.interfaces.plan_files.defaults import PlanDefaults
from steerclear.interfaces.plan_files.errors import PlanFileError
from steerclear.model.plan_draft import PlanDraft

FORMATS: Final = ("route", "orbit", "waypoints", "geojson", "kml", "f3548", "icao")
"""Names of the formats, as a person may write them."""

_TOML_FORMAT = re.compile(r"^\s*format\s*=\s*[\"'](\w+)[\"']", re.MULTILINE)
_PACKED: Final = {
    b"PK\x03\x04": "a ZIP archive (KMZ?); unpack it and open the .kml in it",
    b"\x1f\x8b": "gzip; unpack it",
}
_HOW: Final = f"say which it is: {', '.join(FORMATS)}"


def read_plan_file(path: Path, kind: str | None = None, defaults: PlanDefaults | None = None) -> PlanDraft:
    """The plan of a file.

    Args:
        path: the file.
        kind: its format, one of FORMATS; told from its content where None.
        defaults: what holds where the file is silent.

    Raises:
        PlanFileError: it cannot be read, or is no plan; says where in it and what to do.
    """
    try:
        with path.open("rb") as file:
            data = file.read(limits.MAX_FILE_BYTES + 1)
    except OSError as fault:
        raise PlanFileError(str(path), f"cannot be read: {fault.strerror or fault}") from None
    try:
        draft = decode_plan(data, kind, defaults)
    except PlanFileError as fault:
        raise PlanFileError(str(path), str(fault)) from None
    return _named(draft, path.name)


def _named(draft: PlanDraft, name: str) -> PlanDraft:
    import msgspec  # noqa: PLC0415 one use

    printable = "".join(sign for sign in name if sign.isprintable())[:100]
    return msgspec.structs.replace(draft, source=f"{printable}: {draft.source}")


def decode_plan(data: bytes, kind: str | None = None, defaults: PlanDefaults | None = None) -> PlanDraft:
    """The plan of a file's bytes; arguments and errors as `read_plan_file`."""
    chosen = kind or sniff(data)
    given = defaults or PlanDefaults()
    if chosen is None:
        raise PlanFileError("", f"the format cannot be told from the content; {_HOW}")
    if chosen not in FORMATS:
        raise PlanFileError("", f"there is no format {chosen!r}; {_HOW}")
    # Each format brings what it needs, and only that is loaded.
    if chosen == "route":
        from steerclear.interfaces.plan_files.route_file import decode_route as decode  # noqa: PLC0415
    elif chosen == "orbit":
        from steerclear.interfaces.plan_files.orbit_file import decode_orbit as decode  # noqa: PLC0415
    elif chosen == "waypoints":
        from steerclear.interfaces.plan_files.waypoint_text import decode_waypoints as decode  # noqa: PLC0415
    elif chosen == "geojson":
        from steerclear.interfaces.plan_files.geojson import decode_geojson as decode  # noqa: PLC0415
    elif chosen == "kml":
        from steerclear.interfaces.plan_files.kml import decode_kml as decode  # noqa: PLC0415
    elif chosen == "f3548":
        from steerclear.interfaces.plan_files.f3548 import decode_f3548 as decode  # noqa: PLC0415
    else:
        from steerclear.interfaces.plan_files.icao_plan import decode_icao as decode  # noqa: PLC0415
    return decode(data, given)


def sniff(data: bytes) -> str | None:
    """The format of a file's bytes, one of FORMATS; None where nothing fits.

    Raises:
        PlanFileError: it is packed, or JSON of neither kind.
    """
    for magic, what in _PACKED.items():
        if data.startswith(magic):
            raise PlanFileError("", f"is {what}")
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] in (b"{", b"["):
        return _sniff_json(data)
    if start[:1] == b"<":
        return "kml"
    if re.match(rb"\(?\s*FPL", start[:16], re.IGNORECASE):
        return "icao"
    text = start[: limits.MAX_TEXT_FILE_BYTES].decode("utf-8", "replace")
    named = _TOML_FORMAT.search(text)
    if named is not None:
        return named[1] if named[1] in ("route", "orbit") else None
    rows = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return "waypoints" if rows and re.search(r"[,;\t]", rows[0]) and "=" not in rows[0] else None


def _sniff_json(data: bytes) -> str:
    from steerclear.interfaces.plan_files.f3548 import looks_like_f3548  # noqa: PLC0415 as above
    from steerclear.interfaces.plan_files.geojson import looks_like_geojson  # noqa: PLC0415
    from steerclear.interfaces.plan_files.json_text import parse_json  # noqa: PLC0415

    value = parse_json(data)
    if looks_like_geojson(value):
        return "geojson"
    if looks_like_f3548(value):
        return "f3548"
    raise PlanFileError("", "is JSON, but neither GeoJSON nor an F3548-21 object; check its outermost names")
