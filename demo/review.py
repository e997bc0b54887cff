"""Freezes the evidence of the whole demonstration on both nodes, checks it, and replays it decision by decision."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec

from demo.nodes import DemoError, Node, steerclear
from demo.parties import PARTIES

TOLD_WITHIN_S = 20.0


class Reviewed(msgspec.Struct, frozen=True, kw_only=True):
    """What became of both sides' evidence."""

    told: bool
    """Each side holds the hash of the other's bundle, in a log that it has cosigned."""
    verified: tuple[str, ...]
    """Parties whose bundle holds."""
    decisions: int
    same: int
    different: tuple[str, ...]
    steps: int
    span_s: float
    took_s: float


def freeze_on_both(nodes: dict[str, Node], folder: Path) -> str:
    """Open an incident at north about all that was played; south keeps its own evidence on north's report alone."""
    opened = nodes["north"].post("/incidents", {"title": "All that the demonstration has played"})
    name: str = opened["incident"]["incident_id"]
    _until(lambda: _known(nodes["south"], name), "the incident did not reach south")
    for party, node in nodes.items():
        frozen = node.post(f"/incidents/{name}/freeze")
        (folder / f"incident-{party}.zip").write_bytes(node.bundle(name, frozen["number"]))
    _until(lambda: all(_told(node, name) for node in nodes.values()), "the hashes of the bundles were not told")
    return name


def reviewed(folder: Path, told: bool) -> Reviewed:
    """Verify and replay both bundles, as anyone who was handed them could."""
    paths = {party: folder / f"incident-{party}.zip" for party in PARTIES}
    verified = tuple(party for party, path in paths.items() if steerclear("incident", "verify", path).returncode == 0)
    with ThreadPoolExecutor(len(paths)) as pool:
        reports = dict(zip(paths, pool.map(_replayed, paths.values()), strict=True))
    found = [report["report"] for report in reports.values()]
    return Reviewed(
        told=told,
        verified=verified,
        decisions=sum(sum(report["decisions"].values()) for report in found),
        same=sum(report["same"] for report in found),
        different=tuple(
            f"{party}: {one['decision']} {one['name']} {one['kind']}"
            for party, report in reports.items()
            for one in report["report"]["differences"]
        ),
        steps=sum(report["steps"] for report in found),
        span_s=sum(report["recorded_span_s"] for report in found),
        took_s=max(report["took_s"] for report in reports.values()),
    )


def _replayed(path: Path) -> dict[str, Any]:
    ran = steerclear("incident", "replay", path, "--json")
    try:
        found: dict[str, Any] = json.loads(ran.stdout)
    except ValueError:
        raise DemoError(f"{path.name} cannot be replayed: {ran.stderr or ran.stdout}") from None
    return found


def _known(node: Node, name: str) -> bool:
    return any(one["incident"]["incident_id"] == name for one in node.get("/incidents"))


def _told(node: Node, name: str) -> bool:
    found = node.get(f"/incidents/{name}")
    return bool(found["standing"]["peer_bundles"]) and all(proof["received_s"] for proof in found["proofs"])


def _until(happened: Any, otherwise: str) -> None:
    give_up_s = time.monotonic() + TOLD_WITHIN_S
    while not happened():
        if time.monotonic() > give_up_s:
            raise DemoError(otherwise)
        time.sleep(0.1)
