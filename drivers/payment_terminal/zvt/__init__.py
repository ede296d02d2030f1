"""ZVT terminals (Ingenico, Verifone, CCV, PAX, Feig and others in DE, AT, CH, LU, NL).

    settings, terminal         what is configured, and the family's verbs
    commands                   from the family's requests to the till's commands
    framing, link              whole messages over TCP or a serial line, watched
    conversation, answers      one command: what is sent, heard and acknowledged
    receipts, results          from the terminal's words to the family's values
    recovery                   what became of a payment whose end was lost
    unasked, tracing           what nobody asked for, and what support may see

The terminal's promises are those of the manual; every terminal breaks one of them. What the
driver never does by itself: acknowledge a result, or send a payment twice.

Source: ZVT PA00P015 rev. 13.08 and PA00P016 rev. 04.
"""

from collections.abc import Mapping

from drivers.errors import OfflineError, UnsupportedError
from drivers.payment_terminal import PaymentTerminal
from drivers.payment_terminal.zvt.framing import Framing, SerialFraming, TcpFraming
from drivers.payment_terminal.zvt.settings import Settings
from drivers.payment_terminal.zvt.terminal import ZvtTerminal
from drivers.transport.serial import open_serial
from drivers.transport.tcp import open_tcp

__all__ = ["Settings", "open_device"]


async def open_device(
    name: str, settings: Settings, devices: Mapping[str, object]
) -> PaymentTerminal:
    """Connect to the terminal and register the till there.

    Raises:
        OfflineError: Not reachable, or it does not answer.
        RefusedError: It does not take this till, or something else answers on this port.
        UnsupportedError: The URL or the line's settings are not possible.
    """
    del devices
    try:
        framing = await _connect(settings)
    except ValueError as error:
        raise UnsupportedError(str(error), device=name) from error
    except (OSError, TimeoutError) as error:
        raise OfflineError(
            f"The payment terminal at {settings.address} cannot be reached. Check its power and "
            "its cable.",
            device=name,
        ) from error
    terminal = ZvtTerminal(name, settings, framing)
    try:
        await terminal.login()
    except BaseException:
        await terminal.close()
        raise
    terminal.watch()
    return terminal


async def _connect(settings: Settings) -> Framing:
    if settings.host is not None:
        stream = await open_tcp(settings.host, settings.port, timeout=settings.connect_timeout)
        return TcpFraming(stream, settings.acknowledgement_timeout)
    return SerialFraming(
        await open_serial(
            settings.url or "", baudrate=settings.baudrate, stop_bits=settings.stop_bits
        )
    )
