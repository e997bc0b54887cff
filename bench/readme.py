"""`python -m bench.readme [--check]`: the measured tables in the README and in pages are the ones the bench wrote.

Between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->` a page carries `bench/results/NAME.md`, to the letter.
"""

import re
import sys
from pathlib import Path

from bench import machine

README = machine.ROOT / "README.md"
PAGES = (machine.ROOT / "docs" / "identification.md",)
"""Pages beside the README that carry results."""
RESULTS = machine.ROOT / "bench" / "results"
BLOCK = re.compile(r"(?P<open><!-- bench:(?P<name>[a-z0-9_]+) -->\n).*?(?P<close><!-- /bench:(?P=name) -->)", re.DOTALL)


class MissingResultError(Exception):
    """The README refers to a result that was never written; run the bench."""


def with_results(text: str, results: Path) -> str:
    """Return the text with every block filled from the results.

    Raises:
        MissingResultError: names the file that is not there.
    """

    def filled(block: re.Match[str]) -> str:
        path = results / f"{block['name']}.md"
        if not path.is_file():
            raise MissingResultError(f"{path} is not there: run `make bench`, or take the block out of the README")
        return f"{block['open']}\n{path.read_text().strip()}\n\n{block['close']}"

    return BLOCK.sub(filled, text)


def rewrite(results: Path = RESULTS, readme: Path = README) -> bool:
    """Fill the README's blocks; return whether that changed it."""
    before = readme.read_text()
    after = with_results(before, results)
    if after != before:
        readme.write_text(after)
    return after != before


def rewrite_all(results: Path = RESULTS) -> None:
    """Fill the blocks of the README and of every page."""
    for page in (README, *PAGES):
        rewrite(results, page)


def main(arguments: list[str]) -> int:
    """Rewrite the README, or with --check only say whether it agrees with the results."""
    if arguments not in ([], ["--check"]):
        print("usage: python -m bench.readme [--check]", file=sys.stderr)
        return 2
    try:
        if not arguments:
            rewrite_all()
            return 0
        stale = [page for page in (README, *PAGES) if with_results(page.read_text(), RESULTS) != page.read_text()]
    except MissingResultError as error:
        print(error, file=sys.stderr)
        return 1
    for page in stale:
        print(f"{page.name} differs from bench/results: run `python -m bench.readme`", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
