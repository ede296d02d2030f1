"""The field of an NFC reader that the system has no driver for, through nfcpy.

nfcpy has the radio: it finds what lies in the field, and passes bytes on. Its own classes for tags
are not used: they wait 10 ms for an answer, and know nothing of payment cards.

Everything here blocks and belongs on a lane. nfcpy writes what it hears, UIDs included, into its
own log; that log is closed here.

Source: nfcpy 1.0.4; ISO/IEC 14443-4:2018, 5.2 (RATS); NFC Forum Digital 1.1, 13.6 (ATTRIB).
"""

import contextlib
import functools
import logging
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

import nfc  # type: ignore[import-untyped]  # nfcpy 1.0.4 has no types
from nfc.tag import TagCommandError  # type: ignore[import-untyped]  # as above
from nfc.tag.tt4 import IsoDepInitiator  # type: ignore[import-untyped]  # as above

from drivers.transport import LinkLostError
from drivers.wire.card.apdu import DONE, Response, decode_command
from drivers.wire.card.atr import Technology
from drivers.wire.card.type_2 import AT_ONCE, FIRST_PAGE

ANSWER_SECONDS = 0.5
"""For one answer of a tag: ten times what the slowest takes, and time for a busy machine."""
LOST = "The card was taken away too soon. Hold it again."
UNPLUGGED = "The NFC reader is unplugged. Check its cable."
NO_READER = (
    "There is no NFC reader at {path}. Check its cable, and that no other program uses it."
    " (A PN532 on USB may be held by the kernel's driver: modprobe -r pn533_usb.)"
)

_POLL_ANY, _POLL_NDEF = bytes.fromhex("0600FFFF0100"), bytes.fromhex("060012FC0100")
"""Polls of every FeliCa system, and of the one that holds NDEF (Type 3 Tag 1.2, 5.3)."""
_TYPE_A, _TYPE_B, _FELICA = "106A", "106B", "212F"
_SEL_ISO_DEP, _SEL_CLASSIC = 0x20, 0x08
_FRAME_SIZES = (16, 24, 32, 40, 48, 64, 96, 128, 256)
_FRAME_TIME = 4096 / 13.56e6
_LAST_FWI, _DEFAULT_FWI = 14, 4
_SOURCES = (("TA", 0x10), ("TB", 0x20), ("TC", 0x40))

logging.getLogger("nfc").setLevel(logging.CRITICAL)


class TagLostError(LinkLostError):
    """Raised when the tag went away or stopped to answer. The reader is still there."""


class Target(Protocol):
    """What lies in the field."""

    technology: Technology
    uid: bytes

    def exchange(self, command: bytes) -> bytes:
        """Send a command of the card's own kind: an APDU, or a command to a Type 3 tag.

        Raises:
            TagLostError: It is gone, or does not answer.
        """
        ...

    def is_there(self) -> bool:
        """True while it lies there."""
        ...


class Field:
    """The field of one reader."""

    def __init__(self, frontend: nfc.ContactlessFrontend) -> None:
        self._frontend = frontend
        self._wanted = [nfc.clf.RemoteTarget(kind) for kind in (_TYPE_A, _TYPE_B, _FELICA)]

    @classmethod
    def open(cls, path: str) -> "Field":
        """Open the reader at nfcpy's `path`.

        Raises:
            LinkLostError: It is not there, or cannot be opened.
        """
        frontend = nfc.ContactlessFrontend()
        try:
            found = frontend.open(path)
        except (OSError, ValueError) as error:
            raise LinkLostError(f"{NO_READER.format(path=path)} ({error})") from error
        if not found:
            raise LinkLostError(NO_READER.format(path=path))
        return cls(frontend)

    def find(self) -> Target | None:
        """Look into the field once; None where nothing that can be used lies there.

        Raises:
            TagLostError: Something lies there, and cannot be spoken to.
            LinkLostError: The reader is gone.
        """
        with _translated():
            found = self._frontend.sense(*self._wanted, iterations=1)
        return None if found is None else self._target(found)

    def still_has(self, uid: bytes) -> bool:
        """True while the card of type A with this UID lies there."""
        wanted = nfc.clf.RemoteTarget(_TYPE_A, sel_req=bytearray(uid))
        try:
            with _translated():
                return self._frontend.sense(wanted, iterations=1) is not None
        except TagLostError:
            return False

    def close(self) -> None:
        """Switch the field off and let go of the reader."""
        self._frontend.close()

    def _target(self, found: nfc.clf.RemoteTarget) -> Target | None:
        radio = _Radio(self._frontend)
        if found.brty == _FELICA:
            return _FelicaTag(radio, bytes(found.sensf_res))
        if found.brty == _TYPE_B:
            polled = bytes(found.sensb_res)
            begin = functools.partial(_begin_b, radio, polled)
            return _Chip(self._frontend, polled[1:5], begin)
        uid, kind = bytes(found.sdd_res or b""), found.sel_res[0] if found.sel_res else 0
        if kind & _SEL_ISO_DEP:
            return _Chip(self._frontend, uid, functools.partial(_begin_a, radio))
        if kind & _SEL_CLASSIC:
            return _ClassicCard(self, uid)
        return _MemoryTag(radio, uid)


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Tell what nfcpy raises in our words.

    Of a tag that goes away in the wrong moment nfcpy also raises what is no word of its own: it
    waits for a negative time, or takes the silence for bytes.
    """
    try:
        yield
    except (nfc.clf.Error, TagCommandError, IndexError, TypeError, ValueError) as error:
        raise TagLostError(LOST) from error
    except OSError as error:
        raise LinkLostError(f"{UNPLUGGED} ({error})") from error


class _Radio:
    """Sends bytes to what lies in the field."""

    def __init__(self, frontend: nfc.ContactlessFrontend) -> None:
        self._frontend = frontend

    def exchange(self, data: bytes) -> bytes:
        """As `Target.exchange`, without any frames."""
        with _translated():
            return bytes(self._frontend.exchange(data, ANSWER_SECONDS))

    def answers(self, data: bytes) -> bool:
        """True when anything comes back."""
        try:
            return bool(self.exchange(data))
        except TagLostError:
            return False


class _ClassicCard:
    """A MIFARE Classic: it is asked nothing, and only chosen again to see whether it is there."""

    technology = Technology.MIFARE_CLASSIC

    def __init__(self, field: Field, uid: bytes) -> None:
        self._field = field
        self.uid = uid

    def exchange(self, command: bytes) -> bytes:
        raise TagLostError(f"A MIFARE Classic is asked nothing, not {len(command)} bytes.")

    def is_there(self) -> bool:
        return self._field.still_has(self.uid)


class _MemoryTag:
    """A Type 2 tag."""

    technology = Technology.TYPE_2

    def __init__(self, radio: _Radio, uid: bytes) -> None:
        self._radio = radio
        self.uid = uid

    def exchange(self, command: bytes) -> bytes:
        """READ BINARY becomes READ, as a PC/SC reader does it."""
        page = decode_command(command).p2
        data = self._radio.exchange(bytes((0x30, page)))
        fits = len(data) == AT_ONCE
        return Response(data if fits else b"", DONE if fits else 0x6A82).encode()

    def is_there(self) -> bool:
        return self._radio.answers(bytes((0x30, FIRST_PAGE)))


class _FelicaTag:
    """A Type 3 tag."""

    technology = Technology.TYPE_3

    def __init__(self, radio: _Radio, polled: bytes) -> None:
        self._radio = radio
        self._selected = False
        self.uid = polled[1:9]

    def exchange(self, command: bytes) -> bytes:
        """Send it to the tag's NDEF system, where it has one."""
        if not self._selected:
            self._radio.answers(_POLL_NDEF)
            self._selected = True
        return self._radio.exchange(command)

    def is_there(self) -> bool:
        return self._radio.answers(_POLL_ANY)


class _Shape(NamedTuple):
    """What a chip says about its frames: their longest in bytes, and its patience in seconds."""

    size: int
    wait: float


class _Chip:
    """A card of ISO/IEC 14443-4, which is begun with when it is first spoken to."""

    technology = Technology.ISO_DEP

    def __init__(
        self, frontend: nfc.ContactlessFrontend, uid: bytes, begin: Callable[[], _Shape]
    ) -> None:
        self._frontend = frontend
        self._begin = begin
        self._blocks: IsoDepInitiator | None = None
        self.uid = uid

    def exchange(self, command: bytes) -> bytes:
        if self._blocks is None:
            shape = self._begin()
            size = min(shape.size, self._frontend.max_send_data_size)
            wait = max(shape.wait, ANSWER_SECONDS)
            self._blocks = IsoDepInitiator(self._frontend, size, wait)
        with _translated():
            return bytes(self._blocks.exchange(command))

    def is_there(self) -> bool:
        if self._blocks is None:
            return False
        try:
            with _translated():
                self._blocks.exchange(None)
        except TagLostError:
            return False
        return True


def _begin_a(radio: _Radio) -> _Shape:
    """Begin with a chip of type A: ask for its answer to select."""
    return _shape(radio.exchange(b"\xe0\x80"))


def _begin_b(radio: _Radio, polled: bytes) -> _Shape:
    """Begin with a chip of type B: select it by its number."""
    radio.exchange(b"\x1d" + polled[1:5] + b"\x00\x08\x01\x00")
    return _Shape(_size(polled[10] >> 4), _wait(polled[11] >> 4))


def _shape(answer_to_select: bytes) -> _Shape:
    """Read [length] [T0] [TA]? [TB]? [TC]?; T0 says which are there."""
    if len(answer_to_select) < 2:  # noqa: PLR2004 - no T0: everything by default
        return _Shape(32, _wait(_DEFAULT_FWI))
    formats, rest = answer_to_select[1], list(answer_to_select[2:])
    found = {name: rest.pop(0) for name, bit in _SOURCES if formats & bit and rest}
    return _Shape(_size(formats & 0x0F), _wait(found.get("TB", _DEFAULT_FWI << 4) >> 4))


def _size(index: int) -> int:
    return _FRAME_SIZES[min(index, len(_FRAME_SIZES) - 1)]


def _wait(index: int) -> float:
    return _FRAME_TIME * (1 << (index if index <= _LAST_FWI else _DEFAULT_FWI))
