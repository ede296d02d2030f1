"""The box's certificate on disk and in use: renewed by itself, or read anew when it changes.

    state directory/tls/authority-key.pem    signs; never leaves the box
    state directory/tls/authority.pem        what the shop's tablets trust
    state directory/tls/box.pem              the box's key and certificate

A new certificate is used for the next connection; those that are open stay open.
"""

import asyncio
import dataclasses
import datetime as dt
import ipaddress
import logging
import os
import pathlib
import ssl
from collections.abc import Callable

from edge_daemon.certificates.authority import (
    PRIVATE_NETWORKS,
    Address,
    Authority,
    Facts,
    facts,
    issue,
    make_authority,
    permitted_names,
)
from edge_daemon.errors import EdgeError

LOOK_SECONDS = 60.0
"""Between two looks at the files, the addresses and the date."""
RENEW_DAYS = 30
WARN_DAYS = 14
"""A certificate of the shop's own that ends sooner shows as a problem."""
FOLDER = "tls"

_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the certificate comes from.

    Attributes:
        folder: For what the box makes itself.
        names: The names by which registers call the box.
        certificate_file, key_file: The shop's own, PEM; both or none.
    """

    folder: pathlib.Path
    names: tuple[str, ...]
    certificate_file: pathlib.Path | None = None
    key_file: pathlib.Path | None = None


class BoxCertificate:
    """The certificate in use.

    Attributes:
        context: For the server; what it shows changes with the files.
        problem: What a person has to do about it; None when it is well.
    """

    def __init__(
        self,
        source: Source,
        now_us: Callable[[], int],
        addresses: Callable[[], frozenset[Address]] | None = None,
    ) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.problem: str | None = None
        self._source = source
        self._now_us = now_us
        self._addresses = addresses or local_addresses
        self._seen: tuple[tuple[int, int], ...] = ()
        self._facts: Facts | None = None
        self._unsigned: list[str] = []

    @property
    def authority(self) -> bytes | None:
        """The certificate that tablets have to trust, PEM; None where the shop brings its own."""
        if self._source.certificate_file is not None:
            return None
        return self._path("authority.pem").read_bytes()

    @property
    def ends_us(self) -> int | None:
        """Until when the one in use is good, microseconds since 1970 UTC; None before `open`."""
        return int(self._facts.not_after.timestamp()) * 1_000_000 if self._facts else None

    def open(self) -> None:
        """Make what is missing, and load it.

        Raises:
            EdgeError: It cannot be made, read or used; the message says what to do.
        """
        try:
            self._renew()
            self._load()
            self.problem = self._ending()
        except (OSError, ValueError, TypeError) as error:
            raise EdgeError(f"{self._file()} cannot be used for TLS: {error}.") from error

    async def run(self) -> None:
        """Look after it until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await asyncio.to_thread(self.look)

    def look(self) -> None:
        """Renew or read anew, where that is due. What is in use stays where it fails."""
        try:
            self._renew()
            if self._stamps() != self._seen:
                self._load()
            self.problem = self._ending()
        except (OSError, ValueError, TypeError) as error:
            _log.warning("TLS goes on with the certificate before: %s", error)
            self.problem = (
                f"{self._file()} cannot be used: {error}. The one before is used until it ends."
            )

    def _renew(self) -> None:
        source = self._source
        if source.certificate_file is not None:
            return
        authority = self._make_authority()
        permitted = permitted_names(authority.certificate)
        names = [name for name in source.names if name in permitted]
        self._unsigned = [name for name in source.names if name not in permitted]
        addresses = self._addresses()
        known = facts(self._file().read_bytes()) if self._file().exists() else None
        until = self._now() + dt.timedelta(days=RENEW_DAYS)
        if known and known.names >= {*names} and known.addresses >= addresses:
            signed = self._path("authority.pem").read_bytes() in self._file().read_bytes()
            if signed and known.not_after > until:
                return
        _write(self._file(), issue(authority, names, addresses, self._now()))
        _log.info("A new certificate for %s", ", ".join(names))

    def _make_authority(self) -> Authority:
        key, certificate = self._path("authority-key.pem"), self._path("authority.pem")
        if not (key.exists() and certificate.exists()):
            self._source.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            title = f"{self._source.names[0]} (this shop's counter)"
            made = make_authority(title, self._source.names, self._now())
            _write(key, made.key)
            _write(certificate, made.certificate)
        return Authority(key.read_bytes(), certificate.read_bytes())

    def _load(self) -> None:
        stamps = self._stamps()
        source = self._source
        found = facts(self._file().read_bytes())
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self._file(), source.key_file)
        self.context.load_cert_chain(self._file(), source.key_file)
        self._seen, self._facts = stamps, found

    def _ending(self) -> str | None:
        if self._unsigned:
            return (
                f"The box's authority was made before it was called {', '.join(self._unsigned)} and"
                f" may not sign for that. Take the old name back, or remove {self._source.folder},"
                " restart, and let every tablet trust the new authority."
            )
        if self._facts is None or self._source.certificate_file is None:
            return None
        left = (self._facts.not_after - self._now()).days
        if left >= WARN_DAYS:
            return None
        return f"The certificate {self._file()} ends in {max(left, 0)} days. Put a new one there."

    def _stamps(self) -> tuple[tuple[int, int], ...]:
        files = [self._file(), *([self._source.key_file] if self._source.key_file else [])]
        return tuple((each.stat().st_mtime_ns, each.stat().st_ino) for each in files)

    def _file(self) -> pathlib.Path:
        return self._source.certificate_file or self._path("box.pem")

    def _path(self, name: str) -> pathlib.Path:
        return self._source.folder / name

    def _now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self._now_us() // 1_000_000, dt.UTC)


def local_addresses() -> frozenset[Address]:
    """The addresses of this machine, without those that other machines cannot use as they are."""
    import ifaddr  # noqa: PLC0415 - where TLS is configured

    found = set(map(ipaddress.ip_address, ("127.0.0.1", "::1")))
    for adapter in ifaddr.get_adapters():
        for each in adapter.ips:
            text = each.ip if isinstance(each.ip, str) else each.ip[0]
            found.add(ipaddress.ip_address(text))
    return frozenset(each for each in found if _may_be_signed(each))


def _may_be_signed(address: Address) -> bool:
    """A public address has no place on a counter's network, and the authority signs for none."""
    networks = map(ipaddress.ip_network, PRIVATE_NETWORKS)
    return any(address in network for network in networks)


def _write(path: pathlib.Path, data: bytes) -> None:
    """Write a file that only its owner can read; as root, the owner of the directory gets it."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "wb") as stream:
        stream.write(data)
        if os.geteuid() == 0:
            owner = path.parent.parent.stat()
            os.fchown(stream.fileno(), owner.st_uid, owner.st_gid)
            os.chown(path.parent, owner.st_uid, owner.st_gid)
    fresh.replace(path)
