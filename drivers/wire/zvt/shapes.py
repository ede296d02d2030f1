"""Control fields: their names, and where in a data block the bitmaps begin.

`head_lengths` gives the possible lengths of the head, the likeliest first; the decoder takes the
first whose rest is made of bitmaps. A command that the tables lack may be anything: bitmaps, or
bytes that stay bytes.

Source: ZVT PA00P015 rev. 13.08, the commands' data blocks and the summary of commands.
"""

from collections.abc import Callable, Iterator

from drivers.wire import WireError
from drivers.wire.zvt.numbers import read_decimal_length

SET_CLOCK_OF_ECR = 0x0401
INPUT_REQUEST = 0x040D
MENU_REQUEST = 0x040E
STATUS_INFORMATION = 0x040F
INTERMEDIATE_STATUS = 0x04FF
STATUS_ENQUIRY = 0x0501
REGISTRATION = 0x0600
AUTHORIZATION = 0x0601
LOG_OFF = 0x0602
COMPLETION = 0x060F
ABORT = 0x061E
REPEAT_RECEIPT = 0x0620
PRE_AUTHORISATION = 0x0622
PARTIAL_REVERSAL = 0x0623
BOOK_TOTAL = 0x0624
PRE_AUTHORISATION_REVERSAL = 0x0625
REVERSAL = 0x0630
REFUND = 0x0631
END_OF_DAY = 0x0650
DIAGNOSIS = 0x0670
SET_CLOCK = 0x0691
INITIALISATION = 0x0693
ABORT_COMMAND = 0x06B0
READ_CARD = 0x06C0
PRINT_LINE = 0x06D1
PRINT_TEXT_BLOCK = 0x06D3
DISPLAY_TEXT = 0x06E0
CARD_POLL = 0x06E6
POSITIVE_ACK = 0x8000
NEGATIVE_ACK_CLASS = 0x84
NEGATIVE_ACK_REGISTRATION = 0x841E

CLASSES = frozenset({0x01, 0x04, 0x05, 0x06, 0x08, 0x0F, 0x80, 0x84})
"""First bytes of control fields; another one is another protocol on that port."""

NAMES: dict[int, str] = {
    SET_CLOCK_OF_ECR: "set clock of the ECR",
    INPUT_REQUEST: "input request",
    MENU_REQUEST: "menu request",
    STATUS_INFORMATION: "status information",
    INTERMEDIATE_STATUS: "intermediate status information",
    STATUS_ENQUIRY: "status enquiry",
    REGISTRATION: "registration",
    AUTHORIZATION: "authorization",
    LOG_OFF: "log-off",
    0x0603: "account balance request",
    0x0604: "activate card",
    0x0605: "procurement",
    0x0609: "top up prepaid card",
    0x060A: "tax free",
    0x060C: "book tip",
    COMPLETION: "completion",
    0x0610: "send turnover totals",
    0x0612: "print turnover receipts",
    0x0618: "reset terminal",
    0x061A: "print system configuration",
    0x061B: "set or reset terminal id",
    ABORT: "abort (terminal)",
    REPEAT_RECEIPT: "repeat receipt",
    0x0621: "telephonic authorisation",
    PRE_AUTHORISATION: "pre-authorisation",
    PARTIAL_REVERSAL: "partial reversal of a pre-authorisation",
    BOOK_TOTAL: "book total",
    PRE_AUTHORISATION_REVERSAL: "pre-authorisation reversal",
    REVERSAL: "reversal",
    REFUND: "refund",
    END_OF_DAY: "end of day",
    0x0651: "send offline transactions",
    0x0652: "partial reconciliation",
    DIAGNOSIS: "diagnosis",
    0x0679: "self-test",
    SET_CLOCK: "set clock",
    INITIALISATION: "initialisation",
    0x0695: "change password",
    ABORT_COMMAND: "abort (ECR)",
    READ_CARD: "read card",
    0x06C5: "close card session",
    0x06C6: "send APDUs",
    PRINT_LINE: "print line",
    PRINT_TEXT_BLOCK: "print text block",
    0x06D8: "dial-up",
    0x06D9: "transmit data",
    0x06DA: "receive data",
    0x06DB: "hang up",
    0x06DD: "transparent mode",
    DISPLAY_TEXT: "display text",
    0x06E1: "display text with function key input",
    0x06E2: "display text with numerical input",
    0x06E3: "PIN verification for customer card",
    0x06E4: "blocked list query",
    0x06E5: "MAC calculation",
    CARD_POLL: "card poll with authorisation",
    0x06E7: "display text with encrypted input",
    0x06F0: "display image",
    0x0801: "activate service mode",
    0x0802: "switch protocol",
    0x0810: "software update",
    0x0811: "read file",
    0x0812: "delete file",
    0x0813: "change configuration",
    0x0814: "write file",
    0x0830: "select language",
    0x0840: "change baud rate",
    0x0850: "activate card reader",
    POSITIVE_ACK: "positive acknowledgement",
}

BITMAPS_ONLY = frozenset(
    {
        SET_CLOCK_OF_ECR,
        STATUS_INFORMATION,
        AUTHORIZATION,
        LOG_OFF,
        0x0618,
        0x061A,
        PRE_AUTHORISATION,
        PARTIAL_REVERSAL,
        BOOK_TOTAL,
        PRE_AUTHORISATION_REVERSAL,
        DIAGNOSIS,
        ABORT_COMMAND,
        PRINT_TEXT_BLOCK,
        DISPLAY_TEXT,
    }
)
PASSWORD_FIRST = frozenset(
    {
        0x061B,
        REPEAT_RECEIPT,
        REVERSAL,
        REFUND,
        END_OF_DAY,
        0x0651,
        0x0652,
        SET_CLOCK,
        INITIALISATION,
    }
)
PASSWORD = 3
"""Bytes of a till's password, BCD."""
CURRENCY = 2
RESULT_WRONG_CURRENCY = 0x6F


def control_name(control: int) -> str:
    """Return the command's name in the words of the manual."""
    if is_negative_ack(control):
        return "negative acknowledgement"
    return NAMES.get(control, "positive acknowledgement" if is_ack(control) else "unknown command")


def is_ack(control: int) -> bool:
    """True for 80 xx and 84 xx: the answer to a command, never a command."""
    return control >> 8 in {0x80, NEGATIVE_ACK_CLASS}


def is_negative_ack(control: int) -> bool:
    """True for 84 xx except 84 00, which is as good as 80 00."""
    return control >> 8 == NEGATIVE_ACK_CLASS and control & 0xFF != 0


def has_password(control: int) -> bool:
    """True when the data block begins, or may begin, with the till's password."""
    return control in PASSWORD_FIRST | {REGISTRATION, STATUS_ENQUIRY}


def head_lengths(control: int, body: bytes, answering: int | None) -> Iterator[int]:
    """Yield the lengths that the head may have, the likeliest first."""
    if is_ack(control) and control != NEGATIVE_ACK_REGISTRATION:
        yield from (0, len(body))
    elif control in BITMAPS_ONLY:
        yield 0
    elif control in PASSWORD_FIRST:
        yield PASSWORD
    elif control == COMPLETION:
        yield from _completion(body, answering)
    elif control in _SPECIAL:
        yield from _SPECIAL[control](body)
    else:
        yield from (0, len(body))


def _registration(body: bytes) -> Iterator[int]:
    without_currency = PASSWORD + 1
    yield without_currency + CURRENCY if len(body) > without_currency else without_currency


def _status_enquiry(_: bytes) -> Iterator[int]:
    yield from (PASSWORD, 0)


def _intermediate_status(_: bytes) -> Iterator[int]:
    yield from (2, 1)  # terminals leave the time-out out in front of a TLV container


def _abort(body: bytes) -> Iterator[int]:
    if body[:1] == bytes([RESULT_WRONG_CURRENCY]):
        yield 1 + CURRENCY
    yield 1


def _read_card(_: bytes) -> Iterator[int]:
    yield 1


def _print_line(body: bytes) -> Iterator[int]:
    container = body.find(b"\x06", 1)  # no text holds this control character
    if container > 0:
        yield container
    if body:
        yield len(body)


def _completion(body: bytes, answering: int | None) -> Iterator[int]:
    status = [*_software_version(body), 1]
    if not body:
        yield 0
    elif answering == STATUS_ENQUIRY:
        yield from (*status, 0)
    else:
        yield from (0, *status)


def _software_version(body: bytes) -> Iterator[int]:
    try:
        length, start = read_decimal_length(body, 0, 3)
    except WireError:
        return
    yield start + length + 1


_SPECIAL: dict[int, Callable[[bytes], Iterator[int]]] = {
    REGISTRATION: _registration,
    STATUS_ENQUIRY: _status_enquiry,
    INTERMEDIATE_STATUS: _intermediate_status,
    ABORT: _abort,
    NEGATIVE_ACK_REGISTRATION: _abort,
    READ_CARD: _read_card,
    PRINT_LINE: _print_line,
}
