"""`[doors]` and `[[door]]`: tills that were written for other boxes, and what each may do here.

Such a till cannot show a token. It is admitted by where it calls from and by the page that calls,
and its door has scopes of its own. Nothing listens where no door is configured.
"""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal

import msgspec

from edge_daemon.claims import Right
from edge_daemon.config.table import Name, Table
from edge_daemon.config.wording import unknown
from edge_daemon.scopes import Scope

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

ListenAddress = Annotated[
    str,
    msgspec.Meta(
        pattern=r"\A(\d{1,3}(\.\d{1,3}){3}|localhost|\[[0-9A-Fa-f:.]+\]):\d{1,5}\Z",
        description='an address and a port such as "127.0.0.1:8069" or "[::1]:8069"',
    ),
]
Origin = Annotated[
    str,
    msgspec.Meta(
        pattern=r"\Ahttps?://[a-z0-9.\-\[\]:]+\Z",
        description="an origin as browsers write it, in lower case and without a path, such as"
        ' "https://shop.example" or "http://192.168.1.10:8069"',
    ),
]
HostName = Annotated[
    str,
    msgspec.Meta(
        pattern=r"\A[A-Za-z0-9.\-]{1,253}\Z",
        description='a name without a port, such as "kassabox.local"',
    ),
]
TillName = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]

_LARGEST_PORT = 65_535


class DoorsSettings(Table, frozen=True, kw_only=True):
    """`[doors]`: where these tills find us.

    Attributes:
        listen: Addresses with ports. Odoo's tills look on 8069, Epson's on 80 or 8008.
        listen_tls: The same for pages that come by https; the certificate is that of `[api.tls]`.
        allowed_hosts: Names besides the address itself by which tills call us.
        plain_http_on_the_network: Said in so many words: beyond this machine, too, what these
            tills send and get is not encrypted.
    """

    listen: tuple[ListenAddress, ...] = ("127.0.0.1:8069",)
    listen_tls: tuple[ListenAddress, ...] = ()
    allowed_hosts: tuple[HostName, ...] = ()
    plain_http_on_the_network: bool = False


class Door(Table, frozen=True, kw_only=True):
    """`[[door]]`: one till, or several that are treated alike.

    Attributes:
        kind: What it speaks: `hw_proxy` (Odoo and OCA modules), `iot` (Odoo with IoT), `epos`
            (Epson ePOS-Print) or `webprnt` (Star WebPRNT).
        workstation: Whose devices it uses.
        addresses: From where it calls: addresses or networks.
        origins: Of the pages that call.
        programs: Also what is no page, and sends no `Origin`, is let in from these addresses.
        scopes: What it may do.
        rights: Where `[operators] check_rights` is on: what its tills may do whoever is signed on,
            because they know by themselves who may. Without `no_sale` it takes somebody who is
            signed on at the workstation, and has that right, to open the drawer.
        devices: The till's own names for devices, and ours.
        raw_commands: Printer commands that the till has composed itself are passed on, but none
            that reach the drawer.
        stale_scan_seconds: An older scan is not handed out: another customer stands there now.
    """

    name: Name
    kind: Literal["hw_proxy", "iot", "epos", "webprnt"]
    workstation: Name
    addresses: tuple[str, ...]
    origins: tuple[Origin, ...] = ()
    programs: bool = False
    scopes: tuple[Scope, ...]
    rights: tuple[Right, ...] = ()
    devices: dict[TillName, Name] = msgspec.field(default_factory=dict)
    raw_commands: bool = False
    stale_scan_seconds: Annotated[float, msgspec.Meta(gt=0, le=600)] = 5.0

    @property
    def networks(self) -> tuple[Network, ...]:
        """`addresses` as networks; they are checked with the configuration."""
        return tuple(ipaddress.ip_network(each, strict=False) for each in self.addresses)


DOOR_SCOPES = frozenset({Scope.PRINT, Scope.DRAWER, Scope.SCAN, Scope.PAY, Scope.READ})
"""What a door can do at all."""
DOOR_RIGHTS = frozenset({Right.NO_SALE})
"""The rights of what a door can do."""


def split_address(listen: str) -> tuple[str, int]:
    """Host and port of a `listen` address."""
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)


def check_listening(settings: DoorsSettings, *, certificate: bool) -> Iterator[str]:
    """Where doors listen makes sense; `certificate` is whether `[api.tls]` is there."""
    for listen in (*settings.listen, *settings.listen_tls):
        host, port = split_address(listen)
        if port > _LARGEST_PORT:
            yield f"doors.listen: {listen} has no port from 0 to {_LARGEST_PORT}."
        if not _is_address(host):
            yield f"doors.listen: {host} is no address."
        elif (
            listen in settings.listen
            and not _is_loopback(host)
            and not settings.plain_http_on_the_network
        ):
            yield (
                f"doors.listen: {listen} is on the network, where anybody can read plain HTTP."
                " Use listen_tls; or if that is meant, say plain_http_on_the_network = true."
            )
    if settings.listen_tls and not certificate:
        yield "doors.listen_tls: there is no certificate. Write a table [api.tls]."


def check_doors(
    doors: Sequence[Door], workstations: Sequence[str], families: Mapping[str, str]
) -> Iterator[str]:
    """What doors say about other tables; yields mistakes that begin with their path."""
    for door in doors:
        path = f"door.{door.name}"
        if door.workstation not in workstations:
            yield f"{path}.workstation: {unknown('workstation', door.workstation, workstations)}"
        yield from _check_admission(door, path)
        for till_name, device in door.devices.items():
            if device not in families:
                yield f'{path}.devices."{till_name}": {unknown("device", device, families)}'


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return True


def _is_loopback(host: str) -> bool:
    return host == "localhost" or ipaddress.ip_address(host).is_loopback


def _check_admission(door: Door, path: str) -> Iterator[str]:
    if not door.addresses:
        yield f"{path}.addresses: nobody could call. Name the till's address or network."
    for address in door.addresses:
        try:
            ipaddress.ip_network(address, strict=False)
        except ValueError:
            yield f'{path}.addresses: "{address}" is no address and no network (192.168.1.0/24).'
    if not door.origins and not door.programs:
        yield f"{path}.origins: nobody could call. Name the origin of the till's pages."
    for scope in door.scopes:
        if scope not in DOOR_SCOPES:
            allowed = ", ".join(sorted(DOOR_SCOPES))
            yield f'{path}.scopes: a door cannot have "{scope}". Possible: {allowed}.'
    for right in door.rights:
        if right not in DOOR_RIGHTS:
            allowed = ", ".join(sorted(DOOR_RIGHTS))
            yield f'{path}.rights: a door cannot have "{right}". Possible: {allowed}.'
