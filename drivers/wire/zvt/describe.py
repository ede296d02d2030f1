"""An APDU in words, for support: names of fields, values, and never card data.

The result is made of JSON values. Card numbers keep their first 6 and last 4 digits; tracks,
PIN data, passwords and keys are only said to be there.

Source: the tables of this package.
"""

from collections.abc import Callable
from typing import Any

from drivers.wire import WireError
from drivers.wire.currencies import CURRENCIES
from drivers.wire.redaction import mask_pan, redact_text
from drivers.wire.zvt import codes, shapes, tags
from drivers.wire.zvt.apdu import Apdu, ApduReader, decode_apdu
from drivers.wire.zvt.bitmaps import BITMAPS, TLV_CONTAINER, Bitmap, Kind
from drivers.wire.zvt.messages import LAST_LINE, Totals
from drivers.wire.zvt.numbers import bcd_to_int, digits
from drivers.wire.zvt.serial import DLE, STX, SerialFrame, SerialReader
from drivers.wire.zvt.text import CharacterSet, decode_text
from drivers.wire.zvt.tlv import DEEPEST_NESTING, Tlv, children_or_none, encode_tlvs

Json = dict[str, Any]

HIDDEN = "[hidden]"


def describe(data: bytes) -> list[Json]:
    """Return one entry for each APDU in `data`, bare (TCP) or in serial frames.

    An entry has `control`, `name`, `length` and `fields`; a broken APDU has `error` instead of
    fields, and bytes at the end that make no APDU are an entry with `rest`.
    """
    if data[:2] == bytes([DLE, STX]):
        return _describe_serial(data)
    reader = ApduReader()
    reader.receive_data(data)
    entries = []
    answering = None
    while (frame := reader.next_frame()) is not None:
        entries.append(_describe_frame(frame, answering))
        control = int.from_bytes(frame[:2], "big")
        if not shapes.is_ack(control) and control >> 8 in {0x05, 0x06}:
            answering = control
    if reader.pending:
        entries.append({"rest": len(reader.pending), "error": "These bytes make no whole APDU."})
    return entries


def describe_apdu(apdu: Apdu, character_set: int = CharacterSet.CP437) -> Json:
    """Return one APDU in words."""
    named = next((tlv for tlv in apdu.tlvs() if tlv.tag == tags.CHARACTER_SET), None)
    if named and named.value:
        character_set = named.value[0]
    fields = [*_head(apdu, character_set)]
    fields += [_bitmap(bitmap, character_set) for bitmap in apdu.bitmaps]
    return {
        "control": f"{apdu.control:04X}",
        "name": shapes.control_name(apdu.control),
        "fields": fields,
    }


def redact_apdu(apdu: Apdu) -> Apdu:
    """Return the APDU without card data and passwords, for a recording that can be replayed.

    The middle of a card number becomes masked digits (E), all else that is secret zeros; sizes
    and lengths stay.
    """
    head = apdu.head
    if shapes.has_password(apdu.control):
        head = bytes(min(len(head), shapes.PASSWORD)) + head[shapes.PASSWORD :]
    elif apdu.control == shapes.PRINT_LINE:
        head = head[:1] + _redact_characters(head[1:])
    elif apdu.control not in _HEADS:
        head = _redact_digits(_redact_characters(head))
    return Apdu(apdu.control, head, tuple(map(_redact_bitmap, apdu.bitmaps)))


def _describe_serial(data: bytes) -> list[Json]:
    reader = SerialReader()
    reader.receive_data(data)
    entries: list[Json] = []
    while True:
        try:
            event = reader.next_event()
        except WireError as error:
            entries.append({"error": str(error)})
            continue
        if event is None:
            return entries
        if isinstance(event, SerialFrame):
            entries.append(_describe_frame(event.apdu, None))
        else:
            entries.append({"name": type(event).__name__})


def _describe_frame(frame: bytes, answering: int | None) -> Json:
    try:
        entry = describe_apdu(decode_apdu(frame, answering))
    except WireError as error:
        control = int.from_bytes(frame[:2], "big")
        entry = {
            "control": f"{control:04X}",
            "name": shapes.control_name(control),
            "error": redact_text(str(error)),
        }
    return {**entry, "length": len(frame)}


def _field(number: str, name: str, value: object) -> Json:
    return {"number": number, "name": name, "value": value}


def _head(apdu: Apdu, character_set: int) -> list[Json]:
    if shapes.is_negative_ack(apdu.control):
        return [_field("", "result code", _result(apdu.control & 0xFF))]
    if not apdu.head:
        return []
    if shapes.has_password(apdu.control):
        return _password_head(apdu.head)
    if apdu.control in _HEADS:
        return _HEADS[apdu.control](apdu.head, character_set)
    return [_field("", "data", redact_text(apdu.head.hex()))]


def _password_head(head: bytes) -> list[Json]:
    rest = head[shapes.PASSWORD :]
    fields = [_field("", "password", HIDDEN)]
    if rest:
        fields.append(_field("", "config byte", f"{rest[0]:02X}"))
    if rest[1:]:
        fields.append(_field("", "currency", _value(Kind.CURRENCY, rest[1:], 0)))
    return fields


def _abort_head(head: bytes, _: int) -> list[Json]:
    return [_field("", "result code", _result(head[0]))]


def _intermediate_head(head: bytes, _: int) -> list[Json]:
    text = codes.progress_text(head[0]) or "see the texts"
    fields = [_field("", "status", f"{head[0]:02X} {text}")]
    if head[1:]:
        fields.append(_field("", "T4 in minutes", digits(head[1:])))
    return fields


def _completion_head(head: bytes, _: int) -> list[Json]:
    state = _field("", "status", f"{head[-1]:02X} {codes.state_text(head[-1])}")
    if len(head) == 1:
        return [state]
    version = decode_text(head[3:-1], CharacterSet.SEVEN_BIT)
    return [_field("", "software version", redact_text(version)), state]


def _print_line_head(head: bytes, character_set: int) -> list[Json]:
    text = redact_text(_text(head[1:], character_set))
    cut = " last line" if head[0] & LAST_LINE and head[0] != LAST_LINE else ""
    return [_field("", "attribute", f"{head[0]:02X}{cut}"), _field("", "text", text)]


_HEADS: dict[int, Callable[[bytes, int], list[Json]]] = {
    shapes.ABORT: _abort_head,
    shapes.INTERMEDIATE_STATUS: _intermediate_head,
    shapes.COMPLETION: _completion_head,
    shapes.PRINT_LINE: _print_line_head,
}


def _bitmap(bitmap: Bitmap, character_set: int) -> Json:
    kind = BITMAPS[bitmap.number]
    number = f"{bitmap.number:02X}"
    if bitmap.number == TLV_CONTAINER:
        inner = Apdu(0, bitmaps=(bitmap,)).tlvs()
        return _field(number, kind.name, [_tlv(tlv, character_set) for tlv in inner])
    return _field(number, kind.name, _value(kind.kind, bitmap.value, character_set))


def _tlv(tlv: Tlv, character_set: int, depth: int = DEEPEST_NESTING) -> Json:
    known = tags.TAGS.get(tlv.tag, tags.TagType("unknown tag"))
    number = f"{tlv.tag:02X}"
    if tlv.constructed and known.kind is not Kind.SECRET and depth:
        inner = children_or_none(tlv)
        if inner:
            return _field(number, known.name, [_tlv(t, character_set, depth - 1) for t in inner])
    return _field(number, known.name, _value(known.kind, tlv.value, character_set))


def _value(kind: Kind, value: bytes, character_set: int) -> object:
    if kind is Kind.TEXT:
        return redact_text(_text(value, character_set))
    try:
        return _READERS[kind](value) if kind in _READERS else redact_text(value.hex())
    except WireError:
        return redact_text(value.hex())


def _text(value: bytes, character_set: int) -> str:
    try:
        return decode_text(value, character_set)
    except WireError:
        return decode_text(value)


def _currency(value: bytes) -> str:
    number = bcd_to_int(value)
    return CURRENCIES.get(number, f"{number:03d}")


def _result(code: int) -> str:
    return f"{code:02X} {codes.result_text(code)}"


def _totals(totals: Totals) -> Json:
    groups = zip(codes.TOTALS_BRANDS, totals.groups, strict=True)
    return {
        "first receipt": totals.first_receipt,
        "last receipt": totals.last_receipt,
        **{brand: {"count": count, "amount": amount} for brand, (count, amount) in groups},
    }


_READERS: dict[Kind, Callable[[bytes], object]] = {
    Kind.SECRET: lambda _: HIDDEN,
    Kind.PAN: lambda value: mask_pan(digits(value)),
    Kind.BINARY: lambda value: int.from_bytes(value, "big"),
    Kind.AMOUNT: bcd_to_int,
    Kind.CURRENCY: _currency,
    Kind.DIGITS: lambda value: redact_text(digits(value)),
    Kind.RESULT: lambda value: _result(value[0]) if value else "",
    Kind.TOTALS: lambda value: _totals(Totals.decode(value)),
}


def _redact_bitmap(bitmap: Bitmap) -> Bitmap:
    if bitmap.number == TLV_CONTAINER:
        inner = Apdu(0, bitmaps=(bitmap,)).tlvs()
        return Bitmap(bitmap.number, encode_tlvs(map(_redact_tlv, inner)))
    return Bitmap(bitmap.number, _redact_bytes(BITMAPS[bitmap.number].kind, bitmap.value))


def _redact_tlv(tlv: Tlv, depth: int = DEEPEST_NESTING) -> Tlv:
    kind = tags.TAGS[tlv.tag].kind if tlv.tag in tags.TAGS else Kind.HEX
    inner = children_or_none(tlv) if tlv.constructed and depth else ()
    if inner and kind is not Kind.SECRET:
        return Tlv(tlv.tag, encode_tlvs(_redact_tlv(child, depth - 1) for child in inner))
    return Tlv(tlv.tag, _redact_bytes(kind, tlv.value))


def _redact_bytes(kind: Kind, value: bytes) -> bytes:
    match kind:
        case Kind.SECRET:
            return bytes(len(value))
        case Kind.PAN:
            masked = mask_pan(digits(value)).replace("*", "E")
            return bytes.fromhex(masked.ljust(len(value) * 2, "F")[: len(value) * 2])
        case Kind.TEXT:
            return _redact_characters(value)
        case _:
            return _redact_digits(value)


def _redact_characters(value: bytes) -> bytes:
    text = value.decode("latin-1")
    redacted = redact_text(text)
    return redacted.encode("latin-1").ljust(len(value))[: len(value)]


def _redact_digits(value: bytes) -> bytes:
    dump = value.hex()
    redacted = redact_text(dump)
    if redacted == dump:
        return value
    return bytes(len(value))
