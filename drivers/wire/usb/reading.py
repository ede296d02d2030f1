"""Bytes of descriptors to values."""

from drivers.wire import WireError
from drivers.wire.usb.descriptors import (
    CONFIGURATION,
    CONFIGURATION_FORM,
    DEVICE,
    DEVICE_FORM,
    ENDPOINT,
    ENDPOINT_FORM,
    INTERFACE,
    INTERFACE_FORM,
    Configuration,
    Device,
    Endpoint,
    Interface,
    TransferType,
)

_HEADER = 2
"""Length and type."""
_TYPE = 0x03
"""Of an endpoint's attributes."""


def decode_device(data: bytes) -> Device:
    """Read a device descriptor.

    Raises:
        WireError: It is none, or cut off.
    """
    if len(data) < DEVICE_FORM.size or data[0] < DEVICE_FORM.size or data[1] != DEVICE:
        raise WireError("These bytes are no device descriptor.")
    _, _, usb_version, kind, subclass, protocol, max_packet, *rest = DEVICE_FORM.unpack_from(data)
    vendor, product, release, manufacturer, product_name, serial, configurations = rest
    return Device(
        vendor=vendor,
        product=product,
        release=release,
        device_class=kind,
        subclass=subclass,
        protocol=protocol,
        manufacturer=manufacturer,
        product_name=product_name,
        serial=serial,
        configurations=configurations,
        usb_version=usb_version,
        max_packet=max_packet,
    )


def total_length(data: bytes) -> int:
    """Return how long the configuration is whose first bytes these are.

    Raises:
        WireError: They do not begin a configuration.
    """
    if len(data) < CONFIGURATION_FORM.size or data[1] != CONFIGURATION:
        raise WireError("These bytes are no configuration descriptor.")
    length = int.from_bytes(data[2:4], "little")
    if length < CONFIGURATION_FORM.size:
        raise WireError(f"A configuration of {length} bytes is too short.")
    return length


def decode_configuration(data: bytes) -> Configuration:
    """Read a configuration with its interfaces and endpoints.

    Raises:
        WireError: A descriptor is cut off or too short, or an endpoint stands before any
            interface.
    """
    parts = _split(data[: total_length(data)])
    _, _, _, _, value, name, attributes, max_power = CONFIGURATION_FORM.unpack(
        _whole(parts[0], CONFIGURATION_FORM.size)
    )
    extra = bytearray()
    interfaces: list[_Growing] = []
    for part in parts[1:]:
        if part[1] == INTERFACE:
            interfaces.append(_Growing(_whole(part, INTERFACE_FORM.size)))
        elif interfaces:
            interfaces[-1].take(part)
        elif part[1] == ENDPOINT:
            raise WireError("An endpoint stands before the first interface.")
        else:
            extra += part
    return Configuration(
        interfaces=tuple(growing.interface() for growing in interfaces),
        value=value,
        attributes=attributes,
        max_power=max_power,
        name=name,
        extra=bytes(extra),
    )


def _split(data: bytes) -> list[bytes]:
    """Cut descriptors apart."""
    parts = []
    at = 0
    while at < len(data):
        length = data[at]
        if length < _HEADER or at + length > len(data):
            raise WireError(f"The descriptor at byte {at} is cut off.")
        parts.append(data[at : at + length])
        at += length
    return parts


def _whole(part: bytes, size: int) -> bytes:
    if len(part) < size:
        raise WireError(f"A descriptor of type {part[1]} has {len(part)} bytes, less than {size}.")
    return part[:size]


class _Growing:
    """An interface whose endpoints are still being read."""

    def __init__(self, head: bytes) -> None:
        self._head = head
        self._extra = bytearray()
        self._endpoints: list[tuple[bytes, bytearray]] = []

    def take(self, part: bytes) -> None:
        if part[1] == ENDPOINT:
            self._endpoints.append(
                (_whole(part, ENDPOINT_FORM.size), bytearray(part[ENDPOINT_FORM.size :]))
            )
        else:
            (self._endpoints[-1][1] if self._endpoints else self._extra).extend(part)

    def interface(self) -> Interface:
        _, _, number, alternate, _, kind, subclass, protocol, name = INTERFACE_FORM.unpack(
            self._head
        )
        return Interface(
            number=number,
            interface_class=kind,
            subclass=subclass,
            protocol=protocol,
            endpoints=tuple(_endpoint(head, bytes(extra)) for head, extra in self._endpoints),
            alternate=alternate,
            name=name,
            extra=bytes(self._extra),
        )


def _endpoint(head: bytes, extra: bytes) -> Endpoint:
    _, _, address, attributes, max_packet, interval = ENDPOINT_FORM.unpack(head)
    return Endpoint(address, TransferType(attributes & _TYPE), max_packet, interval, extra)
