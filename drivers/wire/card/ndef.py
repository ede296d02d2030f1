"""Messages on NFC tags: records, and what of them a till can read.

    [flags, tnf:1] [type length:1] [payload length:1 or 4] [id length:1]? [type] [id] [payload]

Records in pieces (chunked) are refused: no tag that a shop hands out has them.

Source: NFC Forum NDEF 1.0, 3.2; RTD URI 1.0, table 3; RTD Text 1.0, 3.2; RTD Smart Poster 1.0.
"""

import dataclasses
from collections.abc import Iterable, Iterator

from drivers.wire import WireError

LONGEST_MESSAGE = 8192
"""Bytes. An NTAG216 holds 888, a DESFire 32 KiB; no tag that a shop hands out is used so far."""
MOST_RECORDS = 32
DEEPEST_POSTER = 2
"""A smart poster holds a message, and that no other poster."""

_BEGIN, _END, _CHUNK, _SHORT, _WITH_ID = 0x80, 0x40, 0x20, 0x10, 0x08
_TNF = 0x07
WELL_KNOWN, MIME, ABSOLUTE_URI, EXTERNAL = 1, 2, 3, 4
_UTF_16 = 0x80
_LANGUAGE_LENGTH = 0x3F

URI_PREFIXES = (
    "", "http://www.", "https://www.", "http://", "https://", "tel:", "mailto:",
    "ftp://anonymous:anonymous@", "ftp://ftp.", "ftps://", "sftp://", "smb://", "nfs://", "ftp://",
    "dav://", "news:", "telnet://", "imap:", "rtsp://", "urn:", "pop:", "sip:", "sips:", "tftp:",
    "btspp://", "btl2cap://", "btgoep://", "tcpobex://", "irdaobex://", "file://", "urn:epc:id:",
    "urn:epc:tag:", "urn:epc:pat:", "urn:epc:raw:", "urn:epc:", "urn:nfc:",
)  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class Record:
    """One record.

    Attributes:
        tnf: What `type` is: `WELL_KNOWN`, `MIME`, `ABSOLUTE_URI` or `EXTERNAL`.
    """

    tnf: int
    type: bytes
    payload: bytes
    id: bytes = b""

    @property
    def kind(self) -> str:
        """What it is: `uri`, `text`, a media type, an external type, or `other`."""
        match self.tnf, self.type:
            case (1, b"U" | b"Sp") | (3, _):
                return "uri"
            case 1, b"T":
                return "text"
            case ((2 | 4), name):
                return name.decode("ascii", "replace")
            case _:
                return "other"

    @property
    def text(self) -> str | None:
        """The address or the text that it holds; None where it holds neither."""
        return _text(self, DEEPEST_POSTER)


def decode_message(data: bytes) -> tuple[Record, ...]:
    """Read a message. An empty one has no records.

    Raises:
        WireError: It is cut off, too long, in pieces, or does not end.
    """
    if len(data) > LONGEST_MESSAGE:
        raise WireError(f"The message has {len(data)} bytes.")
    return tuple(_records(data))


def encode_message(records: Iterable[Record]) -> bytes:
    """Return the bytes of a message, every length in its shortest form."""
    found = tuple(records)
    return b"".join(
        _encode(record, first=number == 0, last=number == len(found) - 1)
        for number, record in enumerate(found)
    )


def uri(address: str) -> Record:
    """A record with an address, abbreviated as far as it goes."""
    code, prefix = max(
        ((code, prefix) for code, prefix in enumerate(URI_PREFIXES) if address.startswith(prefix)),
        key=lambda found: len(found[1]),
    )
    return Record(WELL_KNOWN, b"U", bytes((code,)) + address[len(prefix) :].encode())


def text(words: str, language: str = "en") -> Record:
    """A record with a text."""
    return Record(WELL_KNOWN, b"T", bytes((len(language),)) + language.encode() + words.encode())


def _records(data: bytes) -> Iterator[Record]:
    position = 0
    for number in range(MOST_RECORDS):
        if position == len(data):
            if number:
                raise WireError("The message does not end.")
            return
        record, position, last = _decode(data, position)
        yield record
        if last:
            return
    raise WireError(f"The message has more than {MOST_RECORDS} records.")


def _decode(data: bytes, position: int) -> tuple[Record, int, bool]:
    reader = _Reader(data, position)
    flags = reader.number(1)
    if flags & _CHUNK:
        raise WireError("The record is in pieces.")
    type_length = reader.number(1)
    payload_length = reader.number(1 if flags & _SHORT else 4)
    id_length = reader.number(1) if flags & _WITH_ID else 0
    kind, name = reader.take(type_length), reader.take(id_length)
    record = Record(flags & _TNF, kind, reader.take(payload_length), name)
    return record, reader.position, bool(flags & _END)


def _encode(record: Record, *, first: bool, last: bool) -> bytes:
    short = len(record.payload) < 256  # noqa: PLR2004 - what one byte counts to
    flags = record.tnf | (_BEGIN if first else 0) | (_END if last else 0)
    flags |= (_SHORT if short else 0) | (_WITH_ID if record.id else 0)
    head = bytes((flags, len(record.type))) + len(record.payload).to_bytes(1 if short else 4, "big")
    if record.id:
        head += bytes((len(record.id),))
    return head + record.type + record.id + record.payload


def _text(record: Record, depth: int) -> str | None:
    match record.tnf, record.type:
        case 1, b"U":
            return _address(record.payload)
        case 1, b"T":
            return _words(record.payload)
        case 1, b"Sp" if depth:
            return _poster(record.payload, depth - 1)
        case 2, kind if kind.startswith(b"text/"):
            return _utf_8(record.payload)
        case 3, _:
            return _utf_8(record.type)
    return None


def _address(payload: bytes) -> str | None:
    if not payload or payload[0] >= len(URI_PREFIXES):
        return None
    rest = _utf_8(payload[1:])
    return None if rest is None else URI_PREFIXES[payload[0]] + rest


def _words(payload: bytes) -> str | None:
    if not payload:
        return None
    words = payload[1 + (payload[0] & _LANGUAGE_LENGTH) :]
    if not payload[0] & _UTF_16:
        return _utf_8(words)
    try:
        return words.decode("utf-16" if words[:2] in (b"\xfe\xff", b"\xff\xfe") else "utf-16-be")
    except UnicodeDecodeError:
        return None


def _poster(payload: bytes, depth: int) -> str | None:
    try:
        records = decode_message(payload)
    except WireError:
        return None
    addresses = (_text(record, depth) for record in records if record.kind == "uri")
    return next(addresses, None)


def _utf_8(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


class _Reader:
    """Takes bytes from the front."""

    def __init__(self, data: bytes, position: int) -> None:
        self._data = data
        self.position = position

    def take(self, length: int) -> bytes:
        end = self.position + length
        if end > len(self._data):
            raise WireError("The record is cut off.")
        taken = self._data[self.position : end]
        self.position = end
        return taken

    def number(self, length: int) -> int:
        return int.from_bytes(self.take(length), "big")
