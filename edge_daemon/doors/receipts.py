"""The receipts of older Odoo tills: their own little XML, and the JSON of the first release.

XML: `receipt` holds lines. `line` has a `left` and a `right`; `h1` to `h5`, `p`, `div`, `section`
and `li` are lines of their own; `pre` keeps its spaces; `hr` is a rule; `img` holds a picture,
`barcode` a code; `value` is a number with decimals and a symbol; `cut` cuts, `cashdraw` opens the
drawer. `align`, `width`, `line-ratio`, `indent`, `bold`, `underline` and `size` are inherited.

Source: the shapes that Odoo 8 to 12 send to `/hw_proxy/print_xml_receipt`, and Odoo 7 to
`/hw_proxy/print_receipt`.
"""

import dataclasses
import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree.ElementTree import Element

from drivers.pos_printer import Alignment, AnyElement, Barcode, Cut, Document, Text
from edge_daemon.doors.xml import XmlError, local_name, parse
from edge_daemon.pictures import PictureError, decode_base64, decode_picture

_ALIGNMENTS = {
    "left": Alignment.LEFT,
    "center": Alignment.CENTRE,
    "right": Alignment.RIGHT,
}
_SIZES = {
    "normal": (1, 1),
    "double": (2, 2),
    "double-height": (1, 2),
    "double-width": (2, 1),
}
_HEADINGS = {
    "h1": {"bold": "on", "size": "double"},
    "h2": {"size": "double"},
    "h3": {"bold": "on", "size": "double-height"},
    "h4": {"size": "double-height"},
    "h5": {"bold": "on"},
    "em": {"bold": "on"},
    "b": {"bold": "on"},
}
_BARCODES = {"ean13": "ean13", "ean8": "ean8", "upca": "upca", "code39": "code39", "itf": "itf"}
_BLOCKS = frozenset({"receipt", "div", "section", "article", "header", "footer", "ul", "ol"})
_COLUMN_DOTS = 12
MAX_IMAGES = 8
"""A logo, a few codes; each costs time to decode."""


class ReceiptError(ValueError):
    """Raised when a receipt cannot be read; the message says why."""


def receipt_of_xml(receipt: str, columns: int) -> tuple[Document, bool]:
    """Read an XML receipt; decoding its images blocks.

    Returns:
        What to print, and whether the drawer is to be opened.

    Raises:
        ReceiptError: It is no XML that can be read.
    """
    try:
        root = parse(receipt)
    except XmlError as error:
        raise ReceiptError(str(error)) from error
    if local_name(root) != "receipt":
        raise ReceiptError("The document is no <receipt>.")
    if sum(local_name(element) == "img" for element in root.iter()) > MAX_IMAGES:
        raise ReceiptError(f"A receipt has at most {MAX_IMAGES} images.")
    elements = [*_elements(root, _Style(columns=columns))]
    cuts = [element for element in root.iter() if local_name(element) in ("cut", "partialcut")]
    if not cuts and root.get("cut", "true") != "false":
        elements.append(Cut())
    opens = any(local_name(element) == "cashdraw" for element in root.iter())
    return tuple(elements), opens or root.get("open-cashdrawer") in ("true", "True", "1")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Style:
    """What an element inherits."""

    columns: int
    attributes: tuple[tuple[str, str], ...] = ()
    indent: int = 0

    def of(self, element: Element) -> "_Style":
        own = {**_HEADINGS.get(local_name(element), {}), **element.attrib}
        inherited = dict(self.attributes)
        indent = self.indent + _number(own.pop("indent", ""), 0, 16)
        return dataclasses.replace(self, attributes=tuple((inherited | own).items()), indent=indent)

    def get(self, name: str, default: str = "") -> str:
        return dict(self.attributes).get(name, default)

    @property
    def size(self) -> tuple[int, int]:
        return _SIZES.get(self.get("size"), (1, 1))

    @property
    def width(self) -> int:
        """Characters of this style on a line, without the indentation."""
        asked = _number(self.get("width"), self.columns, self.columns)
        return max((asked - 2 * self.indent) // self.size[0], 1)

    def text(self, line: str) -> Text:
        width, height = self.size
        return Text(
            " " * (2 * self.indent // width) + line,
            alignment=_ALIGNMENTS.get(self.get("align"), Alignment.LEFT),
            bold=self.get("bold") in ("on", "true"),
            underline=self.get("underline") in ("on", "true"),
            width=width,
            height=height,
        )


def _elements(element: Element, inherited: _Style) -> Iterator[AnyElement]:
    style = inherited.of(element)
    name = local_name(element)
    if name in _BLOCKS or name == "li":
        bullet = style.get("bullet", "-") + " " if name == "li" else ""
        yield from _block(element, style, bullet)
    elif name in _SINGLES:
        yield _SINGLES[name](element, style)
    elif name == "img":
        yield _image(element, style)
    elif name != "cashdraw" and (line := _inline(element, style)):
        yield style.text(line)


def _block(element: Element, style: _Style, bullet: str = "") -> Iterator[AnyElement]:
    """Text of its own on lines of its own, and the lines of what it holds."""
    if line := _squeezed(element.text):
        yield style.text(bullet + line)
    for child in element:
        yield from _elements(child, style)
        if line := _squeezed(child.tail):
            yield style.text(line)


def _inline(element: Element, style: _Style) -> str:
    if local_name(element) == "value":
        return _value(element, style)
    parts = [element.text or ""]
    for child in element:
        parts += [_inline(child, style.of(child)), child.tail or ""]
    return _squeezed("".join(parts))


def _two_columns(element: Element, style: _Style) -> str:
    sides = {"left": "", "right": ""}
    for child in element:
        if local_name(child) in sides:
            sides[local_name(child)] = _inline(child, style.of(child))
    try:
        ratio = min(max(float(style.get("line-ratio", "0.5")), 0.0), 1.0)
    except ValueError:
        ratio = 0.5
    right = sides["right"][: style.width]
    room = max(style.width - len(right) - 1, 0) if right else style.width
    left = sides["left"][: max(room, int(style.width * ratio) if not right else room)]
    return left + right.rjust(style.width - len(left))


def _value(element: Element, style: _Style) -> str:
    """A number as the attributes say; text that is no number stays as it is."""
    written = _squeezed("".join(element.itertext()))
    decimals = _number(style.get("value-decimals"), 2, 6)
    try:
        number = f"{float(written):,.{decimals}f}"
    except (ValueError, OverflowError):
        return written
    if style.get("value-autoint") in ("on", "true") and float(written).is_integer():
        number = number.partition(".")[0]
    separator = style.get("value-thousands-separator", ",")
    point = style.get("value-decimals-separator", ".")
    number = number.translate({ord(","): separator, ord("."): point})
    symbol = style.get("value-symbol")
    if not symbol:
        return number
    after = style.get("value-symbol-position", "after") == "after"
    return f"{number} {symbol}" if after else f"{symbol} {number}"


def _image(element: Element, style: _Style) -> AnyElement:
    try:
        data = decode_base64(element.get("src", ""))
        return decode_picture(data, style.columns * _COLUMN_DOTS)
    except PictureError:
        return style.text("[?]")  # a receipt without its logo is better than none


def _barcode(element: Element, style: _Style) -> AnyElement:
    data = _squeezed("".join(element.itertext()))
    symbology = _BARCODES.get(element.get("encoding", "ean13").lower())
    if symbology is None or re.fullmatch(r"[0-9A-Z $%+\-./]+", data) is None:
        return style.text(data)
    return Barcode(data, symbology=symbology)  # type: ignore[arg-type]  # from the table


_SINGLES: dict[str, Callable[[Element, _Style], AnyElement]] = {
    "line": lambda element, style: style.text(_two_columns(element, style)),
    "pre": lambda element, style: style.text("".join(element.itertext()).strip("\n")),
    "hr": lambda _, style: style.text("-" * style.width),
    "br": lambda _, style: style.text(""),
    "cut": lambda *_: Cut(),
    "partialcut": lambda *_: Cut(partial=True),
    "barcode": _barcode,
}
"""What becomes exactly one element."""


def _squeezed(text: str | None) -> str:
    return " ".join((text or "").split())


def _number(text: str, default: int, highest: int) -> int:
    return min(int(text), highest) if re.fullmatch("[0-9]{1,6}", text) else default


# --- JSON -----------------------------------------------------------------------------------


def receipt_of_json(receipt: dict[str, Any], columns: int) -> Document:
    """Lay out the receipt that Odoo 7 sends as values. What is missing is left out."""
    company = _object(receipt.get("company"))
    elements: list[AnyElement] = []
    if name := _text(company.get("name")):
        elements.append(Text(name, alignment=Alignment.CENTRE, bold=True, height=2))
    known = [_text(company.get(key)) for key in ("contact_address", "phone", "vat", "website")]
    elements += [Text(line, alignment=Alignment.CENTRE) for line in known if line]
    elements += [Text(line) for line in _json_lines(receipt, columns)]
    return (*elements, Cut())


def _json_lines(receipt: dict[str, Any], columns: int) -> Iterator[str]:
    for key in ("name", "cashier"):
        if line := _text(receipt.get(key)):
            yield line
    yield ""
    for row in _rows(receipt.get("orderlines")):
        quantity = _text(row.get("quantity"))
        name = f"{quantity} x {_text(row.get('product_name'))}"
        yield _row(name, _amount(row.get("price_with_tax", row.get("price_display"))), columns)
    yield "-" * columns
    yield _row("", _amount(receipt.get("total_with_tax")), columns)
    for row in _rows(receipt.get("paymentlines")):
        yield _row(_text(row.get("journal")), _amount(row.get("amount")), columns)
    if receipt.get("change"):
        yield _row("", f"- {_amount(receipt.get('change'))}", columns)


def _row(left: str, right: str, columns: int) -> str:
    left = left[: max(columns - len(right) - 1, 0)]
    return left + right.rjust(columns - len(left))


def _rows(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return " ".join(str(value).split()) if isinstance(value, str | int | float) else ""


def _amount(value: object) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{value:.2f}" if is_number else _text(value)
