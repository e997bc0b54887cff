"""Many keys put into the index at once: what is found then is what is found where each was put in by itself."""

from __future__ import annotations

from math import inf, nan
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D
from steerclear.strategic import limits
from steerclear.strategic.faults import VolumeError, VolumeIndexError
from steerclear.strategic.volume_index import VolumeIndex
from steerclear.strategic.volumes import Buffer, prepare
from tests.strategic.test_volume_index import many

BUFFERS = (Buffer(), Buffer(horizontal_m=3_000.0, vertical_m=200.0, time_s=600.0))
CORNERS = ((0.0, 0.0), (0.0, 0.02), (0.02, 0.02), (0.02, 0.0))


def square(north: float, east: float, size: float = 1.0) -> PolygonArea:
    places = [Position(latitude_deg=north + size * x, longitude_deg=east + size * y) for x, y in CORNERS]
    return PolygonArea(vertices=tuple(places))


def one_by_one(entries: list[tuple[int, list[Volume4D]]]) -> tuple[VolumeIndex[int], list[int]]:
    index: VolumeIndex[int] = VolumeIndex()
    left = []
    for key, volumes in entries:
        try:
            if not volumes:
                raise VolumeIndexError("none")
            index.insert(key, [prepare(volume) for volume in volumes])
        except (VolumeError, VolumeIndexError):
            left.append(key)
    return index, left


def alike(one: VolumeIndex[int], other: VolumeIndex[int], asked: list[Volume4D]) -> None:
    assert len(one) == len(other)
    for volume in asked:
        for buffer in BUFFERS:
            assert one.candidates([prepare(volume)], buffer) == other.candidates([prepare(volume)], buffer)


heights = st.one_of(st.none(), st.sampled_from([nan, inf, -inf, -1e9, 1e9]), st.floats(-500.0, 20_000.0))
times = st.one_of(st.sampled_from([-1.0, nan, inf, 1e13]), st.floats(0.0, 7_200.0))
areas = st.one_of(
    st.builds(square, st.floats(-0.1, 0.1), st.floats(179.9, 180.1), st.sampled_from([1.0, 3.0, 0.0])),
    st.builds(square, st.floats(89.0, 91.0), st.floats(-1.0, 1.0)),
    st.builds(
        lambda radius, east: CircleArea(centre=Position(latitude_deg=0.0, longitude_deg=east), radius_m=radius),
        st.sampled_from([0.0, nan, 500.0, 5_000.0, 1e9]),
        st.sampled_from([180.0, -179.95, 361.0]),
    ),
    st.just(PolygonArea(vertices=square(0.0, 0.0).vertices[:2])),
    st.just(PolygonArea(vertices=tuple(square(0.0, 180.0).vertices[number] for number in (0, 2, 1, 3)))),
)
volumes = st.builds(
    Volume4D,
    area=areas,
    lower_m=heights,
    upper_m=heights,
    altitude_datum=st.sampled_from([None, *AltitudeDatum]),
    from_s=times,
    until_s=times,
)
sound = st.builds(
    lambda north, east, low, datum, begin: Volume4D(
        area=square(north, east),
        lower_m=low,
        upper_m=low + 100.0,
        altitude_datum=datum,
        from_s=begin,
        until_s=begin + 900.0,
    ),
    st.floats(-0.1, 0.1),
    st.floats(179.9, 180.1),
    st.floats(0.0, 2_000.0),
    st.sampled_from(list(AltitudeDatum)),
    st.floats(0.0, 7_200.0),
)


@pytest.mark.requirement("SC-UPC-05")
@given(
    st.lists(st.lists(st.one_of(sound, sound, sound, volumes), max_size=3), max_size=12), st.lists(sound, max_size=3)
)
def test_what_is_put_in_at_once_is_what_is_put_in_one_by_one(held: list[list[Volume4D]], asked: list[Volume4D]) -> None:
    entries = list(enumerate(held))
    expected, refused = one_by_one(entries)
    index: VolumeIndex[int] = VolumeIndex()
    assert sorted(index.insert_all(entries)) == refused
    alike(index, expected, asked)
    # What was refused left nothing behind, so the index goes on as any other.
    for key, taken in entries:
        assert (key in index) == (key in expected)
        if key % 2:
            index.remove(key)
            expected.remove(key)
        elif key in refused and taken:
            assert index.insert_all([(key, asked)]) == ([] if asked else [key])
            if asked:
                expected.insert(key, [prepare(volume) for volume in asked])
    alike(index, expected, asked)


@pytest.mark.requirement("SC-UPC-05")
@pytest.mark.parametrize("near", [(47.0, 8.0), (89.9, 0.0), (0.0, 180.0)])
def test_thousands_at_once_make_the_tables_grow_as_they_must(near: tuple[float, float]) -> None:
    prepared = many(11, 3_000, near)
    random = Random(5)
    entries: list[tuple[int, list[Volume4D]]] = []
    rest = [one.volume for one in prepared]
    while rest:
        count = random.choice((1, 1, 2, 10))
        entries.append((len(entries), rest[:count]))
        del rest[:count]
    expected, refused = one_by_one(entries)
    assert not refused
    index: VolumeIndex[int] = VolumeIndex()
    half = len(entries) // 2
    assert index.insert_all(entries[:half]) == []
    for key in range(0, half, 3):
        index.remove(key)
        expected.remove(key)
    assert index.insert_all(entries[half:]) == []
    asked = [one.volume for one in many(12, 100, near)]
    alike(index, expected, asked)


@pytest.mark.requirement("SC-UPC-05")
def test_keys_that_are_there_and_what_does_not_fit_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    volume = Volume4D(area=square(0.0, 0.0), from_s=0.0, until_s=1.0)
    index: VolumeIndex[int] = VolumeIndex()
    assert index.insert_all([(1, [volume]), (1, [volume]), (2, [])]) == [1, 2]
    assert index.insert_all([(1, [volume])]) == [1]
    boundless = [replace(volume, lower_m=-inf), replace(volume, upper_m=inf)]  # a bound that is left out is None
    assert index.insert_all([(8, boundless[:1]), (9, boundless[1:])]) == [8, 9]
    monkeypatch.setattr(limits, "MAX_VOLUMES_PER_KEY", 2)
    monkeypatch.setattr(limits, "MAX_INDEXED_VOLUMES", 4)
    assert index.insert_all([(3, [volume] * 3), (4, [volume] * 2), (5, [volume] * 2), (6, [volume])]) == [3, 5]
    assert len(index) == 4
    assert index.candidates([prepare(replace(volume, from_s=0.5))], Buffer()) == [1, 4, 6]
