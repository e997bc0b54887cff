"""The fixed words of a summons in every language there is, so that each receiver reads its own.

A language is a file `catalogue/CODE.toml` in this package, and adding one is adding a file. Each says everything, with
the same blanks, or none is used: a summons in half a language would leave out what somebody must know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Formatter
from typing import Final, get_args

import msgspec

from steerclear.interfaces.outlets import limits
from steerclear.interfaces.outlets.errors import OutletsError
from steerclear.model.messages import Message, Step
from steerclear.model.vocabulary import Urgency
from steerclear.services.reach import Summons

ENGLISH: Final = "en"
"""What is said where a receiver's language is not there."""

_CODE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8})?")
_HEADLINE: Final = frozenset({"urgency", "kind", "peer", "function"})
_LINES: Final[Mapping[str, frozenset[str]]] = {
    "message": frozenset({"message"}),
    "kind": frozenset({"kind", "urgency"}),
    "peer": frozenset({"peer"}),
    "function": frozenset({"function", "desk", "party"}),
    "rung": frozenset({"rung"}),
    "issued": frozenset({"time"}),
    "due": frozenset({"time"}),
    "reply": frozenset(),
}
_KINDS: Final = frozenset(str(kind.__struct_config__.tag) for kind in get_args(Message))


class _Headlines(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    to: dict[str, str]
    from_: dict[str, str]


class Language(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One language: a file of the catalogue as it is read."""

    name: str
    """In itself."""
    headline: _Headlines
    """By step: what is said of a message to the other side, and of one from it."""
    lines: dict[str, str]
    urgency: dict[str, str]
    kind: dict[str, str]

    def headline_of(self, summons: Summons) -> str:
        """What waits for what, with whom, and who is to take the line. Not made printable yet."""
        told = self.headline.to if summons.outgoing else self.headline.from_
        return told[summons.step].format(
            urgency=self.urgency[summons.urgency],
            kind=self.kind[summons.kind],
            peer=summons.peer,
            function=summons.function,
        )

    def line(self, name: str, **blanks: str) -> str:
        """One of the lines below the headline."""
        return self.lines[name].format(**blanks)


@cache
def shipped_languages() -> Mapping[str, Language]:
    """The languages in this package, by code. Raises OutletsError naming file and key."""
    return load_languages(files(__package__) / "catalogue")


def load_languages(folder: Traversable) -> Mapping[str, Language]:
    """The languages in a folder, by code. Raises OutletsError naming file and key."""
    found = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    if len(found) > limits.MAX_LANGUAGES:
        raise OutletsError(f"there are {len(found)} languages for summons; the limit is {limits.MAX_LANGUAGES}")
    languages = {file.name.removesuffix(".toml"): _read(file) for file in found}
    if ENGLISH not in languages:
        raise OutletsError(f"the words of summons lack {ENGLISH}.toml, which is said where a language is not there")
    return languages


def language_for(code: str, languages: Mapping[str, Language]) -> Language:
    """The words for a language's code: its own, those of the language without its region, or English.

    Raises ValueError for what is no code.
    """
    if not _CODE.fullmatch(code):
        raise ValueError(f"{code[:20]!r} is no code of a language; write it like en or fr-CA")
    return languages.get(code) or languages.get(code.partition("-")[0]) or languages[ENGLISH]


def is_spoken(code: str) -> bool:
    """Whether a summons can be said in the language of that code, with its region or without; else it is English."""
    return not {code, code.partition("-")[0]}.isdisjoint(shipped_languages())


def _read(file: Traversable) -> Language:
    try:
        if not _CODE.fullmatch(file.name.removesuffix(".toml")):
            raise ValueError("a language's file is named by its code, for example fr.toml")
        data = file.read_bytes()
        if len(data) > limits.MAX_LANGUAGE_BYTES:
            raise ValueError(f"it has {len(data):,} bytes; the limit is {limits.MAX_LANGUAGE_BYTES:,}")
        language = msgspec.toml.decode(data, type=Language)
        _check(language)
    except ValueError as fault:  # also msgspec's and tomllib's
        raise OutletsError(f"words of summons: {file.name}: {fault}") from None
    return language


def _check(language: Language) -> None:
    """Raises ValueError naming the key that is missing, unknown, not printable, too long or has other blanks."""
    _check_text("name", language.name, frozenset())
    tables: tuple[tuple[str, Mapping[str, str], Mapping[str, frozenset[str]]], ...] = (
        ("headline.to", language.headline.to, {str(step): _HEADLINE for step in Step}),
        ("headline.from", language.headline.from_, {str(step): _HEADLINE for step in Step}),
        ("lines", language.lines, _LINES),
        ("urgency", language.urgency, {str(urgency): frozenset() for urgency in Urgency}),
        ("kind", language.kind, {kind: frozenset() for kind in _KINDS}),
    )
    for where, said, wanted in tables:
        _check_keys(where, said, wanted)
        for key, text in said.items():
            _check_text(f"{where}.{key}", text, wanted[key])


def _check_keys(where: str, said: Iterable[str], wanted: Iterable[str]) -> None:
    missing, unknown = sorted({*wanted} - {*said}), sorted({*said} - {*wanted})
    if missing or unknown:
        key, what = (missing[0], "is missing") if missing else (unknown[0], "is not known")
        raise ValueError(f"{where}.{key}: {what}")


def _check_text(where: str, text: str, blanks: frozenset[str]) -> None:
    if not text.strip() or not text.isprintable() or len(text) > limits.MAX_WORDS_CHARS:
        raise ValueError(f"{where}: must be 1 to {limits.MAX_WORDS_CHARS} printable characters")
    fields = [part[1:] for part in Formatter().parse(text) if part[1] is not None]
    if {name for name, *_ in fields} != blanks or any(form or conversion for _, form, conversion in fields):
        listed = ", ".join(f"{{{name}}}" for name in sorted(blanks)) or "none"
        raise ValueError(f"{where}: must have these blanks, plain, and no other: {listed}")
