"""A report descriptor: which bits of which report say what.

Items are read one by one. Global items last until they change (and are put aside by Push), local
ones until the next main item, which lays out a field behind the one before in its report.

What a descriptor may ask for is bounded, because it comes from whatever somebody plugs in.

Source: Device Class Definition for HID 1.11, section 6.2.2.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

from drivers.wire import WireError

INPUT, OUTPUT, FEATURE = 8, 9, 11
"""Tags of the main items that lay out fields."""
HID_DESCRIPTOR, REPORT_DESCRIPTOR = 0x21, 0x22
"""Descriptor types (section 7.1)."""

MAX_DESCRIPTOR = 8192
MAX_FIELDS = 1024
MAX_USAGES = 1024
"""Of one field, ranges counted as one."""
MAX_REPORT_BITS = 8 * 8192
MAX_DEPTH = 32
"""Of collections, and of what Push puts aside."""

_COLLECTION, _END_COLLECTION = 10, 12
_APPLICATION = 1
_MAIN, _GLOBAL, _LOCAL = 0, 1, 2
_LONG_ITEM = 0xFE
_CONSTANT, _VARIABLE = 0x01, 0x02
_MAX_FIELD_BITS = 32
_HID_DESCRIPTOR_SIZE = 9


@dataclass(frozen=True)
class Field:
    """One main item: `count` values of `size` bits each.

    Attributes:
        kind: `INPUT`, `OUTPUT` or `FEATURE`.
        report_id: In which report; 0 where the descriptor has no ids.
        application: Usage of the outermost application collection, page in the upper 16 bits.
        offset: Bits before it in its report, the id not counted.
        size: Bits of a value.
        count: Values.
        usages: First and last of each range; what the values mean, in order, or (array) what a
            value may select.
        logical_minimum: For an array, the number of the first usage.
        flags: As in the item.
    """

    kind: int
    report_id: int
    application: int
    offset: int
    size: int
    count: int
    usages: tuple[tuple[int, int], ...]
    logical_minimum: int
    flags: int

    @property
    def constant(self) -> bool:
        """Padding."""
        return bool(self.flags & _CONSTANT)

    @property
    def variable(self) -> bool:
        """Each value has a meaning of its own; else (array) each value selects a usage."""
        return bool(self.flags & _VARIABLE)

    @property
    def end(self) -> int:
        """Bits up to its end."""
        return self.offset + self.size * self.count

    def usage(self, index: int) -> int | None:
        """The usage of that number; the last one holds for all that are beyond. None: it has none.

        Source: section 6.2.2.8.
        """
        for first, last in self.usages:
            if index <= last - first:
                return first + index
            index -= last - first + 1
        return self.usages[-1][1] if self.usages and self.variable else None

    def find(self, usage: int) -> int | None:
        """The number of a usage among the field's; None where it is not one of them."""
        index = 0
        for first, last in self.usages:
            if first <= usage <= last:
                return index + usage - first
            index += last - first + 1
        return None

    def values(self, body: bytes) -> tuple[int, ...]:
        """Read the values, unsigned, from a report without its id.

        Raises:
            WireError: The report is too short.
        """
        if len(body) * 8 < self.end:
            raise WireError(f"A report of {len(body)} bytes should have {(self.end + 7) // 8}.")
        if self.size == 8 and self.offset % 8 == 0:  # noqa: PLR2004 - whole bytes
            return tuple(body[self.offset // 8 : self.offset // 8 + self.count])
        return tuple(
            _bits(body, self.offset + self.size * index, self.size) for index in range(self.count)
        )


def _bits(body: bytes, offset: int, size: int) -> int:
    """A few bits out of many bytes; only the bytes are looked at that hold them."""
    window = int.from_bytes(body[offset // 8 : (offset + size + 7) // 8], "little")
    return window >> offset % 8 & (1 << size) - 1


@dataclass(frozen=True)
class ReportDescriptor:
    """What a device's reports hold.

    Attributes:
        fields: In the order in which they were laid out.
        has_ids: Whether each report begins with its id.
    """

    fields: tuple[Field, ...]
    has_ids: bool

    def inputs(self, application: int) -> tuple[Field, ...]:
        """The input fields of an application collection, padding left out."""
        return tuple(
            field
            for field in self.fields
            if field.kind == INPUT and field.application == application and not field.constant
        )

    def split(self, report: bytes) -> tuple[int, bytes]:
        """Part a report into its id (0 where there are none) and the rest.

        Raises:
            WireError: It is empty.
        """
        if not self.has_ids:
            return 0, report
        if not report:
            raise WireError("A report without its id.")
        return report[0], report[1:]


def descriptor_length(extra: bytes) -> int:
    """Return how long the report descriptor is, by the HID descriptor behind an interface.

    Raises:
        WireError: There is no HID descriptor, or it names none.
    """
    if len(extra) < _HID_DESCRIPTOR_SIZE or extra[1] != HID_DESCRIPTOR:
        raise WireError("The interface has no HID descriptor.")
    end = min(extra[0], len(extra))
    for at in range(6, end - 2, 3):
        if extra[at] == REPORT_DESCRIPTOR:
            return min(int.from_bytes(extra[at + 1 : at + 3], "little"), MAX_DESCRIPTOR)
    raise WireError("The HID descriptor names no report descriptor.")


def decode_descriptor(data: bytes) -> ReportDescriptor:
    """Read a report descriptor.

    Raises:
        WireError: It is cut off, contradicts itself, or asks for more than any device has.
    """
    if len(data) > MAX_DESCRIPTOR:
        raise WireError(f"A report descriptor of {len(data)} bytes.")
    reader = _Reader()
    for kind, tag, value in _items(data):
        reader.take(kind, tag, value)
    return reader.finish()


def _items(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Cut items apart: kind, tag and data of each. Long items are skipped: none is defined."""
    at = 0
    while at < len(data):
        prefix = data[at]
        if prefix == _LONG_ITEM:
            size = data[at + 1] + 2 if at + 1 < len(data) else MAX_DESCRIPTOR
        else:
            size = (0, 1, 2, 4)[prefix & 0x03]
        end = at + 1 + size
        if end > len(data):
            raise WireError(f"The item at byte {at} is cut off.")
        if prefix != _LONG_ITEM:
            yield prefix >> 2 & 0x03, prefix >> 4, data[at + 1 : end]
        at = end


@dataclass(frozen=True)
class _Globals:
    usage_page: int = 0
    logical_minimum: int = 0
    report_size: int = 0
    report_id: int = 0
    report_count: int = 0


_GLOBAL_NAMES = {
    0: "usage_page",
    1: "logical_minimum",
    7: "report_size",
    8: "report_id",
    9: "report_count",
}
_PUSH, _POP = 10, 11
_USAGE, _USAGE_MINIMUM, _USAGE_MAXIMUM = 0, 1, 2


class _Reader:
    """The state that items change."""

    def __init__(self) -> None:
        self._globals = _Globals()
        self._aside: list[_Globals] = []
        self._usages: list[tuple[int, int, bool]] = []
        self._minimum: tuple[int, bool] | None = None
        self._applications: list[int | None] = []
        self._fields: list[Field] = []
        self._lengths: dict[tuple[int, int], int] = {}
        self._has_ids = False

    def take(self, kind: int, tag: int, data: bytes) -> None:
        if kind == _MAIN:
            self._take_main(tag, int.from_bytes(data, "little"))
        elif kind == _GLOBAL:
            self._take_global(tag, data)
        elif kind == _LOCAL:
            self._take_local(tag, int.from_bytes(data, "little"), whole=len(data) > 2)  # noqa: PLR2004 - a usage with its page has four bytes

    def finish(self) -> ReportDescriptor:
        if self._applications:
            raise WireError("A collection does not end.")
        return ReportDescriptor(tuple(self._fields), self._has_ids)

    def _take_main(self, tag: int, value: int) -> None:
        if tag == _COLLECTION:
            self._begin_collection(value)
        elif tag == _END_COLLECTION:
            if not self._applications:
                raise WireError("A collection ends that has not begun.")
            self._applications.pop()
        elif tag in (INPUT, OUTPUT, FEATURE):
            self._lay_out(tag, value)
        self._usages.clear()
        self._minimum = None

    def _begin_collection(self, value: int) -> None:
        if len(self._applications) >= MAX_DEPTH:
            raise WireError("Collections within collections without end.")
        usages = self._combined()
        named = usages[0][0] if usages and value == _APPLICATION else None
        outer = next((each for each in self._applications if each is not None), None)
        self._applications.append(named if outer is None else outer)

    def _lay_out(self, kind: int, flags: int) -> None:
        now = self._globals
        key = (kind, now.report_id)
        offset = self._lengths.get(key, 0)
        count = now.report_count if now.report_size else 0  # values without bits are none
        end = offset + now.report_size * count
        if now.report_size > _MAX_FIELD_BITS or end > MAX_REPORT_BITS:
            raise WireError(f"A field of {now.report_count} values of {now.report_size} bits.")
        if len(self._fields) >= MAX_FIELDS:
            raise WireError("Fields without end.")
        self._lengths[key] = end
        application = self._applications[-1] if self._applications else None
        self._fields.append(
            Field(
                kind=kind,
                report_id=now.report_id,
                application=application or 0,
                offset=offset,
                size=now.report_size,
                count=count,
                usages=self._combined(),
                logical_minimum=now.logical_minimum,
                flags=flags,
            )
        )

    def _take_global(self, tag: int, data: bytes) -> None:
        if tag == _PUSH:
            if len(self._aside) >= MAX_DEPTH:
                raise WireError("More is put aside than any device needs.")
            self._aside.append(self._globals)
        elif tag == _POP:
            if not self._aside:
                raise WireError("Nothing was put aside.")
            self._globals = self._aside.pop()
        elif tag in _GLOBAL_NAMES:
            name = _GLOBAL_NAMES[tag]
            value = int.from_bytes(data, "little", signed=name == "logical_minimum")
            if name == "report_id":
                self._has_ids = True
                if not 0 < value <= 0xFF:  # noqa: PLR2004 - one byte
                    raise WireError(f"There is no report id {value}.")
            self._globals = dataclasses.replace(self._globals, **{name: value})

    def _take_local(self, tag: int, value: int, *, whole: bool) -> None:
        if tag == _USAGE:
            self._usages.append((value, value, whole))
        elif tag == _USAGE_MINIMUM:
            self._minimum = (value, whole)
        elif tag == _USAGE_MAXIMUM:
            if self._minimum is None:
                raise WireError("A range of usages has no beginning.")
            first, minimum_whole = self._minimum
            self._minimum = None
            if value < first:
                raise WireError(f"A range of usages from {first} to {value}.")
            self._usages.append((first, value, whole or minimum_whole))
        if len(self._usages) > MAX_USAGES:
            raise WireError("Usages without end.")

    def _combined(self) -> tuple[tuple[int, int], ...]:
        """Give each usage its page; the page counts that is set at the main item."""
        page = self._globals.usage_page << 16
        return tuple(
            (first, last) if whole else (page | first, page | last)
            for first, last, whole in self._usages
        )
