"""The documentation page: everything the API offers, in one file that loads nothing."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from steerclear.interfaces.local_api.schema_page import page
from tests.interfaces.local_api.served import ask


class Outline(HTMLParser):
    """Tags, links, ids and text of a page; complains about tags that do not close."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open, self.tags, self.links, self.ids, self.text = [], set(), [], set(), ""
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        found = dict(attrs)
        self.links += [found[name] for name in ("href", "src") if name in found]
        self.ids |= {found["id"]} if "id" in found else set()
        if tag not in ("meta", "wbr", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.mark.requirement("SC-OPS-07")
def test_every_route_is_on_the_page_and_nothing_is_loaded(address):
    status, headers, body = ask(address, "/schema")
    assert status == 200
    assert headers.get_content_type() == "text/html"
    outline = Outline(body.decode())
    document = json.loads(ask(address, "/schema/openapi.json")[2])
    assert "/api/v1/status" in document["paths"]
    for path, methods in document["paths"].items():
        assert f"'http://{address}{path}" in outline.text
        for operation in methods.values():
            assert operation["description"], path
    assert "/api/v1/journal/follow" in outline.text
    assert not outline.tags & {"script", "img", "iframe", "object", "link"}
    assert all(link.startswith("#") or link == "schema/openapi.json" for link in outline.links)
    assert {link[1:] for link in outline.links if link.startswith("#")} <= outline.ids
    assert not re.search(r"@import|url\(", body.decode())


def test_what_stands_in_the_document_cannot_become_part_of_the_page():
    nasty = "<script>alert(1)</script>\"'&"
    document = {
        "info": {"title": nasty, "description": nasty},
        "paths": {
            f"/{nasty}": {
                "post": {
                    "description": nasty,
                    "parameters": [{"name": nasty, "in": nasty, "schema": {"type": "string", "default": nasty}}],
                    "requestBody": {"content": {"x": {"schema": {"$ref": f"#/components/schemas/{nasty}"}}}},
                    "responses": {nasty: {"description": nasty}},
                }
            }
        },
        "components": {
            "schemas": {nasty: {"properties": {nasty: {"enum": [nasty], "description": nasty}}, "type": "object"}}
        },
    }
    outline = Outline(page(document, "http://127.0.0.1:1").decode())
    assert "script" not in outline.tags
    assert outline.text.count("alert(1)") >= 15


def test_types_that_contain_themselves_end():
    tree = {"type": "object", "required": ["below"], "properties": {"below": {"$ref": "#/components/schemas/Tree"}}}
    document = {
        "info": {"title": "t"},
        "paths": {
            "/x": {
                "post": {
                    "requestBody": {"content": {"x": {"schema": {"$ref": "#/components/schemas/Tree"}}}},
                    "responses": {},
                }
            }
        },
        "components": {"schemas": {"Tree": tree}},
    }
    assert b"below" in page(document, "http://127.0.0.1:1")
