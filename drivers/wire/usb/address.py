"""Which USB device is meant, in one line of the configuration.

    04b8:0e15                          vendor and product: where there is only one of the kind
    04b8:0e15/J5XK012345               with its serial number: this one, wherever it is plugged in
    04b8:0e15@1-1.2                    in this port: two of a kind without serial numbers
    1-1.2                              whatever is in this port
    usbip://127.0.0.1:3240/…           the same at a USB/IP server

A port is written as Linux does: the bus, and the port at each hub on the way.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from drivers.wire import WireError

_SCHEME = "usbip://"
_SERVER_PORT = 3240
"""Registered for USB/IP."""
_LOCAL = re.compile(
    r"(?P<vendor>[0-9a-fA-F]{4}):(?P<product>[0-9a-fA-F]{4})(?:/(?P<serial>.+)|@(?P<port>[0-9.-]+))?"
)
_PORT = re.compile(r"[0-9]+-[0-9]+(?:\.[0-9]+)*")


@dataclass(frozen=True)
class UsbAddress:
    """Which device is meant; what is None does not matter.

    Attributes:
        vendor, product: As in the device's descriptor.
        serial: Its serial number.
        port: Where it is plugged in, such as `1-1.2`.
        server: Host and TCP port of a USB/IP server; None: this machine.
    """

    vendor: int | None = None
    product: int | None = None
    serial: str | None = None
    port: str | None = None
    server: tuple[str, int] | None = None

    def is_met_by(self, found: "UsbAddress") -> bool:
        """Say whether a device that was found, on the same server, may be the one."""
        return (
            self.vendor in (None, found.vendor)
            and self.product in (None, found.product)
            and self.serial in (None, found.serial)
            and self.port in (None, found.port)
        )

    def __str__(self) -> str:
        """The address as the configuration has it: by the serial number, or else by the port."""
        host = f"{_SCHEME}{self.server[0]}:{self.server[1]}/" if self.server else ""
        if self.vendor is None or self.product is None:
            return f"{host}{self.port}"
        which = ""
        if self.serial:
            which = f"/{self.serial}"
        elif self.port:
            which = f"@{self.port}"
        return f"{host}{self.vendor:04x}:{self.product:04x}{which}"


def parse_address(text: str) -> UsbAddress:
    """Read an address.

    Raises:
        WireError: It is none; the message shows what one looks like.
    """
    server, local = _split_server(text)
    if _PORT.fullmatch(local):
        return UsbAddress(port=local, server=server)
    match = _LOCAL.fullmatch(local)
    if match is None or (match["port"] and not _PORT.fullmatch(match["port"])):
        raise WireError(
            f"{text!r} is no USB address. Write vendor:product/serial number, such as "
            "04b8:0e15/J5XK012345, or vendor:product@port, such as 04b8:0e15@1-1.2."
        )
    return UsbAddress(
        vendor=int(match["vendor"], 16),
        product=int(match["product"], 16),
        serial=match["serial"],
        port=match["port"],
        server=server,
    )


def _split_server(text: str) -> tuple[tuple[str, int] | None, str]:
    if not text.startswith(_SCHEME):
        return None, text
    authority, _, local = text.removeprefix(_SCHEME).partition("/")
    try:
        parts = urlsplit(f"//{authority}")
        host, port = parts.hostname, parts.port or _SERVER_PORT
    except ValueError:
        host = None
    if not host:
        raise WireError(f"{text!r} should be usbip://host:port/device.")
    return (host, port), local
