"""USB through pyusb: this machine's ports by libusb, a USB/IP server's by a back end of our own.

A driver is given an address, says which interface it wants, and gets a stream of its packets:

    def wanted(interfaces: Sequence[Interface]) -> Interface | None:
        return next((each for each in interfaces if each.interface_class == HID), None)

    stream = await open_usb("04b8:0e15/J5XK012345", wanted)     # see drivers.wire.usb.address
    report = await stream.read_packet()
    answer = await stream.control(0xA1, 1, 0x0100, length=8)

Nothing but the address tells a simulated device from a real one.

    finding      the device at an address, and what there is else
    stream       one claimed interface
    arrivals     being told when a device is plugged in
    usbip        pyusb's back end for USB/IP
    attachment   one device that a USB/IP server lends
    values       what an interface is, without pyusb
"""

from drivers.transport.usb.arrivals import usb_arrivals
from drivers.transport.usb.finding import (
    PresentDevice,
    find_device,
    present_devices,
)
from drivers.transport.usb.stream import Choose, RefusedRequestError, UsbStream, open_usb

__all__ = [
    "Choose",
    "PresentDevice",
    "RefusedRequestError",
    "UsbStream",
    "find_device",
    "open_usb",
    "present_devices",
    "usb_arrivals",
]
