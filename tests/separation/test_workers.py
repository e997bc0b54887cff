"""Sharing work among threads: what a failed part leaves behind."""

import threading

import pytest

from steerclear.separation import workers


def test_after_a_failed_part_nothing_goes_on_behind_the_callers_back():
    begun, failed = threading.Event(), threading.Event()
    done = []

    def task(part):
        if part == 0:
            assert begun.wait(10.0)
            failed.set()
            raise ValueError("too many")
        begun.set()
        assert failed.wait(10.0)
        # Long enough for a caller that does not wait to come back first.
        threading.Event().wait(0.05)
        done.append(part)

    with pytest.raises(ValueError, match="too many"):
        workers.run(task, list(range(50)), 2)
    at_return = len(done)
    threading.Event().wait(0.2)
    assert at_return == len(done) <= 2


def test_a_failure_on_another_thread_reaches_the_caller():
    caller = threading.current_thread()

    def task(part):
        if threading.current_thread() is not caller:
            raise ValueError("elsewhere")
        threading.Event().wait(0.01)

    with pytest.raises(ValueError, match="elsewhere"):
        workers.run(task, list(range(200)), 2)
