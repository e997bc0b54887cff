"""Answers of a scan as values: the same question gives an equal one, and another row another."""

import numpy as np
import pytest

from steerclear.separation import brute_force_conflicts, find_conflicts

MINIMA = {"horizontal_m": 9_260.0, "vertical_m": 304.8, "lookahead_s": 300.0}


def scene():
    draw = np.random.default_rng(7)
    rows = 300
    return (
        draw.uniform(46.0, 47.0, rows),
        draw.uniform(7.0, 8.0, rows),
        draw.uniform(3_000.0, 4_000.0, rows),
        *draw.uniform(-200.0, 200.0, (2, rows)),
        np.zeros(rows),
    )


@pytest.mark.requirement("SC-SEP-09")
def test_answers_to_the_same_question_are_equal_however_they_were_found():
    states = scene()
    answer = find_conflicts(*states, **MINIMA, threads=1)
    assert len(answer) > 10
    assert answer == find_conflicts(*states, **MINIMA, threads=2)
    assert answer == brute_force_conflicts(*states, **MINIMA)


@pytest.mark.requirement("SC-SEP-09")
def test_answers_that_differ_in_one_row_or_in_what_was_asked_are_not_equal():
    states = scene()
    answer = find_conflicts(*states, **MINIMA)
    first = answer.pairs["i"][0]
    states[5][first] = 0.001
    assert answer != find_conflicts(*states, **MINIMA)
    nobody = [states[place][:1] for place in range(6)]
    alone = find_conflicts(*nobody, **MINIMA)
    assert alone != find_conflicts(*nobody, **{**MINIMA, "lookahead_s": 200.0})
    assert alone != "an answer"
