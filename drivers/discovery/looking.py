"""Looking everywhere at once."""

import asyncio
import dataclasses
import pathlib
from collections.abc import Sequence

from drivers.discovery.candidate import Found, Progress
from drivers.discovery.network import look_on_network
from drivers.discovery.probe import Network, probe
from drivers.discovery.readers import look_at_card_readers
from drivers.discovery.serial import BY_ID, look_at_serial_ports
from drivers.discovery.usb import look_at_usb


@dataclasses.dataclass(frozen=True)
class Search:
    """Where to look.

    Attributes:
        seconds: How long to listen for printers that tell the network about themselves.
        probe: Whether to try ports on the shop's own networks.
        interfaces: Addresses of ours from which the network is asked; all where None.
        networks: To probe; our own where None.
        serial_ports: The folder of their lasting names.
        usb_server: Host and port of a USB/IP server instead of this machine's USB.
    """

    seconds: float = 3.0
    probe: bool = False
    interfaces: Sequence[str] | None = None
    networks: Sequence[Network] | None = None
    serial_ports: pathlib.Path = BY_ID
    usb_server: tuple[str, int] | None = None


async def discover(search: Search, progress: Progress) -> Found:
    """Look at everything; what cannot be looked at is told in `Found.troubles`."""
    found = Found()
    await asyncio.gather(
        look_on_network(found, search.seconds, search.interfaces),
        asyncio.to_thread(look_at_serial_ports, found, search.serial_ports),
        asyncio.to_thread(look_at_usb, found, search.usb_server),
        asyncio.to_thread(look_at_card_readers, found),
    )
    if search.probe:
        await probe(found, progress, search.networks)
    return found
