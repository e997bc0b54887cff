"""The catalogue: the same fixed sentences in every language, so that each side reads its own.

A language is a file `catalogue/CODE.toml` in this package. All files must say the same phrases with the same blanks
of the same types; a catalogue whose languages differ is not loaded at all, because two desks that read different
things from one message are worse off than two that read free text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

import msgspec

from steerclear.interfaces.phrases import limits
from steerclear.interfaces.phrases.errors import CatalogueError, PhraseError
from steerclear.interfaces.phrases.template import Template, parse
from steerclear.interfaces.phrases.values import TYPES
from steerclear.interfaces.phrases.words import Words, check_words

_WORD: Final = re.compile(r"[a-z][a-z_]{0,47}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8})?")


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    words: Words
    phrases: dict[str, dict[str, str]]


class Language(msgspec.Struct, frozen=True):
    """One language of the catalogue."""

    code: str
    name: str
    words: Words
    phrases: dict[str, Template]


class Catalogue:
    """Fixed phrases in several languages, by code: `kind.name`."""

    def __init__(self, languages: tuple[Language, ...]) -> None:
        """Languages that have been checked to say the same things."""
        self._languages = {language.code: language for language in languages}
        self._blanks = {code: template.blanks for code, template in languages[0].phrases.items()}

    @property
    def languages(self) -> dict[str, str]:
        """Name of each language, in itself, by its code."""
        return {code: language.name for code, language in self._languages.items()}

    @property
    def spoken(self) -> tuple[Language, ...]:
        """All languages with their words."""
        return tuple(self._languages.values())

    def codes(self, kind: str | None = None) -> tuple[str, ...]:
        """Codes of all phrases, or of those that belong to a kind of message."""
        return tuple(code for code in self._blanks if kind is None or code.partition(".")[0] == kind)

    def parameters(self, code: str) -> dict[str, str]:
        """The type of each blank of a phrase, by name. Raises PhraseError for a code that does not exist."""
        if code not in self._blanks:
            raise PhraseError(f"there is no phrase {code[:100]!r}; {self._there_are(code.partition('.')[0])}")
        return dict(self._blanks[code])

    def _there_are(self, kind: str) -> str:
        """The phrases of a kind of message, else the kinds: who stands at a desk has no page of documentation open."""
        of_kind = self.codes(kind)
        if of_kind:
            return f"there are: {', '.join(of_kind)}"
        return (
            f"a code is KIND.PHRASE, with one of: {', '.join(dict.fromkeys(c.partition('.')[0] for c in self._blanks))}"
        )

    def wording(self, code: str, language: str) -> str:
        """A phrase with its blanks open: `{radius}`. Raises PhraseError."""
        names = {name: f"{{{name}}}" for name in self.parameters(code)}
        return self._language(language).phrases[code].fill(names)

    def render(
        self, code: str, parameters: Mapping[str, str] | Iterable[tuple[str, str]] = (), language: str = "en"
    ) -> str:
        """A phrase as a desk reads it: one line of at most MAX_RENDERED_CHARS visible characters.

        It is plain text: who shows it in HTML or a terminal escapes it there. Raises PhraseError for an unknown code
        or language, and for a missing, unknown, repeated or ill-written parameter.
        """
        blanks = self.parameters(code)
        spoken = self._language(language)
        given = tuple(parameters.items() if isinstance(parameters, Mapping) else parameters)
        values = dict(given)
        if len(values) != len(given) or values.keys() != blanks.keys():
            wanted = ", ".join(f"{name} ({kind})" for name, kind in blanks.items()) or "none"
            raise PhraseError(f"{code} takes each of these parameters once, and no other: {wanted}")
        said = {}
        for name, kind in blanks.items():
            try:
                said[name] = TYPES[kind].say(values[name], spoken.words)
            except ValueError as fault:
                raise PhraseError(f"{code}: {name} {fault}") from None
        return spoken.phrases[code].fill(said)

    def _language(self, code: str) -> Language:
        if code not in self._languages:
            raise PhraseError(f"there is no language {code[:20]!r}; there is: {', '.join(self._languages)}")
        return self._languages[code]


def load_catalogue(folder: Traversable | None = None) -> Catalogue:
    """The catalogue in the package, or in a folder of language files. Raises CatalogueError naming file and key."""
    place = files(__package__) / "catalogue" if folder is None else folder
    found = sorted((file for file in place.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    if not 1 <= len(found) <= limits.MAX_LANGUAGES:
        raise CatalogueError(f"the catalogue has {len(found)} languages; 1 to {limits.MAX_LANGUAGES} can be used")
    languages = tuple(_read(file) for file in found)
    for language in languages[1:]:
        _check_same(languages[0], language)
    return Catalogue(languages)


def _read(file: Traversable) -> Language:
    code = file.name.removesuffix(".toml")
    try:
        if not _LANGUAGE.fullmatch(code):
            raise ValueError("a language's file is named by its code, for example fr.toml")
        data = file.read_bytes()
        if len(data) > limits.MAX_FILE_BYTES:
            raise ValueError(f"it has {len(data):,} bytes; the limit is {limits.MAX_FILE_BYTES:,}")
        read = msgspec.toml.decode(data, type=_File)
        if not read.name.strip() or len(read.name) > limits.MAX_NAME_CHARS:
            raise ValueError(f"name: must be 1 to {limits.MAX_NAME_CHARS} characters")
        check_words(read.words)
        return Language(code, read.name, read.words, _templates(read))
    except ValueError as fault:  # also msgspec's and tomllib's
        raise CatalogueError(f"{file.name}: {fault}") from None


def _templates(read: _File) -> dict[str, Template]:
    most_chars = {name: kind.most_chars(read.words) for name, kind in TYPES.items()}
    templates = {
        f"{kind}.{name}": _template(f"{kind}.{name}", text, most_chars)
        for kind, phrases in read.phrases.items()
        for name, text in phrases.items()
    }
    if not 1 <= len(templates) <= limits.MAX_PHRASES:
        raise ValueError(f"phrases: there are {len(templates)}; the limit is {limits.MAX_PHRASES}")
    return templates


def _template(code: str, text: str, most_chars: Mapping[str, int]) -> Template:
    try:
        if not all(_WORD.fullmatch(word) for word in code.split(".")):
            raise ValueError("kinds and names of phrases are words of a-z and _")
        template = parse(text)
        blanks = template.blanks
        if len(blanks) > limits.MAX_PARAMETERS:
            raise ValueError(f"has {len(blanks)} parameters; the limit is {limits.MAX_PARAMETERS}")
        for name, kind in blanks.items():
            if kind not in TYPES:
                raise ValueError(f"{{{name}}} has no known type; types: {', '.join(TYPES)}")
        longest = template.longest({name: most_chars[kind] for name, kind in blanks.items()})
        if longest > limits.MAX_RENDERED_CHARS:
            raise ValueError(f"can be said in {longest} characters; the limit is {limits.MAX_RENDERED_CHARS}")
    except ValueError as fault:
        raise ValueError(f"phrases.{code}: {fault}") from None
    return template


def _check_same(first: Language, other: Language) -> None:
    """Raises CatalogueError naming a phrase that two languages do not both say, or not with the same blanks."""
    for code in [*first.phrases, *other.phrases]:
        for has, lacks in ((first, other), (other, first)):
            if code not in lacks.phrases:
                raise CatalogueError(f"{lacks.code}.toml: phrases.{code}: is missing; {has.code}.toml has it")
        wanted, found = first.phrases[code].blanks, other.phrases[code].blanks
        if wanted != found:
            raise CatalogueError(
                f"{other.code}.toml: phrases.{code}: its parameters are {_listed(found)}; "
                f"in {first.code}.toml they are {_listed(wanted)}"
            )


def _listed(blanks: Mapping[str, str]) -> str:
    return ", ".join(f"{name}:{kind}" for name, kind in sorted(blanks.items())) or "none"
