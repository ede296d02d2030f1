"""One POST to somebody's address, from a machine that stands inside the shop's own network.

A name is looked up once, and the connection goes to the very address that was judged: a name that
points elsewhere a moment later changes nothing. Redirects are not followed; of the answer only the
status is looked at.
"""

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

import h11

from central_office.errors import OfficeError

POST_SECONDS = 10.0
"""From looking the name up to the answer's head."""
READ_BYTES = 16 * 1024
_PORTS = {"https": 443, "http": 80}
_ANSWERED = range(200, 300)
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")
)
"""Global by their look, and ways into somebody's own IPv4 network (RFC 6052, 8215 and 3056)."""


class PostError(OfficeError):
    """Raised when nobody said yes. Whether the message was read is not known."""


class Target(NamedTuple):
    """Where a message goes."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """As `Host` has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def target_of(url: str, *, private: bool) -> Target:
    """Read an address.

    Args:
        url: `https://…`, without a name and password in it.
        private: Plain http and addresses of our own networks are meant.

    Raises:
        OfficeError: It is none, or would be readable on its way.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise OfficeError(f"{url!r} is no address.") from error
    allowed = ("https", "http") if private else ("https",)
    if parts.scheme not in allowed or not parts.hostname or parts.username or not url.isascii():
        raise OfficeError(f"A webhook's address begins with https:// and a name; {url!r} does not.")
    if any(character <= " " for character in url):
        raise OfficeError("A webhook's address has no spaces.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, parts.hostname, port, path)


async def post(url: str, headers: Mapping[str, str], body: bytes, *, private: bool = False) -> int:
    """Send a message and return the status of the answer, which was a yes.

    Raises:
        PostError: Nobody is there, it is not said in time, or it was no yes.
        OfficeError: The address is one that we do not send to.
    """
    target = target_of(url, private=private)
    try:
        async with asyncio.timeout(POST_SECONDS):
            address = await _address(target, private=private)
            status = await _exchange(target, address, headers, body)
    except TimeoutError as error:
        raise PostError(f"No answer within {POST_SECONDS:g} seconds.") from error
    except (OSError, ssl.SSLError, h11.ProtocolError) as error:
        raise PostError(f"Not delivered: {error}.") from error
    if status not in _ANSWERED:
        raise PostError(f"The answer was {status}.")
    return status


async def _address(target: Target, *, private: bool) -> str:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    addresses = [str(one[4][0]) for one in found]
    if not private and not all(map(is_public, addresses)):
        raise PostError(
            f"{target.host} is an address of a network of its own. If that is meant, say"
            " webhooks_to_private_addresses = true in [http]."
        )
    return addresses[0]


def is_public(text: str) -> bool:
    """Whether an address is one that anybody on the internet reaches."""
    address = ipaddress.ip_address(text.partition("%")[0])
    is_tunnel = any(address in network for network in _NOT_PUBLIC)
    return address.is_global and not address.is_multicast and not is_tunnel


async def _exchange(target: Target, address: str, headers: Mapping[str, str], body: bytes) -> int:
    tls = ssl.create_default_context() if target.scheme == "https" else None
    name = target.host if tls else None
    reader, writer = await asyncio.open_connection(
        address, target.port, ssl=tls, server_hostname=name
    )
    try:
        return await _converse(reader, writer, target, headers, body)
    finally:
        writer.close()
        with contextlib.suppress(OSError, ssl.SSLError):
            await writer.wait_closed()


async def _converse(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    target: Target,
    headers: Mapping[str, str],
    body: bytes,
) -> int:
    connection = h11.Connection(h11.CLIENT)
    fields = {
        "Host": target.authority,
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **headers,
    }
    request = h11.Request(method="POST", target=target.path, headers=list(fields.items()))
    for said in (request, h11.Data(data=body), h11.EndOfMessage()):
        writer.write(connection.send(said) or b"")
    await writer.drain()
    while True:
        heard = connection.next_event()
        if isinstance(heard, h11.Response):
            return heard.status_code
        if heard is h11.NEED_DATA:
            connection.receive_data(await reader.read(READ_BYTES))
        elif isinstance(heard, h11.ConnectionClosed):
            raise PostError("The connection was closed without an answer.")
