"""GeoJSON points."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.interfaces.feeds.checks import RejectedRecordError
from steerclear.interfaces.feeds.geojson import GeojsonFile, point_report
from steerclear.services.report_sources import RejectionReason, SourceError
from tests.interfaces.feeds.recordings import assert_sound, gathered


def feature(coordinates: Any = (8.1, 46.5, 500.0), **properties: Any) -> dict[str, Any]:
    given_properties = {"time": "2024-02-29T12:00:00Z", "remote_id": "1596F-ABC", "track_deg": 90.0}
    return {
        "type": "Feature",
        "id": "d7",
        "geometry": {"type": "Point", "coordinates": coordinates},
        "properties": given_properties | {"ground_speed_mps": 12.0} | properties,
    }


def write(path: Path, value: Any) -> GeojsonFile:
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return GeojsonFile(path, "drones")


@pytest.mark.requirement("SC-FEED-01")
def test_a_drone_as_a_point(tmp_path: Path) -> None:
    collection = {
        "type": "FeatureCollection",
        "features": [feature(pressure_altitude_ft=1000.0, receipt_time_s=1709208002)],
    }
    (report,) = gathered(write(tmp_path / "x", collection))
    assert (report.time_s, report.receipt_time_s) == (1_709_208_000.0, 1_709_208_002.0)
    assert (report.latitude_deg, report.longitude_deg, report.ellipsoid_altitude_m) == (46.5, 8.1, 500.0)
    assert report.pressure_altitude_m == pytest.approx(304.8)
    assert report.east_mps == pytest.approx(12.0)
    assert (report.remote_id, report.source_track) == ("1596F-ABC", "d7")


@pytest.mark.requirement("SC-FEED-01")
def test_one_feature_and_one_a_line(tmp_path: Path) -> None:
    later = feature(time="2024-02-29T13:00:01+01:00")
    assert len(gathered(write(tmp_path / "one", feature()))) == 1
    lines = "\n".join(["\x1e" + json.dumps(later), json.dumps(feature()), "{broken", ""])
    source = write(tmp_path / "lines", lines)
    assert [report.time_s for report in gathered(source)] == [1_709_208_000.0, 1_709_208_001.0]
    assert source.status.rejections.counts == {RejectionReason.MALFORMED: 1}


@pytest.mark.requirement("SC-FEED-03")
@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (feature(altitude=500), RejectionReason.UNIT_UNKNOWN),
        (feature(speed=5), RejectionReason.UNIT_UNKNOWN),
        (feature(time="2024-02-29T12:00:00"), RejectionReason.UNIT_UNKNOWN),
        (feature(time="noon"), RejectionReason.WRONG_TYPE),
        (feature(time=5), RejectionReason.WRONG_TYPE),
        (feature(time=None), RejectionReason.MISSING_TIME),
        (feature((46.5,)), RejectionReason.MALFORMED),
        (feature(("8", 46.5)), RejectionReason.WRONG_TYPE),
        (feature((8.1, 146.5)), RejectionReason.POSITION_OUT_OF_RANGE),
        (feature(ground_speed_mps=True), RejectionReason.WRONG_TYPE),
        (feature(callsign=[]), RejectionReason.WRONG_TYPE),
        (feature(receipt_time_s=1_709_207_000.0), RejectionReason.TIME_IN_FUTURE),
        (feature() | {"geometry": {"type": "Polygon", "coordinates": []}}, RejectionReason.UNSUPPORTED),
        (feature() | {"geometry": None}, RejectionReason.MALFORMED),
        (7, RejectionReason.MALFORMED),
    ],
)
def test_a_bad_feature_is_set_aside_and_the_others_live(tmp_path: Path, bad: Any, reason: RejectionReason) -> None:
    source = write(tmp_path / "x", {"type": "FeatureCollection", "features": [bad, feature()]})
    assert len(gathered(source)) == 1
    assert source.status.rejections.counts == {reason: 1}
    assert source.status.rejections.samples[0].place == "feature 1"


@pytest.mark.requirement("SC-FEED-08")
@pytest.mark.parametrize("text", ["{}", "[]", "not json", '{"type":"FeatureCollection","features":5}'])
def test_what_is_no_geojson_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SourceError):
        gathered(write(tmp_path / "x", text))


values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=6,
)
names = ["time_s", "time", "callsign", "icao24", "remote_id", "track_deg", "ground_speed_kt", "vertical_speed_mps"]
names += ["pressure_altitude_m", "receipt_time_s", "horizontal_accuracy_m", "on_ground"]


@pytest.mark.requirement("SC-FEED-04")
@settings(deadline=None)
@given(
    values | st.tuples(st.floats(), st.floats(), st.floats()).map(list),
    st.dictionaries(st.sampled_from(names), values),
    values,
)
def test_hostile_features_never_give_an_impossible_report(
    coordinates: Any, properties: dict[str, Any], identifier: Any
) -> None:
    for hostile in (
        feature(coordinates, **properties),
        feature(coordinates) | {"id": identifier, "properties": identifier},
    ):
        with contextlib.suppress(RejectedRecordError):
            assert_sound(point_report(hostile, "x"))
