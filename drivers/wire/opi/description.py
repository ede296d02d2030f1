"""Messages of OPI in words, for support: elements and attributes, and never card data.

The result is made of JSON values. Card numbers keep their first 6 and last 4 digits; tracks are
only said to be there.
"""

from typing import Any
from xml.etree.ElementTree import Element

from drivers.wire import WireError
from drivers.wire.opi.documents import name_of, parse, redact_xml
from drivers.wire.opi.frames import FrameReader
from drivers.wire.opi.reading import decode

Json = dict[str, Any]

_XML_BEGINS = b"<\xef"
"""The first byte of a document, or of its byte order mark; no length of a frame has it."""


def describe(data: bytes) -> list[Json]:
    """Return one entry for each document in `data`, in frames or a single one without.

    An entry has `name`, `length` and `fields`; what makes no sense has an `error`. A field has a
    `name`, and as `value` a text or the fields inside of it.
    """
    if data.strip()[:1] and data.strip()[0] in _XML_BEGINS:
        return [_document(data.strip())]
    frames, entries = FrameReader(), list[Json]()
    frames.receive_data(data)
    try:
        while (frame := frames.next_frame()) is not None:
            entries.append(_document(frame))
    except WireError as error:
        return [*entries, {"name": "frame", "error": str(error)}]
    if frames.pending or not entries:
        rest = "These bytes make no whole frame."
        entries.append({"name": "frame", "length": frames.pending, "error": rest})
    return entries


def _document(document: bytes) -> Json:
    entry: Json = {"name": "document", "length": len(document)}
    try:
        root = parse(redact_xml(document))
        entry["name"] = " ".join(filter(None, (name_of(root), root.get("RequestType"))))
        entry["fields"] = _inside(root)
        decode(document)
    except WireError as error:
        entry["error"] = str(error)
    return entry


def _inside(element: Element) -> list[Json]:
    fields = [{"name": key, "value": value} for key, value in element.attrib.items()]
    return fields + [_child(child) for child in element]


def _child(element: Element) -> Json:
    text = (element.text or "").strip()
    inside = _inside(element)
    if inside and text:
        inside.append({"name": "text", "value": text})
    return {"name": name_of(element), "value": inside or text}
