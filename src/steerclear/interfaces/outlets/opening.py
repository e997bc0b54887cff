"""Outlets from their sections in the node's file."""

from __future__ import annotations

import logging
import re
import shutil
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol

from steerclear.interfaces.outlets import limits
from steerclear.interfaces.outlets.command import CommandOutlet
from steerclear.interfaces.outlets.errors import NotTakenError, OutletsError
from steerclear.interfaces.outlets.file import FileOutlet
from steerclear.interfaces.outlets.languages import ENGLISH, Language, language_for, shipped_languages
from steerclear.interfaces.outlets.services_url import AppriseOutlet
from steerclear.interfaces.outlets.within import within
from steerclear.services.reach import Outcome, Outlets, Summons, printable
from steerclear.store.folders import path_from

_logger = logging.getLogger("steerclear.outlets")

_NAME: Final = re.compile(rf"[a-z0-9][a-z0-9._-]{{0,{limits.MAX_NAME_CHARS - 1}}}")
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]*://\S+")


class OutletTerms(Protocol):
    """A section `[outlets.NAME]` of the node's file; exactly one of the three is given."""

    @property
    def command(self) -> tuple[str, ...] | None:
        """A program and its arguments."""
        ...

    @property
    def apprise(self) -> tuple[str, ...] | None:
        """Addresses as apprise writes them."""
        ...

    @property
    def file(self) -> str | None:
        """A path."""
        ...

    @property
    def timeout_s(self) -> float | None:
        """How long it may take; None for the longest time allowed."""
        ...

    @property
    def language(self) -> str | None:
        """Code of the language of those whom it reaches; None for the node's."""
        ...


class _Outlet(Protocol):
    def send(self, summons: Summons) -> str:
        """What the outlet says of it. Raises NotTakenError."""
        ...


class _Bounded:
    """An outlet and the time it has."""

    def __init__(self, outlet: _Outlet, timeout_s: float) -> None:
        self._outlet = outlet
        self._timeout_s = timeout_s
        self._slots = threading.BoundedSemaphore(limits.MAX_CALLS_IN_FLIGHT)

    def send(self, summons: Summons) -> str:
        return within(self._timeout_s, self._slots, lambda: self._outlet.send(summons))


class _OpenOutlets:
    def __init__(self, outlets: Mapping[str, _Outlet]) -> None:
        self._outlets = outlets

    def names(self) -> frozenset[str]:
        return frozenset(self._outlets)

    def reach(self, outlet: str, summons: Summons) -> Outcome:
        began_s = time.monotonic()
        try:
            detail, reached = self._outlets[outlet].send(summons), True
        except NotTakenError as fault:
            detail, reached = str(fault), False
        except Exception as fault:  # only its type: its words may hold an address with a password
            detail, reached = f"the outlet failed: {type(fault).__name__}", False
        took_s, told = time.monotonic() - began_s, printable(detail)
        if not reached:
            where = f"{outlet}, for {summons.function}: {told}"
            _logger.warning("an outlet did not take a summons", extra={"peer": summons.peer, "detail": where})
        return Outcome(outlet=outlet, reached=reached, detail=told, took_s=took_s)


def open_outlets(sections: Mapping[str, OutletTerms], folder: Path, language: str = ENGLISH) -> Outlets:
    """Outlets as they are configured; relative paths start from the folder of the node's file. `language` is spoken by
    those that name none, and English where the words for a language are not there.

    Raises OutletsError naming the key that is wrong: a program that is not there, or an address that means nothing,
    is found when the node starts and not when a rung needs it.
    """
    if len(sections) > limits.MAX_OUTLETS:
        raise OutletsError(f"outlets: there are {len(sections)}; the limit is {limits.MAX_OUTLETS}")
    return _OpenOutlets({name: _open(name, section, folder, language) for name, section in sections.items()})


def _language(key: str, code: str) -> Language:
    try:
        return language_for(code, shipped_languages())
    except ValueError as fault:
        raise OutletsError(f"{key}: {fault}") from None


def _open(name: str, section: OutletTerms, folder: Path, default: str) -> _Outlet:
    if not _NAME.fullmatch(name):
        most = limits.MAX_NAME_CHARS
        raise OutletsError(f"outlets.{printable(name, most)!r}: a name is 1 to {most} of a-z, 0-9, '.', '_', '-'")
    key = f"outlets.{name}"
    timeout_s = limits.MAX_TIMEOUT_S if section.timeout_s is None else section.timeout_s
    if not 0 < timeout_s <= limits.MAX_TIMEOUT_S:
        raise OutletsError(f"{key}.timeout_s: {timeout_s:g} must be above 0 and at most {limits.MAX_TIMEOUT_S:g}")
    if sum(kind is not None for kind in (section.command, section.apprise, section.file)) != 1:
        raise OutletsError(f"{key}: give exactly one of command, apprise and file")
    asked = section.language
    language = _language("node.language", default) if asked is None else _language(f"{key}.language", asked)
    if section.command is not None:
        return CommandOutlet(_argv(f"{key}.command", section.command, folder), folder, timeout_s, language)
    if section.apprise is not None:
        urls = _urls(f"{key}.apprise", section.apprise)
        return _Bounded(AppriseOutlet(f"{key}.apprise", urls, language), timeout_s)
    return _Bounded(FileOutlet(_path(f"{key}.file", section.file or "", folder), language), timeout_s)


def _argv(key: str, words: tuple[str, ...], folder: Path) -> tuple[str, ...]:
    _bounded(key, words, limits.MAX_ARGUMENTS, limits.MAX_ARGUMENT_CHARS, "words")
    program = str(path_from(folder, words[0])) if "/" in words[0] else words[0]
    found = shutil.which(program)
    if found is None:
        raise OutletsError(f"{key}: there is no program {words[0]!r} that can be run; name it by its path")
    return (found, *words[1:])


def _urls(key: str, urls: tuple[str, ...]) -> tuple[str, ...]:
    _bounded(key, urls, limits.MAX_URLS, limits.MAX_URL_CHARS, "addresses")
    for place, url in enumerate(urls, 1):
        if not _URL.fullmatch(url):
            raise OutletsError(f"{key}: address {place} of {len(urls)} must be like mailto://… or json://…")
    return urls


def _path(key: str, written: str, folder: Path) -> Path:
    path = path_from(folder, written)
    if not written or "\0" in written or path.is_dir() or not path.parent.is_dir():
        raise OutletsError(f"{key}: {written!r} must be a file in a folder that exists")
    return path


def _bounded(key: str, words: tuple[str, ...], at_most: int, chars: int, what: str) -> None:
    if not 1 <= len(words) <= at_most:
        raise OutletsError(f"{key}: must be a list of 1 to {at_most} {what}")
    for place, word in enumerate(words, 1):
        if len(word) > chars or "\0" in word or not words[0]:
            raise OutletsError(f"{key}: {place} of {len(words)} must have 1 to {chars:,} characters, none of them NUL")
