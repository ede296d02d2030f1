"""Message sequence ids (tag 1F73): which message an acknowledgement answers.

The ECR offers them at its registration with 000000. Where the terminal's completion echoes the
tag, every APDU carries it from then on, acknowledgements too:

    a message      the number after the last one on the line, whoever used that; 999999 → 000001
    an answer      the number of the message that it answers
    a repeat       the number that it had the first time

So an acknowledgement that comes too late is told from the one that is awaited, and a message
that is repeated is answered once more and not taken twice.

Source: ZVT PA00P015 rev. 13.08, chapter 4 (synchronisation).
"""

import dataclasses

from drivers.wire import WireError
from drivers.wire.zvt import tags
from drivers.wire.zvt.apdu import Apdu
from drivers.wire.zvt.bitmaps import TLV_CONTAINER, Bitmap
from drivers.wire.zvt.numbers import bcd_to_int, int_to_bcd
from drivers.wire.zvt.tlv import Tlv, decode_tlvs, encode_tlvs, find

HIGHEST = 999999
SIZE = 3
"""Bytes, BCD."""

OFFER = Tlv(tags.MESSAGE_SEQUENCE_ID, bytes(SIZE))
"""What a registration says to ask for the ids, and a completion to grant them."""


class MessageIds:
    """The numbers of one connection. Not in use until `begin`: then nothing is changed."""

    def __init__(self) -> None:
        self._last: int | None = None

    @property
    def in_use(self) -> bool:
        """True when both sides number their messages."""
        return self._last is not None

    def begin(self) -> None:
        """Number from 000001 on."""
        self._last = 0

    def end(self) -> None:
        """Number no more: the registration has ended."""
        self._last = None

    def next_message(self, apdu: Apdu) -> Apdu:
        """Return `apdu` with the next number."""
        if self._last is None:
            return apdu
        self._last = self._last % HIGHEST + 1
        return numbered(apdu, self._last)

    def answer(self, reply: Apdu, to: Apdu) -> Apdu:
        """Return `reply` with the number of the message that it answers."""
        if self._last is None:
            return reply
        number = number_of(to)
        return reply if number is None else numbered(reply, number)

    def hear(self, apdu: Apdu) -> None:
        """Take note of the number of a message of the other side."""
        if self._last is not None and (number := number_of(apdu)) is not None:
            self._last = number


def number_of(apdu: Apdu) -> int | None:
    """Return the number of an APDU; None when it has none, or none that can be read."""
    try:
        value = find(apdu.tlvs(), tags.MESSAGE_SEQUENCE_ID)
        return bcd_to_int(value) if value else None
    except WireError:
        return None


def numbered(apdu: Apdu, number: int) -> Apdu:
    """Return `apdu` with its number, behind what its TLV container holds already."""
    tlv = Tlv(tags.MESSAGE_SEQUENCE_ID, int_to_bcd(number, SIZE))
    others = tuple(bitmap for bitmap in apdu.bitmaps if bitmap.number != TLV_CONTAINER)
    inner = decode_tlvs(apdu.value(TLV_CONTAINER) or b"")
    kept = [one for one in inner if one.tag != tags.MESSAGE_SEQUENCE_ID]
    return dataclasses.replace(
        apdu, bitmaps=(*others, Bitmap(TLV_CONTAINER, encode_tlvs([*kept, tlv])))
    )
