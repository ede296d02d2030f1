"""A card in the field: how it is found, chosen and spoken to by radio.

    type A   26 → [ATQA:2] · 93 20 → [uid:4] [check:1] · 93 70 … → [SAK:1] · 95 … for a longer UID
    Type 2   30 [page] → [16]
    type B   05 00 10 → 50 [uid:4] [application:4] [protocol:3] · 1D [uid:4] … → 00
    type 4   E0 80 → [length] [T0] [TA] [TB] [TC] · 02 or 03, APDU → 02 or 03, response · B2 or B3: there?
    FeliCa   [6] 00 [system:2] [code] [slots] → [20] 01 [idm:8] [pmm:8] [system:2] · reads

Source: ISO/IEC 14443-3:2018, 6.5 and -4:2018, 7; NFC Forum Digital Protocol 1.1, 6.7 and 14; JIS X 6319-4.
"""  # noqa: E501 - a table

import functools
import operator

from drivers.wire import WireError
from simulators.cards.chips import ClassicCard, FelicaTag
from simulators.cards.deck import TYPE_B, VirtualCard

_SENSE = b"\x26"
_SENSE_B, _ATTRIB = b"\x05", b"\x1d"
_APPLICATION_B, _PROTOCOL_B = bytes(4), bytes.fromhex("008171")
"""No application family; frames of 256 bytes, ISO/IEC 14443-4, patience as above."""
_ASK_UID, _CHOOSE = 0x20, 0x70
_LEVELS = (0x93, 0x95)
_CASCADE, _MORE_UID = 0x88, 0x04
_SAK_MEMORY, _SAK_CLASSIC, _SAK_CHIP = 0x00, 0x08, 0x20
_ATQA = {False: b"\x44\x00", True: b"\x44\x03"}
_ATS = bytes.fromhex("0578771002")
"""Frames of 128 bytes, and patience for 0.3 ms times 2 to the 7th (NTAG 424 DNA)."""
_REQUEST, _BLOCK, _IS_THERE, _ACK = 0xE0, 0x02, 0xB2, 0xA2
_NUMBER = 0x01
_NAK = b"\x00"
_PMM = bytes.fromhex("01270043DEADBEEF")
_NDEF = b"\x12\xfc"


class Field:
    """A field with one card in it."""

    def __init__(self, card: VirtualCard) -> None:
        self._card = card
        classic = isinstance(card.made_of, ClassicCard)
        self._sak = _SAK_CLASSIC if classic else _SAK_MEMORY if card.memory else _SAK_CHIP

    def is_asked(self, technology: str, frame: bytes) -> bool:
        """True for a frame to this card that neither looks for cards nor chooses one."""
        return technology == self._card.radio and not self._is_polled(frame)

    def _is_polled(self, frame: bytes) -> bool:
        if isinstance(self._card.made_of, FelicaTag):
            return frame[1:2] == b"\0"
        if self._card.radio == TYPE_B:
            return frame[:1] == _SENSE_B
        return frame == _SENSE or frame[:1] in (bytes((level,)) for level in _LEVELS)

    def answer(self, technology: str, frame: bytes) -> bytes | None:
        """The card's frame; empty where it is of another technology; None for silence."""
        if technology != self._card.radio:
            return b""
        if isinstance(self._card.made_of, FelicaTag):
            return self._as_felica(self._card.made_of, frame)
        if self._card.radio == TYPE_B and frame[:1] in (_SENSE_B, _ATTRIB):
            return self._chosen_b(frame)
        if self._is_polled(frame):
            return self._chosen(frame)
        return self._as_memory(frame) if self._card.memory else self._as_chip(frame)

    def _chosen(self, frame: bytes) -> bytes | None:
        if frame == _SENSE:
            return _ATQA[self._card.chip is not None]
        level = _LEVELS.index(frame[0])
        part = self._parts[level]
        if frame[1] == _ASK_UID:
            return part
        if frame[1] != _CHOOSE or frame[2:7] != part:
            return None
        if level + 1 < len(self._parts):
            return bytes((_MORE_UID,))
        if self._card.chip is not None:
            self._card.chip.reset()
        return bytes((self._sak,))

    def _chosen_b(self, frame: bytes) -> bytes | None:
        if frame[:1] == _SENSE_B:
            return b"\x50" + self._card.uid + _APPLICATION_B + _PROTOCOL_B
        if frame[1:5] != self._card.uid:
            return None
        if self._card.chip is not None:
            self._card.chip.reset()
        return b"\0"

    @property
    def _parts(self) -> list[bytes]:
        """The UID as it is asked for: four bytes at a time, each with a check byte."""
        uid = self._card.uid
        parts = [uid] if len(uid) == 4 else [bytes((_CASCADE,)) + uid[:3], uid[3:]]  # noqa: PLR2004
        return [part + bytes((functools.reduce(operator.xor, part),)) for part in parts]

    def _as_memory(self, frame: bytes) -> bytes:
        tag = self._card.memory
        if tag is None or frame[:1] != b"\x30" or len(frame) != 2:  # noqa: PLR2004
            return _NAK
        return tag.read(frame[1]) or _NAK

    def _as_chip(self, frame: bytes) -> bytes | None:
        chip = self._card.chip
        if chip is None or not frame:
            return None
        kind, number = frame[0] & ~_NUMBER, frame[0] & _NUMBER
        if frame[0] == _REQUEST:
            return _ATS
        if kind == _IS_THERE:
            return bytes((_ACK | (number ^ 1),))
        return frame[:1] + chip.respond(frame[1:]) if kind == _BLOCK else None

    def _as_felica(self, tag: FelicaTag, frame: bytes) -> bytes | None:
        if self._is_polled(frame):
            wanted = frame[2:4]
            if wanted not in (b"\xff\xff", _NDEF):
                return None
            body = b"\x01" + tag.uid + _PMM + (_NDEF if frame[4:5] == b"\x01" else b"")
            return bytes((1 + len(body),)) + body
        try:
            return tag.respond(frame)
        except WireError:
            return None
