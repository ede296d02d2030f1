"""Printers that tell the network where they are: mDNS service discovery (RFC 6762, RFC 6763).

`_pdl-datastream._tcp` is raw printing on port 9100, `_printer._tcp` is LPD. The same printer often
tells both, so it is known by its host. What it is called stands in its text record under `ty` or
`product` (Bonjour Printing Specification 1.2.1).
"""

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from drivers.discovery.candidate import Candidate, Found, Setting
from drivers.discovery.makers import is_receipt_printer, profile_of

if TYPE_CHECKING:
    from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

RAW, LPD = "_pdl-datastream._tcp.local.", "_printer._tcp.local."
RAW_PORT = 9100
ANSWER_MS = 3000


async def look_on_network(
    found: Found, seconds: float, interfaces: Sequence[str] | None = None
) -> None:
    """Listen for printers for so many seconds.

    Args:
        found: Gets what was found.
        seconds: How long; the question is repeated after one and after three (RFC 6762, 5.2).
        interfaces: Addresses of ours to ask from; all where None.
    """
    from zeroconf import IPVersion, ServiceStateChange, Zeroconf  # noqa: PLC0415 - costs 60 ms
    from zeroconf.asyncio import AsyncServiceBrowser, AsyncZeroconf  # noqa: PLC0415 - as above

    names: dict[tuple[str, str], None] = {}

    def note(
        zeroconf: Zeroconf,  # noqa: ARG001 - zeroconf calls with all four by name
        service_type: str,
        name: str,
        state_change: ServiceStateChange,
    ) -> None:
        if state_change is not ServiceStateChange.Removed:
            names[service_type, name] = None

    try:
        listener = (
            AsyncZeroconf(ip_version=IPVersion.V4Only)
            if interfaces is None
            else AsyncZeroconf(interfaces=list(interfaces), ip_version=IPVersion.V4Only)
        )
    except OSError as error:
        found.troubles.append(f"The network cannot be asked for printers: {error}.")
        return
    try:
        browser = AsyncServiceBrowser(listener.zeroconf, [RAW, LPD], handlers=[note])
        await asyncio.sleep(seconds)
        await browser.async_cancel()
        found.candidates += await _asked(listener, names)
    finally:
        await listener.async_close()


async def _asked(listener: "AsyncZeroconf", names: Iterable[tuple[str, str]]) -> list[Candidate]:
    """Where each printer is; raw printing before LPD, each host once."""
    from zeroconf.asyncio import AsyncServiceInfo  # noqa: PLC0415 - imported by now

    by_host: dict[str, Candidate] = {}
    for service_type, name in sorted(names):
        info = AsyncServiceInfo(service_type, name)
        if await info.async_request(listener.zeroconf, ANSWER_MS):
            for host in info.parsed_addresses()[:1]:
                by_host.setdefault(host, _candidate(info, host, raw=service_type == RAW))
    return list(by_host.values())


def _candidate(info: "AsyncServiceInfo", host: str, *, raw: bool) -> Candidate:
    what = _text(info, "ty") or _text(info, "product").strip("()") or info.name.split("._")[0]
    port = info.port if raw and info.port else RAW_PORT
    place = f"{host}:{port}"
    if not is_receipt_printer(what):
        note = "By its name no receipt printer; nothing is proposed."
        return Candidate("mdns", place, what, note=note)
    settings: dict[str, Setting] = {"host": host}
    if port != RAW_PORT:
        settings["port"] = port
    if profile := profile_of(what):
        settings["profile"] = profile
    note = "" if raw else f"It tells of LPD alone; that it takes raw printing on {port} is a guess."
    return Candidate("mdns", place, what, "pos_printer", "escpos", settings, note)


def _text(info: "AsyncServiceInfo", key: str) -> str:
    """A value of the text record; empty where it is not there."""
    with contextlib.suppress(UnicodeDecodeError):
        return (info.properties.get(key.encode()) or b"").decode()
    return ""
