"""What an ECR sends: one function for each command, and the answers that both ends give.

Passwords are a till's, six digits, and protect nothing but the terminal's menus; they stay out of
logs all the same.

Source: ZVT PA00P015 rev. 13.08, chapter 2; acknowledgements: 2.2 and 2.2.8.
"""

import enum
from collections.abc import Iterable, Sequence

from drivers.wire import WireError
from drivers.wire.currencies import CURRENCY_NUMBERS
from drivers.wire.zvt import shapes, tags
from drivers.wire.zvt.apdu import Apdu
from drivers.wire.zvt.bitmaps import Bitmap, container
from drivers.wire.zvt.numbers import int_to_bcd
from drivers.wire.zvt.text import CharacterSet, encode_text
from drivers.wire.zvt.tlv import Tlv


class Config(enum.IntFlag):
    """The config byte of Registration."""

    PAYMENT_RECEIPTS = 0x02
    """The ECR prints payment receipts."""
    ADMINISTRATION_RECEIPTS = 0x04
    """The ECR prints administration receipts."""
    INTERMEDIATE_STATUS = 0x08
    """The ECR wants 04 FF."""
    NO_AMOUNTS_BY_HAND = 0x10
    """Nobody may key amounts on the terminal."""
    NO_ADMINISTRATION_BY_HAND = 0x20
    """Nobody may call administration on the terminal."""
    PRINT_LINES = 0x80
    """Receipts arrive as lines; without it the ECR composes them from 04 0F."""


class RepeatService(enum.IntFlag):
    """The service byte of Repeat Receipt."""

    SEND_STATUS_INFORMATION = 0x01
    NO_PRINT = 0x02


class CardReading(enum.IntFlag):
    """What tag 1F15 asks for when a card is read."""

    SEND_PSEUDONYM = 0x80
    SEND_UID = 0x40


NO_RECEIPT_NUMBER = b"\xff\xff"
"""BMP 87: none; in 06 23 the question for what is set aside."""
DISPLAY_LINES = 8
"""Lines of a text, BMP F1 to F8."""
AUTOMATIC_PAYMENT_TYPE = 0x40
"""BMP 19 in 06 01: the terminal decides how the card pays."""


def acknowledge(*tlvs: Tlv) -> Apdu:
    """Return 80 00."""
    return Apdu(shapes.POSITIVE_ACK, bitmaps=(container(*tlvs),) if tlvs else ())


def refuse(code: int) -> Apdu:
    """Return 84 xx."""
    return Apdu(shapes.NEGATIVE_ACK_CLASS << 8 | code)


def registration(
    password: str, config: int, currency: str | None = None, tlvs: Iterable[Tlv] | None = None
) -> Apdu:
    """Return 06 00. `tlvs`, even none of them, says that TLV containers are welcome."""
    head = _password(password) + bytes([config])
    if currency is not None:
        head += currency_bytes(currency)
    bitmaps = () if tlvs is None else (container(*tlvs),)
    return Apdu(shapes.REGISTRATION, head, bitmaps)


def authorization(amount: int, currency: str, *tlvs: Tlv) -> Apdu:
    """Return 06 01 for `amount` minor units."""
    return _with_tlvs(shapes.AUTHORIZATION, b"", _payment(amount, currency), tlvs)


def pre_authorisation(amount: int, currency: str, *tlvs: Tlv) -> Apdu:
    """Return 06 22: set `amount` minor units aside."""
    return _with_tlvs(shapes.PRE_AUTHORISATION, b"", _payment(amount, currency), tlvs)


def partial_reversal(receipt_number: str, released: int, currency: str, *tlvs: Tlv) -> Apdu:
    """Return 06 23: book what was set aside under `receipt_number`, less `released` minor units.

    The amount of this command is what is given back, not what is booked (seen at EVerest/zvt).
    """
    return _with_tlvs(
        shapes.PARTIAL_REVERSAL, b"", _follow_up(receipt_number, released, currency), tlvs
    )


def open_pre_authorisations() -> Apdu:
    """Return 06 23 as the question for what is set aside; 06 1E B8 answers it."""
    return Apdu(shapes.PARTIAL_REVERSAL, bitmaps=(Bitmap(0x87, NO_RECEIPT_NUMBER),))


def book_total(receipt_number: str, amount: int, currency: str, *tlvs: Tlv) -> Apdu:
    """Return 06 24: book all that was set aside under `receipt_number`."""
    return _with_tlvs(shapes.BOOK_TOTAL, b"", _follow_up(receipt_number, amount, currency), tlvs)


def pre_authorisation_reversal(receipt_number: str, currency: str, *tlvs: Tlv) -> Apdu:
    """Return 06 25: set free what was set aside under `receipt_number`."""
    bitmaps = (
        Bitmap(0x87, _receipt_number(receipt_number)),
        Bitmap(0x49, currency_bytes(currency)),
    )
    return _with_tlvs(shapes.PRE_AUTHORISATION_REVERSAL, b"", bitmaps, tlvs)


def status_enquiry(password: str | None = None, service: int | None = None) -> Apdu:
    """Return 05 01; a service byte goes only with a password."""
    head = _password(password) if password is not None else b""
    bitmaps = () if service is None else (Bitmap(0x03, bytes([service])),)
    return Apdu(shapes.STATUS_ENQUIRY, head, bitmaps)


def repeat_receipt(password: str, service: RepeatService) -> Apdu:
    """Return 06 20."""
    return Apdu(shapes.REPEAT_RECEIPT, _password(password), (Bitmap(0x03, bytes([service])),))


def reversal(password: str, receipt_number: str, amount: int, currency: str, *tlvs: Tlv) -> Apdu:
    """Return 06 30 for the payment with `receipt_number` over `amount` minor units."""
    return _with_tlvs(
        shapes.REVERSAL,
        _password(password),
        _follow_up(receipt_number, amount, currency),
        tlvs,
    )


def refund(password: str, amount: int, currency: str, *tlvs: Tlv) -> Apdu:
    """Return 06 31: pay `amount` minor units to a card."""
    bitmaps = (Bitmap(0x04, int_to_bcd(amount, 6)), Bitmap(0x49, currency_bytes(currency)))
    return _with_tlvs(shapes.REFUND, _password(password), bitmaps, tlvs)


def end_of_day(password: str, *, forced: bool = False) -> Apdu:
    """Return 06 50."""
    mode = (container(Tlv(tags.END_OF_DAY_MODE, b"\x01")),) if forced else ()
    return Apdu(shapes.END_OF_DAY, _password(password), mode)


def diagnosis() -> Apdu:
    """Return 06 70: talk to the host."""
    return Apdu(shapes.DIAGNOSIS)


def initialisation(password: str) -> Apdu:
    """Return 06 93."""
    return Apdu(shapes.INITIALISATION, _password(password))


def set_clock(password: str, date: str, time: str) -> Apdu:
    """Return 06 91 with `YYMMDD` and `HHMMSS`, local time."""
    bitmaps = (Bitmap(0xAA, _digits(date, 3)), Bitmap(0x0C, _digits(time, 3)))
    return Apdu(shapes.SET_CLOCK, _password(password), bitmaps)


def read_card(timeout: int, *tlvs: Tlv) -> Apdu:
    """Return 06 C0; `timeout` in seconds, a bare byte in front of the bitmaps."""
    if not 0 <= timeout <= 0xFF:  # noqa: PLR2004 - one byte
        raise WireError(f"A card is not awaited for {timeout} seconds.")
    return _with_tlvs(shapes.READ_CARD, bytes([timeout]), (), tlvs)


def card_poll(*tlvs: Tlv) -> Apdu:
    """Return 06 E6."""
    return _with_tlvs(shapes.CARD_POLL, b"", (), tlvs)


def display_text(
    lines: Sequence[str], duration: int, character_set: int = CharacterSet.CP437
) -> Apdu:
    """Return 06 E0: show lines for `duration` seconds (0: until something else is shown)."""
    if len(lines) > DISPLAY_LINES:
        raise WireError(f"A terminal shows {DISPLAY_LINES} lines, not {len(lines)}.")
    texts = (
        Bitmap(0xF1 + place, encode_text(line, character_set)) for place, line in enumerate(lines)
    )
    return Apdu(shapes.DISPLAY_TEXT, bitmaps=(Bitmap(0xF0, bytes([duration])), *texts))


def synchronisation(receipt_number: str) -> Tlv:
    """Return tag 1F1F: the last receipt number that the till has booked.

    Raises:
        WireError: It is no number, or zero: a terminal may take that for one behind its first.
    """
    if not receipt_number.isdecimal() or int(receipt_number) == 0:
        raise WireError(f"{receipt_number!r} is no receipt number to be in step with.")
    return Tlv(tags.SYNCHRONISATION_ID, _receipt_number(receipt_number))


def abort_command() -> Apdu:
    """Return 06 B0."""
    return Apdu(shapes.ABORT_COMMAND)


def log_off() -> Apdu:
    """Return 06 02."""
    return Apdu(shapes.LOG_OFF)


def currency_bytes(currency: str) -> bytes:
    """Return the numeric code of an alphabetic one, as on the wire.

    Raises:
        WireError: The currency is not in the table.
    """
    try:
        return int_to_bcd(CURRENCY_NUMBERS[currency], 2)
    except KeyError:
        raise WireError(f"{currency} has no number here.") from None


def _payment(amount: int, currency: str) -> tuple[Bitmap, ...]:
    return (
        Bitmap(0x04, int_to_bcd(amount, 6)),
        Bitmap(0x49, currency_bytes(currency)),
        Bitmap(0x19, bytes([AUTOMATIC_PAYMENT_TYPE])),
    )


def _follow_up(receipt_number: str, amount: int, currency: str) -> tuple[Bitmap, ...]:
    return (
        Bitmap(0x87, _receipt_number(receipt_number)),
        Bitmap(0x04, int_to_bcd(amount, 6)),
        Bitmap(0x49, currency_bytes(currency)),
    )


def _with_tlvs(
    control: int, head: bytes, bitmaps: tuple[Bitmap, ...], tlvs: tuple[Tlv, ...]
) -> Apdu:
    return Apdu(control, head, (*bitmaps, container(*tlvs)) if tlvs else bitmaps)


def _receipt_number(text: str) -> bytes:
    return _digits(text, 2)


def _digits(text: str, size: int) -> bytes:
    if not text.isdecimal():
        raise WireError(f"{text!r} is no number.")
    return int_to_bcd(int(text), size)


def _password(password: str) -> bytes:
    if not password.isdecimal():
        raise WireError("A password is made of digits.")
    return int_to_bcd(int(password), shapes.PASSWORD)
