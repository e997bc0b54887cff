"""What is refused, in words a person can act on; and what is set aside on request."""

import numpy as np
import pytest

from steerclear.separation import (
    InvalidMinimumError,
    InvalidStateError,
    TooManyPairsError,
    WellClearVolume,
    brute_force_conflicts,
    conflict_interval,
    find_conflicts,
    limits,
)

QUESTION = {"horizontal_m": 9_260.0, "vertical_m": 300.0, "lookahead_s": 300.0}
FIELDS = ["latitude_deg", "longitude_deg", "altitude_m", "east_mps", "north_mps", "up_mps"]
ABSURD = {
    "latitude_deg": [np.nan, np.inf, 90.001, -91.0],
    "longitude_deg": [np.nan, -np.inf, 360.5, -180.5],
    "altitude_m": [np.nan, 1e6, -3_000.0],
    "east_mps": [np.nan, np.inf, 2_501.0],
    "north_mps": [np.nan, -3_000.0],
    "up_mps": [np.nan, 1e9],
}


def states(count=40):
    rng = np.random.default_rng(0)
    return [
        rng.uniform(46.0, 46.5, count),
        rng.uniform(7.0, 7.5, count),
        rng.uniform(9_000.0, 9_500.0, count),
        rng.uniform(-200.0, 200.0, count),
        rng.uniform(-200.0, 200.0, count),
        np.zeros(count),
    ]


@pytest.mark.requirement("SC-SEP-07")
@pytest.mark.parametrize(("field", "value"), [(field, value) for field in ABSURD for value in ABSURD[field]])
def test_an_impossible_row_is_refused_by_name_or_set_aside(field, value):
    columns = states()
    columns[FIELDS.index(field)][17] = value
    with pytest.raises(InvalidStateError, match=f"row 17: {field} is ") as refusal:
        find_conflicts(*columns, **QUESTION)
    assert (refusal.value.row, refusal.value.field) == (17, field)
    answer = find_conflicts(*columns, **QUESTION, on_invalid="mask")
    np.testing.assert_array_equal(answer.masked, [17])
    kept = np.delete(np.arange(40), 17)
    rest = find_conflicts(*[column[kept] for column in columns], **QUESTION)
    assert len(rest) > 10
    np.testing.assert_array_equal(answer.pairs["i"], kept[rest.pairs["i"]])
    np.testing.assert_array_equal(answer.pairs["j"], kept[rest.pairs["j"]])
    np.testing.assert_array_equal(answer.pairs["t_in_s"], rest.pairs["t_in_s"])


@pytest.mark.requirement("SC-SEP-07")
@pytest.mark.parametrize("field", FIELDS)
def test_what_a_masked_array_masks_is_unknown(field):
    columns = states()
    at = FIELDS.index(field)
    hidden = np.zeros(40, bool)
    hidden[[7, 21]] = True
    columns[at] = np.ma.masked_array(columns[at], mask=hidden)
    with pytest.raises(InvalidStateError, match=rf"row 7: {field} is nan.*1 more row") as caught:
        find_conflicts(*columns, **QUESTION)
    assert (caught.value.row, caught.value.field) == (7, field)
    answer = find_conflicts(*columns, **QUESTION, on_invalid="mask")
    assert answer.masked.tolist() == [7, 21]
    assert not np.isin(answer.pairs["i"], [7, 21]).any()
    assert not np.isin(answer.pairs["j"], [7, 21]).any()
    with pytest.raises(InvalidStateError, match="pair 7: east_m is nan"):
        conflict_interval(columns[at], *[0.0] * 5, horizontal_m=1, vertical_m=1, lookahead_s=1)


@pytest.mark.parametrize("hidden", [np.ma.masked, np.ma.masked_array(np.full(40, 1.0), mask=[True, *[False] * 39])])
def test_a_masked_minimum_is_no_minimum_of_zero(hidden):
    for name in ("horizontal_m", "vertical_m"):
        with pytest.raises(InvalidMinimumError, match=f"{name} is nan"):
            find_conflicts(*states(), **{**QUESTION, name: hidden})


def test_masking_keeps_minima_with_their_aircraft():
    columns = states()
    columns[0][3] = np.nan
    horizontal = np.linspace(100.0, 20_000.0, 40)
    answer = find_conflicts(*columns, horizontal_m=horizontal, vertical_m=300.0, lookahead_s=60.0, on_invalid="mask")
    kept = np.delete(np.arange(40), 3)
    rest = find_conflicts(
        *[column[kept] for column in columns], horizontal_m=horizontal[kept], vertical_m=300.0, lookahead_s=60.0
    )
    np.testing.assert_array_equal(answer.pairs["i"], kept[rest.pairs["i"]])
    np.testing.assert_array_equal(answer.pairs["j"], kept[rest.pairs["j"]])


def test_nobody_left_is_no_conflict():
    columns = [np.full(5, np.nan) for _ in range(6)]
    answer = find_conflicts(*columns, **QUESTION, on_invalid="mask")
    assert len(answer) == 0
    np.testing.assert_array_equal(answer.masked, np.arange(5))
    for count in (0, 1):
        assert len(find_conflicts(*states(count), **QUESTION)) == 0


def test_too_fast_is_refused_with_the_speed():
    columns = states()
    columns[3][5], columns[4][5] = 2_000.0, 2_000.0
    with pytest.raises(InvalidStateError, match=r"row 5: east_mps and north_mps make 2828\.43 m/s"):
        find_conflicts(*columns, **QUESTION)


def test_several_impossible_rows_are_counted():
    columns = states()
    columns[2][[4, 9, 30]] = np.nan
    with pytest.raises(InvalidStateError, match=r"row 4: altitude_m .*2 more rows"):
        find_conflicts(*columns, **QUESTION)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda c: c.__setitem__(1, c[1][:-1]), "longitude_deg: 39 values, but latitude_deg has 40"),
        (lambda c: c.__setitem__(2, c[2].reshape(2, 20)), "altitude_m: has 2 dimensions"),
        (lambda c: c.__setitem__(0, ["north"] * 40), "latitude_deg: not an array of numbers"),
        (lambda c: c.__setitem__(0, c[0] + 1j), "latitude_deg: not an array of numbers .*complex128"),
        (lambda c: c.__setitem__(2, c[2].astype("m8[s]")), "altitude_m: not an array of numbers .*timedelta64"),
        (lambda c: c.__setitem__(5, 0.0), "up_mps: has 0 dimensions"),
    ],
)
def test_arrays_of_the_wrong_shape_are_refused(spoil, words):
    columns = states()
    spoil(columns)
    with pytest.raises(InvalidStateError, match=words):
        find_conflicts(*columns, **QUESTION)


@pytest.mark.requirement("SC-SEP-07")
@pytest.mark.parametrize(
    ("option", "words"),
    [
        ({"horizontal_m": -1.0}, "horizontal_m is -1"),
        ({"horizontal_m": np.nan}, "horizontal_m is nan"),
        ({"horizontal_m": 1e6}, "give a number in 0..200000"),
        ({"vertical_m": np.inf}, "vertical_m is inf"),
        ({"vertical_m": np.ones(7)}, r"vertical_m: shape \(7,\); give one number, or one for each of 40"),
        ({"vertical_m": np.r_[np.ones(39), np.nan]}, "row 39: vertical_m is nan"),
        ({"horizontal_m": "wide"}, "horizontal_m: not a number"),
        ({"lookahead_s": -1.0}, "lookahead_s is -1"),
        ({"lookahead_s": np.nan}, "lookahead_s is nan"),
        ({"lookahead_s": 1_201.0}, "give a number in 0..1200"),
        ({"lookahead_s": None}, "lookahead_s is None; give one number of seconds"),
        ({"lookahead_s": [60.0, 300.0]}, "give one number of seconds"),
        ({"well_clear": "PHASE_I"}, "well_clear is 'PHASE_I'; give a WellClearVolume"),
        ({"threads": 0}, "threads is 0"),
        ({"threads": 10_000}, "give a count in 1..64"),
        ({"on_invalid": "ignore"}, 'give "raise" or "mask"'),
        ({"max_pairs": -1}, "max_pairs is -1"),
    ],
)
def test_impossible_questions_are_refused(option, words):
    with pytest.raises(InvalidMinimumError, match=words):
        find_conflicts(*states(), **{**QUESTION, **option})


def test_too_many_aircraft_are_refused_before_any_work():
    column = np.zeros(limits.MAX_AIRCRAFT + 1)
    with pytest.raises(InvalidStateError, match="at most 4000000"):
        find_conflicts(*[column] * 6, **QUESTION)


@pytest.mark.requirement("SC-SEP-08")
def test_too_many_pairs_are_an_error_not_a_part_of_the_answer():
    columns = [np.zeros(3_000) for _ in range(6)]
    for search in (find_conflicts, brute_force_conflicts):
        with pytest.raises(TooManyPairsError, match="max_pairs allows 1000000"):
            search(*columns, **QUESTION, max_pairs=1_000_000)


@pytest.mark.requirement("SC-SEP-06")
@pytest.mark.requirement("SC-SEP-08")
@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize("search", [find_conflicts, brute_force_conflicts])
def test_the_most_pairs_are_counted_over_all_threads(search, threads):
    columns = states(400)
    volume = WellClearVolume.PHASE_I
    answer = search(*columns, **QUESTION, well_clear=volume)
    rows = max(len(answer.pairs), len(answer.well_clear))
    assert len(search(*columns, **QUESTION, well_clear=volume, threads=threads, max_pairs=rows)) == len(answer)
    with pytest.raises(TooManyPairsError, match=f"{rows} pairs found, max_pairs allows {rows - 1}"):
        search(*columns, **QUESTION, well_clear=volume, threads=threads, max_pairs=rows - 1)


@pytest.mark.parametrize("field", ["dmod_m", "hmd_m", "zthr_m", "tau_s", "tcoa_s"])
@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf])
def test_impossible_volumes_are_refused(field, value):
    good = {"dmod_m": 1000.0, "hmd_m": 1000.0, "zthr_m": 100.0, "tau_s": 30.0, "tcoa_s": 10.0}
    with pytest.raises(InvalidMinimumError, match=f"{field} is"):
        WellClearVolume(**{**good, field: value})
    with pytest.raises(InvalidMinimumError, match="use one value for both"):
        WellClearVolume(**{**good, "hmd_m": 500.0})


def test_the_flat_kernel_names_the_pair_and_the_argument():
    zero = np.zeros(4)
    with pytest.raises(InvalidStateError, match="pair 2: north_m is nan"):
        conflict_interval(
            zero, [0.0, 0.0, np.nan, 0.0], zero, zero, zero, zero, horizontal_m=1, vertical_m=1, lookahead_s=1
        )
    with pytest.raises(InvalidMinimumError, match="lookahead_s"):
        conflict_interval(zero, zero, zero, zero, zero, zero, horizontal_m=1, vertical_m=1, lookahead_s=-1)
