r"""Simulated USB devices, lent over USB/IP: to the drivers, and to any Linux that attaches them.

A device in a few lines. What it is, and what its endpoints do:

    device = UsbDevice(
        Device(0x04B8, 0x0E15, serial=1),
        Configuration((Interface(0, 7, 1, 2, (Endpoint(0x01, TransferType.BULK),
                                              Endpoint(0x82, TransferType.BULK))),)),
        strings=("J5XK012345",),
    )
    device.on_out(0x01, printer.take)      # async: it returns when the bytes are taken
    device.on_control = printer.control    # the class's own requests; None refuses
    device.send(0x82, b"\x12")            # goes when the host looks

A port to plug it into:

    async with UsbHost() as host:
        host.plug_in(device)
        host.address(device)               # "usbip://127.0.0.1:40123/1-1", for the TOML
        host.unplug(device)

`usbip --tcp-port PORT list -r 127.0.0.1` lists what is plugged in, and with the kernel's vhci-hcd
`usbip --tcp-port PORT attach -r 127.0.0.1 -b 1-1` makes it a device of this machine.

    device    one device: descriptors, strings, endpoints
    session   one connection: its transfers, and taking them back
    host      the ports, and who may have what
"""

from simulators.usb.device import UsbDevice
from simulators.usb.host import UsbHost

__all__ = ["UsbDevice", "UsbHost"]
