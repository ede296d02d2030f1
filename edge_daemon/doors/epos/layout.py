"""The elements of ePOS-Print as a document of ours.

The SDK sends each setting as an empty element of its own (`<text align="center"/>`), so settings
last until they are changed. `pulse` is no matter of the paper and is taken out. What has no effect
on receipt paper is accepted and left out, as an Epson does: `layout`, `recovery`, `reset`,
`rotate-begin`, `rotate-end` and vertical rules. `sound`, and lines and rectangles on a page, take
effect where the printer can; nothing but a `sound` for a printer without a buzzer is refused.

Source: Epson SDK for JavaScript 2.14 (what its builder lets through); ePOS-Print XML user's manual.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal
from xml.etree.ElementTree import Element

import msgspec

from drivers.pos_printer import (
    MATRIX_CODES,
    Alignment,
    AnyElement,
    Barcode,
    Cut,
    Feed,
    FeedDots,
    Image,
    LineSpacing,
    MatrixCode,
    Page,
    PageArea,
    PageDirection,
    PageLine,
    PagePosition,
    Raw,
    Run,
    Sound,
    StoredImage,
)
from edge_daemon.doors.escapes import unescape
from edge_daemon.doors.xml import local_name
from edge_daemon.pictures import PictureError, decode_base64, packed_dots, tones_to_dots
from edge_daemon.printing.commands import ForbiddenCommandError, printable_commands

Attributes = Mapping[str, str]

_ALIGNMENTS = {"left": Alignment.LEFT, "center": Alignment.CENTRE, "right": Alignment.RIGHT}
_FONTS = {f"font_{letter}": number for number, letter in enumerate("abcde")}
_SYMBOLOGIES = {
    "upc_a": "upca",
    "upc_e": "upce",
    "ean13": "ean13",
    "jan13": "ean13",
    "ean8": "ean8",
    "jan8": "ean8",
    "code39": "code39",
    "itf": "itf",
    "codabar": "codabar",
    "code93": "code93",
    "code128": "code128",
    "gs1_128": "gs1_128",
    "gs1_databar_omnidirectional": "gs1_databar_omnidirectional",
    "gs1_databar_truncated": "gs1_databar_truncated",
    "gs1_databar_limited": "gs1_databar_limited",
    "gs1_databar_expanded": "gs1_databar_expanded",
}
_DIRECTIONS = {
    "left_to_right": 0,
    "bottom_to_top": 1,
    "right_to_left": 2,
    "top_to_bottom": 3,
}
_RULE_DOTS = {"thin": 1, "medium": 3, "thick": 5}
_DOUBLE_GAP = 2
_WITHOUT_EFFECT = frozenset(
    {
        "layout",
        "recovery",
        "reset",
        "rotate-begin",
        "rotate-end",
        "vline-begin",
        "vline-end",
        "pulse",
    }
)
_WEIGHTS: dict[str, Literal[1, 2, 3]] = {"thin": 1, "medium": 2, "thick": 3}
_SILENT = "none"
"""The pattern of `sound` that ends one."""


class LayoutError(ValueError):
    """Raised for what is no ePOS-Print or cannot be printed; the message says why."""


class Sheet:
    """Reads elements one after another, with the settings that they leave behind.

    Args:
        line_width: Dots on a line, for rules.
        raw_commands: Whether `command` is passed on.
    """

    def __init__(self, line_width: int, *, raw_commands: bool) -> None:
        self._line_width = line_width
        self._raw_commands = raw_commands
        self._run = Run("")
        self._readers: dict[str, Callable[[Element], Iterator[AnyElement]]] = {
            "text": self._text,
            "feed": _feed,
            "image": self._image,
            "logo": self._logo,
            "barcode": self._barcode,
            "symbol": self._symbol,
            "hline": self._rule,
            "page": self._page,
            "cut": _cut,
            "command": self._command,
            "sound": _sound,
        }

    def read(self, elements: Sequence[Element]) -> tuple[AnyElement, ...]:
        """Turn elements into a document; reading images blocks.

        Raises:
            LayoutError: There is an element that ePOS-Print does not have, or a value that
                cannot be meant.
        """
        try:
            return tuple(self._elements(elements))
        except (PictureError, ForbiddenCommandError) as error:
            raise LayoutError(str(error)) from error

    def _elements(self, elements: Sequence[Element]) -> Iterator[AnyElement]:
        for element in elements:
            name = local_name(element)
            if name in _WITHOUT_EFFECT:
                continue
            reader = self._readers.get(name)
            if reader is None:
                raise LayoutError(f"ePOS-Print has no element {name[:32]!r}.")
            yield from reader(element)

    def _text(self, element: Element) -> Iterator[AnyElement]:
        attributes = element.attrib
        if "linespc" in attributes:
            yield LineSpacing(_number(attributes, "linespc", 30, 255))
        double = [_flag(attributes, name, False) for name in ("dw", "dh")]  # noqa: FBT003 - the default
        sizes = [self._run.width, self._run.height]
        for place, (name, doubling) in enumerate((("width", "dw"), ("height", "dh"))):
            if doubling in attributes:
                sizes[place] = 2 if double[place] else 1
            sizes[place] = max(_number(attributes, name, sizes[place], 8), 1)
        self._run = Run(
            "",
            alignment=_ALIGNMENTS.get(attributes.get("align", ""), self._run.alignment),
            bold=_flag(attributes, "em", self._run.bold),
            underline=_flag(attributes, "ul", self._run.underline),
            inverse=_flag(attributes, "reverse", self._run.inverse),
            upside_down=_flag(attributes, "rotate", self._run.upside_down),
            width=sizes[0],
            height=sizes[1],
            font=_FONTS.get(attributes.get("font", ""), self._run.font),
        )
        position = _number(attributes, "x", 0, 65_535) if "x" in attributes else None
        text = (element.text or "").replace("\r\n", "\n").replace("\r", "\n")
        if text or position is not None:
            yield msgspec.structs.replace(self._run, text=text, position=position)

    def _image(self, element: Element) -> Iterator[AnyElement]:
        attributes = element.attrib
        width, height = (_number(attributes, name, 0, 65_535) for name in ("width", "height"))
        data = decode_base64(element.text or "")
        to_dots = tones_to_dots if attributes.get("mode") == "gray16" else packed_dots
        rows = to_dots(width, height, data)
        yield Image(width, height, rows, self._aligned(attributes))

    def _logo(self, element: Element) -> Iterator[AnyElement]:
        keys = [_number(element.attrib, name, 0, 255) for name in ("key1", "key2")]
        yield StoredImage(keys[0], keys[1], self._aligned(element.attrib))

    def _barcode(self, element: Element) -> Iterator[AnyElement]:
        attributes = element.attrib
        symbology = _SYMBOLOGIES.get(attributes.get("type", ""))
        if symbology is None:
            raise LayoutError(f"There is no bar code {attributes.get('type', '')[:32]!r}.")
        hri = attributes.get("hri", "none")
        yield Barcode(
            unescape(element.text or "").decode("latin-1"),
            symbology=symbology,  # type: ignore[arg-type]  # from the table
            height=max(_number(attributes, "height", 162, 255), 1),
            module_width=min(max(_number(attributes, "width", 3, 255), 2), 6),
            text_above=hri in ("above", "both"),
            text_below=hri in ("below", "both"),
            alignment=self._aligned(attributes),
        )

    def _symbol(self, element: Element) -> Iterator[AnyElement]:
        attributes = element.attrib
        kind = attributes.get("type", "")
        if kind not in MATRIX_CODES:
            raise LayoutError(f"There is no code {kind[:32]!r}.")
        level = attributes.get("level")
        yield MatrixCode(
            kind,
            unescape(element.text or ""),
            level=None if level == "default" else level,
            module_width=_number(attributes, "width", 0, 255),
            module_height=_number(attributes, "height", 0, 255),
            columns=_number(attributes, "size", 0, 65_535),
            alignment=self._aligned(attributes),
        )

    def _rule(self, element: Element) -> Iterator[AnyElement]:
        attributes = element.attrib
        begin = _number(attributes, "x1", 0, self._line_width)
        end = _number(attributes, "x2", self._line_width, self._line_width)
        style, _, double = attributes.get("style", "thin").partition("_")
        thick = _RULE_DOTS.get(style, 1)
        row = ((1 << max(end - begin, 0)) - 1) << (-end % 8)
        black = row.to_bytes(max(-(-end // 8), 1))
        empty = bytes(len(black))
        rows = [black] * thick + ([empty] * _DOUBLE_GAP + [black] * thick if double else [])
        yield Image(len(black) * 8, len(rows), b"".join(rows))

    def _page(self, element: Element) -> Iterator[AnyElement]:
        parts: list[AnyElement | PageArea | PageDirection | PagePosition | PageLine] = []
        for child in element:
            name, attributes = local_name(child), child.attrib
            if name == "area":
                values = [_number(attributes, key, 0, 65_535) for key in ("x", "y")]
                sizes = [_number(attributes, key, 1, 65_535) for key in ("width", "height")]
                parts.append(PageArea(*values, *sizes))
            elif name == "direction":
                parts.append(PageDirection(_DIRECTIONS.get(attributes.get("dir", ""), 0)))
            elif name == "position":
                values = [_number(attributes, key, 0, 65_535) for key in ("x", "y")]
                parts.append(PagePosition(*values))
            elif name in ("line", "rectangle"):
                parts.append(_page_line(attributes, rectangle=name == "rectangle"))
            elif name in ("page", "cut", "sound"):
                raise LayoutError(f"A page holds no {name}.")
            else:
                parts += self._elements([child])
        yield Page(tuple(parts))

    def _command(self, element: Element) -> Iterator[AnyElement]:
        if not self._raw_commands:
            raise LayoutError("Printer commands are not passed on; see the door's raw_commands.")
        text = "".join((element.text or "").split())
        if re.fullmatch("([0-9A-Fa-f]{2})*", text) is None:
            raise LayoutError("A command is written in hexadecimal digits.")
        yield Raw(printable_commands(bytes.fromhex(text)))

    def _aligned(self, attributes: Attributes) -> Alignment:
        return _ALIGNMENTS.get(attributes.get("align", ""), self._run.alignment)


def wants_pulse(elements: Sequence[Element]) -> bool:
    """Whether the drawer is to be opened. Both of the till's drawers are the one that is wired."""
    return any(local_name(each) == "pulse" for element in elements for each in element.iter())


def _feed(element: Element) -> Iterator[AnyElement]:
    attributes = element.attrib
    if "pos" in attributes:
        return  # to a mark that receipt paper does not have
    if "unit" in attributes:
        yield FeedDots(_number(attributes, "unit", 0, 255))
    elif lines := _number(attributes, "line", 1, 255):
        yield Feed(lines)


def _page_line(attributes: Attributes, *, rectangle: bool) -> PageLine:
    x1, y1, x2, y2 = (_number(attributes, key, 0, 65_535) for key in ("x1", "y1", "x2", "y2"))
    style, _, double = attributes.get("style", "thin").partition("_")
    weight = _WEIGHTS.get(style, 1)
    return PageLine(x1, y1, x2, y2, weight, double=bool(double), rectangle=rectangle)


def _sound(element: Element) -> Iterator[AnyElement]:
    """A buzzer knows one sound; patterns differ in how often and how long."""
    attributes = element.attrib
    if attributes.get("pattern") != _SILENT:
        repeat = min(max(_number(attributes, "repeat", 1, 255), 1), 63)
        yield Sound(repeat, _number(attributes, "cycle", 1000, 65_535))


def _cut(element: Element) -> Iterator[AnyElement]:
    kind = element.get("type", "feed")
    yield Cut(feed=kind != "no_feed", partial=not kind.endswith("fullcut"))


def _number(attributes: Attributes, name: str, default: int, highest: int) -> int:
    """A whole number from 0 to `highest`.

    Raises:
        LayoutError: It is none.
    """
    text = attributes.get(name)
    if text is None:
        return default
    if re.fullmatch("[0-9]{1,6}", text) is None:
        raise LayoutError(f"{name} is a whole number, not {text[:32]!r}.")
    return min(int(text), highest)


def _flag(attributes: Attributes, name: str, default: bool) -> bool:  # noqa: FBT001 - a value
    return attributes.get(name, str(default).lower()) in ("true", "1")
