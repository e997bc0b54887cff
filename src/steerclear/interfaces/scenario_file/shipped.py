"""The scenarios that come with steerclear, and the one to begin a new one from."""

from __future__ import annotations

from importlib.resources import files

_FOLDER = files("steerclear.interfaces.scenario_file").joinpath("drills")
_ENDING = ".toml"
_STARTER = "starter.toml"


def shipped_names() -> tuple[str, ...]:
    """Names of the shipped scenarios, by the year of the event that they are drawn from."""
    index = _FOLDER.joinpath("order.txt").read_text("utf-8")
    return tuple(index.split())


def shipped_scenario(name: str) -> bytes:
    """The file of a shipped scenario. Raises KeyError for a name that is none."""
    if name not in shipped_names():
        raise KeyError(name)
    return _FOLDER.joinpath(f"{name}{_ENDING}").read_bytes()


def starter_file() -> bytes:
    """A commented scenario to begin with, which can be run as it is."""
    return _FOLDER.joinpath(_STARTER).read_bytes()
