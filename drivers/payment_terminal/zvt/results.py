"""From the terminal's words to the family's values.

Source: ZVT PA00P015 rev. 13.08, bitmaps of 04 0F, tags 1F10, 1F11, 1F12, 1F37, status codes.
"""

from collections.abc import Mapping

import msgspec

from drivers.payment_terminal import (
    AcquiredCard,
    BrandTotal,
    CardholderVerification,
    EntryMode,
    PaymentResult,
    Phase,
    ReconciliationResult,
    TerminalRequest,
    TerminalState,
    TerminalStatus,
)
from drivers.wire.redaction import redact_text
from drivers.wire.zvt import codes, tags
from drivers.wire.zvt.messages import StatusInformation, StatusReport, TerminalAbort
from drivers.wire.zvt.text import decode_text

VendorCodes = Mapping[int, str]
"""Sentences for result codes, asked before the manual's."""

DEFAULT_CURRENCY = "EUR"
"""What a terminal means that names no currency."""

_ENTRY_MODES = {0: EntryMode.MAGSTRIPE, 1: EntryMode.CHIP, 2: EntryMode.CONTACTLESS}
_VERIFICATIONS = {
    0x00: CardholderVerification.NONE,
    0x01: CardholderVerification.SIGNATURE,
    0x02: CardholderVerification.PIN,
    0x03: CardholderVerification.PIN,
    0x04: CardholderVerification.PIN,
    0x05: CardholderVerification.SIGNATURE,
    0x06: CardholderVerification.SIGNATURE,
    0x07: CardholderVerification.SIGNATURE,
}
_SIGNED = frozenset({0x01, 0x05, 0x06, 0x07})
_SIGNATURE_RECEIPT = 0x02

_OFFLINE_PAYMENT_TYPE = 0x40

_STATES = {
    0x00: TerminalState.IDLE,
    0x51: TerminalState.MAINTENANCE,
    0x62: TerminalState.MAINTENANCE,
    0x9C: TerminalState.BUSY,
    0x9D: TerminalState.BUSY,
    0xB1: TerminalState.NEEDS_RECONCILIATION,
    0xB2: TerminalState.NEEDS_RECONCILIATION,
    0xC1: TerminalState.LOCKED,
    0xC2: TerminalState.NEEDS_DIAGNOSIS,
    0xDC: TerminalState.BUSY,
    0xE0: TerminalState.MAINTENANCE,
    0xE1: TerminalState.BUSY,
    0xE4: TerminalState.LOCKED,
    0xF0: TerminalState.NEEDS_RECONCILIATION,
    0xF6: TerminalState.MAINTENANCE,
}

_PHASES = {
    0x01: Phase.PIN_ENTRY,
    0x02: Phase.PIN_ENTRY,
    0x04: Phase.AUTHORISING,
    0x05: Phase.AUTO_REVERSAL,
    0x0A: Phase.WAITING_FOR_CARD,
    0x15: Phase.PIN_ENTRY,
    0x2A: Phase.WAITING_FOR_CARD,
    0x68: Phase.CARD_READ,
    0xF2: Phase.AUTHORISING,
}


def phase_of(status: int) -> Phase:
    """Return where a payment stands at an intermediate status."""
    if codes.removes_card(status):
        return Phase.REMOVE_CARD
    return _PHASES.get(status, Phase.OTHER)


def terminal_status(report: StatusReport, terminal_id: str | None) -> TerminalStatus:
    """Return the family's status; without a code the terminal is ready."""
    code = report.status_code or 0
    return TerminalStatus(
        state=_STATES.get(code, TerminalState.OUT_OF_ORDER),
        status_code=f"{code:02X}",
        message=codes.state_text(code),
        terminal_id=report.terminal_id or terminal_id,
        software_version=report.software_version,
    )


def payment_result(
    information: StatusInformation,
    requested_amount: int | None,
    currency: str,
    vendor_codes: VendorCodes | None = None,
) -> PaymentResult:
    """Return what 04 0F says.

    A terminal that leaves the amount or the currency out means what was asked for. What it did
    with the receipts and whether it kept the booking come later.
    """
    code = information.result_code or 0
    amount = information.amount if information.amount is not None else requested_amount
    return PaymentResult(
        approved=code == codes.OK,
        cancelled=code == codes.ABORTED,
        result_code=f"{code:02X}",
        host_code=_host_code(information),
        message=_message(code, information, vendor_codes),
        requested_amount=amount or 0 if requested_amount is None else requested_amount,
        authorised_amount=amount if code == codes.OK else None,
        remaining_amount=_amount(information, tags.REMAINING_AMOUNT),
        currency=information.currency or currency,
        terminal_id=information.terminal_id,
        merchant_id=_clean(information.contract_number),
        receipt_number=information.receipt_number or None,
        trace_number=information.long_trace,
        original_trace=information.original_trace,
        turnover_number=information.turnover_number,
        authorization_code=information.authorisation_attribute or None,
        card_brand=_card_brand(information),
        application_label=_text(information, tags.APPLICATION_PREFERRED_NAME),
        application_id=_hex(information, tags.APPLICATION_ID),
        masked_pan=information.masked_pan,
        card_sequence=information.card_sequence,
        card_pseudonym=_hex(information, tags.CARD_PSEUDONYM),
        entry_mode=_ENTRY_MODES.get(_byte(information, tags.CARD_TECHNOLOGY)),
        cvm=_VERIFICATIONS.get(_byte(information, tags.CARDHOLDER_VERIFICATION)),
        offline_approved=_offline(information),
        terminal_time=_terminal_time(information),
        signature_required=_signature_required(information),
    )


def aborted_result(
    abort: TerminalAbort, request: TerminalRequest, vendor_codes: VendorCodes | None = None
) -> PaymentResult:
    """Return the decline that a terminal tells by 06 1E alone."""
    code = abort.result_code
    return PaymentResult(
        approved=False,
        cancelled=code == codes.ABORTED,
        result_code=f"{code:02X}",
        message=_sentence(code, abort.extended_text, vendor_codes),
        requested_amount=request.amount,
        currency=request.currency,
    )


def reversed_result(committed: PaymentResult, abort: TerminalAbort) -> PaymentResult:
    """Return a yes that the terminal has taken back."""
    return msgspec.structs.replace(
        committed,
        approved=False,
        reversed=True,
        result_code=f"{abort.result_code:02X}",
        message="The terminal approved it and then took it back. No money moves.",
    )


def acquired_card(information: StatusInformation) -> AcquiredCard | None:
    """Return the card that was read; None when 04 0F says that there was none.

    A card that the terminal does not know and whose UID it tells pays nothing: it is a key.
    """
    code = information.result_code or 0
    uid = card_uid(information)
    payment_card = code == codes.OK and _is_payment_card(information)
    if not payment_card and uid is None:
        return None
    return AcquiredCard(
        payment_card=payment_card,
        card_pseudonym=_hex(information, tags.CARD_PSEUDONYM) or (None if payment_card else uid),
        card_brand=_card_brand(information) if payment_card else None,
        masked_pan=information.masked_pan,
        application_id=_hex(information, tags.APPLICATION_ID),
        entry_mode=_ENTRY_MODES.get(_byte(information, tags.CARD_TECHNOLOGY)),
    )


def card_uid(information: StatusInformation) -> str | None:
    """Return the UID of a contactless card, without the zeros that pad it."""
    value = information.tag(tags.CARD_UID)
    return value.lstrip(b"\0").hex().upper() or None if value else None


def reconciliation_result(
    information: StatusInformation, currency: str, vendor_codes: VendorCodes | None = None
) -> ReconciliationResult:
    """Return the totals of an end of day."""
    code = information.result_code or 0
    groups = information.totals.groups if information.totals else ()
    return ReconciliationResult(
        approved=code == codes.OK,
        result_code=f"{code:02X}",
        message="" if code == codes.OK else codes.result_text(code, vendor_codes),
        currency=information.currency or currency,
        total=information.amount or 0,
        totals=tuple(
            BrandTotal(brand, count, amount)
            for brand, (count, amount) in zip(codes.TOTALS_BRANDS, groups, strict=False)
            if count or amount
        ),
        terminal_id=information.terminal_id,
        trace_number=information.long_trace,
    )


def _message(code: int, information: StatusInformation, vendor_codes: VendorCodes | None) -> str:
    error = _text(information, tags.EXTENDED_ERROR_TEXT)
    text = error or (information.additional_text if code != codes.OK else None)
    return _sentence(code, text, vendor_codes)


def _sentence(code: int, terminal_text: str | None, vendor_codes: VendorCodes | None) -> str:
    sentence = codes.result_text(code, vendor_codes)
    if not terminal_text:
        return sentence
    return redact_text(f"{sentence} The terminal says: {terminal_text.strip()}")


def _host_code(information: StatusInformation) -> str | None:
    """The host's own code: BMP A0 where it is not BCD, else a result code that is the host's."""
    if information.host_code is not None:
        return f"{information.host_code:02X}"
    code = information.result_code or 0
    return f"{code:02d}" if 0 < code <= codes.LAST_HOST_CODE else None


def _is_payment_card(information: StatusInformation) -> bool:
    named = (information.masked_pan, information.card_type, information.card_name)
    return any(named) or information.tag(tags.APPLICATION_ID) is not None


def _card_brand(information: StatusInformation) -> str | None:
    brand = codes.CARD_BRANDS.get(information.card_type or 0)
    return brand or _clean(information.card_name)


def _offline(information: StatusInformation) -> bool | None:
    online = information.tag(tags.ONLINE)
    if online:
        return online[0] == 0
    if information.payment_type is None:
        return None
    return information.payment_type == _OFFLINE_PAYMENT_TYPE


def _terminal_time(information: StatusInformation) -> str | None:
    date, time = information.date, information.time
    if not date or not time or not (date + time).isdecimal():
        return None
    return f"{date[:2]}-{date[2:]}T{time[:2]}:{time[2:4]}:{time[4:]}"


def _signature_required(information: StatusInformation) -> bool:
    receipt = _byte(information, tags.RECEIPT_INFORMATION)
    signed = _byte(information, tags.CARDHOLDER_VERIFICATION) in _SIGNED
    return signed or (receipt > 0 and bool(receipt & _SIGNATURE_RECEIPT))


def _byte(information: StatusInformation, tag: int) -> int:
    value = information.tag(tag)
    return value[0] if value else -1


def _amount(information: StatusInformation, tag: int) -> int | None:
    value = information.tag(tag)
    return int(value.hex()) if value and value.hex().isdecimal() else None


def _text(information: StatusInformation, tag: int) -> str | None:
    value = information.tag(tag)
    return _clean(decode_text(value).strip()) if value else None


def _clean(text: str | None) -> str | None:
    return redact_text(text) if text else None


def _hex(information: StatusInformation, tag: int) -> str | None:
    value = information.tag(tag)
    return value.hex().upper() if value else None
