"""Open ports on the shop's own networks: looked for on request, and never beyond bounds.

A connection is opened and closed, and nothing is sent. Only addresses of our own networks are
tried, of a large one only the 256 around our own; so many at once, each for a moment, and all of it
ends after half a minute. A shop's switch does not notice; a firewall may write a line.
"""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Iterable, Mapping

from drivers.discovery.candidate import Candidate, Found, Progress

Network = ipaddress.IPv4Network

AT_ONCE = 64
CONNECT_SECONDS = 0.4
"""In a shop's network a host answers in milliseconds."""
PROBE_SECONDS = 30.0
LARGEST_PREFIX = 24

PORTS = {
    9100: "raw printing: a receipt printer, or any other printer",
    20007: "ZVT: a payment terminal",
    22000: "ZVT: a payment terminal",
    8888: "Caisse-AP: a payment terminal",
}
"""Ports and what usually listens there."""


def own_networks() -> list[Network]:
    """The networks of this machine's interfaces, without loopback and link-local ones."""
    import ifaddr  # noqa: PLC0415 - only on request

    networks: dict[Network, None] = {}
    for adapter in ifaddr.get_adapters():
        for address in adapter.ips:
            if isinstance(address.ip, str):
                prefix = max(address.network_prefix, LARGEST_PREFIX)
                network = Network(f"{address.ip}/{prefix}", strict=False)
                if not (network.is_loopback or network.is_link_local) and network.is_private:
                    networks[network] = None
    return list(networks)


async def probe(
    found: Found,
    progress: Progress,
    networks: Iterable[Network] | None = None,
    ports: Mapping[int, str] = PORTS,
) -> None:
    """Try the ports of every address; `found` gets those that are open.

    Args:
        found: As above.
        progress: Told how far it is.
        networks: Ours where None.
        ports: And what listens there.
    """
    nets = own_networks() if networks is None else list(networks)
    targets = [(str(host), port) for each in nets for host in each.hosts() for port in ports]
    done = 0
    known = {each.place for each in found.candidates}
    turns = asyncio.Semaphore(AT_ONCE)

    async def try_one(host: str, port: int) -> None:
        nonlocal done
        async with turns:
            if await _is_open(host, port) and f"{host}:{port}" not in known:
                found.candidates.append(_candidate(host, port, ports[port]))
        done += 1
        progress("addresses", done, len(targets))

    try:
        async with asyncio.timeout(PROBE_SECONDS), asyncio.TaskGroup() as group:
            for host, port in targets:
                group.create_task(try_one(host, port))
    except TimeoutError:
        found.troubles.append(
            f"The network was too slow: {done} of {len(targets)} addresses in"
            f" {PROBE_SECONDS:.0f} seconds."
        )
    found.candidates.sort(key=_order)


async def _is_open(host: str, port: int) -> bool:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as end:
        end.setblocking(False)  # noqa: FBT003 - the socket's own argument
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(CONNECT_SECONDS):
                await loop.sock_connect(end, (host, port))
            return True
    return False


def _candidate(host: str, port: int, what: str) -> Candidate:
    place = f"{host}:{port}"
    if "printer" in what:
        note = "If that is a receipt printer: nothing was sent to find out."
        settings: dict[str, str | int] = {"host": host, **({} if port == 9100 else {"port": port})}  # noqa: PLR2004 - the driver's default
        return Candidate("probe", place, what, "pos_printer", "escpos", settings, note)
    note = "See docs/payment-terminals.md for its table; it needs a password or a till number."
    return Candidate("probe", place, what, "payment_terminal", note=note)


def _order(candidate: Candidate) -> tuple[str, list[int], str]:
    """By kind of finding, then by address as a number."""
    numbers = [int(part) for part in candidate.place.replace(":", ".").split(".") if part.isdigit()]
    return candidate.source, numbers, candidate.place
