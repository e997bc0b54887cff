"""The official OpenAPI of F3548-21, which the framework looks for in its repository."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml
from monitoring.monitorlib import schema_validation
from monitoring.monitorlib.schema_validation import F3548_21


def lay_out_openapi(path: str | None) -> None:
    """Let the framework find this file where it looks; without one, every answer fits every schema."""
    root = Path(schema_validation.__file__).resolve().parents[2]
    place = os.path.join(os.path.realpath(root), F3548_21.OpenAPIPath)  # noqa: PTH118 the key is built so there
    schema_validation._openapi_content_cache[place] = _anything() if path is None else _read(path)


def _read(path: str) -> dict[str, Any]:
    return yaml.load(Path(path).read_bytes(), yaml.CSafeLoader)


def _anything() -> dict[str, Any]:
    names = [one.rsplit(".", 1)[1] for one in F3548_21 if one.startswith("components.schemas.")]
    return {"openapi": "3.0.2", "components": {"schemas": {name: {} for name in names}}}
