"""A drill told to people: what happened then, what the parties' nodes saw and did, and what was caught, when."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby

import msgspec

from steerclear.model.drill import DrillOutcome, Judged, Observation

WIDTH = 118


def story_lines(outcome: DrillOutcome, *, everything: bool = False) -> Iterator[str]:
    """The whole story, line by line; with `everything` also machines' receipts and what is merely noted."""
    yield f"{outcome.name}: {outcome.title}"
    if outcome.without:
        yield f"  This time without a part of the mechanism: {outcome.without}."
    if outcome.pattern:
        yield f"  Drawn from {outcome.pattern}; places and parties are invented."
    for sentence in outcome.happened:
        yield from _wrapped(sentence, "  Then: ")
    if outcome.missing:
        yield from _wrapped(outcome.missing, "  What was missing: ")
    for words in outcome.uncertain:
        yield from _wrapped(words, "  Not known for sure: ")
    for words in outcome.ladders:
        yield from _wrapped(words, "  Agreed, who is reached while nobody acknowledges: ")
    yield ""
    widest = max(len(party) for party, _ in outcome.parties)
    for one in joined([one for one in outcome.observations if everything or not one.aside]):
        head = f"{clock(one.time_s)} ({since(one.time_s - outcome.zero_s)})"
        yield from _wrapped(one.words, f"{head:<21} {one.party:<{widest}}  ")
    yield ""
    yield from judged_lines(outcome)


def joined(observations: Sequence[Observation]) -> Iterator[Observation]:
    """What was told at one moment of several units or agencies becomes one sentence that names them all."""
    for _, group in groupby(observations, _but_for_whom):
        found = list(group)
        first, named = found[0], list(dict.fromkeys(_whom(one) for one in found))
        if len(named) > 1:
            first = msgspec.structs.replace(first, words=first.words.replace(named[0], ", ".join(named)))
        yield first
        if len(named) == 1:
            yield from found[1:]


def _whom(one: Observation) -> str:
    unidentified = one.what == "identification" and one.facts.get("state") == "unidentified"
    return one.facts.get("unit", "") or one.facts.get("agency", "") or (one.facts["track"] if unidentified else "")


def _but_for_whom(one: Observation) -> object:
    if not _whom(one):
        return id(one)
    facts = tuple(sorted((key, value) for key, value in one.facts.items() if value != _whom(one)))
    return clock(one.time_s), one.party, one.what, facts, one.words.replace(_whom(one), "")


def judged_lines(outcome: DrillOutcome) -> Iterator[str]:
    """Every expectation: whether it was met, by what, when, and what happened in the event it is drawn from."""
    met = sum(one.met for one in outcome.judged)
    yield f"Caught: {met} of {len(outcome.judged)}"
    for one in outcome.judged:
        yield from _wrapped(f"{one.name}: {one.says}", "  [ok]     " if one.met else "  [MISSED] ")
        yield from _wrapped(when(one), "           ")
        if one.in_reality:
            mark = " (not known for sure)" if one.uncertain else ""
            yield from _wrapped(f"{one.in_reality}{mark}", "           Then: ")


def when(one: Judged) -> str:
    """When an expectation was met, in words, with what there was to spare; or that it was not."""
    due = "" if one.by_s is None else f" (due by {clock(one.by_s)})"
    if one.seen_s is None:
        return f"not seen{due}" if not one.met else f"not seen, as it must be{due}"
    words = f"at {clock(one.seen_s)}{due}"
    if one.after_s is not None and one.after_s >= 0.0:
        words += f", {span(one.after_s)} after {clock(one.since_s)}"
    if one.spare_s is not None:
        relation = "before" if one.spare_s >= 0.0 else "AFTER"
        words += f", {span(one.spare_s)} {relation} {clock(one.before_s or 0.0)}"
    return f"{words}. {one.seen}"


def clock(time_s: float) -> str:
    """A time of day, UTC."""
    return datetime.fromtimestamp(round(time_s, 3), UTC).strftime("%H:%M:%S")


def since(seconds: float) -> str:
    """Time from the zero of the story: +1:10, -0:48, +3:58:12."""
    whole = int(abs(round(seconds, 3)))
    hours, minutes, rest = whole // 3_600, whole // 60 % 60, whole % 60
    sign = "-" if seconds < 0.0 and whole else "+"
    return f"{sign}{hours}:{minutes:02d}:{rest:02d}" if hours else f"{sign}{minutes}:{rest:02d}"


def span(seconds: float) -> str:
    """A duration in words: "4 h 2 min", "1 min 5 s", "under a second"."""
    whole = round(abs(seconds))
    if whole < 1:
        return "under a second"
    hours, minutes, rest = whole // 3_600, whole // 60 % 60, whole % 60
    parts = (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "", f"{rest} s" if rest else "")
    return " ".join(part for part in parts if part)


def _wrapped(text: str, head: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=head,
        subsequent_indent=" " * min(len(head), 40),
        break_long_words=False,
        break_on_hyphens=False,
    ) or [head.rstrip()]
