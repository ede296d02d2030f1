"""What an ECR sends: one function for each command, and the answers that both ends give.

Passwords are a till's, six digits, and protect nothing but the terminal's menus; they stay out of
logs all the same.

Source: ZVT PA00P015 rev. 13.08, chapter 2; acknowledgements: 2.2 and 2.2.8.
"""

import enum
from collections.abc import Iterable

from drivers.wire import WireError
from drivers.wire.currencies import CURRENCY_NUMBERS
from drivers.wire.zvt import shapes, tags
from drivers.wire.zvt.apdu import Apdu
from drivers.wire.zvt.bitmaps import Bitmap, container
from drivers.wire.zvt.numbers import int_to_bcd
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
    bitmaps = (
        Bitmap(0x04, int_to_bcd(amount, 6)),
        Bitmap(0x49, currency_bytes(currency)),
        Bitmap(0x19, bytes([AUTOMATIC_PAYMENT_TYPE])),
    )
    return Apdu(shapes.AUTHORIZATION, bitmaps=(*bitmaps, container(*tlvs)) if tlvs else bitmaps)


def status_enquiry(password: str | None = None, service: int | None = None) -> Apdu:
    """Return 05 01; a service byte goes only with a password."""
    head = _password(password) if password is not None else b""
    bitmaps = () if service is None else (Bitmap(0x03, bytes([service])),)
    return Apdu(shapes.STATUS_ENQUIRY, head, bitmaps)


def repeat_receipt(password: str, service: RepeatService) -> Apdu:
    """Return 06 20."""
    return Apdu(shapes.REPEAT_RECEIPT, _password(password), (Bitmap(0x03, bytes([service])),))


def reversal(password: str, receipt_number: str, amount: int, currency: str) -> Apdu:
    """Return 06 30 for the payment with `receipt_number` over `amount` minor units."""
    if not receipt_number.isdecimal():
        raise WireError("A reversal names the receipt number of what it takes back.")
    bitmaps = (
        Bitmap(0x87, int_to_bcd(int(receipt_number), 2)),
        Bitmap(0x04, int_to_bcd(amount, 6)),
        Bitmap(0x49, currency_bytes(currency)),
    )
    return Apdu(shapes.REVERSAL, _password(password), bitmaps)


def end_of_day(password: str, *, forced: bool = False) -> Apdu:
    """Return 06 50."""
    mode = (container(Tlv(tags.END_OF_DAY_MODE, b"\x01")),) if forced else ()
    return Apdu(shapes.END_OF_DAY, _password(password), mode)


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


def _password(password: str) -> bytes:
    if not password.isdecimal():
        raise WireError("A password is made of digits.")
    return int_to_bcd(int(password), shapes.PASSWORD)
