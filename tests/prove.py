"""The long proofs, one after the other: `python -m tests.prove` (what `make prove` runs).

`NAME=size` sets another size than the full one, 0 leaves a part out, `--only` runs nothing but what is named (`NAME`
alone is its full size), `--write` puts what was run into docs/promises.json and into the table of docs/promises.md,
every minute. `--go-on` goes on where what is written there was stopped, and leaves out what was done at this size.
A part that fails ends early and the others run on; the exit code is 1 when any failed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.proofs import PARTS, ROOT, Done, Part

RESULTS = ROOT / "docs" / "promises.json"
PAGE = ROOT / "docs" / "promises.md"
BEGIN, END = "<!-- what was run: written by python -m tests.prove --write -->", "<!-- end of what was run -->"
SAY_EVERY_S = 30.0
KEEP_EVERY_S = 60.0
BROKEN_SHOWN = 5


def say(words: str, *, over: bool = False) -> None:
    """One line; `over` writes the next one over it where that can be done."""
    if over and sys.stdout.isatty():
        sys.stdout.write(f"\r\x1b[K{words}")
    else:
        sys.stdout.write(("\r\x1b[K" if sys.stdout.isatty() else "") + words + "\n")
    sys.stdout.flush()


class Progress:
    """The progress line of a part."""

    def __init__(self, part: Part, size: int, before: int) -> None:
        self._part, self._size, self._before = part, size, before
        self._began_s = time.monotonic()
        self._said_s = float("-inf")

    def took_s(self) -> float:
        return time.monotonic() - self._began_s

    def show(self, done: Done) -> None:
        """Say how far it is, now and then."""
        now_s = time.monotonic()
        if now_s - self._said_s < (0.5 if sys.stdout.isatty() else SAY_EVERY_S):
            return
        self._said_s = now_s
        fresh = done.made - self._before
        left_s = self.took_s() / fresh * (self._size - done.made) if fresh else float("nan")
        say(
            f"promise {self._part.promise}: {done.made:,} of {self._size:,} {self._part.what},"
            f" {len(done.broken)} broken, {self.took_s():,.0f} s, about {left_s:,.0f} s left",
            over=True,
        )


def run_part(part: Part, size: int, done: Done, keep: Callable[[Done, float], None]) -> tuple[Done, float]:
    """The blocks of a part behind what is done, or those up to the first that breaks the promise.

    Comes to what was made from the first unit on, without a gap, and how many s it took; the same is given to `keep`
    every minute. Nothing that happens in a block gets out of here: it is told as a broken promise.
    """
    progress, kept_s = Progress(part, size, done.made), 0.0
    with ProcessPoolExecutor(part.workers, mp_context=get_context("forkserver")) as pool:
        firsts = range(done.made, size, part.block)
        waiting = {pool.submit(part.work, first, min(part.block, size - first), size): first for first in firsts}
        outcomes: dict[int, Done] = {}
        following = iter(firsts)
        awaited = next(following, None)
        try:
            for finished in as_completed(waiting):
                first = waiting.pop(finished)
                outcomes[first] = _outcome(finished, first)
                if outcomes[first].broken:
                    done.add(outcomes[first])
                    break
                while awaited in outcomes:
                    done.add(outcomes.pop(awaited))
                    awaited = next(following, None)
                progress.show(done)
                if progress.took_s() >= kept_s + KEEP_EVERY_S:
                    kept_s = progress.took_s()
                    keep(done, kept_s)
        finally:
            pool.shutdown(cancel_futures=True)
    return done, progress.took_s()


def _outcome(finished: Future[Done], first: int) -> Done:
    try:
        return finished.result()
    except Exception as error:
        told = "".join(traceback.format_exception(error))
        return Done(0, [f"the block from {first} on: {told[-3_000:]}"])


def result_of(part: Part, size: int, done: Done, took_s: float, before: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a part that was run, with what was made of it `before`."""
    now = commit()
    began = str(before.get("commit", now)).partition(" to ")[0]
    return {
        "promise": part.promise,
        "what": part.what,
        "asked": size,
        "made": done.made,
        "broken": done.broken[:BROKEN_SHOWN],
        "counts": dict(sorted(done.counts.items())),
        "worst_s": round(done.worst_s, 2),
        "took_s": round(before.get("took_s", 0.0) + took_s, 1),
        "when": datetime.now(UTC).strftime("%Y-%m-%d %H:%M"),
        "machine": machine(),
        "commit": now if began == now else f"{began} to {now}",
    }


def begun(result: Mapping[str, Any]) -> Done:
    """What was made of a part when its result was written."""
    return Done(result["made"], [], Counter(result["counts"]), result["worst_s"])


def machine() -> str:
    """Processor, cores and Python that this runs on."""
    names = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    name = names[0] if names else platform.machine()
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}"


def _lines(path: str) -> Sequence[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else ()


def commit() -> str:
    """The commit that is proven, with a + when files have been changed since."""
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty=+", "--exclude=*"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip() or "unknown"


def table(results: Mapping[str, Mapping[str, Any]]) -> str:
    """What was run, as a Markdown table in the order of the parts."""
    rows = [
        "| promise | what | run | broken | took | worst | when (UTC), commit | machine |",
        "|---|---|---:|---:|---:|---:|---|---|",
    ]
    rows += [_row(results[part.variable]) for part in PARTS if part.variable in results]
    return "\n".join(rows)


def _row(result: Mapping[str, Any]) -> str:
    counts = ", ".join(f"{name}: {count:,}" for name, count in result["counts"].items())
    what = result["what"] + (f" ({counts})" if counts else "")
    made = f"{result['made']:,}" + ("" if result["made"] >= result["asked"] else f" of {result['asked']:,}")
    worst = f"{result['worst_s']:.1f} s" if result["worst_s"] else ""
    took = f"{result['took_s'] / 60:,.1f} min"
    return (
        f"| {result['promise']} | {what} | {made} | {len(result['broken'])} | {took} | {worst} |"
        f" {result['when']}, {result['commit']} | {result['machine']} |"
    )


def with_table(page: str, results: Mapping[str, Mapping[str, Any]]) -> str:
    """The page with the table of what was run between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table(results)}\n\n{END}{after}"


def sizes_of(words: Sequence[str], only: bool, parts: Sequence[Part] = PARTS) -> dict[str, int]:
    """Size of each part by its variable; `only` leaves out those that no word names.

    Raises ValueError naming what is not a part or no size.
    """
    full = {part.variable: part.full for part in parts}
    sizes = dict.fromkeys(full, 0) if only else dict(full)
    for word in words:
        name, given, size = word.partition("=")
        if name not in full:
            raise ValueError(f"{name!r} is no part; there are {', '.join(full)}")
        if given and not (size.isascii() and size.isdecimal()):
            raise ValueError(f"{word}: give a number of units, 0 to leave the part out")
        sizes[name] = int(size) if given else full[name]
    return sizes


def prove(
    sizes: Mapping[str, int],
    parts: Sequence[Part],
    keep: Callable[[str, dict[str, Any]], None],
    before: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> dict[str, dict[str, Any]]:
    """Run the parts that have a size; each result is given to `keep` as soon as it is there, and now and then before.

    A part that `before` has a held result of at the same size goes on where that stopped.
    """
    results: dict[str, dict[str, Any]] = {}
    for part in parts:
        size = sizes[part.variable]
        if size:
            results[part.variable] = result = _proved(part, size, keep, _stopped(before.get(part.variable, {}), size))
            held = "held" if not result["broken"] else "BROKEN"
            say(f"promise {part.promise}: {held} in {result['made']:,} {part.what}, {result['took_s']:,.0f} s")
            for words in result["broken"]:
                say(words)
    return results


def _stopped(before: Mapping[str, Any], size: int) -> Mapping[str, Any]:
    return before if before and before["asked"] == size and not before["broken"] else {}


def _proved(
    part: Part, size: int, keep: Callable[[str, dict[str, Any]], None], before: Mapping[str, Any]
) -> dict[str, Any]:
    done = begun(before) if before else Done()
    if done.made >= size:
        return dict(before)
    left = size - done.made
    say(f"promise {part.promise}: {left:,} {part.what}, about {left * part.unit_s / 60:,.1f} min of one core")

    def keep_result(done: Done, took_s: float) -> dict[str, Any]:
        result = result_of(part, size, done, took_s, before)
        keep(part.variable, result)
        return result

    return keep_result(*run_part(part, size, done, keep_result))


def written() -> dict[str, Any]:
    """The results in docs/promises.json."""
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else {}


def write(name: str, result: dict[str, Any]) -> None:
    """Keep a result in docs/promises.json and show it in docs/promises.md."""
    results = written()
    results[name] = result
    RESULTS.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")
    PAGE.write_text(with_table(PAGE.read_text(), results))


def main(arguments: Sequence[str] | None = None) -> int:
    reader = argparse.ArgumentParser(prog="python -m tests.prove", description=__doc__.partition("\n")[0])
    reader.add_argument("sizes", nargs="*", metavar="NAME=size", help="another size than the full one; 0 leaves it out")
    reader.add_argument("--only", action="store_true", help="run nothing but the parts that are named")
    reader.add_argument("--write", action="store_true", help="write the results into docs/promises.json and .md")
    reader.add_argument("--go-on", action="store_true", help="go on where the written results were stopped")
    asked = reader.parse_args(arguments)
    try:
        sizes = sizes_of(asked.sizes, asked.only)
    except ValueError as error:
        reader.error(str(error))
    before = written() if asked.go_on else {}
    results = prove(sizes, PARTS, write if asked.write else lambda *_: None, before)
    say("\n" + table(results))
    return any(result["broken"] for result in results.values())


if __name__ == "__main__":
    sys.exit(main())
