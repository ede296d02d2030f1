"""How a payment card is recognised, so that it can be refused; and nothing more.

What may stand here: the question for a payment card's list of applications, and the names of the
applications (AIDs) in the answer. What may not: GET PROCESSING OPTIONS, READ RECORD, the selection
of an application. Whoever is told that a card is one for payments asks it nothing further.

An honest doubt: a chip card may have no such list on its contacts (it is optional there). Nothing
but its answer to reset is read then.

Source: EMV Contactless, book B 2.10, 3.3 (PPSE); EMV book 1 4.3, 12.2 (PSE) and table 43.
"""

from collections.abc import Iterable

from drivers.wire import WireError
from drivers.wire.card.apdu import WARNINGS, Conversation, Response, ask, select_by_name
from drivers.wire.zvt.tlv import Tlv, decode_tlvs, encode_tlvs, nest, walk

PPSE = b"2PAY.SYS.DDF01"
"""The list of applications of a contactless card."""
PSE = b"1PAY.SYS.DDF01"
"""The same, on contacts."""

_FCI, _NAME, _PROPRIETARY, _DISCRETIONARY = 0x6F, 0x84, 0xA5, 0xBF0C
_ENTRY, _AID, _PRIORITY = 0x61, 0x4F, 0x87
LONGEST_AID = 16
"""Bytes; ISO/IEC 7816-5."""


def look_for_payment(directory: bytes) -> Conversation[bytes | None]:
    """Ask for the list of payment applications.

    Returns:
        The first application's AID, empty where the card has a list and names none; None where it
        is no payment card.
    """
    response = yield from ask(select_by_name(directory))
    if not is_list(response):
        return None
    return next(iter(application_ids(response.data)), b"")


def is_list(response: Response) -> bool:
    """True when the card has a list of payment applications, even if it is blocked."""
    return response.done or response.sw >> 8 in WARNINGS


def application_ids(fci: bytes) -> tuple[bytes, ...]:
    """The AIDs in the answer; none where it cannot be read."""
    try:
        found = walk(decode_tlvs(fci))
        return tuple(
            tlv.value for tlv in found if tlv.tag == _AID and 0 < len(tlv.value) <= LONGEST_AID
        )
    except WireError:
        return ()


def encode_list(directory: bytes, aids: Iterable[bytes]) -> bytes:
    """The answer of a card with these applications."""
    entries = [
        nest(_ENTRY, (Tlv(_AID, aid), Tlv(_PRIORITY, bytes((number,)))))
        for number, aid in enumerate(aids, 1)
    ]
    proprietary = nest(_PROPRIETARY, (nest(_DISCRETIONARY, entries),))
    return encode_tlvs((nest(_FCI, (Tlv(_NAME, directory), proprietary)),))
