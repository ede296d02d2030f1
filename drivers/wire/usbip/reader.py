"""The bytes of a connection to messages."""

import dataclasses

from drivers.wire import WireError
from drivers.wire.usb import decode_setup
from drivers.wire.usbip.operations import (
    BUS_ID_FORM,
    COMMON_FORM,
    COUNT_FORM,
    DEVICE_FORM,
    INTERFACE_FORM,
    VERSION,
    ExportedDevice,
    ExportedInterface,
    ImportReply,
    ImportRequest,
    ListReply,
    ListRequest,
)
from drivers.wire.usbip.transfers import (
    HEADER_FORM,
    NO_PACKETS,
    RESULT_FORM,
    SUBMIT_FORM,
    UNLINK_FORM,
    UNLINKED_FORM,
    Result,
    Submit,
    Unlink,
    Unlinked,
)

MAX_TRANSFER = 1 << 20
"""Bytes of one transfer; nothing on a counter sends half as much at once."""
MAX_DEVICES = 1024
"""In one list; a bus has 127 at most."""

_BODY = HEADER_FORM.size
_WHOLE = HEADER_FORM.size + SUBMIT_FORM.size
"""48 bytes: every message about a transfer has them."""

Message = (
    ListRequest | ListReply | ImportRequest | ImportReply | Submit | Result | Unlink | Unlinked
)


class UsbIpReader:
    """Turns the bytes of one connection into messages; serves the host and the one who borrows.

    After a `WireError` nothing in the stream can be trusted: close the connection.
    """

    def __init__(self) -> None:
        self._data = bytearray()
        self._incoming: set[int] = set()

    def expect(self, sequence: int) -> None:
        """Say that the transfer of this number, sent next, brings data in."""
        self._incoming.add(sequence)

    def forget(self, sequence: int) -> None:
        """Say that the transfer of this number was taken back: it has no result."""
        self._incoming.discard(sequence)

    def receive_data(self, data: bytes) -> None:
        """Add bytes as they came from the connection."""
        self._data += data

    def next_event(self) -> Message | None:
        """Return the next message, or None when more bytes are needed.

        Raises:
            WireError: The bytes are no USB/IP of version 1.1.1, or ask for too much.
        """
        if len(self._data) < COMMON_FORM.size:
            return None
        version, code, status = COMMON_FORM.unpack_from(self._data)
        if version == 0:
            return self._transfer()
        if version != VERSION:
            raise WireError(f"This is USB/IP of version {version:04x}, not {VERSION:04x}.")
        return self._operation(code, status)

    def _operation(self, code: int, status: int) -> Message | None:
        match code:
            case 0x8005:
                self._take(COMMON_FORM.size)
                return ListRequest()
            case 0x8003:
                return self._import_request()
            case 0x0003:
                return self._import_reply(status)
            case 0x0005:
                return self._list_reply(status)
        raise WireError(f"There is no USB/IP operation {code:04x}.")

    def _take(self, size: int) -> bytes:
        taken = bytes(self._data[:size])
        del self._data[:size]
        return taken

    def _import_request(self) -> Message | None:
        size = COMMON_FORM.size + BUS_ID_FORM.size
        if len(self._data) < size:
            return None
        return ImportRequest(_from_text(self._take(size)[COMMON_FORM.size :]))

    def _import_reply(self, status: int) -> Message | None:
        size = COMMON_FORM.size + (0 if status else DEVICE_FORM.size)
        if len(self._data) < size:
            return None
        body = self._take(size)[COMMON_FORM.size :]
        return ImportReply(None if status else _device(body), status)

    def _list_reply(self, status: int) -> Message | None:
        at = COMMON_FORM.size + COUNT_FORM.size
        if len(self._data) < at:
            return None
        (count,) = COUNT_FORM.unpack_from(self._data, COMMON_FORM.size)
        if count > MAX_DEVICES:
            raise WireError(f"A list of {count} devices is too long.")
        devices = []
        for _ in range(count):
            if len(self._data) < at + DEVICE_FORM.size:
                return None
            interfaces = self._data[at + DEVICE_FORM.size - 1]
            end = at + DEVICE_FORM.size + interfaces * INTERFACE_FORM.size
            if len(self._data) < end:
                return None
            devices.append(_device(bytes(self._data[at:end])))
            at = end
        self._take(at)
        return ListReply(tuple(devices), status)

    def _transfer(self) -> Message | None:
        if len(self._data) < _WHOLE:
            return None
        command, sequence, device_id, direction, endpoint = HEADER_FORM.unpack_from(self._data)
        match command:
            case 1:
                return self._submit(sequence, device_id, direction, endpoint)
            case 3:
                return self._result(sequence)
            case 2:
                (unlinks,) = UNLINK_FORM.unpack_from(self._take(_WHOLE), _BODY)
                return Unlink(sequence, device_id, unlinks)
            case 4:
                (status,) = UNLINKED_FORM.unpack_from(self._take(_WHOLE), _BODY)
                return Unlinked(sequence, status)
        raise WireError(f"There is no USB/IP command {command}.")

    def _submit(
        self, sequence: int, device_id: int, direction: int, endpoint: int
    ) -> Message | None:
        flags, length, _, packets, interval, setup = SUBMIT_FORM.unpack_from(self._data, _BODY)
        _refuse(length, packets)
        size = _WHOLE + (0 if direction else length)
        if len(self._data) < size:
            return None
        return Submit(
            sequence=sequence,
            device_id=device_id,
            is_in=bool(direction),
            endpoint=endpoint,
            length=length,
            data=self._take(size)[_WHOLE:],
            setup=None if endpoint else decode_setup(setup),
            flags=flags,
            interval=interval,
        )

    def _result(self, sequence: int) -> Message | None:
        status, length, _, packets, _ = RESULT_FORM.unpack_from(self._data, _BODY)
        _refuse(length, packets)
        size = _WHOLE + (length if sequence in self._incoming else 0)
        if len(self._data) < size:
            return None
        self._incoming.discard(sequence)
        return Result(sequence, status, length, self._take(size)[_WHOLE:])


def _refuse(length: int, packets: int) -> None:
    if length > MAX_TRANSFER:
        raise WireError(f"A transfer of {length} bytes is too long.")
    if packets not in (0, NO_PACKETS):
        raise WireError("Isochronous transfers are not supported.")


def _device(data: bytes) -> ExportedDevice:
    """Read a device and the interfaces that stand behind it."""
    path, bus_id, *numbers = DEVICE_FORM.unpack_from(data)
    interfaces = tuple(
        ExportedInterface(*INTERFACE_FORM.unpack_from(data, at))
        for at in range(DEVICE_FORM.size, len(data), INTERFACE_FORM.size)
    )
    names = (field.name for field in dataclasses.fields(ExportedDevice)[2:-1])
    values = dict(zip(names, numbers, strict=True))
    return ExportedDevice(_from_text(path), _from_text(bus_id), **values, interfaces=interfaces)


def _from_text(data: bytes) -> str:
    return data.partition(b"\0")[0].decode("utf-8", "replace")
