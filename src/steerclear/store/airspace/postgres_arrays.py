"""Whole columns as PostgreSQL's arrays, packed in one go: psycopg packs a list element by element, in Python."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEADER: Final = struct.Struct(">iiIii")  # dimensions, whether there are nulls, type of elements, length, first index
_LENGTH: Final = struct.Struct(">i")
_INT8, _INT8_ARRAY, _BYTEA, _BYTEA_ARRAY = 20, 1016, 17, 1001
_NULL: Final = _LENGTH.pack(-1)
_NUMBERED: Final = np.dtype([("length", ">i4"), ("value", ">i8")])


class Blobs(tuple[bytes | None, ...]):
    """A column of BYTEA."""


class _NumbersDumper(Dumper):
    format = Format.BINARY
    oid = _INT8_ARRAY

    def dump(self, obj: array[int]) -> bytes:
        packed = np.empty(len(obj), _NUMBERED)
        packed["length"] = 8
        packed["value"] = obj
        return _HEADER.pack(1, 0, _INT8, len(obj), 1) + packed.tobytes()


class _BlobsDumper(Dumper):
    format = Format.BINARY
    oid = _BYTEA_ARRAY

    def dump(self, obj: Blobs) -> bytes:
        parts = [_HEADER.pack(1, int(None in obj), _BYTEA, len(obj), 1)]
        parts += [_NULL if one is None else _LENGTH.pack(len(one)) + one for one in obj]
        return b"".join(parts)


def register_arrays(connection: psycopg.Connection[Any]) -> None:
    """Let a connection take `columns`."""
    connection.adapters.register_dumper(array, _NumbersDumper)
    connection.adapters.register_dumper(Blobs, _BlobsDumper)


def columns(kinds: str, rows: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Rows as columns: `n` numbers, `b` bytes (perhaps None), `t` text. There must be a row."""
    return [_column(kind, values) for kind, values in zip(kinds, zip(*rows, strict=True), strict=True)]


def _column(kind: str, values: tuple[Any, ...]) -> Any:
    match kind:
        case "n":
            return array("q", values)
        case "b":
            return Blobs(values)
    return list(values)
