"""A bar code scanner as USB sees it: reports with the code, and what kind of code it is.

    [report id] [byte count] [symbology identifier:3] [decoded data:56] … [continued:1 bit]

Which of them there are, and where, is what the report descriptor says; only the data is a must. A
longer code comes in several reports, of which all but the last say "continued". Without a byte
count the data ends where the zeros begin.

Source: HID Point of Sale Usage Tables 1.02, usage page 8Ch.
"""

from dataclasses import dataclass
from typing import Final

from drivers.wire import WireError
from drivers.wire.hid.descriptor import Field, ReportDescriptor

PAGE: Final = 0x008C_0000
APPLICATIONS: Final = tuple(PAGE | usage for usage in range(0x01, 0x06))
"""Badge reader, scanner, dumb scanner, cordless base, cradle."""
SYMBOLOGY: Final = (PAGE | 0xFB, PAGE | 0xFC, PAGE | 0xFD)
DECODED_DATA: Final = PAGE | 0xFE
CONTINUED: Final = PAGE | 0xFF
BYTE_COUNT: Final = 0x0001_003B
"""Generic Desktop: counted buffer's byte count."""


@dataclass(frozen=True)
class ScannedData:
    """One code.

    Attributes:
        symbology: The AIM identifier without its bracket, where the scanner says it.
        data: Of the code.
    """

    symbology: str | None
    data: bytes


class ScannerReports:
    """Puts reports together to codes.

    Args:
        descriptor: Of a bar code scanner.
        max_length: Bytes of one code.

    Raises:
        WireError: It is no scanner's.
    """

    def __init__(self, descriptor: ReportDescriptor, max_length: int) -> None:
        self._descriptor = descriptor
        self._max_length = max_length
        self._fields: dict[int, Field] = {}
        self._buffer = bytearray()
        self._symbology: str | None = None
        for field in _inputs(descriptor):
            if field.find(DECODED_DATA) is not None:
                self._fields = _beside(descriptor, field)
                break
        if DECODED_DATA not in self._fields:
            raise WireError("The reports hold no decoded data.")

    @property
    def unfinished(self) -> bool:
        """True while part of a code waits for its rest: watch for a silence."""
        return bool(self._buffer)

    def receive(self, report: bytes) -> ScannedData | None:
        """Take a report; return the code that it completed.

        Raises:
            WireError: It is too short, or more than any code. What came before is forgotten.
        """
        report_id, body = self._descriptor.split(report)
        if report_id != self._fields[DECODED_DATA].report_id:
            return None  # the trigger, or the status
        try:
            self._take(body)
        except WireError:
            self.forget()
            raise
        if self._flag(body):
            return None
        code = ScannedData(self._symbology, bytes(self._buffer))
        self.forget()
        return code if code.data else None

    def forget(self) -> int:
        """Drop what is unfinished; how many bytes it was."""
        length = len(self._buffer)
        self._buffer.clear()
        self._symbology = None
        return length

    def _take(self, body: bytes) -> None:
        data = bytes(
            value & 0xFF for value in _ones(self._fields[DECODED_DATA], DECODED_DATA, body)
        )
        count = self._fields.get(BYTE_COUNT)
        if count is None:
            data = data.rstrip(b"\0")
        else:
            length = _ones(count, BYTE_COUNT, body)[0]
            if length > len(data):
                raise WireError(f"A report counts {length} bytes, and has room for {len(data)}.")
            data = data[:length]
        if len(self._buffer) + len(data) > self._max_length:
            raise WireError(f"A code of more than {self._max_length} bytes.")
        self._buffer += data
        self._symbology = self._symbology or self._identifier(body)

    def _identifier(self, body: bytes) -> str | None:
        letters = ""
        for usage in SYMBOLOGY:
            field = self._fields.get(usage)
            letters += chr(_one(field, usage, body) & 0x7F) if field else ""
        identifier = letters.removeprefix("]")
        return identifier if len(identifier) == 2 and identifier.isalnum() else None  # noqa: PLR2004 - code character and modifier

    def _flag(self, body: bytes) -> bool:
        field = self._fields.get(CONTINUED)
        return field is not None and bool(_one(field, CONTINUED, body))


def is_scanner(descriptor: ReportDescriptor) -> bool:
    """True when the device is a bar code scanner."""
    return any(field.find(DECODED_DATA) is not None for field in _inputs(descriptor))


def _inputs(descriptor: ReportDescriptor) -> list[Field]:
    return [field for each in APPLICATIONS for field in descriptor.inputs(each)]


def _beside(descriptor: ReportDescriptor, data: Field) -> dict[int, Field]:
    """By usage, the fields of the report that holds the data."""
    found: dict[int, Field] = {}
    for field in _inputs(descriptor):
        if field.report_id == data.report_id:
            for usage in (*SYMBOLOGY, DECODED_DATA, CONTINUED, BYTE_COUNT):
                if field.find(usage) is not None and field.count:
                    found.setdefault(usage, field)
    return found


def _ones(field: Field, usage: int, body: bytes) -> tuple[int, ...]:
    """The values from the first that means `usage` on."""
    values = field.values(body)
    return values[min(field.find(usage) or 0, len(values) - 1) :]


def _one(field: Field, usage: int, body: bytes) -> int:
    return _ones(field, usage, body)[0]
