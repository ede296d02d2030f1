"""What a terminal says, as values: the same types are sent by one side and read by the other.

Every class has `parse(apdu)` and `apdu()`. A field that the terminal left out is None.

Source: ZVT PA00P015 rev. 13.08: 04 0F, 04 FF, 06 0F, 06 1E, 06 D1, 06 D3, BMP 60.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Self

from drivers.wire import WireError
from drivers.wire.currencies import CURRENCIES
from drivers.wire.redaction import mask_pan
from drivers.wire.zvt import shapes, tags
from drivers.wire.zvt.apdu import Apdu
from drivers.wire.zvt.bitmaps import Bitmap, container
from drivers.wire.zvt.codes import TOTALS_BRANDS
from drivers.wire.zvt.numbers import bcd_to_int, digits, int_to_bcd, read_decimal_length
from drivers.wire.zvt.requests import NO_RECEIPT_NUMBER, currency_bytes
from drivers.wire.zvt.text import CharacterSet, decode_text, encode_text
from drivers.wire.zvt.tlv import Tlv, find, nest, walk

LAST_LINE = 0x80
"""Bit of a line's attribute: with others set beside it, the receipt ends here."""
CUT = 0x81
"""The attribute that ends a receipt."""

MERCHANT_RECEIPT, CUSTOMER_RECEIPT, ADMINISTRATION_RECEIPT = 1, 2, 3
SIGNATURE_FIELD = 0x02
"""Bit of tag 1F37."""


@dataclass(frozen=True, slots=True)
class Totals:
    """BMP 60: what an end of day adds up, one (count, minor units) for each of TOTALS_BRANDS.

    [first receipt:2] [last receipt:2] then 7 times [count:1 binary] [sum:6 BCD]
    """

    first_receipt: str
    last_receipt: str
    groups: tuple[tuple[int, int], ...]

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """Read the value of BMP 60.

        Raises:
            WireError: It has another size, or a sum is no number.
        """
        if len(value) != 4 + 7 * len(TOTALS_BRANDS):
            raise WireError(f"Totals of {len(value)} bytes are not known.")
        starts = range(4, len(value), 7)
        groups = tuple((value[at], bcd_to_int(value[at + 1 : at + 7])) for at in starts)
        return cls(digits(value[:2]), digits(value[2:4]), groups)

    def encode(self) -> bytes:
        """Return the value of BMP 60."""
        receipts = int_to_bcd(int(self.first_receipt), 2) + int_to_bcd(int(self.last_receipt), 2)
        return receipts + b"".join(bytes([n]) + int_to_bcd(s, 6) for n, s in self.groups)


def _currency(value: bytes) -> str:
    number = bcd_to_int(value)
    return CURRENCIES.get(number, f"{number:03d}")


def _digits_to_bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("*", "E") + "F" * (len(text) % 2))


Codec = tuple[Callable[[bytes], Any], Callable[[Any], bytes]]

_BYTE: Codec = (lambda value: value[0], lambda number: bytes([number]))
_AMOUNT: Codec = (bcd_to_int, lambda amount: int_to_bcd(amount, 6))
_DIGITS: Codec = (digits, _digits_to_bytes)
_TEXT: Codec = (lambda value: decode_text(value).rstrip(), encode_text)
_NAME: Codec = (decode_text, lambda text: encode_text(text) + b"\0")

_FIELDS: tuple[tuple[str, int, Codec], ...] = (
    ("result_code", 0x27, _BYTE),
    ("amount", 0x04, _AMOUNT),
    ("trace_number", 0x0B, _DIGITS),
    ("original_trace", 0x37, _DIGITS),
    ("time", 0x0C, _DIGITS),
    ("date", 0x0D, _DIGITS),
    ("card_sequence", 0x17, _DIGITS),
    ("payment_type", 0x19, _BYTE),
    ("masked_pan", 0x22, (lambda value: mask_pan(digits(value)), _digits_to_bytes)),
    ("terminal_id", 0x29, _DIGITS),
    ("contract_number", 0x2A, (_TEXT[0], lambda text: encode_text(text.ljust(15)))),
    ("authorisation_attribute", 0x3B, (_TEXT[0], lambda text: encode_text(text).ljust(8, b"\0"))),
    ("additional_text", 0x3C, _TEXT),
    ("currency", 0x49, (_currency, currency_bytes)),
    ("totals", 0x60, (Totals.decode, Totals.encode)),
    ("receipt_number", 0x87, _DIGITS),
    ("turnover_number", 0x88, _DIGITS),
    ("card_type", 0x8A, _BYTE),
    ("card_name", 0x8B, _NAME),
    ("host_code", 0xA0, _BYTE),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusInformation:
    """04 0F: the result of a command, and all that is known about it.

    Card data are masked while they are read; tracks are not read at all.
    """

    result_code: int | None = None
    amount: int | None = None
    trace_number: str | None = None
    original_trace: str | None = None
    time: str | None = None
    date: str | None = None
    card_sequence: str | None = None
    payment_type: int | None = None
    masked_pan: str | None = None
    terminal_id: str | None = None
    contract_number: str | None = None
    authorisation_attribute: str | None = None
    additional_text: str | None = None
    currency: str | None = None
    totals: Totals | None = None
    receipt_number: str | None = None
    turnover_number: str | None = None
    card_type: int | None = None
    card_name: str | None = None
    host_code: int | None = None
    tlvs: tuple[Tlv, ...] = ()

    @classmethod
    def parse(cls, apdu: Apdu) -> Self:
        """Read an APDU.

        Raises:
            WireError: A number is not written in digits.
        """
        values: dict[str, Any] = {}
        for name, number, (decode, _) in _FIELDS:
            value = apdu.value(number)
            if value:
                values[name] = decode(value)
        return cls(**values, tlvs=apdu.tlvs())

    def apdu(self) -> Apdu:
        """Return the message."""
        bitmaps = [
            Bitmap(number, encode(getattr(self, name)))
            for name, number, (_, encode) in _FIELDS
            if getattr(self, name) is not None
        ]
        if self.tlvs:
            bitmaps.append(container(*self.tlvs))
        return Apdu(shapes.STATUS_INFORMATION, bitmaps=tuple(bitmaps))

    def tag(self, tag: int) -> bytes | None:
        """Return the value of a TLV, however deep, or None."""
        return find(self.tlvs, tag)

    @property
    def long_trace(self) -> str | None:
        """The trace number; tag 1F2B holds it where BMP 0B is zero."""
        value = self.tag(tags.LONG_TRACE)
        return digits(value) if value else self.trace_number


@dataclass(frozen=True, slots=True)
class IntermediateStatus:
    """04 FF: what the terminal's display shows. `minutes` is a new T4."""

    status: int
    minutes: int | None = None
    lines: tuple[str, ...] = ()

    @classmethod
    def parse(cls, apdu: Apdu) -> Self:
        """Read an APDU; a time-out that is no number is taken for none."""
        minutes = apdu.head[1:2]
        known = bool(minutes) and minutes.hex().isdecimal()
        return cls(
            apdu.head[0] if apdu.head else 0,
            bcd_to_int(minutes) if known else None,
            tuple(_lines(apdu.tlvs(), tags.DISPLAY_TEXTS)),
        )

    def apdu(self) -> Apdu:
        """Return the message."""
        head = bytes([self.status])
        if self.minutes is not None or self.lines:
            head += int_to_bcd(self.minutes or 0, 1)
        texts = nest(tags.DISPLAY_TEXTS, (_line(text) for text in self.lines))
        bitmaps = (container(texts),) if self.lines else ()
        return Apdu(shapes.INTERMEDIATE_STATUS, head, bitmaps)


@dataclass(frozen=True, slots=True)
class StatusReport:
    """06 0F as the answer to 05 01: the terminal's state."""

    status_code: int | None = None
    software_version: str | None = None
    terminal_id: str | None = None

    @classmethod
    def parse(cls, apdu: Apdu) -> Self:
        """Read an APDU that was decoded as the answer to 05 01."""
        head, version = apdu.head, None
        if len(head) > 1:
            length, start = read_decimal_length(head, 0, 3)
            version = decode_text(head[start : start + length], CharacterSet.SEVEN_BIT)
        value = find(apdu.tlvs(), tags.TERMINAL_ID)
        return cls(head[-1] if head else None, version, digits(value) if value else None)

    def apdu(self) -> Apdu:
        """Return the message, without a version where there is none."""
        state = bytes([self.status_code or 0])
        if self.software_version is None:
            return Apdu(shapes.COMPLETION, state)
        version = encode_text(self.software_version, CharacterSet.SEVEN_BIT)
        prefix = bytes(0xF0 | int(place) for place in f"{len(version):03d}")
        return Apdu(shapes.COMPLETION, prefix + version + state)


@dataclass(frozen=True, slots=True)
class TerminalAbort:
    """06 1E: the command ended without success."""

    result_code: int
    extended_text: str | None = None
    receipt_numbers: tuple[str, ...] = ()
    """What is set aside, where that was asked (06 23)."""

    @classmethod
    def parse(cls, apdu: Apdu) -> Self:
        """Read an APDU."""
        text = find(apdu.tlvs(), tags.EXTENDED_ERROR_TEXT)
        code = apdu.head[0] if apdu.head else 0
        one = apdu.value(0x87)
        many = [tlv.value for tlv in walk(apdu.tlvs()) if tlv.tag == tags.RECEIPT_NUMBER]
        numbers = [one] * (one is not None) + many
        return cls(
            code,
            decode_text(text) if text else None,
            tuple(digits(number) for number in numbers if number and number != NO_RECEIPT_NUMBER),
        )

    def apdu(self) -> Apdu:
        """Return the message; several receipt numbers go into tag 23."""
        head = bytes([self.result_code])
        numbers = [int_to_bcd(int(number), 2) for number in self.receipt_numbers]
        match numbers:
            case []:
                return Apdu(shapes.ABORT, head)
            case [number]:
                return Apdu(shapes.ABORT, head, (Bitmap(0x87, number),))
        listed = nest(tags.OPEN_PRE_AUTHORISATIONS, (Tlv(tags.RECEIPT_NUMBER, n) for n in numbers))
        return Apdu(shapes.ABORT, head, (container(listed),))


@dataclass(frozen=True, slots=True)
class PrintLine:
    """06 D1: one line of a receipt."""

    text: str
    attribute: int = 0
    receipt_type: int | None = None

    @classmethod
    def parse(cls, apdu: Apdu, character_set: int = CharacterSet.CP437) -> Self:
        """Read an APDU."""
        kind = find(apdu.tlvs(), tags.RECEIPT_TYPE)
        attribute = apdu.head[0] if apdu.head else 0
        text = decode_text(apdu.head[1:], character_set)
        return cls(text, attribute, kind[0] if kind else None)

    def apdu(self) -> Apdu:
        """Return the message."""
        return Apdu(shapes.PRINT_LINE, bytes([self.attribute]) + encode_text(self.text))

    @property
    def ends_receipt(self) -> bool:
        """True when a cut follows this line."""
        return bool(self.attribute & LAST_LINE) and self.attribute != LAST_LINE


@dataclass(frozen=True, slots=True)
class PrintTextBlock:
    """06 D3: many lines of a receipt, or all of it."""

    lines: tuple[str, ...]
    receipt_type: int | None = None
    ends_receipt: bool = True
    signature_field: bool = False

    @classmethod
    def parse(cls, apdu: Apdu, character_set: int = CharacterSet.CP437) -> Self:
        """Read an APDU; its own tag 14 wins over `character_set`."""
        tlvs = apdu.tlvs()
        named = find(tlvs, tags.CHARACTER_SET)
        kind = find(tlvs, tags.RECEIPT_TYPE)
        information = find(tlvs, tags.RECEIPT_INFORMATION) or b"\0"
        attributes = [tlv.value[-1:] for tlv in walk(tlvs) if tlv.tag == tags.LINE_ATTRIBUTE]
        return cls(
            tuple(_lines(tlvs, tags.PRINT_TEXTS, named[0] if named else character_set)),
            kind[0] if kind else None,
            any(value and value[0] & LAST_LINE for value in attributes),
            bool(information[0] & SIGNATURE_FIELD),
        )

    def apdu(self) -> Apdu:
        """Return the message."""
        lines = [_line(text) for text in self.lines]
        if self.ends_receipt:
            lines.append(Tlv(tags.LINE_ATTRIBUTE, bytes([CUT])))
        named = [Tlv(tags.RECEIPT_TYPE, bytes([self.receipt_type]))] if self.receipt_type else []
        if self.signature_field:
            named.append(Tlv(tags.RECEIPT_INFORMATION, bytes([SIGNATURE_FIELD])))
        block = container(*named, nest(tags.PRINT_TEXTS, lines))
        return Apdu(shapes.PRINT_TEXT_BLOCK, bitmaps=(block,))


def _line(text: str) -> Tlv:
    return Tlv(tags.TEXT_LINE, encode_text(text))


def _lines(
    tlvs: Iterable[Tlv], group: int, character_set: int = CharacterSet.CP437
) -> Iterable[str]:
    for parent in walk(tlvs):
        if parent.tag == group:
            yield from (
                decode_text(tlv.value, character_set)
                for tlv in walk((parent,))
                if tlv.tag == tags.TEXT_LINE
            )
