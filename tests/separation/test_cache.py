"""Compiled kernels between processes: kept, found again, never stale, and not needed."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import steerclear

PACKAGE = Path(steerclear.__file__).parent
JUDGE = """
import json
from steerclear.separation import cartesian
answer = cartesian.conflict_interval(9000, 0, 0, -100, 0, 0, horizontal_m=1000, vertical_m=100, lookahead_s=100)
kernel = cartesian._judge_all
print(json.dumps({"conflict": bool(answer["conflict"]), "loaded": sum(kernel.stats.cache_hits.values()),
                  "kept": type(kernel._cache).__name__}))
"""


def judge(home, **environment):
    """Judge a pair in a fresh process that sees a copy of the package in `home`."""
    process = subprocess.run(
        [sys.executable, "-c", JUDGE],
        env={**os.environ, "PYTHONPATH": str(home), **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return json.loads(process.stdout)


@pytest.fixture
def home(tmp_path):
    for room in ("separation", "geodesy"):
        shutil.copytree(PACKAGE / room, tmp_path / "steerclear" / room, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "steerclear" / "__init__.py").touch()
    return tmp_path


@pytest.mark.requirement("SC-SEP-14")
def test_kernels_are_kept_until_any_source_changes(home):
    cache = home / "cache"
    assert judge(home, NUMBA_CACHE_DIR=str(cache)) == {"conflict": True, "loaded": 0, "kept": "FunctionCache"}
    assert judge(home, NUMBA_CACHE_DIR=str(cache))["loaded"] == 1
    # numba alone would go on with the old code here: the kernel's own file is untouched.
    source = home / "steerclear" / "separation" / "intervals.py"
    source.write_text(source.read_text().replace("if not level or t_in > t_out:", "if True:"))
    assert judge(home, NUMBA_CACHE_DIR=str(cache)) == {"conflict": False, "loaded": 0, "kept": "FunctionCache"}


@pytest.mark.requirement("SC-SEP-14")
def test_no_place_to_keep_kernels_is_survived(home):
    # A file where each directory would be: this holds for an administrator too, whom permissions do not stop.
    blocked = home / "blocked"
    blocked.touch()
    for room in ("separation", "geodesy"):
        (home / "steerclear" / room / "__pycache__").touch()
    environment = {"HOME": str(blocked), "XDG_CACHE_HOME": str(blocked), "PYTHONDONTWRITEBYTECODE": "1"}
    environment["IPYTHONDIR"] = str(blocked)
    assert judge(home, **environment) == {"conflict": True, "loaded": 0, "kept": "NullCache"}
    assert judge(home, NUMBA_CACHE_DIR=str(blocked))["conflict"]


@pytest.mark.requirement("SC-SEP-14")
def test_the_picture_needs_no_place_to_keep_kernels_either(tmp_path):
    package = tmp_path / "steerclear"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    blocked = tmp_path / "blocked"
    blocked.touch()
    for room in package.rglob("__init__.py"):
        (room.parent / "__pycache__").touch()
    environment = {"HOME": str(blocked), "XDG_CACHE_HOME": str(blocked), "PYTHONDONTWRITEBYTECODE": "1"}
    code = "import steerclear.tactical as room; room.Picture(room.Terms()); print(room.__file__)"
    process = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(tmp_path), "IPYTHONDIR": str(blocked), **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert process.stdout.startswith(str(package))


def test_importing_the_room_compiles_nothing_and_loads_no_compiler():
    code = "import sys, steerclear.separation, steerclear.separation.volumes; print('numba' in sys.modules)"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert process.stdout.strip() == "False"
