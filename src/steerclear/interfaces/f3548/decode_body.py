"""A request's JSON bytes as one of the structs of `wire`: bounded, and refused with the place of what is wrong."""

from __future__ import annotations

import re
from typing import Any, Final, TypeVar

import msgspec

from steerclear.interfaces.f3548.limits import MAX_JSON_DEPTH
from steerclear.interfaces.f3548.problems import bad_request

Body = TypeVar("Body", bound=msgspec.Struct)

_STRING_OR_BRACKET: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
_decoders: dict[type[msgspec.Struct], msgspec.json.Decoder[Any]] = {}


def decode_body(data: bytes, kind: type[Body]) -> Body:
    """The message in a request's body. Raises Refusal (400)."""
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind)
    if not data:
        raise bad_request("a JSON body is needed, and there is none")
    try:
        return decoder.decode(data)  # type: ignore[no-any-return]
    except msgspec.ValidationError as error:
        raise bad_request(f"the body does not fit: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise bad_request(f"the body is not JSON: {error}") from None
    except RecursionError:
        raise bad_request("the body is nested too deeply") from None


def nesting(data: bytes) -> int:
    """How deeply brackets nest in a JSON text; strings do not count."""
    depth = deepest = 0
    for match in _STRING_OR_BRACKET.finditer(data):
        sign = match[0][:1]
        if sign in b"[{":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > MAX_JSON_DEPTH:
                return deepest
        elif sign in b"]}":
            depth -= 1
    return deepest
