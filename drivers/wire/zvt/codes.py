"""What codes mean, as data: result codes, terminal states, the words of 04 FF, cards.

The sentences are for the clerk: what happened, and what helps. A vendor's own codes are an
overlay: a dictionary of the same form that is asked first.

Source: ZVT PA00P015 rev. 13.08, error messages, terminal status codes, 04 FF, card types; the
host's codes 01..63 belong to the network operator (ISO 8583 field 39 in most networks).
"""

from collections.abc import Mapping

OK = 0x00
WRONG_PIN = 0x37
CARD_UNREADABLE = 0x64
NO_CARD_DATA = 0x65
PROCESSING_ERROR = 0x66
NOT_REGISTERED = 0x6B
ABORTED = 0x6C
WRONG_CURRENCY = 0x6F
CARD_UNKNOWN = 0x7A
FUNCTION_NOT_POSSIBLE = 0x83
PROTOCOL_ERROR = 0x9A
PLEASE_WAIT = 0x9C
PARTIAL_ISSUE = 0x9D
RECEIVER_NOT_READY = 0xA0
ALREADY_REVERSED = 0xB4
REVERSAL_NOT_POSSIBLE = 0xB5
PRE_AUTHORISATION_ERROR = 0xB8
PRINTER_NOT_READY = 0xCC
RECONCILIATION_REQUIRED = 0xF0
SYSTEM_ERROR = 0xFF

LAST_HOST_CODE = 0x63

RESULTS: dict[int, str] = {
    0x00: "Approved.",
    0x01: "Declined: the customer should call the bank.",
    0x02: "Declined: the customer should call the bank.",
    0x03: "Declined: this shop is not known to the card network.",
    0x04: "Declined: the card must be kept.",
    0x05: "Declined by the bank.",
    0x0C: "Declined: invalid transaction.",
    0x0D: "Declined: invalid amount.",
    0x0E: "Declined: invalid card.",
    0x21: "Declined: the card has expired.",
    0x33: "Declined: not enough money on the account.",
    0x37: "Wrong PIN.",
    0x3D: "Declined: the card's limit is exceeded.",
    0x4B: "Declined: too many wrong PINs.",
    0x5B: "The bank cannot be reached. Try again in a minute.",
    0x64: "The card cannot be read. Try again, or another card.",
    0x65: "No card was read.",
    0x66: "The terminal could not process the payment. Try again.",
    0x67: "Not possible with this debit card.",
    0x68: "Not possible with this credit card.",
    0x6A: "The terminal's memory is full. Run the end of day.",
    0x6B: "The terminal does not know this till. It must log in again.",
    0x6C: "Cancelled at the terminal, or nobody presented a card.",
    0x6E: "This card is blocked.",
    0x6F: "The terminal does not take this currency.",
    0x71: "Not enough money on the card.",
    0x72: "The chip of the card has failed. Try another card.",
    0x73: "The card's data are wrong. Try another card.",
    0x74: "The terminal's keys are used up. Call its supplier.",
    0x75: "The terminal refused a text that is not authentic.",
    0x76: "This card is not accepted here.",
    0x77: "The end of day is not possible now.",
    0x78: "The card has expired.",
    0x79: "The card is not yet valid.",
    0x7A: "The terminal does not know this card.",
    0x7B: "The magnetic stripe may not be used. Insert the card.",
    0x7C: "The magnetic stripe may not be used. Insert the card.",
    0x7D: "The terminal's modem has failed. Call its supplier.",
    0x7E: "The magnetic stripe may not be used. Insert the card.",
    0x83: "The terminal cannot do this.",
    0x85: "The terminal has no key. Call its supplier.",
    0x89: "The PIN pad is broken. Call the terminal's supplier.",
    0x9A: "The terminal did not understand the till.",
    0x9B: "The terminal cannot reach the bank. Check its network.",
    0x9C: "The terminal is busy. Wait a moment.",
    0x9D: "Only a part of the goods was issued.",
    0xA0: "The terminal is not ready. Wait a moment.",
    0xA1: "The bank does not answer. Try again in a minute.",
    0xA3: "The terminal has no connection. Check its network.",
    0xA4: "The stored payments could not be submitted.",
    0xA5: "Forbidden by the terminal's security rules.",
    0xB1: "The terminal's memory is full. Run the end of day.",
    0xB2: "The terminal's journal is full. Run the end of day.",
    0xB4: "This payment has been reversed already.",
    0xB5: "This payment cannot be reversed.",
    0xB7: "The amount does not fit the pre-authorisation.",
    0xB8: "The pre-authorisation is not known or not possible.",
    0xBF: "The terminal's battery is low. Charge it.",
    0xC0: "The card lock of the terminal is broken. Call its supplier.",
    0xC1: "The merchant card is locked.",
    0xC2: "The terminal needs a diagnosis.",
    0xC3: "The amount is too high for this card.",
    0xC4: "The terminal's card profile is invalid. Call its supplier.",
    0xC5: "This way of paying is not supported.",
    0xC6: "The terminal does not take this currency.",
    0xC8: "The amount is too small.",
    0xC9: "The terminal's limit is too small for this amount.",
    0xCB: "The terminal takes euros only.",
    0xCC: "The terminal's printer is not ready. Check its paper.",
    0xCD: "Cashback is not possible with this card.",
    0xD2: "Not possible with this card.",
    0xDC: "A card is in the terminal. Take it out.",
    0xDD: "The card could not be ejected. Take it out.",
    0xDE: "The card was not inserted properly. Try again.",
    0xE0: "The terminal is being serviced from afar. Wait.",
    0xE2: "The card reader is broken. Call the terminal's supplier.",
    0xE3: "The reader's shutter is closed.",
    0xE4: "The terminal must be activated first.",
    0xE7: "A goods group is missing.",
    0xE8: "A goods group is not allowed with this card.",
    0xE9: "The card's restriction does not allow this.",
    0xEA: "The card's code does not allow this.",
    0xEB: "The terminal's PIN method is not supported.",
    0xEC: "The PIN could not be processed.",
    0xED: "The PIN pad is broken. Call the terminal's supplier.",
    0xF0: "The terminal wants an end of day first.",
    0xF1: "The terminal could not work offline.",
    0xF5: "The terminal's configuration over the network failed.",
    0xF6: "The terminal must be configured over the network first.",
    0xFA: "Stored payments could not be submitted.",
    0xFB: "The terminal's journal is damaged. Call its supplier.",
    0xFC: "A part of the terminal is missing or broken.",
    0xFD: "The terminal does not know this speed of the line.",
    0xFE: "The terminal does not know this register.",
    0xFF: "System error of the terminal.",
}

STATES: dict[int, str] = {
    0x00: "Ready.",
    0x51: "The terminal must be initialised.",
    0x62: "The terminal's clock must be set.",
    0x9C: "The terminal is busy.",
    0x9D: "The terminal waits for the rest of an issue of goods.",
    0xB1: "The terminal's memory is full. Run the end of day.",
    0xB2: "The terminal's journal is full. Run the end of day.",
    0xBF: "The terminal's battery is low. Charge it.",
    0xC0: "The card lock of the terminal is broken. Call its supplier.",
    0xC1: "The merchant card is locked.",
    0xC2: "The terminal needs a diagnosis.",
    0xC4: "The terminal's card profile is invalid. Call its supplier.",
    0xCC: "The terminal's printer is not ready. Check its paper.",
    0xDC: "A card is in the terminal. Take it out.",
    0xDF: "The terminal is out of order.",
    0xE0: "The terminal is being serviced from afar.",
    0xE1: "The card is still partly in the terminal. Take it out.",
    0xE2: "The card reader is broken. Call the terminal's supplier.",
    0xE3: "The reader's shutter is closed.",
    0xE4: "The terminal must be activated first.",
    0xF0: "The terminal wants an end of day first.",
    0xF6: "The terminal must be configured over the network first.",
}

PROGRESS: dict[int, str] = {
    0x00: "Confirm the amount",
    0x01: "Look at the PIN pad",
    0x02: "Look at the PIN pad",
    0x03: "Not accepted",
    0x04: "Waiting for the bank",
    0x05: "Taking the payment back",
    0x06: "Sending stored payments",
    0x07: "Card not accepted",
    0x08: "Card unknown",
    0x09: "Card expired",
    0x0A: "Present the card",
    0x0B: "Remove the card",
    0x0C: "Card cannot be read",
    0x0D: "Processing error",
    0x0E: "Please wait",
    0x0F: "End of day is running",
    0x10: "Invalid card",
    0x11: "Balance shown",
    0x12: "Terminal fault",
    0x13: "Payment not possible",
    0x14: "Not enough credit",
    0x15: "Wrong PIN",
    0x16: "Limit not sufficient",
    0x17: "Please wait",
    0x18: "Too many wrong PINs",
    0x19: "Card data wrong",
    0x1A: "Service mode",
    0x1B: "Approved",
    0x1C: "Approved",
    0x1D: "Declined",
    0x26: "Enter the mobile number",
    0x27: "Repeat the mobile number",
    0x28: "Choose the currency",
    0x29: "Choose the language",
    0x2A: "Insert the card to load",
    0x2B: "Working offline",
    0x2C: "Choose the application",
    0x66: "Limit not sufficient, remove the card",
    0x67: "Please wait, remove the card",
    0x68: "Card inserted",
    0x69: "Choose the currency conversion",
    0xC7: "Enter the mileage",
    0xC8: "Waiting for the cashier",
    0xC9: "Diagnosis is running",
    0xCA: "Initialisation is running",
    0xCB: "Journal full",
    0xCC: "Debit not possible, PIN needed",
    0xD2: "Dialling",
    0xD3: "Connected",
    0xE0: "Choose the application",
    0xE1: "Choose the language",
    0xE2: "Clean the card reader",
    0xF1: "Offline",
    0xF2: "Online",
    0xF3: "Offline transaction",
}
REMOVE_CARD_OFFSET = 0x40
"""41..5D mean what 01..1D mean, and: remove the card."""
SHOWN_BY_TAGS = 0xFF
"""The text of the status stands in tags 24 and 07."""

CARD_BRANDS: dict[int, str] = {
    0x02: "ec-cash",
    0x05: "girocard",
    0x06: "Mastercard",
    0x08: "American Express",
    0x0A: "Visa",
    0x0B: "Visa Electron",
    0x0C: "Diners",
    0x0D: "V PAY",
    0x0E: "JCB",
    0x2E: "Maestro",
}

TOTALS_BRANDS = ("girocard", "JCB", "Mastercard", "American Express", "Visa", "Diners", "others")
"""The order of the seven groups in BMP 60; the manual still says Eurocard for Mastercard."""


def result_text(code: int, overlay: Mapping[int, str] | None = None) -> str:
    """Return one sentence for a result code."""
    if overlay and code in overlay:
        return overlay[code]
    if code in RESULTS:
        return RESULTS[code]
    if code <= LAST_HOST_CODE:
        return f"Declined by the bank (code {code:02d})."
    return f"The terminal answered with code {code:02X}."


def state_text(code: int, overlay: Mapping[int, str] | None = None) -> str:
    """Return one sentence for a terminal status code."""
    if overlay and code in overlay:
        return overlay[code]
    return STATES.get(code, f"The terminal reports code {code:02X}.")


def progress_text(status: int) -> str | None:
    """Return what the terminal shows at an intermediate status, or None where only it knows."""
    if status in PROGRESS:
        return PROGRESS[status]
    shown = PROGRESS.get(status - REMOVE_CARD_OFFSET)
    return f"{shown}, remove the card" if shown else None


def removes_card(status: int) -> bool:
    """True when the intermediate status asks for the card to be taken out."""
    without = status - REMOVE_CARD_OFFSET
    return status == 0x0B or 0x01 <= without <= 0x1D or status in {0x66, 0x67}  # noqa: PLR2004
