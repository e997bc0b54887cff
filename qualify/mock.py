"""InterUSS's mock USS beside ours, from the same package, run as its own image runs it but with one worker."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

from qualify.servers import HOST, Servers, free_port

SERVICES: Final = "scdsc,flight_planning,interaction_logging,versioning"
LOCALITY: Final = "CHE"
"""One of the framework's: no conflicts of equal priority, and off-nominal states are used."""


def start_mock_uss(servers: Servers, python: str, name: str, dss_url: str) -> str:
    """Start it; its URL."""
    port = free_port()
    interactions = servers.folder / f"{name}-interactions"
    interactions.mkdir()
    url = f"http://{HOST}:{port}"
    environment = {
        "MOCK_USS_AUTH_SPEC": f"DummyOAuth({servers.token_url},{name})",
        "MOCK_USS_BASE_URL": url,
        "MOCK_USS_BEHAVIOR_LOCALITY": LOCALITY,
        "MOCK_USS_DSS_URL": dss_url,
        "MOCK_USS_INTERACTIONS_LOG_DIR": str(interactions),
        "MOCK_USS_PUBLIC_KEY": (servers.folder / "issuer.pem").read_text(),
        "MOCK_USS_SERVICES": SERVICES,
        "MOCK_USS_TOKEN_AUDIENCE": HOST,
        "MONITORING_VERSION": "mock",
        "GIT_COMMIT_HASH": "mock",
    }
    where = Path(python).parent
    command = [
        str(where / "gunicorn"),
        "--preload",
        f"--config={_package(python) / 'gunicorn.conf.py'}",
        "--worker-class=gevent",
        "--workers=1",
        f"--bind={HOST}:{port}",
        "monitoring.mock_uss.app:webapp",
    ]
    servers.start_other(name, command, port, environment)
    return url


def _package(python: str) -> Path:
    """Where the mock USS is installed."""
    asked = [python, "-c", "import importlib.util; print(importlib.util.find_spec('monitoring.mock_uss').origin)"]
    return Path(subprocess.run(asked, capture_output=True, check=True, text=True).stdout.strip()).parent
