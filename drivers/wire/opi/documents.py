"""XML to elements and back.

Documents come from the shop's network: entities, DTDs and references to files are refused, not
resolved. Names are taken without their namespace, since terminals disagree about it.
"""

import re
from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element, ParseError, indent, tostring

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

from drivers.wire import WireError
from drivers.wire.redaction import REMOVED, mask_pan, redact_text

NAMESPACE = "http://www.nrf-arts.org/IXRetail/namespace"
SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
HEADER = b'<?xml version="1.0" encoding="UTF-8"?>\n'
INDENT = "   "
DEEPEST_NESTING = 16
"""Levels; messages have four."""

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot carry, not even escaped."""

_PAN = "CardPAN"
_TRACKS = frozenset({"Track1", "Track2", "Track3"})


def parse(document: bytes) -> Element:
    """Return the root of a document.

    Raises:
        WireError: No well-formed XML, or one with a DTD or entities.
    """
    try:
        root: Element = defusedxml.ElementTree.fromstring(document, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise WireError("This is not an XML document that can be read.") from error
    _require_shallow(root)
    return root


def _require_shallow(root: Element) -> None:
    level = [root]
    for _ in range(DEEPEST_NESTING):
        level = [child for element in level for child in element]
        if not level:
            return
    raise WireError("The XML document is nested too deeply.")


def build(name: str, attributes: Mapping[str, str | None]) -> Element:
    """Return a new element; attributes without a value are left out."""
    return Element(name, {key: value for key, value in attributes.items() if value is not None})


def add(parent: Element, name: str, text: str | None = None, **attributes: str | None) -> Element:
    """Append a new element to `parent` and return it."""
    child = build(name, attributes)
    child.text = text
    parent.append(child)
    return child


def render(root: Element) -> bytes:
    """Return the document of a root, in UTF-8 and with OPI's namespace.

    Raises:
        WireError: A value holds a character that XML cannot carry.
    """
    root.set("xmlns", NAMESPACE)
    root.set("xmlns:xsi", SCHEMA_INSTANCE)
    for element in root.iter():
        for value in (element.text or "", *element.attrib.values()):
            if _FORBIDDEN.search(value):
                raise WireError("A control character cannot be sent in XML.")
    indent(root, INDENT)
    document: bytes = tostring(root, "utf-8")
    return HEADER + document.replace(b" />", b"/>")


def name_of(element: Element) -> str:
    """Return an element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def children(element: Element, name: str) -> Iterator[Element]:
    """Yield the direct children of this name."""
    return (child for child in element if name_of(child) == name)


def find(element: Element, *path: str) -> Element | None:
    """Return the first element at the end of a path of names, or None."""
    for name in path:
        step = next(children(element, name), None)
        if step is None:
            return None
        element = step
    return element


def text_of(element: Element, *path: str) -> str | None:
    """Return the text at the end of a path, without spaces around it; None when there is none."""
    found = find(element, *path)
    return ((found.text or "").strip() or None) if found is not None else None


def redact_xml(document: bytes) -> bytes:
    """Return a document without card data, for logs and recordings; what is no XML, as text."""
    try:
        root = parse(document)
    except WireError:
        return redact_text(document.decode("utf-8", "replace")).encode()
    for element in root.iter():
        name = name_of(element)
        for attribute, value in element.attrib.items():
            element.set(attribute, mask_pan(value) if attribute == _PAN else redact_text(value))
        if name in _TRACKS and element.text:
            element.text = REMOVED
        elif element.text:
            element.text = mask_pan(element.text) if name == _PAN else redact_text(element.text)
    redacted: bytes = tostring(root, "utf-8")
    return redacted
