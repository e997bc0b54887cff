"""`steerclear drill`: past failures, and one's own, played on the shipped code; who caught what, and when."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from cyclopts import App, Parameter

from steerclear.interfaces.cli.drill_story import judged_lines, story_lines
from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.local_client import CommandError
from steerclear.interfaces.cli.options import Json
from steerclear.interfaces.cli.output import ending, print_json, print_line, print_table
from steerclear.interfaces.cli.written_file import write_new
from steerclear.model.drill import DrillOutcome
from steerclear.model.scenario import Scenario, Without

Flag = Annotated[bool, Parameter(negative=())]
_TELL_EVERY_S: Final = 0.25
_ENDING: Final = ".toml"
_MAX_FILE_BYTES: Final = 1_000_000
"""What is read of a file; the scenario's own limit is smaller."""


class DrillTools(msgspec.Struct, frozen=True, kw_only=True):
    """What the commands need from rooms they may not import."""

    names: Callable[[], tuple[str, ...]]
    shipped: Callable[[str], bytes]
    """Raises KeyError."""
    starter: Callable[[], bytes]
    decode: Callable[[bytes], Scenario]
    """Raises ValueError."""
    check: Callable[[Scenario], None]
    """Looks at the agreement of a scenario too. Raises ValueError."""
    play: Callable[[Scenario, Without | None, Callable[[float], None] | None], DrillOutcome]
    """Raises ValueError."""
    page: Callable[[DrillOutcome], bytes]


class DrillsOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """A drill, and what came of it with each part of the mechanism taken away."""

    outcome: DrillOutcome
    took_s: float
    without: dict[str, tuple[str, ...]]
    """By name of what was taken away: the expectations that were missed then."""
    kept: dict[str, tuple[str, ...]]
    """By name of what was taken away: the expectations that should have been missed and were not."""

    @property
    def good(self) -> bool:
        """Whether everything was caught, and nothing of it without the part that catches it."""
        return self.outcome.met and not any(self.kept.values())


def drill_commands(tools: DrillTools) -> App:
    """The `drill` group of commands."""
    app = App(name="drill", help="Play a past failure, or your own, on the shipped code: who caught what, and when.")
    run = _run_command(tools)
    app.default(run)
    app.command(run, name="run")
    app.command(_list_command(tools), name="list")
    app.command(_all_command(tools), name="all")
    app.command(_check_command(tools), name="check")
    app.command(_new_command(tools), name="new")
    return app


def _run_command(tools: DrillTools) -> Callable[..., int]:
    def run(
        name: str,
        *,
        without: str | None = None,
        everything: Flag = False,
        html: Path | None = None,
        json: Json = False,
    ) -> int:
        """Play a drill and tell its story: a shipped one by its name, or a scenario file of your own.

        The same scenario gives the same story, byte for byte.

        Exit codes: 0 everything was caught, 2 no such drill, 9 HTML cannot be written, 20 something was missed, 21 the
        scenario cannot be used.

        Parameters
        ----------
        name
            Name of a shipped drill (`steerclear drill list`), or the file of a scenario.
        without
            Take a part of the mechanism away: the name of one of the scenario's [[without]] tables. Then the drill is
            expected to fail.
        everything
            Also tell of machines' receipts, line checks that were answered and alerts that eased.
        html
            Write the story as a page that needs nothing else; a file that is there is not replaced.
        json
            One JSON document.
        """

        def work() -> ExitCode:
            scenario = _scenario(tools, name)
            outcome = _played(tools, scenario, _variant(scenario, without))
            if html is not None:
                write_new(html, tools.page(outcome))
            if json:
                print_json({"met": outcome.met, **msgspec.to_builtins(outcome)})
            else:
                print_line("\n".join(story_lines(outcome, everything=everything)))
                if html is not None:
                    print_line(f"wrote {html}")
            return ExitCode.OK if outcome.met else ExitCode.DRILL_MISSED

        return ending(work)

    return run


def _list_command(tools: DrillTools) -> Callable[..., int]:
    def list_(*, json: Json = False) -> int:
        """The shipped drills, oldest event first, and what each takes away to show that it can fail.

        Parameters
        ----------
        json
            One JSON document.
        """

        def work() -> None:
            found = [tools.decode(tools.shipped(name)) for name in tools.names()]
            if json:
                print_json([_listed(one) for one in found])
                return
            rows = [(one.drill.name, one.drill.pattern, one.drill.missing) for one in found]
            print_table(("drill", "drawn from", "what was missing then"), rows)

        return ending(work)

    return list_


def _all_command(tools: DrillTools) -> Callable[..., int]:
    def all_(*, brief: Flag = False, json: Json = False) -> int:
        """Play every shipped drill, and each again without the parts of the mechanism that it is about.

        A drill is good when everything that must be seen is seen in time, and when that which a part of the mechanism
        catches is missed without it.

        Exit codes: 0 all are good, 20 one is not.

        Parameters
        ----------
        brief
            What was caught and when, without the stories.
        json
            One JSON document.
        """

        def work() -> ExitCode:
            played = []
            for name in tools.names():
                one = _proved(tools, tools.decode(tools.shipped(name)))
                played.append(one)
                if not json:
                    lines = judged_lines(one.outcome) if brief else story_lines(one.outcome)
                    head = (f"{one.outcome.name}: {one.outcome.title}",) if brief else ()
                    print_line("\n".join((*head, *lines, *_weakened_lines(one), "", "-" * 100, "")))
            good = all(one.good for one in played)
            if json:
                print_json({"good": good, "drills": [_as_json(one) for one in played]})
            else:
                _print_summary(played)
            return ExitCode.OK if good else ExitCode.DRILL_MISSED

        return ending(work)

    return all_


def _check_command(tools: DrillTools) -> Callable[..., int]:
    def check(file: Path, *, json: Json = False) -> int:
        """Read a scenario file and its agreement, and say what is wrong with it, with the line.

        Exit codes: 0 it can be played, 21 it cannot.

        Parameters
        ----------
        file
            The scenario file.
        json
            One JSON document.
        """

        def work() -> None:
            scenario = _scenario(tools, str(file), only_file=True)
            try:
                tools.check(scenario)
            except ValueError as fault:
                raise CommandError(ExitCode.SCENARIO_UNREADABLE, f"{file}: {fault}") from None
            if json:
                print_json(_listed(scenario))
                return
            counts = (
                f"{len(scenario.parties)} parties, {len(scenario.tracks)} aircraft, {len(scenario.expect)} expectations"
            )
            print_line(f"{file} can be played: {scenario.drill.title} ({counts})")

        return ending(work)

    return check


def _new_command(tools: DrillTools) -> Callable[..., int]:
    def new(file: Path) -> int:
        """Write a scenario to begin with, with a word on every part; it can be played as it is.

        Exit codes: 0 written, 9 the file is there already or cannot be written.

        Parameters
        ----------
        file
            The file to write; one that is there is not replaced.
        """

        def work() -> None:
            write_new(file, tools.starter())
            print_line(f"wrote {file}; edit it, then: steerclear drill check {file}; steerclear drill run {file}")

        return ending(work)

    return new


def _scenario(tools: DrillTools, name: str, *, only_file: bool = False) -> Scenario:
    """A shipped scenario by its name, or one from a file. Raises CommandError."""
    if not only_file and name in tools.names():
        return tools.decode(tools.shipped(name))
    path = Path(name)
    if not only_file and not path.exists() and not name.endswith(_ENDING):
        known = ", ".join(tools.names())
        raise CommandError(ExitCode.USAGE, f"there is no drill {name!r}, and no file of that name; shipped: {known}")
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_FILE_BYTES)
        return tools.decode(data)
    except OSError as fault:
        raise CommandError(ExitCode.SCENARIO_UNREADABLE, f"{path}: {fault.strerror}") from None
    except ValueError as fault:
        raise CommandError(ExitCode.SCENARIO_UNREADABLE, f"{path}: {fault}") from None


def _variant(scenario: Scenario, name: str | None) -> Without | None:
    if name is None:
        return None
    found = next((one for one in scenario.without if one.name == name), None)
    if found is None:
        known = ", ".join(one.name for one in scenario.without) or "nothing"
        raise CommandError(ExitCode.USAGE, f"the scenario takes nothing called {name!r} away; it has: {known}")
    return found


def _played(tools: DrillTools, scenario: Scenario, without: Without | None) -> DrillOutcome:
    what = scenario.drill.name + (f" without {without.name}" if without else "")
    with _Telling(what) as telling:
        try:
            return tools.play(scenario, without, telling.tell)
        except ValueError as fault:
            raise CommandError(ExitCode.SCENARIO_UNREADABLE, f"{scenario.drill.name}: {fault}") from None


def _proved(tools: DrillTools, scenario: Scenario) -> DrillsOutcome:
    began_s = time.monotonic()
    outcome = _played(tools, scenario, None)
    took_s = time.monotonic() - began_s
    missed, kept = {}, {}
    for variant in scenario.without:
        weak = _played(tools, scenario, variant)
        missed[variant.name] = tuple(one.name for one in weak.judged if not one.met)
        kept[variant.name] = tuple(name for name in variant.fails if name not in missed[variant.name])
    return DrillsOutcome(outcome=outcome, took_s=took_s, without=missed, kept=kept)


class _Telling:
    """Says on the terminal how far a drill is, while there is one."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._shown = sys.stderr.isatty()
        self._next_s = 0.0

    def __enter__(self) -> _Telling:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def tell(self, part: float) -> None:
        """How much of the drill is played, 0 to 1."""
        if self._shown and time.monotonic() >= self._next_s:
            self._next_s = time.monotonic() + _TELL_EVERY_S
            sys.stderr.write(f"\r\x1b[Kplaying {self._what}: {part:.0%}")
            sys.stderr.flush()


def _weakened_lines(one: DrillsOutcome) -> Iterator[str]:
    for name, missed in one.without.items():
        mark = "ok" if not one.kept[name] else "WRONG"
        yield f"  [{mark}] {name}: without this part it is missed: {', '.join(missed) or 'nothing'}"
        if one.kept[name]:
            yield f"         and this should have been missed too: {', '.join(one.kept[name])}"


def _print_summary(played: list[DrillsOutcome]) -> None:
    rows = [
        (
            one.outcome.name,
            f"{sum(each.met for each in one.outcome.judged)} of {len(one.outcome.judged)} caught",
            f"{len(one.without)} weakened, {sum(1 for kept in one.kept.values() if not kept)} failed as they must",
            f"{one.took_s:.1f} s",
            "good" if one.good else "NOT GOOD",
        )
        for one in played
    ]
    print_table(("drill", "with the mechanism", "without a part of it", "took", ""), rows)


def _as_json(one: DrillsOutcome) -> dict[str, Any]:
    return {
        "good": one.good,
        "met": one.outcome.met,
        "took_s": one.took_s,
        "outcome": one.outcome,
        "missed_without": one.without,
        "should_be_missed": one.kept,
    }


def _listed(scenario: Scenario) -> dict[str, Any]:
    return {
        "name": scenario.drill.name,
        "title": scenario.drill.title,
        "pattern": scenario.drill.pattern,
        "missing": scenario.drill.missing,
        "parties": [party.id for party in scenario.parties],
        "expect": [{"name": one.name, "what": one.what, "says": one.says} for one in scenario.expect],
        "without": [{"name": one.name, "says": one.says, "fails": one.fails} for one in scenario.without],
    }
