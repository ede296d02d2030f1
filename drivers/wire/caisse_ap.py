"""Caisse-AP over IP, version 3: how a French till and a payment terminal talk, as values.

Theory of operation. The till connects, sends one message and gets one message. A message is a row
of fields, `[tag:2 letters] [length:3 digits] [value:length]`, in ASCII, the version (CZ) first and
the others in any order. The answer repeats the request's fields and adds what became of it.

Nothing says where a message ends: no length, no last byte, no checksum. `FieldReader` only tells
whether whole fields have arrived, and whether they hold an outcome. The rest is patience.

The card number (AA) is masked where it is read, the expiry date (AB) is not read at all.

Source: akretion/caisse-ap-ip (one recorded exchange with an Ingenico Desk/5000, `CONCERT V3`;
client and server). The specification of the Association du Paiement was not read.
"""

import dataclasses
import enum
import re

from drivers.wire import WireError
from drivers.wire.currencies import CURRENCIES, CURRENCY_NUMBERS
from drivers.wire.redaction import mask_pan, redact_text

VERSION = "0300"
TAG, LENGTH = 2, 3
LARGEST_MESSAGE = 16 * 1024
"""Bytes. The recorded answer has 170."""
AMOUNT_DIGITS = 12

_TAG = re.compile("[A-Z]{2}")
_PRINTABLE = re.compile("[ -~]*")
_DIGITS = re.compile("[0-9]{1,12}")

Fields = dict[str, str]
"""The fields of one message in their order."""


class Direction(enum.StrEnum):
    """CD: which way the money goes."""

    DEBIT = "0"
    CREDIT = "1"


class Outcome(enum.StrEnum):
    """AE: what became of the request."""

    NOT_DONE = "01"
    DONE = "10"
    TAKEN_INTO_ACCOUNT = "11"
    """An answer before the outcome; only where the request asked for it (BA)."""


class Failure(enum.StrEnum):
    """AF: why it was not done."""

    REFUSED = "04"
    FORBIDDEN = "05"
    TIMED_OUT = "08"
    MISSING_FIELD = "09"
    ABANDONED = "11"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the till asks.

    Attributes:
        protocol_id: CJ, twelve digits: names the protocol, not this payment.
        till: CA, two digits.
        currency: ISO 4217, alphabetic.
        amount: Minor units.
    """

    protocol_id: str
    till: str
    currency: str
    amount: int
    direction: Direction = Direction.DEBIT

    def encode(self) -> bytes:
        """Return the message.

        Raises:
            WireError: The currency or the amount has no place in it.
        """
        if self.currency not in CURRENCY_NUMBERS:
            raise WireError(f"The terminal has no number for {self.currency}.")
        if not 0 <= self.amount < 10**AMOUNT_DIGITS:
            raise WireError("The amount does not fit into twelve digits.")
        return encode_fields(
            {
                "CZ": VERSION,
                "CJ": self.protocol_id,
                "CA": self.till,
                "CE": f"{CURRENCY_NUMBERS[self.currency]:03d}",
                "CB": f"{self.amount:0{AMOUNT_DIGITS}d}",
                "CD": self.direction.value,
            }
        )

    @classmethod
    def parse(cls, fields: Fields) -> "Request":
        """Return the request of a message.

        Raises:
            WireError: A field is missing or is not what it should be.
        """
        try:
            direction = Direction(_required(fields, "CD"))
        except ValueError as error:
            raise WireError("CD is no direction that is known.") from error
        return cls(
            protocol_id=_required(fields, "CJ"),
            till=_required(fields, "CA"),
            currency=_currency(_required(fields, "CE")),
            amount=_amount(_required(fields, "CB")),
            direction=direction,
        )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the terminal answers: the request once more, and its outcome.

    Attributes:
        outcome, failure: AE and AF; the latter as it came, since its list is open.
        card_pan: AA, masked.
        payment_kind: CC, such as `001`.
        contact: CI: True for a card in the slot, False for one held to the reader.
    """

    request: Request
    outcome: Outcome
    failure: str | None = None
    card_pan: str | None = None
    authorisation_number: str | None = None
    application_id: str | None = None
    payment_kind: str | None = None
    contact: bool | None = None
    contract_number: str | None = None

    @classmethod
    def parse(cls, fields: Fields) -> "Answer":
        """Return the answer of a message.

        Raises:
            WireError: A field is missing or is not what it should be.
        """
        try:
            outcome = Outcome(_required(fields, "AE"))
        except ValueError as error:
            raise WireError("AE is no outcome that is known.") from error
        pan = fields.get("AA")
        return cls(
            request=Request.parse(fields),
            outcome=outcome,
            failure=fields.get("AF"),
            card_pan=(mask_pan(pan) or None) if pan else None,
            authorisation_number=fields.get("AC"),
            application_id=fields.get("AI"),
            payment_kind=fields.get("CC"),
            contact={"1": True, "2": False}.get(fields.get("CI", "")),
            contract_number=fields.get("CG"),
        )

    def encode(self) -> bytes:
        """Return the message: the request's fields, then the outcome and what is known."""
        contact = {True: "1", False: "2", None: None}[self.contact]
        told = {
            "AE": self.outcome.value,
            "AF": self.failure,
            "CC": self.payment_kind,
            "CI": contact,
            "AC": self.authorisation_number,
            "AA": self.card_pan,
            "AI": self.application_id,
            "CG": self.contract_number,
        }
        own = encode_fields({tag: value for tag, value in told.items() if value is not None})
        return self.request.encode() + own


class FieldReader:
    """Finds the fields in a stream, however it is cut."""

    def __init__(self) -> None:
        self.fields: Fields = {}
        self._buffer = ""
        self._read = 0

    def receive_data(self, data: bytes) -> None:
        """Take bytes as they came; the fields that are whole stand in `fields` then.

        Raises:
            WireError: These are no fields: something else speaks on this port.
        """
        self._read += len(data)
        if self._read > LARGEST_MESSAGE:
            raise WireError("The message does not end.")
        text = data.decode("latin-1")
        if not _PRINTABLE.fullmatch(text):
            raise WireError("A message of Caisse-AP holds printable ASCII only.")
        self._buffer += text
        while self._take():
            pass

    @property
    def whole(self) -> bool:
        """True when no field is incomplete."""
        return not self._buffer

    @property
    def answered(self) -> bool:
        """True when the outcome has arrived. Its details may still come."""
        outcome = self.fields.get("AE", Outcome.TAKEN_INTO_ACCOUNT)
        return outcome != Outcome.TAKEN_INTO_ACCOUNT

    @property
    def asked(self) -> bool:
        """True when whole fields hold all that a request needs."""
        return self.whole and self.fields.keys() >= {"CZ", "CJ", "CA", "CE", "CB", "CD"}

    def _take(self) -> bool:
        """Move one field out of the buffer; False when none is whole."""
        tag, length = self._buffer[:TAG], self._buffer[TAG : TAG + LENGTH]
        if len(tag) == TAG and not _TAG.fullmatch(tag):
            raise WireError("A field begins with no tag.")
        if length and not length.isdecimal():
            raise WireError("A field's length is no number.")
        if len(length) < LENGTH:
            return False
        start = TAG + LENGTH
        end = start + int(length)
        if len(self._buffer) < end:
            return False
        if tag in self.fields or (not self.fields and tag != "CZ"):
            raise WireError(f"The field {tag} stands where it cannot.")
        self.fields[tag] = self._buffer[start:end]
        self._buffer = self._buffer[end:]
        return True


def encode_fields(fields: Fields) -> bytes:
    """Return fields as they go over the wire.

    Raises:
        WireError: A tag, a value or its length cannot be sent.
    """
    parts = []
    for tag, value in fields.items():
        if not _TAG.fullmatch(tag) or not _PRINTABLE.fullmatch(value) or len(value) >= 10**LENGTH:
            raise WireError(f"The field {tag} cannot be sent.")
        parts.append(f"{tag}{len(value):0{LENGTH}d}{value}")
    return "".join(parts).encode("ascii")


def redact_fields(data: bytes) -> bytes:
    """Return a message without card data, for logs and recordings; what is none, as text."""
    reader = FieldReader()
    try:
        reader.receive_data(data)
        shown = {tag: redact_value(tag, value) for tag, value in reader.fields.items()}
        return encode_fields(shown)
    except WireError:
        return redact_text(data.decode("latin-1")).encode("latin-1")


def redact_value(tag: str, value: str) -> str:
    """Return a field's value without card data."""
    if tag == "AA":
        return mask_pan(value)
    return "*" * len(value) if tag == "AB" else redact_text(value)


def _required(fields: Fields, tag: str) -> str:
    if tag not in fields:
        raise WireError(f"The field {tag} is missing.")
    return fields[tag]


def _currency(number: str) -> str:
    if not _DIGITS.fullmatch(number) or int(number) not in CURRENCIES:
        raise WireError("CE is no currency that is known.")
    return CURRENCIES[int(number)]


def _amount(digits: str) -> int:
    if not _DIGITS.fullmatch(digits):
        raise WireError("CB is no amount.")
    return int(digits)
