"""The customer display's service of an Epson printer, before any display that is configured.

    POST /cgi-bin/eposDisp/service.cgi?devid=local_display&timeout=10000

    <epos-display><reset/><text x="1" y="1" lang="mul">LINE 1</text></epos-display>

The elements write into a glass of two lines of twenty characters, which is kept from one document
to the next; what then stands there is shown. What only moves the glass about has no effect:
windows, marquees (their text is shown at rest), the clock, the cursor's look.

One widespread client does not escape its text: `Fish & Chips` makes its document no XML. So the
`text` elements of a broken document are taken out of it as they stand.

Source: Epson SDK for JavaScript 2.14 (`epos-display`); OCA/pos `pos_customer_display`.
"""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element
from xml.sax.saxutils import unescape

from edge_daemon.displays import DisplayTextRequest
from edge_daemon.doors.desk import Desk
from edge_daemon.doors.epos.envelope import write_display
from edge_daemon.doors.exchange import Answer, Asked
from edge_daemon.doors.xml import XmlError, find, local_name, parse
from edge_daemon.scopes import Scope

COLUMNS, ROWS = 20, 2
LOCAL = "local_display"
GLASSES_KEPT = 64

_TEXT = re.compile(r"<text\b(?P<attributes>[^<>]*)>(?P<text>.*?)</text>", re.DOTALL)
_ATTRIBUTE = re.compile(r'(?P<name>\w+)="(?P<value>[^"]*)"')
_CORNERS = {
    "top_left": (0, 0),
    "top_right": (COLUMNS - 1, 0),
    "bottom_left": (0, ROWS - 1),
    "bottom_right": (COLUMNS - 1, ROWS - 1),
}
_WITHOUT_EFFECT = frozenset({"window", "clock"})


class Glass:
    """What one till has written.

    Attributes:
        blink: Whether it goes on and off.
        brightness: Per cent; None: as it is.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self.blink = False
        self.brightness: int | None = None
        self.clear()

    def clear(self) -> None:
        """Take the text away."""
        self._cells = [[" "] * COLUMNS for _ in range(ROWS)]
        self._column = self._row = 0

    @property
    def lines(self) -> tuple[str, ...]:
        """What stands there."""
        return tuple("".join(row).rstrip() for row in self._cells)

    def act(self, element: Element) -> None:
        """Do what one element says.

        Raises:
            XmlError: There is no such element for a display, or it is not passed on.
        """
        name, attributes = local_name(element), element.attrib
        match name:
            case "reset":
                self.reset()
            case "clear":
                self.clear()
            case "cursor":
                self._move(attributes)
            case "text":
                self._move(attributes)
                self._write(element.text or "")
            case "marquee":
                self._column = self._row = 0
                self._write((element.text or "")[:COLUMNS].ljust(COLUMNS))
            case "blink":
                self.blink = _number(attributes.get("interval")) > 0
            case "brightness":
                self.brightness = min(_number(attributes.get("value"), 100), 100)
            case _ if name not in _WITHOUT_EFFECT:
                raise XmlError(f"A display has no element {name[:32]!r}.")

    def _move(self, attributes: dict[str, str]) -> None:
        if attributes.get("moveto") in _CORNERS:
            self._column, self._row = _CORNERS[attributes["moveto"]]
        if "x" in attributes:
            self._column = min(max(_number(attributes["x"]), 1), COLUMNS) - 1
        if "y" in attributes:
            self._row = min(max(_number(attributes["y"]), 1), ROWS) - 1

    def _write(self, text: str) -> None:
        for character in text.replace("\r", ""):
            if character == "\n":
                self._column, self._row = 0, (self._row + 1) % ROWS
                continue
            self._cells[self._row][self._column] = character
            self._column += 1
            if self._column == COLUMNS:
                self._column, self._row = 0, (self._row + 1) % ROWS


class EposDisplay:
    """The service behind the second address of every door of the kind `epos`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._glasses: dict[tuple[str, str], Glass] = {}

    async def serve(self, asked: Asked) -> Answer:
        """Answer one call: whether it is shown."""
        try:
            name, elements = _read(asked)
            display = self._display(asked, name)
            if display is None:
                return write_display("DeviceNotFound")
            glass = self._glass(asked.door.name, display)
            for element in elements:
                glass.act(element)
        except XmlError:
            return write_display("SchemaError")
        shown = await self._desk.show(
            display,
            DisplayTextRequest(lines=glass.lines, blink=glass.blink, brightness=glass.brightness),
        )
        return write_display("" if shown else "EX_BADPORT")

    def _display(self, asked: Asked, name: str) -> str | None:
        if not self._desk.permits(asked.door, Scope.PRINT, asked.address):
            return None
        known = name in asked.door.devices or name != LOCAL
        return self._desk.device(asked.door, "line_display", name if known else None)

    def _glass(self, door: str, display: str) -> Glass:
        if len(self._glasses) > GLASSES_KEPT:
            self._glasses.clear()
        return self._glasses.setdefault((door, display), Glass())


def _read(asked: Asked) -> tuple[str, list[Element]]:
    """The display's name, and what is to be done.

    Raises:
        XmlError: It is no document for a display.
    """
    try:
        root = parse(asked.body)
    except XmlError:
        text = asked.body.decode("utf-8", "replace")
        found = list(_torn_out(text))
        if not found:
            raise
        return asked.query.get("devid", LOCAL), found
    document = find(root, "epos-display")
    if document is None:
        raise XmlError("There is no epos-display in the document.")
    header = find(root, "parameter")
    stated = {} if header is None else {local_name(each): each.text or "" for each in header}
    return {**stated, **asked.query}.get("devid", LOCAL)[:128], list(document)


def _torn_out(text: str) -> Iterator[Element]:
    """The texts of a document that is no XML."""
    if "<reset" in text:
        yield Element("reset")
    for match in _TEXT.finditer(text):
        element = Element("text")
        for attribute in _ATTRIBUTE.finditer(match["attributes"]):
            element.set(attribute["name"], attribute["value"])
        element.text = unescape(match["text"], {"&apos;": "'", "&quot;": '"'})
        yield element


def _number(text: str | None, default: int = 0) -> int:
    return int(text) if text is not None and re.fullmatch("[0-9]{1,6}", text) else default
