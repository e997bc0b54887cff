"""What the documents say must be so: links, commands, requirements and generated pages."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from steerclear.interfaces.agreement_file import decode_agreement
from steerclear.interfaces.cli.node_file import read_node_config

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
SOURCES = [
    path for folder in ("src", "tests", "bench", "demo", "docs") for path in sorted((ROOT / folder).rglob("*.py"))
]
MARKER = re.compile(r"SC-[A-Z]{2,5}-\d{2,3}")


def required_ids() -> dict[str, str]:
    rows = re.findall(r"^\| (SC-[A-Z]+-\d+) \| (.+?) \|", (ROOT / "docs/requirements.md").read_text(), re.MULTILINE)
    assert len(rows) == len(dict(rows)), "a requirement id stands twice in docs/requirements.md"
    return dict(rows)


def traced_ids() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.requirement":
                for argument in node.args:
                    assert isinstance(argument, ast.Constant)
                    found.setdefault(str(argument.value), []).append(f"{path.relative_to(ROOT)}:{node.lineno}")
    return found


def test_every_requirement_is_traced_to_a_test() -> None:
    traced = traced_ids()
    missing = {key: text for key, text in required_ids().items() if key not in traced}
    assert not missing, f"requirements that no test proves: {missing}"


def test_every_test_that_names_a_requirement_names_one_that_exists() -> None:
    required = required_ids()
    unknown = {key: places for key, places in traced_ids().items() if key not in required}
    assert not unknown, f"requirement ids that docs/requirements.md does not have: {unknown}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)#\s]+)", text) + re.findall(r'(?:src|href)="([^"#]+)"', text)
    broken = [target for target in targets if "://" not in target and not (page.parent / target).exists()]
    assert not broken, f"{page.name} links to what is not there: {broken}"


def test_the_example_agreement_is_one() -> None:
    agreement = decode_agreement((ROOT / "docs/example-agreement.toml").read_bytes())
    assert [party.party_id for party in agreement.parties] == ["north", "south"]


def test_the_node_file_in_the_documents_is_one(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", (ROOT / "docs/node.md").read_text(), re.DOTALL)
    assert example is not None
    file = tmp_path / "node.toml"
    file.write_text(re.sub(r'"64 hexadecimal[^"]*"', f'"{"ab" * 32}"', example[1]))
    config = read_node_config(file)
    assert config.file.peers[0].party == "south"
    assert config.file.picture is not None


def test_a_reader_that_goes_away_ends_a_command_quietly() -> None:
    program = (
        "from steerclear.app.main import main; main(['agreement', 'show', 'docs/example-agreement.toml', '--json'])"
    )
    ran = subprocess.run(
        f'{sys.executable} -c "{program}" | true', cwd=ROOT, shell=True, capture_output=True, text=True, check=False
    )
    assert ran.stderr == ""


def test_every_make_target_that_is_mentioned_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    mentioned = {name for page in PAGES for name in re.findall(r"`make ([a-z]+)`", page.read_text())}
    assert mentioned
    assert mentioned <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_examples_run(page: Path) -> None:
    for example in re.findall(r"^```python\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL):
        ran = subprocess.run([sys.executable, "-c", example], capture_output=True, text=True, timeout=60, check=False)
        assert ran.returncode == 0, f"{page.name}: example fails:\n{example}\n{ran.stderr}"
        promised = re.findall(r"^print\(.*\)  # (.+)$", example, re.MULTILINE)
        assert ran.stdout.split("\n")[: len(promised)] == promised


def test_generated_pages_are_up_to_date() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "docs.generate", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_nothing_is_left_unfinished() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "raise NotImplemented" + "Error", "XX" + "X")
    left = [f"{path.relative_to(ROOT)}: {word}" for path in SOURCES for word in words if word in path.read_text()]
    assert not left


def test_pinned_versions_carry_no_registry_address() -> None:
    for path in (ROOT / "requirements").iterdir():
        assert "://" not in path.read_text(), f"{path.name} names an address; keep name==version lines only"
        lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
        assert lines
        assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[^\s@]+", line) for line in lines)


def test_help_and_import_stay_light() -> None:
    heavy = ("numba", "numpy", "shapely", "litestar", "uvicorn", "pyarrow", "asterix", "apsw", "cryptography")
    code = (
        "import sys, contextlib, io\n"
        "from steerclear.app.main import main\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "    main(['--help'])\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
