"""The log of a node: what repeats itself fills no disk."""

from __future__ import annotations

import json
import logging

from steerclear.app.json_log import MAX_A_MINUTE, MAX_WORDS, FloodLimit, JsonFormatter


class Clock:
    time_s = 0.0

    def __call__(self) -> float:
        return self.time_s


def line(words: str, logger: str = "steerclear.node", **more: object) -> logging.LogRecord:
    return logging.makeLogRecord({"name": logger, "msg": words, "levelno": logging.ERROR, **more})


def test_what_fails_four_times_a_second_for_a_day_is_some_lines_a_minute_and_none_is_lost_count_of() -> None:
    clock = Clock()
    limit = FloodLimit(clock)
    written, told, tried = 0, 0, 0
    while clock.time_s < 86_400.0:
        record = line("deadlines cannot be recorded", detail=f"the disk has {tried} bytes left")
        tried += 1
        if limit.filter(record):
            written += 1
            told += int(json.loads(JsonFormatter().format(record)).get("left_out", 0))
        clock.time_s += 0.25
    assert written <= 1_440 * MAX_A_MINUTE
    assert tried - written - told <= 240
    assert limit.filter(line("another thing"))
    assert limit.filter(line("deadlines cannot be recorded", logger="steerclear.line"))


def test_what_is_counted_is_bounded() -> None:
    limit = FloodLimit(Clock())
    for number in range(5 * MAX_WORDS):
        assert limit.filter(line(f"words {number}"))
        assert len(limit._said) <= MAX_WORDS
