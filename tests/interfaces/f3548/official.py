"""The official OpenAPI of ASTM F3548-21, where it is at hand: it is not ours to copy into this repository."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any


def found() -> Path | None:
    """The file beside this repository, or None."""
    for folder in Path(__file__).resolve().parents:
        path = folder / "shared" / "reference" / "f3548-21-utm.yaml"
        if path.exists():
            return path
    return None


@cache
def document() -> dict[str, Any] | None:
    """The OpenAPI, read; None where it is not at hand."""
    import yaml  # noqa: PLC0415 comes with schemathesis

    path = found()
    return None if path is None else yaml.load(path.read_bytes(), yaml.CSafeLoader)


def official_errors(schema: str, told: Any) -> list[str]:
    """Where a message departs from a schema of the OpenAPI; empty also where the file is not at hand."""
    import jsonschema_rs  # noqa: PLC0415 comes with schemathesis

    official = document()
    if official is None:
        return []
    root = {"$ref": f"#/components/schemas/{schema}", "components": official["components"]}
    validator = jsonschema_rs.Draft4Validator(root)
    return [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(told)]
