"""Telling the shop's network by mDNS where the box is: `_pos-edge._tcp` (RFC 6762, RFC 6763).

zeroconf is imported when something is announced. A network without multicast is no reason not to
sell: registers then need the address.
"""

import asyncio
import logging
from typing import NamedTuple

from edge_daemon.certificates.authority import Address

SERVICE = "_pos-edge._tcp.local."

_log = logging.getLogger(__name__)


class Announcement(NamedTuple):
    """What the network is told.

    Attributes:
        host: The box's name, ending in `.local`.
    """

    edge_id: str
    host: str
    port: int
    addresses: tuple[Address, ...]


async def announced(announcement: Announcement) -> None:
    """Announce until cancelled, then take it back."""
    from zeroconf import Error, IPVersion  # noqa: PLC0415 - where it is asked for
    from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf  # noqa: PLC0415 - as above

    info = AsyncServiceInfo(
        SERVICE,
        f"{announcement.edge_id}.{SERVICE}",
        port=announcement.port,
        addresses=[each.packed for each in announcement.addresses],
        server=f"{announcement.host}.",
        properties={"edge": announcement.edge_id, "path": "/v1", "tls": "1"},
    )
    try:
        zeroconf = AsyncZeroconf(ip_version=IPVersion.All)
    except OSError as error:
        _log.warning("Nothing is announced by mDNS: %s", error)
        return
    try:
        await zeroconf.async_register_service(info, allow_name_change=True)
        await asyncio.get_running_loop().create_future()
    except (OSError, Error) as error:
        _log.warning("Nothing is announced by mDNS: %r", error)
    finally:
        await zeroconf.async_close()
