"""Directions as people say them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steerclear.geodesy.compass import POINTS, bearing_of_point, compass_point


@pytest.mark.requirement("SC-CHK-21")
@given(st.floats(0.0, 360.0))
def test_the_point_that_is_said_is_the_nearest(bearing_deg: float) -> None:
    said_deg = bearing_of_point(compass_point(bearing_deg))
    assert abs((said_deg - bearing_deg + 180.0) % 360.0 - 180.0) <= 11.25 + 1e-9


@pytest.mark.requirement("SC-CHK-21")
def test_points_are_read_as_they_are_said() -> None:
    assert [compass_point(bearing_of_point(point)) for point in POINTS] == list(POINTS)
    assert [compass_point(bearing) for bearing in (0, 45, 90, 202.5, 350, 360)] == [
        "north", "north-east", "east", "south-south-west", "north", "north",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="no point of the compass"):
        bearing_of_point("up")
