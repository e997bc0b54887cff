"""Vertical datums: published atmosphere values, there and back, and loud failure without reference data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steerclear.geodesy.faults import GeodesyError, MissingReferenceError
from steerclear.geodesy.vertical import VerticalDatum, altitude_at, convert_altitude, pressure_at

PRESSURE, SEA, ELLIPSOID, GROUND = VerticalDatum
REFERENCE = {"qnh_hpa": 1023.0, "undulation_m": 47.3, "ground_m": 210.0}


@pytest.mark.requirement("SC-GEO-03")
@pytest.mark.parametrize(
    ("altitude_m", "pressure_hpa"),
    # ICAO Doc 7488, table of the standard atmosphere by geopotential altitude
    [(0, 1013.25), (1000, 898.746), (5000, 540.199), (10000, 264.363), (11000, 226.321), (-500, 1074.78)],
)
def test_standard_atmosphere(altitude_m, pressure_hpa):
    assert float(pressure_at(altitude_m)) == pytest.approx(pressure_hpa, rel=2e-5)
    assert float(altitude_at(pressure_hpa)) == pytest.approx(altitude_m, abs=0.5)


@pytest.mark.requirement("SC-GEO-03")
@pytest.mark.parametrize("source", VerticalDatum)
@pytest.mark.parametrize("target", VerticalDatum)
def test_missing_reference_data_fails_loudly(source, target):
    needs = {PRESSURE: "qnh_hpa", ELLIPSOID: "undulation_m", GROUND: "ground_m"}
    for datum in {source, target} & set(needs):
        given_data = {name: value for name, value in REFERENCE.items() if name != needs[datum]}
        if source is target:
            assert float(convert_altitude(1500.0, source, target)) == 1500.0
        else:
            with pytest.raises(MissingReferenceError, match=needs[datum]):
                convert_altitude(1500.0, source, target, **given_data)


@given(st.floats(-400, 10_500), st.sampled_from(VerticalDatum), st.sampled_from(VerticalDatum))
def test_there_and_back(altitude, source, target):
    there = convert_altitude(altitude, source, target, **REFERENCE)
    assert float(convert_altitude(there, target, source, **REFERENCE)) == pytest.approx(altitude, abs=1e-6)


def test_each_datum_moves_the_right_way():
    # High pressure: the aircraft is higher above the sea than its flight level says, by 7.7 m for each hPa up there.
    sea = float(convert_altitude(3000.0, PRESSURE, SEA, qnh_hpa=1023.25))
    assert sea - 3000.0 == pytest.approx(77, abs=1)
    assert float(convert_altitude(100.0, ELLIPSOID, SEA, undulation_m=47.0)) == 53.0
    assert float(convert_altitude(30.0, GROUND, SEA, ground_m=210.0)) == 240.0


@pytest.mark.parametrize("absurd", [{"qnh_hpa": 29.92}, {"undulation_m": 400.0}, {"ground_m": float("nan")}])
def test_absurd_reference_data_is_refused(absurd):
    with pytest.raises(GeodesyError, match=next(iter(absurd))):
        convert_altitude(1500.0, PRESSURE if "qnh_hpa" in absurd else GROUND, ELLIPSOID, **{**REFERENCE, **absurd})
