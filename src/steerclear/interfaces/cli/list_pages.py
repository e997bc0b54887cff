"""Lists that the node gives in pages, read to their end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import quote


class Pages(Protocol):
    """What asks the node, such as `LocalClient`."""

    def get_json(self, path: str) -> Any:
        """The answer to a question."""
        ...


def every_page(client: Pages, path: str, key_of: Callable[[Any], str]) -> list[Any]:
    """All of a list; `path` has a query already, and `key_of` tells behind which key the next page begins."""
    found: list[Any] = []
    page = client.get_json(path)
    while page:
        found += page
        page = client.get_json(f"{path}&after={quote(key_of(page[-1]), safe='')}")
    return found
