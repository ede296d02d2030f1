"""nexo terminals on the local network, in the dialect of Adyen's Terminal API.

    settings, terminal         what is configured, and the family's verbs
    channel                    how a message gets there: sealed, posted, opened
    exchange                   one question and its answer, and what it means that none came
    paying, questions          money; everything else, also what became of money
    requests                   what the till asks
    results, reports, cards    from the terminal's words to the family's values
    notifications              what the terminal tells unasked
    recovery                   what became of a payment whose end was lost

A terminal keeps its messages by SaleID and ServiceID, and tells what became of each. So a payment
in doubt is always asked for, and never sent again. What nexo has not: a byte that makes the
terminal keep a booking. `commit` is awaited before the driver returns.

Source: nexo Retailer Protocol 3.1; Adyen/adyen-openapi json/TerminalAPI-v1.json.
"""

import ssl
from collections.abc import Awaitable, Callable, Mapping

from drivers.errors import RefusedError
from drivers.payment_terminal import PaymentTerminal
from drivers.payment_terminal.nexo.channel import PostChannel, ProtectedEnvelope
from drivers.payment_terminal.nexo.settings import PATH, Settings
from drivers.payment_terminal.nexo.terminal import NexoTerminal, open_terminal
from drivers.settings import read_secret
from drivers.transport.https import HttpsClient
from drivers.transport.tcp import TcpStream, find_addresses
from drivers.transport.tcp_listener import listen_tcp
from drivers.wire.nexo.protection import Protection, derive_keys

__all__ = ["Settings", "open_device"]


async def open_device(
    name: str, settings: Settings, devices: Mapping[str, object]
) -> PaymentTerminal:
    """Ask the terminal how it is, and log in where it wants that.

    Raises:
        OfflineError: Not reachable, or it does not answer.
        RefusedError: It does not take this till, or it is not the terminal that it should be.
    """
    del devices
    passphrase = read_secret(name, settings.passphrase, settings.passphrase_credential)
    protection = Protection(derive_keys(passphrase), settings.key_identifier, settings.key_version)
    client = HttpsClient(
        f"https://{settings.host}:{settings.port}",
        _trust(name, settings.ca_file),
        connect_timeout=settings.connect_timeout,
        common_name=settings.common_name,
    )
    envelope = ProtectedEnvelope(protection)
    channel = PostChannel(client, PATH, envelope)
    terminal = await open_terminal(NexoTerminal(name, settings, channel), login=settings.login)
    try:
        await _listen(name, settings, terminal.notifications(envelope).serve, terminal)
    except BaseException:
        await terminal.close()
        raise
    return terminal


async def _listen(
    name: str,
    settings: Settings,
    serve: Callable[[TcpStream], Awaitable[None]],
    terminal: NexoTerminal,
) -> None:
    """Hear what the terminal tells unasked, where the configuration says so."""
    if settings.notification_port is None:
        return
    try:
        peers = await find_addresses(settings.host, settings.port)
        listener = await listen_tcp(
            settings.notification_host,
            settings.notification_port,
            serve,
            peers=peers,
            context=_certified(settings),
        )
    except OSError as error:
        raise RefusedError(
            f"The port for the payment terminal's notifications cannot be opened: {error}",
            device=name,
        ) from error
    terminal.keep(listener)


def _certified(settings: Settings) -> ssl.SSLContext | None:
    """Show the till's certificate to the terminal, where there is one.

    Raises:
        OSError: Its files cannot be read, or do not belong together.
    """
    if settings.notification_cert_file is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.notification_cert_file, settings.notification_key_file)
    return context


def _trust(name: str, ca_file: str) -> ssl.SSLContext:
    """Trust this root alone; the name in the certificate is checked by its pattern."""
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise RefusedError(
            f"The root certificate {ca_file} of the payment terminals cannot be read: {error}.",
            device=name,
        ) from error
    context.check_hostname = False
    return context
