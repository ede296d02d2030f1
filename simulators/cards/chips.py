"""What cards are made of: memory, files, counters and keys."""

import secrets
from collections.abc import Callable, Sequence
from typing import Protocol

from drivers.wire import WireError
from drivers.wire.card import emv, sun, type_2, type_3, type_4
from drivers.wire.card.apdu import DONE, NOT_FOUND, Command, Response, decode_command
from drivers.wire.card.ndef import Record, encode_message, uri

NTAG216_PAGES = 231
_NTAG216_ROOM = 0x6D
_WRONG_INSTRUCTION = 0x6D00
_WRONG_OFFSET = 0x6B00
_MESSAGE_FILE = b"\xe1\x04"
_FILE_SIZE = 256
_RANDOM = 5

Message = Callable[[], bytes]
"""Makes a tag's message, which may be another one at each tap."""


class Chip(Protocol):
    """A card of ISO/IEC 14443-4, or one with contacts."""

    def reset(self) -> None:
        """It lost its power, and has it again."""
        ...

    def respond(self, command: bytes) -> bytes:
        """Answer a command."""
        ...


class MemoryTag:
    """An NTAG216: pages of 4 bytes that anybody may read."""

    def __init__(self, uid: bytes, records: Sequence[Record] = ()) -> None:
        self.uid = uid
        capabilities = bytes((type_2.MAGIC, 0x10, _NTAG216_ROOM, 0x00))
        blocks = type_2.with_message(encode_message(records))
        start = uid[:3] + b"\0" + uid[3:] + bytes(5)
        memory = start[: type_2.CAPABILITY_PAGE * type_2.PAGE] + capabilities + blocks
        self._memory = memory.ljust(NTAG216_PAGES * type_2.PAGE, b"\0")

    def read(self, page: int) -> bytes | None:
        """Four pages; None behind the last one."""
        start = page * type_2.PAGE
        if page >= NTAG216_PAGES:
            return None
        return (self._memory + self._memory)[start : start + type_2.AT_ONCE]


class ClassicCard:
    """A MIFARE Classic, which lets nobody read without its keys."""

    def __init__(self, uid: bytes) -> None:
        self.uid = uid

    def read(self, page: int) -> bytes | None:
        """Nothing, whichever block is asked for."""
        del page
        return None


class FelicaTag:
    """A Type 3 tag."""

    def __init__(self, idm: bytes, records: Sequence[Record]) -> None:
        self.uid = idm
        message = encode_message(records)
        attributes = type_3.Attributes(type_3.MOST_AT_ONCE, len(message))
        padded = message.ljust(len(attributes.blocks) * type_3.BLOCK, b"\0")
        self._blocks = type_3.encode_attributes(attributes) + padded

    def respond(self, command: bytes) -> bytes | None:
        """Answer a read; None where another tag is meant."""
        idm, numbers = type_3.decode_read(command)
        if idm != self.uid:
            return None
        blocks = [self._blocks[number * type_3.BLOCK :][: type_3.BLOCK] for number in numbers]
        return type_3.encode_blocks(idm, b"".join(blocks))


class FileChip:
    """A Type 4 tag: an application with two files."""

    def __init__(self, message: Message) -> None:
        self._message = message
        self._files: dict[bytes, bytes] = {}
        self._selected: bytes | None = None

    def reset(self) -> None:
        """Forget what was selected."""
        self._files, self._selected = {}, None

    def respond(self, command: bytes) -> bytes:
        """Answer a command."""
        try:
            return self._respond(decode_command(command)).encode()
        except WireError:
            return Response(b"", 0x6700).encode()

    def _respond(self, command: Command) -> Response:
        match command.ins, command.p1:
            case 0xA4, 0x04:
                return self._select_application(command.data)
            case 0xA4, 0x00:
                self._selected = command.data if command.data in self._files else None
                return Response(b"", NOT_FOUND if self._selected is None else DONE)
            case 0xB0, _ if self._selected is not None:
                return self._read(command)
            case _:
                return Response(b"", _WRONG_INSTRUCTION)

    def _select_application(self, name: bytes) -> Response:
        if name != type_4.APPLICATION:
            return Response(b"", NOT_FOUND)
        message = self._message()
        self._files = {
            type_4.CAPABILITIES: type_4.capabilities(_MESSAGE_FILE, _FILE_SIZE, 128),
            _MESSAGE_FILE: len(message).to_bytes(2, "big") + message,
        }
        return Response(b"", DONE)

    def _read(self, command: Command) -> Response:
        content = self._files[self._selected or b""]
        offset = command.p1 << 8 | command.p2
        if offset >= len(content):
            return Response(b"", _WRONG_OFFSET)
        return Response(content[offset : offset + (command.le or 256)], DONE)


class SunMessage:
    """The message of an NTAG 424 DNA: another one at each tap.

    Args:
        address: With `{picc_data}`, `{mac}` and, where the tag mirrors its file, `{file_data}`. The
            MAC covers what stands between `{covered}` and `{mac}`.
        file: What it mirrors, 16 bytes.
    """

    def __init__(
        self, uid: bytes, address: str, meta_key: bytes, file_key: bytes, file: bytes = b""
    ) -> None:
        self._uid = uid
        self._address = address
        self._meta_key = meta_key
        self._file_key = file_key
        self._file = file
        self._last = b""
        self.counter = 0
        self.copied = False
        """Say what was said the last time: a copy of a tag can do no better."""

    def __call__(self) -> bytes:
        """The message of one more tap."""
        if not (self.copied and self._last):
            self.counter += 1
            self._last = encode_message([uri(self._filled())])
        return self._last

    def _filled(self) -> str:
        tap = sun.Tap(self._uid, self.counter)
        picc_data = sun.seal_picc_data(self._meta_key, tap, secrets.token_bytes(_RANDOM))
        file_data = sun.seal_file_data(self._file_key, tap, self._file) if self._file else b""
        address = self._address.replace("{picc_data}", picc_data.hex().upper())
        address = address.replace("{file_data}", file_data.hex().upper())
        before, _, rest = address.rpartition("{mac}")
        start, mark, covered = before.partition("{covered}")
        mac = sun.mac(self._file_key, tap, covered.encode() if mark else b"")
        return start + covered + mac.hex().upper() + rest


class PaymentChip:
    """A bank card that answers who it is, and counts whoever asks on.

    It has no number to give away: what it counts is that it was asked.
    """

    def __init__(self, aids: Sequence[bytes]) -> None:
        self._aids = aids
        self.asked_on = 0

    def reset(self) -> None:
        """Nothing to forget."""

    def respond(self, command: bytes) -> bytes:
        """Answer a command."""
        name = command[5:-1]
        if command[:2] == b"\x00\xa4" and name == emv.PPSE:
            return Response(emv.encode_list(name, self._aids), DONE).encode()
        self.asked_on += 1
        return Response(b"", NOT_FOUND).encode()
