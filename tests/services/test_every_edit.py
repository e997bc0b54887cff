"""Promise 5: whoever edits a log of 256 entries in a bundle is found out, whatever the edit and wherever it is.

STEERCLEAR_BITS sets how many bits of every line of every file are flipped (3 unless told otherwise; about 7 ms each);
lines are deleted, repeated and swapped, and files cut, at every line. `make prove` flips every bit there is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from random import Random

import pytest

from steerclear.services.record_bundle import RecordError
from tests.services.edits import (
    EDITED_FILES,
    ENTRIES_IN_LOG,
    Edit,
    Verdict,
    all_moves,
    bits_at,
    cuts_at,
    edited_bytes,
    first_verifier,
    judged,
    line_lengths,
    long_record,
    second_verifier,
    some_bits,
)
from tests.services.resumed import judged_from_there

BITS_A_LINE = int(os.environ.get("STEERCLEAR_BITS", "3"))


@pytest.fixture(scope="module")
def alone() -> Iterator[ProcessPoolExecutor]:
    """A process with one thread, which may be forked."""
    with ProcessPoolExecutor(1, mp_context=get_context("forkserver")) as pool:
        yield pool


@pytest.mark.requirement("SC-PRM-05")
@pytest.mark.parametrize("file", EDITED_FILES)
def test_bits_of_every_line_count(alone: ProcessPoolExecutor, file: str) -> None:
    edits = list(some_bits(file, BITS_A_LINE, Random(5)))
    assert {edit.line for edit in edits} == set(range(len(line_lengths(file))))
    assert alone.submit(judged, edits, first_verifier).result() == (len(edits), [])
    some = edits[:: BITS_A_LINE * 2]
    assert alone.submit(judged, some, second_verifier).result() == (len(some), [])


@pytest.mark.requirement("SC-PRM-05")
@pytest.mark.parametrize("file", EDITED_FILES)
def test_every_deletion_repetition_swap_and_cut_counts(alone: ProcessPoolExecutor, file: str) -> None:
    edits = list(all_moves(file))
    assert alone.submit(judged, edits, first_verifier).result() == (len(edits), [])
    some = edits[::15]
    assert alone.submit(judged, some, second_verifier).result() == (len(some), [])


@pytest.mark.requirement("SC-PRM-05")
@pytest.mark.parametrize("file", EDITED_FILES)
def test_going_on_from_the_edit_comes_to_the_verdict_of_the_whole(alone: ProcessPoolExecutor, file: str) -> None:
    edits = [*some_bits(file, 2, Random(6)), *all_moves(file)]
    ours = [edit for edit in edits if not edit.both]
    assert alone.submit(judged, ours, first_verifier).result() == (len(ours), [])
    assert judged_from_there(ours) == (len(ours), [])


@pytest.mark.requirement("SC-PRM-05")
@pytest.mark.parametrize("file", EDITED_FILES)
def test_going_on_from_an_edit_that_changes_nothing_accepts_it(file: str) -> None:
    nothing = NoEdit("bit", file, len(line_lengths(file)) // 2)
    assert judged_from_there([nothing]) == (1, [f"accepted: {nothing}"])


class NoEdit(Edit, frozen=True):
    def applied(self, rest: bytes) -> bytes:
        return rest


@pytest.mark.parametrize(("edits_at", "places_a_byte"), [(bits_at, 8), (cuts_at, 1)])
def test_every_place_of_every_file_has_its_edit(edits_at, places_a_byte: int) -> None:
    assert long_record()[EDITED_FILES[0]].count(b"\n") == ENTRIES_IN_LOG
    edits = list(edits_at(range(places_a_byte * edited_bytes())))
    places = [
        (file, line, place)
        for file in EDITED_FILES
        for line, length in enumerate(line_lengths(file))
        for place in range(places_a_byte * length)
    ]
    assert [(edit.file, edit.line, edit.place) for edit in edits] == places
    assert list(edits_at([5, 70_000, 70_001])) == [edits[5], edits[70_000], edits[70_001]]


@pytest.mark.parametrize(
    ("edit", "after"),
    [
        (Edit("bit", "f", 0, 1), b"c\nb\nc\n"),
        (Edit("delete", "f", 0), b"b\nc\n"),
        (Edit("repeat", "f", 0), b"a\na\nb\nc\n"),
        (Edit("swap", "f", 0), b"b\na\nc\n"),
        (Edit("cut", "f", 0, 1), b"a"),
    ],
)
def test_an_edit_is_what_it_is_called(edit: Edit, after: bytes) -> None:
    assert edit.applied(b"a\nb\nc\n") == after


@pytest.mark.parametrize(
    ("verdict", "verifier"),
    [
        (Verdict.ACCEPTED, "reads_and_believes"),
        (Verdict.FAILED, "fails_over_what_it_reads"),
        (Verdict.REFUSED_ELSEWHERE, "compares_one_hash"),
    ],
)
def test_a_verifier_that_lets_an_edit_pass_is_caught(
    alone: ProcessPoolExecutor, verdict: Verdict, verifier: str
) -> None:
    edit = Edit("bit", EDITED_FILES[0], 200, 77)
    count, missed = alone.submit(judged, [edit], globals()[verifier]).result()
    assert count == 1
    assert missed == [f"{verdict.name.lower()}: {edit}"]


def reads_and_believes(names, opened) -> None:
    for name in names:
        _read(opened, name)


def fails_over_what_it_reads(names, opened) -> None:
    if {name: _read(opened, name) for name in names} != long_record():
        raise ZeroDivisionError


def compares_one_hash(names, opened) -> None:
    if {name: _read(opened, name) for name in names} != long_record():
        raise RecordError("manifest.note", "something was changed")


def _read(opened, name: str) -> bytes:
    data = b""
    with opened(name) as file:
        while line := file.readline():
            data += line
    return data
