"""Writes the pages that are drawn from the code, or checks that they are up to date (`--check`)."""

from __future__ import annotations

import ast
import importlib
import io
import re
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "steerclear"

STATE_TABLES = (
    ("A message, as its sender knows it", "steerclear.model.messages", "MESSAGE_STATES"),
    ("An alert about a pair", "steerclear.tactical.life", "LIFE_STATES"),
    ("The link to a peer", "steerclear.dialogue.link_state", "LINK_STATES"),
    ("An incident", "steerclear.model.incident", "INCIDENT_STATES"),
    ("An operational intent", "steerclear.model.intent", "INTENT_STATES"),
    ("A constraint (zone)", "steerclear.model.intent", "CONSTRAINT_STATES"),
)


def state_tables_page() -> str:
    """Mermaid diagrams of every state table."""
    lines = [
        "# State tables",
        "",
        "Drawn from the tables in the code by `python -m docs.generate`; an event that is not in a table is illegal",
        "and leaves the state unchanged.",
    ]
    for title, module, name in STATE_TABLES:
        table = getattr(importlib.import_module(module), name)
        lines += ["", f"## {title}", "", f"`{module}.{name}`", "", "```mermaid", "stateDiagram-v2"]
        for (state, event), after in table.items():
            lines.append(f"    {_word(state)} --> {_word(after)}: {_word(event)}")
        lines.append("```")
    return "\n".join(lines) + "\n"


def limits_page() -> str:
    """Every limit with its value and, where it has one, its note."""
    lines = [
        "# Limits",
        "",
        "A limit on everything that comes from outside; written from the `limits.py` of each room by",
        "`python -m docs.generate`. Units are the last word of a name.",
    ]
    for path in sorted(SOURCE.rglob("limits.py")):
        module = ".".join(("steerclear", *path.relative_to(SOURCE).with_suffix("").parts))
        values = importlib.import_module(module)
        lines += ["", f"## `{module}`", "", "| limit | value | note |", "|---|---|---|"]
        lines += [f"| `{name}` | {_value(getattr(values, name))} | {note} |" for name, note in _constants(path)]
    return "\n".join(lines) + "\n"


def command_line_page() -> str:
    """Help of every command, and every exit code."""
    application = importlib.import_module("steerclear.app.main").application()
    lines = [
        "# Command line",
        "",
        "Written from the commands themselves by `python -m docs.generate`. Every command that reads has `--json`; its",
        "field names are stable, units are the last word of a name.",
    ]
    for path in _leaves(application):
        console = Console(file=io.StringIO(), width=100, color_system=None)
        application.help_print(list(path), console=console)
        lines += ["", f"## `steerclear {' '.join(path)}`", "", "```", console.file.getvalue().strip(), "```"]
    codes = SOURCE / "interfaces" / "cli" / "exit_codes.py"
    enum = importlib.import_module("steerclear.interfaces.cli.exit_codes").ExitCode
    lines += ["", "## Exit codes", "", "| code | name | meaning |", "|---|---|---|"]
    lines += [f"| {int(enum[name])} | {name} | {note} |" for name, note in _constants(codes, "ExitCode")]
    return "\n".join(line.rstrip() for line in "\n".join(lines).split("\n")) + "\n"


def phrases_page() -> str:
    """Every fixed phrase, in every language of the catalogue."""
    catalogue = importlib.import_module("steerclear.interfaces.phrases").load_catalogue()
    types = importlib.import_module("steerclear.interfaces.phrases.values").TYPES
    lines = [
        "# Phrases",
        "",
        "Fixed sentences, so that each side reads a message in its own language; free text stands beside them. Written",
        "from the catalogue in `src/steerclear/interfaces/phrases/catalogue/` by `python -m docs.generate`. Adding a",
        "language is adding a file there; a file that does not say the same phrases with the same blanks is refused.",
        "",
        "| type of a blank | for example | " + " | ".join(catalogue.languages.values()) + " |",
        "|---|---|" + "---|" * len(catalogue.languages),
    ]
    for kind, value in types.items():
        said = [value.say(value.example, language.words) for language in catalogue.spoken]
        lines.append(f"| {kind} | `{value.example}` | {' | '.join(said)} |")
    for kind in dict.fromkeys(code.partition(".")[0] for code in catalogue.codes()):
        lines += ["", f"## {kind.replace('_', ' ').capitalize()}", "", "| code | blanks | wording |", "|---|---|---|"]
        for code in catalogue.codes(kind):
            blanks = ", ".join(f"{name}: {kind}" for name, kind in catalogue.parameters(code).items())
            wording = "<br>".join(
                f"*{language}* {catalogue.wording(code, language)}" for language in catalogue.languages
            )
            lines.append(f"| `{code}` | {blanks} | {wording} |")
    return "\n".join(lines) + "\n"


def _leaves(app: Any, above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The paths of all commands that do something, in order."""
    found = []
    for name in app:
        if name.startswith("-"):
            continue
        below = _leaves(app[name], (*above, name))
        found += below or [(*above, name)]
    return found


def _constants(path: Path, inside: str | None = None) -> list[tuple[str, str]]:
    """Public constants of a module or of a class in it, in order, each with the string that follows it."""
    body = ast.parse(path.read_text()).body
    if inside is not None:
        body = next(node.body for node in body if isinstance(node, ast.ClassDef) and node.name == inside)
    found = []
    for node, following in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign):
            target = node.target
        elif isinstance(node, ast.Assign):
            target = node.targets[0]
        else:
            continue
        if not isinstance(target, ast.Name) or target.id.startswith("_"):
            continue
        note = ""
        if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
            note = " ".join(str(following.value.value).split())
        found.append((target.id, note))
    return found


def _word(value: object) -> str:
    return str(getattr(value, "value", value)).replace(" ", "_")


def _value(value: object) -> str:
    return f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else f"`{value}`"


PAGES = {
    "docs/state-tables.md": state_tables_page,
    "docs/limits.md": limits_page,
    "docs/cli.md": command_line_page,
    "docs/phrases.md": phrases_page,
}


def main(arguments: list[str]) -> int:
    """Write or check the generated pages; 1 when a page is out of date."""
    stale = []
    for name, page in PAGES.items():
        path, text = ROOT / name, re.sub(r"[ \t]+\n", "\n", page())
        if "--check" in arguments:
            if not path.exists() or path.read_text() != text:
                stale.append(name)
        else:
            path.write_text(text)
    if stale:
        print(f"out of date: {', '.join(stale)}; run `python -m docs.generate`")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
