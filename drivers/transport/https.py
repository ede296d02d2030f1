"""One HTTP request over TLS, with a new connection for each.

Written for devices that act on what they receive, and that answer after minutes. So nothing is
ever sent twice: no redirects, no retries, no connection that was kept open and may be half dead.
What failed before the first byte of the request left is told apart from what failed after it.

A device in a shop has no name that a certificate could be made out to. Where `common_name` is
given, the certificate's common name has to match it instead of the host's name; who signed it is
checked in any case.
"""

import asyncio
import contextlib
import re
import ssl
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import h11

from drivers.transport import LinkLostError
from drivers.transport.tcp import find_addresses

READ_SIZE = 65536
LARGEST_BODY = 1 << 20
"""Bytes of a response; recorded ones have up to 10,000."""
USER_AGENT = "pos-edge"


class NothingSentError(LinkLostError):
    """Raised when there was no connection to send the request on: it never left."""


class UntrustedPeerError(NothingSentError):
    """Raised when the other side is not who it should be. Nothing was sent."""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """What came back."""

    status: int
    body: bytes


class HttpsClient:
    """Sends requests to one server.

    Args:
        url: `https://host[:port][/path]`; a request's path is put behind it.
        context: Whom to trust. `check_hostname` is off where `common_name` is given.
        connect_timeout: Seconds for the connection and the TLS handshake together.
        common_name: What the certificate's common name has to match.
    """

    def __init__(
        self,
        url: str,
        context: ssl.SSLContext,
        *,
        connect_timeout: float,
        common_name: re.Pattern[str] | None = None,
    ) -> None:
        parts = urllib.parse.urlsplit(url)
        self._host = parts.hostname or ""
        self._port = parts.port or 443
        self._authority = parts.netloc
        self._path = parts.path.rstrip("/")
        self._context = context
        self._connect_timeout = connect_timeout
        self._common_name = common_name
        self._open: set[asyncio.StreamWriter] = set()

    async def post(
        self,
        path: str,
        body: bytes,
        headers: Mapping[str, str],
        on_sent: Callable[[], None] = lambda: None,
    ) -> HttpResponse:
        """Send one request and wait for its response, however long that takes.

        Args:
            path: Behind the URL's own path.
            body: JSON.
            headers: Besides those that HTTP needs.
            on_sent: Called when the request has been handed to the connection.

        Raises:
            NothingSentError: The request never left.
            LinkLostError: It left, wholly or in part, and no whole response came.
        """
        reader, writer = await self._connect()
        self._open.add(writer)
        try:
            writer.write(
                self._request(path, body, headers, connection := h11.Connection(h11.CLIENT))
            )
            await writer.drain()
            on_sent()
            return await _response(reader, connection)
        except (OSError, h11.ProtocolError) as error:
            raise LinkLostError(f"No whole answer came: {error}.") from error
        finally:
            self._open.discard(writer)
            await _let_go(writer)

    def close(self) -> None:
        """Break every connection; requests under way raise `LinkLostError`."""
        for writer in self._open:
            writer.transport.abort()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            async with asyncio.timeout(self._connect_timeout):
                reader, writer = await self._connect_to_any(
                    await find_addresses(self._host, self._port)
                )
        except TimeoutError as error:
            raise NothingSentError(
                f"{self._authority} did not answer within {self._connect_timeout:g} s."
            ) from error
        except ssl.SSLError as error:
            raise UntrustedPeerError(
                f"{self._authority} cannot be trusted: {error.reason or error}."
            ) from error
        except OSError as error:
            raise NothingSentError(f"{self._authority}: {error.strerror or error}.") from error
        if self._common_name is not None:
            name = _common_name(writer)
            if not self._common_name.fullmatch(name):
                await _let_go(writer)
                raise UntrustedPeerError(f"{self._authority} calls itself {name!r}.")
        return reader, writer

    async def _connect_to_any(
        self, addresses: list[str]
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to the first address that answers; one that cannot be trusted is the last."""
        for address in addresses[:-1]:
            try:
                return await self._connect_to(address)
            except ssl.SSLError:
                raise
            except OSError:
                continue
        return await self._connect_to(addresses[-1])

    async def _connect_to(self, address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(
            address, self._port, ssl=self._context, server_hostname=self._host
        )

    def _request(
        self, path: str, body: bytes, headers: Mapping[str, str], connection: h11.Connection
    ) -> bytes:
        named = {
            "Host": self._authority,
            "User-Agent": USER_AGENT,
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Connection": "close",
        } | dict(headers)
        request = h11.Request(
            method="POST", target=f"{self._path}{path}", headers=list(named.items())
        )
        events = (request, h11.Data(data=body), h11.EndOfMessage())
        return b"".join(connection.send(event) or b"" for event in events)


async def _response(reader: asyncio.StreamReader, connection: h11.Connection) -> HttpResponse:
    status, body = 0, b""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(READ_SIZE))
        elif isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > LARGEST_BODY:
                raise LinkLostError("The answer is too long.")
        elif isinstance(event, h11.EndOfMessage):
            return HttpResponse(status, body)
        elif isinstance(event, h11.ConnectionClosed):
            raise LinkLostError("The connection was closed without an answer.")


def _common_name(writer: asyncio.StreamWriter) -> str:
    certificate = writer.get_extra_info("peercert") or {}
    names = [
        value
        for attributes in certificate.get("subject", ())
        for name, value in attributes
        if name == "commonName"
    ]
    return names[0] if len(names) == 1 else ""


async def _let_go(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
