"""The result of a transaction as the terminal tells it: 04 0F, right and wrong.

Source: ZVT PA00P015 rev. 13.08, 04 0F and the tags of 2F and 60.
"""

import dataclasses
import random

from drivers.wire.zvt import codes, tags
from drivers.wire.zvt.apdu import Apdu
from drivers.wire.zvt.bitmaps import TLV_CONTAINER, Bitmap
from drivers.wire.zvt.messages import SIGNATURE_FIELD, StatusInformation
from drivers.wire.zvt.numbers import int_to_bcd, read_apdu_length, write_apdu_length
from drivers.wire.zvt.tlv import Tlv, encode_tlvs, nest
from simulators.control import Faults
from simulators.payment_terminal import leaks
from simulators.payment_terminal.cards import CARDS, Card
from simulators.payment_terminal.ledger import Entry

UNKNOWN_BITMAP = bytes.fromhex("99 01 02 03")
UNKNOWN_TAG = Tlv(0x1F7E, b"\xca\xfe")
TOO_LONG = bytes.fromhex("8b f9 f9") + b"Debit"
"""A card name that announces 99 bytes."""
OFFLINE, ONLINE = 0x40, 0x60
"""BMP 19 in 04 0F."""
POSITIVE_RECEIPT = 0x01


def status_information(entry: Entry) -> StatusInformation:
    """Return 04 0F for an entry of the books."""
    card = CARDS[entry.card]
    approved = entry.result_code == codes.OK
    shows_pan = bool(card.masked_pan)
    rest = max(0, entry.asked_amount - entry.amount)
    return StatusInformation(
        result_code=entry.result_code,
        amount=entry.amount,
        trace_number=f"{entry.trace_number:06d}",
        original_trace=None if entry.original_trace is None else f"{entry.original_trace:06d}",
        date=entry.at[:4],
        time=entry.at[4:],
        payment_type=OFFLINE if entry.offline else ONLINE,
        masked_pan=card.masked_pan if shows_pan else None,
        terminal_id=entry.terminal_id,
        contract_number="SIMULATOR",
        authorisation_attribute=f"{entry.trace_number:06d}" if approved else None,
        currency=entry.currency,
        receipt_number=f"{entry.receipt_number:04d}" if approved else None,
        turnover_number=f"{entry.trace_number:06d}" if approved else None,
        card_type=card.card_type or None,
        card_name=card.name,
        tlvs=(
            _payment_info(entry),
            *_application(card),
            *([Tlv(tags.REMAINING_AMOUNT, int_to_bcd(rest, 6))] if rest and approved else []),
            *_receipt_information(entry),
        ),
    )


def unknown_card(card: Card, terminal_id: str) -> StatusInformation:
    """Return 04 0F for a card that pays nothing: 7A and its UID."""
    uid = bytes.fromhex(card.uid).rjust(10, b"\0")
    return StatusInformation(
        result_code=codes.CARD_UNKNOWN, terminal_id=terminal_id, tlvs=(Tlv(tags.CARD_UID, uid),)
    )


def card_information(card: Card, terminal_id: str, *, contactless: bool) -> StatusInformation:
    """Return 04 0F for a card that was only read."""
    technology = Tlv(tags.CARD_TECHNOLOGY, b"\x02" if contactless else b"\x01")
    uid = bytes.fromhex(card.uid).rjust(10, b"\0")
    if not card.pays:
        return StatusInformation(
            result_code=codes.OK,
            terminal_id=terminal_id,
            tlvs=(Tlv(tags.CARD_UID, uid), technology),
        )
    pseudonym = Tlv(tags.CARD_PSEUDONYM, bytes.fromhex(card.pseudonym))
    return StatusInformation(
        result_code=codes.OK,
        masked_pan=card.masked_pan,
        terminal_id=terminal_id,
        card_type=card.card_type,
        card_name=card.name,
        tlvs=(Tlv(tags.CARD_UID, uid), pseudonym, technology, *_application(card)),
    )


def disfigured(result: StatusInformation, faults: Faults, chance: random.Random) -> Apdu:
    """Return 04 0F with what `faults` make of it, as long as it can be written as an APDU."""
    if faults.take("wrong_currency"):
        result = dataclasses.replace(result, currency="CHF")
    if "unknown_tag" in faults:
        result = dataclasses.replace(result, tlvs=(UNKNOWN_TAG, *result.tlvs))
    apdu = result.apdu()
    if "leaks_card_data" in faults:
        apdu = leaks.leaking(apdu)
    if "shuffled_bitmaps" in faults:
        bitmaps = list(apdu.bitmaps)
        chance.shuffle(bitmaps)
        apdu = Apdu(apdu.control, bitmaps=tuple(bitmaps))
    return apdu


def broken(apdu: Apdu, faults: Faults) -> bytes | None:
    """Return the bytes of 04 0F when they cannot be written as an APDU; else None."""
    rest = b""
    if faults.take("unknown_bitmap"):
        rest = UNKNOWN_BITMAP
    elif faults.take("llvar_too_long"):
        rest = TOO_LONG
    if not rest:
        return None
    plain = Apdu(apdu.control, bitmaps=_without_container(apdu.bitmaps))
    data = plain.encode()
    _, start = read_apdu_length(data, 2)
    body = data[start:] + rest
    return apdu.control.to_bytes(2, "big") + write_apdu_length(len(body)) + body


def _without_container(bitmaps: tuple[Bitmap, ...]) -> tuple[Bitmap, ...]:
    return tuple(bitmap for bitmap in bitmaps if bitmap.number != TLV_CONTAINER)


def _payment_info(entry: Entry) -> Tlv:
    unsigned = b"\x00" if entry.contactless else b"\x02"
    return nest(
        tags.PAYMENT_INFO,
        [
            Tlv(tags.CARDHOLDER_VERIFICATION, b"\x01" if entry.signed else unsigned),
            Tlv(tags.ONLINE, b"\x00" if entry.offline else b"\x01"),
            Tlv(tags.CARD_TECHNOLOGY, b"\x02" if entry.contactless else b"\x01"),
        ],
    )


def _application(card: Card) -> list[Tlv]:
    if not card.application_id:
        return []
    number = Tlv(tags.APPLICATION_ID, bytes.fromhex(card.application_id))
    return [Tlv(tags.APPLICATION, encode_tlvs([number]))]


def _receipt_information(entry: Entry) -> list[Tlv]:
    if not entry.signed:
        return []
    return [Tlv(tags.RECEIPT_INFORMATION, bytes([POSITIVE_RECEIPT | SIGNATURE_FIELD]))]
