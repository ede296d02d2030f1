"""EXPERIMENTAL: OPI terminals (CCV, Thales/Lavego, InterCard, in NL and DE), one dialect.

Never run against a real terminal, and written without its specification. What is known and what
is not stands in `drivers/wire/opi` and in `docs/payment-terminals.md`.

    settings, terminal    what is configured, and the family's verbs
    devices               the till's devices, as the terminal sees them
    exchange              one request and its response, over both channels
    paying                a request that moves money
    results, recovery     from the terminal's words to the family's values

OPI has no byte that makes a terminal keep or drop a booking: a `Success` is final when it is
sent. So `commit` is awaited before a verb returns, and what was approved and not asked for is
given back by a reversal.

Source: tillhub/payment-engine `payment-plugins/opi` (MIT, 2025-07); CCV NL's V400m manual for the
ports.
"""

from collections.abc import Mapping

from drivers.errors import OfflineError, RefusedError
from drivers.payment_terminal import PaymentTerminal
from drivers.payment_terminal.opi.devices import DeviceChannel
from drivers.payment_terminal.opi.exchange import shown
from drivers.payment_terminal.opi.settings import Settings
from drivers.payment_terminal.opi.terminal import OpiTerminal
from drivers.payment_terminal.tracing import Trace
from drivers.transport import LinkLostError
from drivers.transport.tcp import find_addresses

__all__ = ["Settings", "open_device"]


async def open_device(
    name: str, settings: Settings, devices: Mapping[str, object]
) -> PaymentTerminal:
    """Open the port for the terminal's requests, and log the till in.

    Raises:
        OfflineError: The terminal is not reachable, or it does not answer.
        RefusedError: It does not take this till, something else answers there, or the till's own
            port is taken.
    """
    del devices
    trace = Trace("opi", shown)
    channel = DeviceChannel(settings, trace)
    try:
        peers = await find_addresses(settings.host, settings.port)
    except OSError as error:
        raise OfflineError(
            f"The payment terminal {settings.host} is not known in the network.", device=name
        ) from error
    try:
        await channel.open(peers)
    except LinkLostError as error:
        raise RefusedError(
            f"The port on which the payment terminal calls the till cannot be opened: {error}",
            device=name,
        ) from error
    terminal = OpiTerminal(name, settings, channel, trace)
    try:
        await terminal.login()
    except BaseException:
        await terminal.close()
        raise
    terminal.watch()
    return terminal
