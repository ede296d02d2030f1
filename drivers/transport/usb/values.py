"""pyusb's interfaces as values that know nothing of pyusb."""

from typing import Any

from drivers.wire.usb import Endpoint, Interface, TransferType

_TYPE = 0x03
"""Of an endpoint's attributes."""


def interface_of(found: Any) -> Interface:  # noqa: ANN401 - pyusb's interface
    """Return what an interface says that it is."""
    return Interface(
        number=found.bInterfaceNumber,
        interface_class=found.bInterfaceClass,
        subclass=found.bInterfaceSubClass,
        protocol=found.bInterfaceProtocol,
        endpoints=tuple(
            Endpoint(
                each.bEndpointAddress,
                TransferType(each.bmAttributes & _TYPE),
                each.wMaxPacketSize,
                each.bInterval,
            )
            for each in found
        ),
        alternate=found.bAlternateSetting,
        name=found.iInterface,
        extra=bytes(found.extra_descriptors),
    )
