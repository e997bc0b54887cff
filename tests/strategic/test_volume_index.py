"""The index answers what a look at every pair answers, through insertions and removals."""

import msgspec
import numpy as np
import pytest

from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import Volume4D
from steerclear.strategic import limits
from steerclear.strategic.faults import VolumeIndexError
from steerclear.strategic.volume_index import VolumeIndex
from steerclear.strategic.volumes import Buffer, overlap, prepare
from tests.strategic.judged_pairs import area_of, prepared
from tests.strategic.pairs import PairMaker

DATUMS = (None, *AltitudeDatum)
BUFFERS = (Buffer(), Buffer(horizontal_m=800.0, vertical_m=150.0, time_s=30.0), Buffer(horizontal_m=100_000.0))


def many(seed, count, near=(47.0, 8.0), spread_deg=1.0):
    """Volumes of all sizes and datums round a place, so that many of them meet."""
    maker = PairMaker(seed)
    random = maker.random
    latitude = near[0] + spread_deg * random.normal(0.0, 0.3, count)
    longitude = near[1] + spread_deg * random.normal(0.0, 0.3, count) / max(np.cos(np.radians(near[0])), 0.05)
    latitude = np.where(latitude > 90.0, 180.0 - latitude, latitude)
    shapes = maker.polygons(latitude, (longitude + 180.0) % 360.0 - 180.0, 10.0 ** random.uniform(0.5, 5.0, count))
    for star in shapes:
        circle = star[0][:1], star[1][:1], 10.0 ** random.uniform(0.5, 4.5)
        shape = circle if random.random() < 0.2 else star
        datum = DATUMS[random.integers(len(DATUMS))]
        low, high = np.sort(random.uniform(0.0, 9_000.0, 2)).tolist()
        begin = float(random.uniform(0.0, 4_000.0))
        volume = prepared(
            Volume4D(
                area=area_of(shape),
                lower_m=low if datum and random.random() < 0.9 else None,
                upper_m=high if datum and random.random() < 0.9 else None,
                altitude_datum=datum,
                from_s=begin,
                until_s=begin + float(random.uniform(0.0, 1_500.0)),
            )
        )
        if volume is not None:
            yield volume


def plans(volumes, random):
    volumes = list(volumes)
    while volumes:
        count = int(random.integers(1, 6))
        yield volumes[:count]
        del volumes[:count]


def by_pairs(held, volumes, buffer):
    return [
        key
        for key, others in held.items()
        if any(overlap(volume, other, buffer) is not None for volume in volumes for other in others)
    ]


@pytest.mark.requirement("SC-VOL-08")
@pytest.mark.parametrize("near", [(47.0, 8.0), (89.9, 0.0), (0.0, 180.0), (35.26, 45.0)])
def test_it_finds_exactly_what_a_look_at_every_pair_finds(near):
    random = np.random.default_rng(7)
    index, held = VolumeIndex(), {}
    asked = list(plans(many(8, 90, near), random))
    for number, volumes in enumerate(plans(many(9, 400, near), random)):
        index.insert(number, volumes)
        held[number] = volumes
        if random.random() < 0.3:
            gone = int(random.choice(list(held)))
            index.remove(gone)
            del held[gone]
    assert len(index) == sum(len(volumes) for volumes in held.values())
    hits = 0
    for k, volumes in enumerate(asked):
        buffer = BUFFERS[k % 3]
        answer = index.candidates(volumes, buffer)
        assert answer == by_pairs(held, volumes, buffer)
        hits += len(answer)
    assert hits > 100
    for number in list(held):
        index.remove(number)
    assert len(index) == 0
    assert index.candidates(asked[0], BUFFERS[2]) == []


@pytest.mark.requirement("SC-VOL-08")
def test_it_stays_small_while_traffic_comes_and_goes():
    index, waiting = VolumeIndex(), []
    everywhere = list(many(10, 3_000, (0.0, 0.0), 60.0))
    sizes = []
    for turn in range(6):
        for number, volume in enumerate(everywhere):
            index.insert((turn, number), [volume])
            waiting.append((turn, number))
            if len(waiting) > 200:
                index.remove(waiting.pop(0))
        sizes.append(sum(array.nbytes for array in index._tables))
    assert len(index) == 200
    assert sizes[-1] < 1.5 * sizes[0]


def test_a_key_stands_once_and_can_come_back():
    volume = next(iter(many(11, 5)))
    index = VolumeIndex()
    index.insert("a", [volume])
    with pytest.raises(VolumeIndexError, match="already"):
        index.insert("a", [volume])
    assert "a" in index
    index.remove("a")
    index.remove("a")
    assert "a" not in index
    index.insert("a", [volume, volume])
    assert index.candidates([volume], Buffer()) == ["a"]
    assert len(index) == 2


def test_answers_come_in_the_order_of_insertion():
    volume = next(iter(many(12, 5)))
    index = VolumeIndex()
    for key in ("c", "a", "b"):
        index.insert(key, [volume])
    index.remove("c")
    index.insert("c", [volume])
    assert index.candidates([volume, volume], Buffer()) == ["a", "b", "c"]


def test_times_after_2106_are_told_apart():
    early, late = next(iter(many(13, 5))), 4_400_000_000.0
    index = VolumeIndex()
    for number in range(3):
        begin = late + 1_000.0 * number
        index.insert(number, [prepare(msgspec.structs.replace(early.volume, from_s=begin, until_s=begin + 10.0))])
    asked = prepare(msgspec.structs.replace(early.volume, from_s=late + 1_005.0, until_s=late + 1_006.0))
    assert index.candidates([asked], Buffer()) == [1]


def test_more_volumes_than_allowed_are_refused(monkeypatch):
    volume = next(iter(many(14, 5)))
    monkeypatch.setattr(limits, "MAX_VOLUMES_PER_KEY", 2)
    monkeypatch.setattr(limits, "MAX_INDEXED_VOLUMES", 3)
    index = VolumeIndex()
    with pytest.raises(VolumeIndexError, match="at most 2"):
        index.insert("a", [volume] * 3)
    index.insert("a", [volume] * 2)
    with pytest.raises(VolumeIndexError, match="full"):
        index.insert("b", [volume] * 2)
