"""A card on a PC/SC reader, from its answer to reset to what it says.

A payment card is looked for before anything else is asked, its UID included: who is one is refused
with nothing known of it but the name of its payment application.
"""

import dataclasses

from drivers.wire import WireError
from drivers.wire.card import emv, type_2, type_4
from drivers.wire.card.apdu import Command, Conversation, ask
from drivers.wire.card.atr import Technology, technology
from drivers.wire.card.ndef import Record, decode_message

GET_UID = Command(0xFF, 0xCA, 0x00, 0x00, le=256)
"""PC/SC part 3, 2.01.09, 3.2.2.1.3. Answered by the reader; a chip with contacts has none."""
LONGEST_UID = 10
_RANDOM = 0x08
_SINGLE = 4


@dataclasses.dataclass(frozen=True, slots=True)
class PaymentCard:
    """A card for payments; `aid` is its first application's name, empty where it names none."""

    aid: bytes


@dataclasses.dataclass(frozen=True, slots=True)
class Card:
    """Any other card.

    Attributes:
        uid: Empty where it has none, or a random one (phones): it says nothing then.
        records: Of its NDEF message.
        problem: Why its message could not be read, where it could not.
    """

    technology: Technology
    uid: bytes = b""
    records: tuple[Record, ...] = ()
    problem: str | None = None


def read_card(answer_to_reset: bytes) -> Conversation[Card | PaymentCard]:
    """Find out what lies on the reader.

    Raises:
        WireError: What answers is no card.
    """
    kind = technology(answer_to_reset)
    if kind in (Technology.CONTACT, Technology.ISO_DEP):
        payment = yield from look_for_payment(kind)
        if payment is not None:
            return payment
    uid = b""
    if kind is not Technology.CONTACT:
        uid = yield from _read_uid()
    return (yield from read_message(Card(kind, lasting_uid(uid))))


def look_for_payment(kind: Technology) -> Conversation[PaymentCard | None]:
    """Ask whether it is a card for payments; nothing else may be asked before."""
    directories = (emv.PPSE, emv.PSE) if kind is Technology.CONTACT else (emv.PPSE,)
    for directory in directories:
        aid = yield from emv.look_for_payment(directory)
        if aid is not None:
            return PaymentCard(aid)
    return None


def read_message(card: Card) -> Conversation[Card]:
    """Add what the card says. A message that cannot be read is its problem, no error."""
    try:
        if card.technology is Technology.TYPE_2:
            message = yield from type_2.read_message()
        elif card.technology in (Technology.ISO_DEP, Technology.CONTACT):
            message = yield from type_4.read_message()
        else:
            message = None
        return with_message(card, message)
    except WireError as error:
        return dataclasses.replace(card, problem=str(error))


def with_message(card: Card, message: bytes | None) -> Card:
    """Add the records of a message that was read."""
    try:
        return dataclasses.replace(card, records=decode_message(message or b""))
    except WireError as error:
        return dataclasses.replace(card, problem=str(error))


def lasting_uid(uid: bytes) -> bytes:
    """The UID, or nothing where it is another one at each tap (ISO/IEC 14443-3, 6.5.4)."""
    return b"" if len(uid) == _SINGLE and uid[0] == _RANDOM else uid


def _read_uid() -> Conversation[bytes]:
    response = yield from ask(GET_UID)
    return response.data if response.done and len(response.data) <= LONGEST_UID else b""
