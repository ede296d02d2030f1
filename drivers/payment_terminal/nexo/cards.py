"""What a terminal says of a card, in the family's words. No number without its mask.

Source: Adyen/adyen-openapi json/TerminalAPI-v1.json; terminals' own codes from recorded messages;
cardholder verification results: EMV Book 3, annex C3.
"""

import re

from drivers.payment_terminal import CardholderVerification, EntryMode
from drivers.wire.nexo import words
from drivers.wire.nexo.parts import CardData
from drivers.wire.nexo.payments import PaymentResult
from drivers.wire.redaction import mask_pan

_ENTRY_MODES: dict[str, EntryMode] = {
    words.EntryMode.CONTACTLESS: EntryMode.CONTACTLESS,
    words.EntryMode.TAPPED: EntryMode.CONTACTLESS,
    words.EntryMode.RFID: EntryMode.CONTACTLESS,
    words.EntryMode.ICC: EntryMode.CHIP,
    words.EntryMode.SYNCHRONOUS_ICC: EntryMode.CHIP,
    words.EntryMode.MAG_STRIPE: EntryMode.MAGSTRIPE,
    words.EntryMode.KEYED: EntryMode.MANUAL,
    words.EntryMode.MANUAL: EntryMode.MANUAL,
    "CLESS_CHIP": EntryMode.CONTACTLESS,
    "CLESS_SWIPE": EntryMode.CONTACTLESS,
    "MKE": EntryMode.MANUAL,
    "MSR": EntryMode.MAGSTRIPE,
}
_METHODS: dict[str, CardholderVerification] = {
    words.AuthenticationMethod.BYPASS: CardholderVerification.NONE,
    words.AuthenticationMethod.MANUAL_VERIFICATION: CardholderVerification.SIGNATURE,
    words.AuthenticationMethod.OFFLINE_PIN: CardholderVerification.PIN,
    words.AuthenticationMethod.ONLINE_PIN: CardholderVerification.PIN,
    words.AuthenticationMethod.PAPER_SIGNATURE: CardholderVerification.SIGNATURE,
    words.AuthenticationMethod.SIGNATURE_CAPTURE: CardholderVerification.SIGNATURE,
}
_EMV_METHODS = {
    **dict.fromkeys((0x01, 0x02, 0x04), CardholderVerification.PIN),
    **dict.fromkeys((0x03, 0x05, 0x1E), CardholderVerification.SIGNATURE),
    **dict.fromkeys((0x1F, 0x3F), CardholderVerification.NONE),
}
_EMV_METHOD = 0x3F
"""The bits of the first byte that name the method."""
_BRANDS = {
    "amex": "American Express",
    "bcmc": "Bancontact",
    "diners": "Diners Club",
    "discover": "Discover",
    "girocard": "girocard",
    "jcb": "JCB",
    "maestro": "Maestro",
    "mc": "Mastercard",
    "visa": "Visa",
    "vpay": "V PAY",
}


def brand_of(name: str | None) -> str | None:
    """Return the name of a card scheme as people write it."""
    return _BRANDS.get(name.lower(), name) if name else None


def masked_number(number: str | None) -> str | None:
    """Return a masked number without what stood between its digits in the field."""
    return mask_pan(re.sub(r"[^0-9*]", "", number)) if number else None


def entry_mode_of(card: CardData, code: str | None) -> EntryMode | None:
    """Return how the card was read, from its name or from the terminal's own code."""
    modes = (_ENTRY_MODES.get(mode) for mode in (*card.entry_mode, code or ""))
    return next((mode for mode in modes if mode), None)


def verification_of(result: PaymentResult | None, emv: str | None) -> CardholderVerification | None:
    """Return how the customer was verified, from its name or from EMV's code of three bytes."""
    named = result.authentication_method if result else ()
    methods = [_METHODS[method] for method in named if method in _METHODS]
    if methods:
        return methods[-1]
    if emv is None or not re.fullmatch(r"[0-9A-Fa-f]{6}", emv):
        return None
    return _EMV_METHODS.get(int(emv[:2], 16) & _EMV_METHOD)
