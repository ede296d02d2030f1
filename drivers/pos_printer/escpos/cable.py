"""The way to the printer: TCP, USB or a serial line, each as a byte stream.

The libraries of USB and serial lines are imported where they are configured.
"""

from typing import Annotated, Literal

import msgspec

from drivers.settings import DeviceSettings, Seconds, TcpPort
from drivers.transport import ByteStream
from drivers.transport.tcp import open_tcp
from drivers.wire.usb import parse_address

SEND_BUFFER = 8192
"""Bytes. A printer that does not read is then noticed while the job is still ours to stop."""

Baudrate = Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200]


class CableSettings(DeviceSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the printer is: `host`, `usb` or `url`.

    Attributes:
        host: Name or address of a printer on the network.
        port: TCP port.
        usb: `04b8:0202/SERIALNUMBER`, or `04b8:0202@1-1.2` by its USB port where it has no serial
            number; `usbip://host:port/…` for one at a USB/IP server.
        url: Serial port: `/dev/pos/…`, `/dev/serial/by-id/…`, `rfc2217://host:port`.
        baudrate, parity: Of the serial line, as on the printer's self-test.
        flow_control: How the printer says on a serial line that it is busy.
        connect_timeout: Until a connection over the network stands.
    """

    host: Annotated[str, msgspec.Meta(min_length=1)] | None = None
    port: TcpPort = 9100
    usb: Annotated[str, msgspec.Meta(min_length=1)] | None = None
    url: Annotated[str, msgspec.Meta(min_length=1)] | None = None
    baudrate: Baudrate = 38400
    parity: Literal["none", "even", "odd"] = "none"
    flow_control: Literal["none", "dtr", "rts", "xon_xoff"] = "dtr"
    connect_timeout: Seconds = 3.0

    def __post_init__(self) -> None:
        """Check that there is one way to the printer."""
        if sum(way is not None for way in (self.host, self.usb, self.url)) != 1:
            raise ValueError(
                "a printer has either a host (over TCP), or usb, or a url (over a serial line)"
            )
        if self.usb is not None:
            parse_address(self.usb)


async def connect(settings: CableSettings) -> ByteStream:
    """Open the way to the printer; nothing is sent.

    Raises:
        LinkLostError: It cannot be reached. `AccessDeniedError`: only for want of permission.
        ValueError: The serial line cannot be set so.
    """
    if settings.usb is not None:
        from drivers.pos_printer.escpos.usb import open_usb_printer  # noqa: PLC0415 - said above

        return await open_usb_printer(settings.usb)
    if settings.url is not None:
        from drivers.transport.serial import open_serial  # noqa: PLC0415 - said above

        return await open_serial(
            settings.url,
            baudrate=settings.baudrate,
            parity=settings.parity,
            flow_control=settings.flow_control,
            take_back=True,
        )
    return await open_tcp(
        settings.host or "",
        settings.port,
        timeout=settings.connect_timeout,
        send_buffer=SEND_BUFFER,
    )
