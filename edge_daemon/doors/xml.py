"""XML from the shop's network: read without DTDs and entities, bounded in size and depth."""

from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

MAX_ELEMENTS = 20_000
MAX_DEPTH = 32


class XmlError(ValueError):
    """Raised when a document cannot be read; the message says why."""


def parse(document: bytes | str) -> Element:
    """Return the root.

    Raises:
        XmlError: Not well-formed, or with a DTD or entities, or too large or too deep.
    """
    data = document.encode("utf-8", "replace") if isinstance(document, str) else document
    try:
        root: Element = defusedxml.ElementTree.fromstring(data.strip(), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise XmlError("This is not an XML document that can be read.") from error
    _judge_size(root)
    return root


def local_name(element: Element) -> str:
    """The name without its namespace; clients disagree about prefixes and namespaces."""
    return str(element.tag).rpartition("}")[2]


def find(root: Element, name: str) -> Element | None:
    """The first element of that local name, the root included."""
    return next((each for each in root.iter() if local_name(each) == name), None)


def _judge_size(root: Element) -> None:
    level, seen = [root], 0
    for _ in range(MAX_DEPTH):
        seen += len(level)
        if not level:
            return
        if seen > MAX_ELEMENTS:
            raise XmlError(f"The document has more than {MAX_ELEMENTS:,} elements.")
        level = [child for element in level for child in element]
    raise XmlError("The document is nested too deeply.")
