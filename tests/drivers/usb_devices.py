"""Simulated devices for the tests of everything below the drivers."""

from drivers.wire.usb import (
    Configuration,
    Device,
    Endpoint,
    Interface,
    SetupPacket,
    TransferType,
)
from simulators.usb import UsbDevice

OUT, IN = 0x01, 0x82


class Echo:
    """Answers every transfer with the same bytes; takes them only while it has room."""

    def __init__(self, serial: str = "A1") -> None:
        interface = Interface(
            0, 7, 1, 2, (Endpoint(OUT, TransferType.BULK), Endpoint(IN, TransferType.BULK))
        )
        self.device = UsbDevice(
            Device(0x04B8, 0x0E15, manufacturer=1, product_name=2, serial=3 if serial else 0),
            Configuration((interface,)),
            ("EPSON", "TM-T88V", *([serial] if serial else [])),
        )
        self.taken = bytearray()
        self.requests: list[SetupPacket] = []
        self.device.on_out(OUT, self.take)
        self.device.on_control = self.control

    async def take(self, data: bytes) -> None:
        self.taken += data
        self.device.send(IN, data)

    def control(self, setup: SetupPacket, data: bytes) -> bytes | None:
        del data
        self.requests.append(setup)
        return b"\x18" if setup.request == 1 else None
