"""The serial line of a device at the counter, and words for the clerk when it is not there."""

from typing import Literal, Protocol

from drivers.errors import OfflineError, UnsupportedError
from drivers.transport import ByteStream, LinkLostError
from drivers.transport.serial import Parity, open_serial


class LineSettings(Protocol):
    """What a device's table says about its line."""

    @property
    def url(self) -> str:
        """A device such as `/dev/serial/by-id/usb-…`, or `rfc2217://` or `socket://host:port`."""
        ...

    @property
    def baudrate(self) -> int:
        """Bits per second."""
        ...

    @property
    def bytesize(self) -> Literal[7, 8]:
        """Data bits."""
        ...

    @property
    def parity(self) -> Parity:
        """Of each byte."""
        ...


async def open_serial_device(name: str, what: str, settings: LineSettings) -> ByteStream:
    """Open the line to a device. What waited in it from before is thrown away.

    Args:
        name: The configured name.
        what: What the clerk calls it, such as `scanner`.
        settings: Of its line.

    Raises:
        OfflineError: It is not there, or another program holds it.
        UnsupportedError: The URL or the line's settings are not possible.
    """
    try:
        return await open_serial(
            settings.url,
            baudrate=settings.baudrate,
            bytesize=settings.bytesize,
            parity=settings.parity,
        )
    except LinkLostError as error:
        raise OfflineError(
            f"The {what} cannot be reached. Check its cable. ({error})", device=name
        ) from error
    except ValueError as error:
        raise UnsupportedError(
            f"The {what}'s line cannot be set up: {error}", device=name
        ) from error
