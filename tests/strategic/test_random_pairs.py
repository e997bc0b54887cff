"""Promise 15: random pairs of 4D volumes against an exact judge of another make; nothing missed, nothing invented."""

from __future__ import annotations

import pytest

from steerclear.model.volumes import Volume4D
from steerclear.separation.nearness import TOUCHING_M
from steerclear.strategic.volumes import Buffer, overlap
from tests.strategic.flat_oracle import distances
from tests.strategic.judged_pairs import area_of, judge_pairs, prepared
from tests.strategic.pairs import PairMaker

PAIRS = 100_000


@pytest.mark.requirement("SC-VOL-03")
@pytest.mark.requirement("SC-VOL-04")
def test_no_overlap_of_random_pairs_is_missed_and_none_invented():
    broken, counts = judge_pairs(15, PAIRS)
    assert broken == []
    assert counts.total() == PAIRS
    assert counts["shared"] > 0.2 * PAIRS
    assert counts["clear"] > 0.2 * PAIRS
    assert counts["within a centimetre"] < 0.01 * PAIRS
    assert counts["on one line"] < 0.001 * PAIRS


@pytest.mark.requirement("SC-VOL-03")
def test_buffers_are_kept_to_the_centimetre():
    maker = PairMaker(16)
    shapes_a, shapes_b, _ = maker.make(5_000)
    low, high = distances(shapes_a, shapes_b)
    when = {"from_s": 0.0, "until_s": 1.0}
    kept = 0
    for a, b, least, most in zip(shapes_a, shapes_b, low, high, strict=True):
        one, other = (prepared(Volume4D(area=area_of(shape), **when)) for shape in (a, b))
        if one is None or other is None or least == 0.0:
            continue
        slack = one.footprint.excess_m + other.footprint.excess_m
        assert overlap(one, other, Buffer(horizontal_m=most)) is not None
        shorter = least - max(TOUCHING_M, slack) - slack - 1e-3
        if shorter > 0.0:
            assert overlap(one, other, Buffer(horizontal_m=shorter)) is None
            kept += 1
    assert kept > 1_000
