"""Fuzzing of the codecs of USB; see `fuzzing`.

The targets: a USB/IP stream however it is cut, descriptors, a printer's device id. What decodes is
written and read again.
"""

from collections.abc import Iterator

from tests.long.fuzzing import Target, instrumented, play, require

with instrumented():
    from drivers.wire import usb, usbip
    from drivers.wire.ieee1284 import decode_device_id


def stream(data: bytes) -> None:
    """Feed a stream in chunks of the size that its first byte says."""
    size = data[0] + 1
    reader = usbip.UsbIpReader()
    reader.expect(1)
    for start in range(1, len(data), size):
        reader.receive_data(data[start : start + size])
        while (message := reader.next_event()) is not None:
            written(message)


def written(message: usbip.Message) -> None:
    """Write a message and read it again; names that are no UTF-8 may not fit again."""
    again = usbip.UsbIpReader()
    if isinstance(message, usbip.Result):
        again.expect(message.sequence)
        if not message.data:
            return
    again.receive_data(message.encode())
    found = again.next_event()
    require(same=found == message, story=f"{message} came back as {found}.")


def descriptors(data: bytes) -> None:
    """Read a configuration; what was read is written and read again."""
    found = usb.decode_configuration(data)
    require(same=usb.decode_configuration(found.encode()) == found, story=f"{found} changed.")


def device(data: bytes) -> None:
    """Read the small ones."""
    usb.decode_string(data)
    usb.decode_device(data)


def device_id(data: bytes) -> None:
    """Read a printer's device id."""
    decode_device_id(data)


TARGETS: tuple[Target, ...] = (stream, descriptors, device, device_id)


def seeds() -> Iterator[tuple[int, bytes]]:
    """Give one of each."""
    submit = usbip.Submit(1, 2, is_in=True, endpoint=2, length=64)
    for message in (usbip.ListRequest(), usbip.ImportRequest("1-1"), submit, usbip.Unlink(2, 2, 1)):
        yield 0, b"\xff" + message.encode()
    way = usb.Endpoint(0x81, usb.TransferType.BULK)
    yield 1, usb.Configuration((usb.Interface(0, 7, 1, 2, (way,)),)).encode()
    yield 2, usb.Device(0x04B8, 0x0202).encode()
    yield 3, b"\x00\x20MFG:EPSON;CMD:ESC/POS;"


if __name__ == "__main__":
    play(TARGETS, seeds())
