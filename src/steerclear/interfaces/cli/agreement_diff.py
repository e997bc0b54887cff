"""What changed between two versions of an agreement, said in its own terms and not in lines of a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from steerclear.interfaces.cli.agreement_words import Line, in_words
from steerclear.model.agreement import Agreement

MAX_NAMED = 20
"""Members of a list that are named; of more, their number."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is agreed differently, newly or no longer."""

    part: str
    topic: str
    old: str | None
    """None: it was not agreed before."""
    new: str | None
    """None: it is not agreed any more."""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    """Of a list: its new and its former members."""

    @property
    def text(self) -> str:
        """The change in words."""
        if self.old is None:
            return f"new: {self.topic}: {self.new}"
        if self.new is None:
            return f"no longer: {self.topic}: {self.old}"
        told = [f"{word} {some(names)}" for word, names in (("also", self.added), ("without", self.removed)) if names]
        return f"{self.topic}: {' and '.join(told)}" if told else f"{self.topic}: {self.old} -> {self.new}"


def differences(old: Agreement, new: Agreement) -> tuple[Change, ...]:
    """Every change from one version to another, in the order in which an agreement is read out."""
    return tuple(_differences(in_words(old), in_words(new)))


def _differences(old: tuple[Line, ...], new: tuple[Line, ...]) -> Iterator[Change]:
    before = {(line.part, line.topic): line for line in old}
    after = {(line.part, line.topic): line for line in new}
    parts = list(dict.fromkeys(line.part for line in (*new, *old)))
    for key in sorted({**after, **before}, key=lambda key: parts.index(key[0])):
        was, now = before.get(key), after.get(key)
        if was is not None and now is not None and was.listed:
            added = tuple(name for name in now.said if name not in set(was.said))
            removed = tuple(name for name in was.said if name not in set(now.said))
            if not added and not removed:
                continue
            yield _change(key, was, now, added, removed)
        elif was is None or now is None or was.said != now.said:
            yield _change(key, was, now)


def _change(
    key: tuple[str, str], was: Line | None, now: Line | None, added: Iterable[str] = (), removed: Iterable[str] = ()
) -> Change:
    return Change(
        part=key[0],
        topic=key[1],
        old=None if was is None else some(was.said),
        new=None if now is None else some(now.said),
        added=tuple(added),
        removed=tuple(removed),
    )


def some(names: tuple[str, ...]) -> str:
    """A list of names, short enough to be read; of the rest, the number."""
    left = len(names) - MAX_NAMED
    return ", ".join(names[:MAX_NAMED]) + (f" and {left:,} more" if left > 0 else "")
