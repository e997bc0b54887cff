"""KML that a stranger wrote: elements with their line, within limits, without entities and without a network.

A document type declaration is refused as a whole, and with it every entity that could be defined in one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.sax import SAXException
from xml.sax.handler import ContentHandler

from defusedxml.common import DefusedXmlException
from defusedxml.sax import parseString

from steerclear.interfaces.plan_files import limits
from steerclear.interfaces.plan_files.common_parts import bounded
from steerclear.interfaces.plan_files.errors import PlanFileError


class Element:
    """One element: its name without a prefix, attributes, text, children and the line on which it begins."""

    def __init__(self, name: str, attributes: dict[str, str], line: int) -> None:
        self.name = name
        self.attributes = attributes
        self.line = line
        self.children: list[Element] = []
        self.pieces: list[str] = []

    @property
    def text(self) -> str:
        """Its own text, without spaces around it."""
        return "".join(self.pieces).strip()

    @property
    def place(self) -> str:
        """How it is named in an error."""
        return f"line {self.line}, <{self.name}>"

    def child(self, name: str) -> Element | None:
        """The first child of a name."""
        return next((each for each in self.children if each.name == name), None)

    def text_of(self, name: str) -> str | None:
        """The text of the first child of a name; None where there is none."""
        found = self.child(name)
        return None if found is None else found.text

    def all(self, name: str) -> Iterator[Element]:
        """The children of a name."""
        return (each for each in self.children if each.name == name)


class _Builder(ContentHandler):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {}, 0)
        self._open = [self.root]
        self._elements = 0
        self._chars = 0
        self._locator: Any = None

    def setDocumentLocator(self, locator: Any) -> None:  # noqa: N802 the name that the parser calls
        self._locator = locator

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802 as above
        line = self._locator.getLineNumber() or 0
        self._elements += 1
        if self._elements > limits.MAX_KML_ELEMENTS:
            raise PlanFileError(f"line {line}", f"has more than {limits.MAX_KML_ELEMENTS:,} elements")
        if len(self._open) > limits.MAX_KML_DEPTH:
            raise PlanFileError(f"line {line}", f"nests deeper than {limits.MAX_KML_DEPTH} elements")
        element = Element(name.rpartition(":")[2][:64], dict(attrs), line)
        self._open[-1].children.append(element)
        self._open.append(element)
        self._chars = 0

    def endElement(self, name: str) -> None:  # noqa: N802, ARG002 as above
        self._open.pop()
        self._chars = 0

    def characters(self, content: str) -> None:
        self._chars += len(content)
        if self._chars > limits.MAX_KML_TEXT_CHARS:
            raise PlanFileError(self._open[-1].place, f"holds more than {limits.MAX_KML_TEXT_CHARS:,} characters")
        self._open[-1].pieces.append(content)


def parse_kml(data: bytes) -> Element:
    """The root element. Raises PlanFileError with the line."""
    bounded(data, limits.MAX_FILE_BYTES, "a KML file")
    builder = _Builder()
    try:
        parseString(data, builder, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException:
        raise PlanFileError("the file", "declares a document type or entities, which no KML needs; refused") from None
    except SAXException as fault:
        line = getattr(fault, "getLineNumber", lambda: None)()
        reason = str(fault.getMessage())[:120]
        raise PlanFileError(f"line {line}" if line else "the file", f"is not XML: {reason}") from None
    except (UnicodeError, LookupError, ValueError) as fault:
        if isinstance(fault, PlanFileError):
            raise
        raise PlanFileError("the file", f"is not XML that can be read: {str(fault)[:120]}") from None
    root = builder.root.children[0]
    if root.name != "kml":
        raise PlanFileError(root.place, "is not the root of a KML document")
    return root
