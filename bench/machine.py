"""What the numbers were measured on: machine, versions, date and commit."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("steerclear", "numpy", "numba", "scipy", "bluesky-simulator", "minisky", "apsw", "cryptography", "msgspec")
ROOT = Path(__file__).resolve().parent.parent


def describe() -> dict[str, object]:
    """Return the facts that a reader needs to judge or repeat a measurement."""
    return {
        "cpu": _cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_bytes": memory_bytes(),
        "load_at_start": round(os.getloadavg()[0], 2),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: installed for name in PACKAGES if (installed := installed_version(name))},
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
    }


def installed_version(package: str) -> str | None:
    """Return the installed version of a distribution, or None."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def memory_bytes() -> int:
    """Return the machine's physical memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def sentence(facts: dict) -> str:
    """Return the machine in one line, for under a table."""
    return (
        f"{facts['cpu']}, {facts['cores']} cores, {facts['memory_bytes'] / 2**30:.0f} GiB, Python {facts['python']}, "
        f"{facts['date'][:10]}, commit {facts['commit']}"
    )


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _commit() -> str:
    """Return the short commit; `+` marks sources that differ from it, results and documents aside."""
    try:
        head = _git("rev-parse", "--short", "HEAD")
        changed = _git("status", "--porcelain", "--untracked-files=no", "--", "src", "bench/*.py")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head + ("+" if changed else "")


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
