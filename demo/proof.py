"""Checks the exported record with the offline verifier, as anyone who was handed the two bundles could."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

from demo.nodes import DemoError, steerclear
from steerclear.interfaces.timeline_page import LogProof


def verified_logs(bundle: Path) -> tuple[LogProof, ...]:
    """Both logs of a bundle that verifies. Raises DemoError with the verifier's words when it does not."""
    ran = steerclear("record", "verify", bundle, "--json")
    if ran.returncode != 0:
        raise DemoError(f"{bundle.name} does not verify: {ran.stderr or ran.stdout}")
    report = json.loads(ran.stdout)["report"]
    return tuple(
        LogProof(
            log=log["origin"].rpartition("/")[2].replace("-", " "),
            size=log["entries"],
            root=log["root"],
            cosigned_by=f"the receiver, up to entry {log['received']}",
        )
        for log in sorted(report["logs"], key=lambda log: log["origin"])
    )


def edited_by_one_letter(bundle: Path) -> Path:
    """A copy of a bundle in which one letter of what was said is another."""
    copy = bundle.with_name(bundle.stem + "-edited.zip")
    edited = io.BytesIO()
    changed = False
    with zipfile.ZipFile(bundle) as whole, zipfile.ZipFile(edited, "w", zipfile.ZIP_DEFLATED) as target:
        for name in whole.namelist():
            data = whole.read(name)
            if not changed and "entries" in name and data:
                middle = len(data) // 2
                letter = next(place for place in range(middle, len(data)) if data[place : place + 1].isalpha())
                data = data[:letter] + data[letter : letter + 1].swapcase() + data[letter + 1 :]
                changed = True
            target.writestr(name, data)
    if not changed:
        raise DemoError(f"{bundle.name} holds no entries to edit")
    copy.write_bytes(edited.getvalue())
    return copy


def refusal(bundle: Path) -> str | None:
    """What the verifier says against a bundle; None when it accepts it."""
    ran = steerclear("record", "verify", bundle)
    return None if ran.returncode == 0 else (ran.stderr or ran.stdout).strip().splitlines()[-1]
