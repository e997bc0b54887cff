"""The API's documentation as one page that loads nothing, written from the OpenAPI document.

Everything that is put into the page is escaped; it has no script.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from importlib.resources import files
from typing import Any, Final

from litestar import MediaType, Request
from litestar.openapi.plugins import OpenAPIRenderPlugin

_METHODS: Final = ("get", "post", "put", "patch", "delete")
_REF: Final = "#/components/schemas/"
_LONGEST_EXAMPLE_DEPTH: Final = 4

Json = Mapping[str, Any]


class SchemaPage(OpenAPIRenderPlugin):
    """Serves the page at the root of the schema's routes."""

    def __init__(self) -> None:
        super().__init__(path="/", media_type=MediaType.HTML, favicon="", style="")

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The page, with examples that call the address it was asked for."""
        document = json.loads(self.render_json(request, openapi_schema))
        return page(document, f"http://{request.headers.get('host', '127.0.0.1:7480')}")


def page(document: Json, address: str) -> bytes:
    """The page of an OpenAPI document as UTF-8 HTML; `address` is what the examples call."""
    operations = [
        (method, path, operation)
        for path, methods in document.get("paths", {}).items()
        for method, operation in methods.items()
        if method in _METHODS
    ]
    schemas: Json = document.get("components", {}).get("schemas", {})
    info = document["info"]
    contents = "".join(
        f'<li><a href="#{_anchor(method, path)}">{_badge(method)}<code>{_path(path)}</code></a></li>'
        for method, path, _ in operations
    )
    names = "".join(f'<li><a href="#schema-{_text(name)}"><code>{_text(name)}</code></a></li>' for name in schemas)
    style = files("steerclear.interfaces.local_api").joinpath("schema_page.css").read_text("utf-8")
    parts = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{_text(info['title'])}: local API</title><style>{style}</style></head><body>",
        f'<nav aria-label="Contents"><h2>Routes</h2><ul>{contents}</ul><h2>Types</h2><ul>{names}</ul></nav><main>',
        f"<header><h1>{_text(info['title'])}</h1>{_paragraphs(info.get('description', ''))}",
        '<p><a href="schema/openapi.json">OpenAPI document (JSON)</a></p></header>',
        *(_operation(method, path, operation, schemas, address) for method, path, operation in operations),
        "<h2>Types</h2>",
        *(_schema(name, schema) for name, schema in schemas.items()),
        "</main></body></html>",
    )
    return "\n".join(parts).encode()


def _operation(method: str, path: str, operation: Json, schemas: Json, address: str) -> str:
    open_to_all = operation.get("security") == [{}]
    who = "no token" if open_to_all else "token"
    lines = [
        f'<section id="{_anchor(method, path)}"><h3>{_badge(method)}<code>{_path(path)}</code>',
        f'<span class="who">{who}</span></h3>',
        f"{_paragraphs(operation.get('description') or operation.get('summary', ''))}",
    ]
    parameters = operation.get("parameters", [])
    if parameters:
        rows = (
            (
                f"<code>{_text(parameter['name'])}</code>",
                _text(parameter["in"]),
                _type(parameter.get("schema", {})) + _bounds(parameter.get("schema", {})),
                "required" if parameter.get("required") else "optional",
            )
            for parameter in parameters
        )
        lines.append(_table(("Parameter", "in", "type", ""), rows))
    body = _content(operation.get("requestBody", {}))
    if body is not None:
        lines.append(f"<p><b>Body</b> {_type(body)}</p>")
    answers = (
        (f"<code>{_text(code)}</code>", _phrase(code), _type(_content(answer) or {}))
        for code, answer in operation.get("responses", {}).items()
    )
    lines.append(_table(("Answer", "", "type"), answers))
    lines.append(f"<pre>{_text(_curl(method, path, operation, schemas, address))}</pre></section>")
    return "".join(lines)


def _curl(method: str, path: str, operation: Json, schemas: Json, address: str) -> str:
    open_to_all, body = operation.get("security") == [{}], _content(operation.get("requestBody", {}))
    needed = [p["name"] for p in operation.get("parameters", []) if p.get("required") and p["in"] == "query"]
    query = "?" + "&".join(f"{name}=..." for name in needed) if needed else ""
    lines = ["curl"]
    if not open_to_all:
        token = "reader.token" if method == "get" else "DESK/FUNCTION.token"
        lines.append(f'-H "Authorization: Bearer $(cat "data/tokens/{token}")"')
    if method != "get":
        lines.append(f"-X {method.upper()}")
    if body is not None:
        example = json.dumps(_example(body, schemas, 0), ensure_ascii=False).replace("'", "'\\''")
        lines += ["-H 'Content-Type: application/json'", f"-d '{example}'"]
    lines.append(f"'{address}{path}{query}'")
    return " ".join(lines) if len(lines) == 2 else " \\\n  ".join(lines)


def _example(schema: Json, schemas: Json, depth: int) -> Any:  # noqa: PLR0911 one answer per kind of schema
    """A value of a schema, small and typed; what may be left out is left out."""
    if "$ref" in schema:
        return _example(schemas.get(schema["$ref"].removeprefix(_REF), {}), schemas, depth)
    for key in ("oneOf", "anyOf", "allOf"):
        if schema.get(key):
            return _example(schema[key][0], schemas, depth)
    if schema.get("enum"):
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    match schema.get("type"):
        case "object":
            if depth >= _LONGEST_EXAMPLE_DEPTH:
                return {}
            needed = schema.get("required", []) or list(schema.get("properties", {}))
            return {
                name: _example(part, schemas, depth + 1)
                for name, part in schema.get("properties", {}).items()
                if name in needed
            }
        case "array":
            return [] if depth >= _LONGEST_EXAMPLE_DEPTH else [_example(schema.get("items", {}), schemas, depth + 1)]
        case "integer" | "number":
            return 0
        case "boolean":
            return False
        case "null":
            return None
        case _:
            return "..."


def _schema(name: str, schema: Json) -> str:
    needed = schema.get("required", [])
    rows = [
        (
            f"<code>{_text(field)}</code>",
            _type(part) + _bounds(part),
            "" if field in needed else "optional",
            _text(part.get("description", "")),
        )
        for field, part in schema.get("properties", {}).items()
    ]
    table = _table(("Field", "type", "", ""), rows) if rows else f"<p>{_type(schema)}</p>"
    return (
        f'<section id="schema-{_text(name)}" class="schema"><h3><code>{_text(name)}</code></h3>'
        f"{_paragraphs(schema.get('description', ''))}{table}</section>"
    )


def _type(schema: Json) -> str:
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_REF)
        return f'<a href="#schema-{_text(name)}"><code>{_text(name)}</code></a>'
    for key in ("oneOf", "anyOf"):
        if schema.get(key):
            return " or ".join(_type(part) for part in schema[key])
    if schema.get("enum"):
        return " | ".join(f"<code>{_text(value)}</code>" for value in schema["enum"])
    kind = schema.get("type", "")
    if kind == "array":
        return f"list of {_type(schema.get('items', {})) or 'anything'}"
    kinds = kind if isinstance(kind, list) else [kind]
    return _text(" or ".join(kinds)) + (f" ({_text(schema['format'])})" if "format" in schema else "")


def _bounds(schema: Json) -> str:
    words = {"minimum": "from", "maximum": "to", "maxLength": "characters, at most", "default": "otherwise"}
    said = [f"{word} {_text(_plain(schema[key]))}" for key, word in words.items() if schema.get(key) not in (None, "")]
    return f'<span class="bounds">{", ".join(said)}</span>' if said else ""


def _plain(value: object) -> object:
    """A bound as a person writes it."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _content(holder: Json) -> Json | None:
    for media in holder.get("content", {}).values():
        schema: Json = media.get("schema", {})
        return schema
    return None


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th>{_text(name)}</th>" for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{_text(' '.join(part.split()))}</p>" for part in text.split("\n\n") if part.strip())


def _badge(method: str) -> str:
    return f'<span class="method {_text(method)}">{_text(method.upper())}</span>'


def _phrase(code: str) -> str:
    try:
        return _text(HTTPStatus(int(code)).phrase)
    except ValueError:
        return ""


def _path(path: str) -> str:
    """A path that may be broken after its slashes."""
    return _text(path).replace("/", "/<wbr>")


def _anchor(method: str, path: str) -> str:
    return _text(f"{method}-{path.strip('/').replace('/', '-').replace('{', '').replace('}', '')}")


def _text(value: object) -> str:
    return html.escape(str(value))
