"""The door for the shop's network: TLS, and a note by mDNS where it is."""

import asyncio
import ipaddress
import pathlib
from collections.abc import Callable

from litestar.types import ASGIApp

from edge_daemon.app.announcing import Announcement, announced
from edge_daemon.certificates import BoxCertificate, Source, facts, local_addresses
from edge_daemon.certificates.box import FOLDER
from edge_daemon.config import Configuration, TlsSettings
from edge_daemon.web import HttpServer, bind


class NetworkDoor:
    """Listens beyond the loopback address.

    Attributes:
        certificate: By which registers recognise the box.
        url: Where registers find the API.
    """

    def __init__(
        self,
        configuration: Configuration,
        settings: TlsSettings,
        certificate: BoxCertificate,
        app: ASGIApp,
        *,
        on_stop: Callable[[], None],
    ) -> None:
        """Bind the address; nobody is served yet.

        Raises:
            EdgeError: The address cannot be had.
        """
        self.certificate = certificate
        self._configuration = configuration
        self._settings = settings
        self._server = HttpServer(
            app, bind(settings.host, settings.port), tls=certificate.context, on_stop=on_stop
        )
        self.url = f"https://{configuration.local_name}:{self.port}"

    @property
    def port(self) -> int:
        """On which port it listens."""
        return self._server.addresses[0][1]

    @property
    def ready(self) -> asyncio.Event:
        """Set once connections are accepted."""
        return self._server.ready

    async def run(self) -> None:
        """Serve until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._server.serve(), name="api on the network")
            group.create_task(self.certificate.run(), name="certificate")
            if self._settings.announce:
                group.create_task(announced(self._announcement()), name="mDNS")

    def _announcement(self) -> Announcement:
        return Announcement(
            edge_id=self._configuration.edge.id,
            host=self._configuration.local_name,
            port=self.port,
            addresses=tuple(each for each in local_addresses() if not each.is_loopback),
        )


def certificate_source(configuration: Configuration, settings: TlsSettings) -> Source:
    """Where the box's certificate comes from, as configured."""
    hosts = (host.lower() for host in configuration.api.allowed_hosts)

    def path(text: str | None) -> pathlib.Path | None:
        return None if text is None else pathlib.Path(text)

    return Source(
        folder=configuration.state_directory / FOLDER,
        names=(configuration.local_name, "localhost", *filter(_is_name, hosts)),
        certificate_file=path(settings.certificate_file),
        key_file=path(settings.key_file),
    )


def _is_name(host: str) -> bool:
    """False for an address, which a certificate has as an address."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return True
    return False


def authority_fingerprint(certificate: BoxCertificate) -> str:
    """By which people recognise the box's own authority; empty where it has none."""
    authority = certificate.authority
    return "" if authority is None else facts(authority).fingerprint
