"""Files made to hurt: every one is refused by the reader's own error, with a sentence, and soon."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.interfaces.plan_files import FORMATS, PlanDefaults, PlanFileError, decode_plan, limits, read_plan_file
from steerclear.interfaces.plan_files.levels import Band, Level
from steerclear.model.plan_draft import PlanDraft
from steerclear.model.track import AltitudeDatum
from tests.interfaces.plan_files.samples import (
    FPL,
    NAMED,
    ORBIT,
    ROUTE,
    SQUARE,
    WAYPOINTS,
    data,
    encoded,
    f3548_volume,
    feature,
    placemark,
)

LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE kml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>
<kml><Document><name>&c;</name></Document></kml>"""
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/hostname">]><kml><name>&x;</name></kml>'
MANY = [[7.0 + index * 1e-5, 46.0] for index in range(100_000)]
RING_TEXT = " ".join(f"{x},{y},9" for x, y in MANY)


def polygon(ring: Any) -> bytes:
    return encoded(feature({"type": "Polygon", "coordinates": [ring]}))


HOSTILE: dict[str, tuple[bytes, str]] = {
    "billion laughs": (LAUGHS, "declares a document type or entities"),
    "external entity": (OUTSIDE, "declares a document type or entities"),
    "deep XML": (b"<kml>" + b"<Folder>" * 50_000, "line 1: nests deeper than 32 elements"),
    "many elements": (b"<kml>" + b"<a/>" * 60_000 + b"</kml>", "has more than 50,000 elements"),
    "many KML positions": (
        placemark(shape=f"<Polygon><outerBoundaryIs><LinearRing><coordinates>{RING_TEXT}</coordinates></LinearRing>"
                  "</outerBoundaryIs></Polygon>"),
        "positions; at most 30,000 are read",
    ),
    "many placemarks": (b"<kml>" + b"<Placemark/>" * 1_100 + b"</kml>", "one of more than 1,000 Placemarks"),
    "KML in another encoding": (b'<?xml version="1.0" encoding="utf-7"?><kml/>', "is not XML"),
    "deep JSON": (b'{"type":"Feature","a":' + b"[" * 200_000, "line 1: nests deeper than 24 levels"),
    "many positions": (polygon([*MANY, MANY[0]]), "positions; at most 30,000 are read"),
    "many vertices": (
        encoded([f3548_volume(outline_polygon={"vertices": [{"lat": y, "lng": x} for x, y in MANY]})]),
        "positions; at most 30,000 are read",
    ),
    "a long ring": (polygon([*MANY[:15_000], MANY[0]]), "has 15,001 positions; at most 10,000"),
    "many features": (encoded({"type": "FeatureCollection", "features": [feature()] * 1_001}), "has 1,001 entries"),
    "many volumes": (encoded([f3548_volume()] * 1_001), "volumes: has 1,001 entries; 0 to 1,000"),
    "NaN": (polygon(SQUARE).replace(b"46.004", b"NaN", 1), "NaN is not a number of JSON"),
    "infinity": (polygon(SQUARE).replace(b"46.004", b"-Infinity", 1), "-Infinity is not a number of JSON"),
    "too large a number": (polygon(SQUARE).replace(b"46.004", b"1e999", 1), "'1e999' is too large a number"),
    "too many digits": (polygon(SQUARE).replace(b"46.004", b"9" * 5_000, 1), "has too many digits"),
    "a name twice": (polygon(SQUARE).replace(b'"title"', b'"from"'), "name 'from' is there twice; keep one"),
    "a name twice by escapes": (polygon(SQUARE).replace(b'"title"', b'"\\u0066rom"'), "name 'from' is there twice"),
    "cut off": (polygon(SQUARE)[:-30], "line 1: is not JSON"),
    "not UTF-8": (polygon(SQUARE).replace(b"Field", b"Fi\xffeld"), "line 1: is not UTF-8 text"),
    "too large JSON": (b"[" + b" " * limits.MAX_FILE_BYTES, "a JSON file of 4,000,001 bytes; at most 4,000,000"),
    "too large TOML": (ROUTE.encode() + b"#" * limits.MAX_TEXT_FILE_BYTES, "a TOML file of"),
    "deep TOML": (b'format = "route"\na = ' + b"[" * 100_000, "is not TOML"),
    "dotted TOML": (b'format = "route"\n' + b"a." * 50_000 + b"a = 1", "line 2: has a name of more than eight parts"),
    "TOML numbers": (ROUTE.replace("46.0, 7.0", "46.0, inf").encode(), "longitude inf is not within"),
    "many waypoints": (
        ROUTE.replace('  "4603N00700E",', "".join(f"  [46.0, {7.0 + n / 1e4}],\n" for n in range(1, 2_000))).encode(),
        r"waypoints \(line 11\): has 2,000 entries; 2 to 1,000",
    ),
    "many rows": ((WAYPOINTS + "D,46.0,7.0,1000\n" * 2_000).encode(), "is waypoint number 1,001"),
    "long route": (FPL.replace("DCT ULMES", "DCT " * 2_000).encode(), "has 2,002 words; at most 1,000"),
    "upper below lower": (encoded(feature(lower="FL200", upper="FL100")), "is not above lower"),
    "ZIP": (b"PK\x03\x04rest", "is a ZIP archive"),
    "gzip": (b"\x1f\x8brest", "is gzip; unpack it"),
    "nothing": (b"", "the format cannot be told"),
    "noise": (bytes(range(256)) * 40, "line 2: is not UTF-8 text|the format cannot be told"),
}  # fmt: skip


@pytest.mark.requirement("SC-FMT-06")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_a_sentence(name: str) -> None:
    content, said = HOSTILE[name]
    with pytest.raises(PlanFileError, match=said) as refused:
        decode_plan(content)
    assert len(str(refused.value)) < 400
    assert str(refused.value).isprintable()


@pytest.mark.requirement("SC-FMT-06")
def test_all_volumes_together_are_bounded() -> None:
    ring = [[7.0 + 0.01 * index, 46.0 + 0.00001 * (index % 7) ** 2] for index in range(40)]
    ring += [[each[0], 46.1] for each in reversed(ring)]
    one = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    with pytest.raises(PlanFileError, match=r"the plan has [\d,]+ vertices or more; at most 10,000 are allowed"):
        decode_plan(encoded({"type": "FeatureCollection", "features": [feature(one)] * 150}))


@pytest.mark.requirement("SC-FMT-06")
def test_a_title_is_kept_harmless() -> None:
    draft = decode_plan(encoded(feature(title="A\n\x1b[31mred\u202e " + "x" * 10_000)))
    assert draft.title.isprintable()
    assert len(draft.title) <= 200


@pytest.mark.requirement("SC-FMT-05")
def test_a_file_that_cannot_be_read_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(PlanFileError, match=r"absent.kml: cannot be read: No such file"):
        read_plan_file(tmp_path / "absent.kml")
    with pytest.raises(PlanFileError, match="cannot be read: Is a directory"):
        read_plan_file(tmp_path)
    path = tmp_path / "plan.toml"
    path.write_text(ROUTE.replace("20 m/s", "20"))
    with pytest.raises(PlanFileError, match=r"plan.toml: speed \(line 7\): '20' is not understood"):
        read_plan_file(path)
    path.write_text(ROUTE)
    assert read_plan_file(path).source == "plan.toml: route file with 2 waypoints"


@pytest.mark.requirement("SC-FMT-03")
def test_a_format_may_be_named_and_must_be_known() -> None:
    assert decode_plan(ROUTE.encode(), "route") == decode_plan(ROUTE.encode())
    with pytest.raises(PlanFileError, match="no format 'shape'; say which it is: route, orbit"):
        decode_plan(ROUTE.encode(), "shape")
    with pytest.raises(PlanFileError, match=r"format \(line 1\): 'route' is not 'orbit'"):
        decode_plan(ROUTE.encode(), "orbit")


SAMPLES = [
    ROUTE.encode(),
    ORBIT.encode(),
    WAYPOINTS.encode(),
    FPL.encode(),
    polygon(SQUARE),
    placemark(),
    placemark(data(half_width="5 m"), "<LineString><coordinates>7,46 8,46</coordinates></LineString>"),
    encoded([f3548_volume()]),
    encoded({"type": "FeatureCollection", "features": [feature()]}),
]
ANYTHING = PlanDefaults(
    from_s=1e9,
    until_s=1.0001e9,
    departure_s=1e9,
    band=Band(None, Level(100.0, AltitudeDatum.MSL_GEOID)),
    level=Level(100.0, AltitudeDatum.MSL_GEOID),
    speed_mps=10.0,
    half_width_m=100.0,
    vertical_half_width_m=10.0,
    radius_m=100.0,
    named_points=NAMED.encode(),
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """One of the samples with some of its bytes replaced, taken out or put in."""
    content = bytearray(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(content) - 1)))
        count = draw(st.integers(0, 12))
        fill = draw(
            st.sampled_from([b"", b"0", b"-", b"9999999999", b"\x00", b'"', b"[", b"}", b"\xff", b"nan", b"<", b"e9"])
        )
        content[at : at + count] = fill
    return bytes(content)


@pytest.mark.requirement("SC-FMT-06")
@settings(max_examples=400, deadline=None)
@given(content=damaged(), kind=st.sampled_from([None, None, *FORMATS]), beside=st.booleans())
def test_no_file_makes_a_reader_raise_anything_else(content: bytes, kind: str | None, beside: bool) -> None:
    try:
        draft = decode_plan(content, kind, ANYTHING if beside else None)
    except PlanFileError:
        return
    check(draft)


NAMES = ["type", "features", "geometry", "coordinates", "properties", "volume", "volumes", "extents", "details"]
NAMES += ["reference", "time_start", "value", "outline_circle", "center", "circle"]


@pytest.mark.requirement("SC-FMT-06")
@settings(max_examples=100, deadline=None)
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(-400.0, 400.0) | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner | st.sampled_from(["Feature", "Polygon", "FeatureCollection", "Point"]),
            max_size=5,
        ),
        max_leaves=25,
    ),
    kind=st.sampled_from(["geojson", "f3548", None]),
)  # fmt: skip
def test_no_json_makes_a_reader_raise_anything_else(value: Any, kind: str | None) -> None:
    with contextlib.suppress(PlanFileError):
        check(decode_plan(json.dumps(value).encode(), kind, ANYTHING))


def check(draft: PlanDraft) -> None:
    """What comes through is a plan: volumes with times and heights in order, within the limits."""
    volumes = (*draft.volumes, *draft.off_nominal_volumes)
    assert 1 <= len(volumes) <= limits.MAX_VOLUMES
    for volume in volumes:
        assert limits.MIN_TIME_S - limits.MAX_TIME_TOLERANCE_S <= volume.from_s < volume.until_s
        assert (volume.altitude_datum is None) == (volume.lower_m is None and volume.upper_m is None)
        if volume.lower_m is not None and volume.upper_m is not None:
            assert volume.lower_m < volume.upper_m
