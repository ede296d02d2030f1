"""The broker: does it take a connection, and does it let this box in?

It is asked as the relay asks it, with the configured name, password and certificates, but under a
client id of its own: with the relay's, the broker would end the relay's connection.
"""

import asyncio
import os
import socket

from edge_daemon.doctor.checks import Check, bad, good
from edge_daemon.mqtt import (
    BrokerError,
    BrokerRefusedError,
    Connection,
    Message,
    RelaySettings,
    Terms,
    VersionRefusedError,
)
from edge_daemon.mqtt.credentials import VARIABLE
from edge_daemon.mqtt.network import Version

TIMEOUT = 3.0
"""Seconds for the broker to take a connection."""
CONNECT_SECONDS = 10.0
"""For its answer to a CONNECT, in both versions of MQTT."""
MEANWHILE = "The shop sells on meanwhile; all of it follows later."


def check_broker(settings: RelaySettings, edge_id: str) -> Check:
    """Connect to the broker, and say goodbye. Blocks."""
    trouble = _unreachable(settings.host, settings.port)
    if trouble is not None:
        return trouble
    if _kept_for_the_service(settings):
        return good(
            "broker",
            f"{settings.address} takes connections. The key to it is handed to the service alone:"
            " edge-daemon status tells whether the broker lets it in.",
        )
    try:
        version = asyncio.run(_connect(settings, f"{edge_id}-doctor"))
    except BrokerRefusedError as error:
        mend = (
            "Check username, password_credential and certificates in [relay], and the broker's own"
            " users and access list; its log names the reason."
        )
        return bad("broker", str(error), f"{mend} {MEANWHILE}")
    except (BrokerError, TimeoutError) as error:
        found = str(error) or f"{settings.address} does not answer a CONNECT."
        mend = "Is that an MQTT broker, and does it want TLS ([relay.tls])? Check host and port."
        return bad("broker", found, f"{mend} {MEANWHILE}")
    return good("broker", f"{settings.address} lets this box in (MQTT {version}).")


def _unreachable(host: str, port: int) -> Check | None:
    """Why no connection can be made; None where one was."""
    try:
        with socket.create_connection((host, port), timeout=TIMEOUT):
            return None
    except socket.gaierror as error:
        found = f"The name {host} is not known: {error.strerror}."
        mend = f"Check [relay] host, and the network's name service (resolvectl query {host})."
    except TimeoutError:
        found = f"{host}:{port} does not answer within {TIMEOUT:.0f} s."
        mend = f"Is the network up (ping {host}), and does a firewall stand between?"
    except OSError as error:
        found = f"{host}:{port} takes no connection: {error.strerror or error}."
        mend = "Is the broker running (systemctl status mosquitto on its machine)? Check the port."
    return bad("broker", found, f"{mend} {MEANWHILE}")


def _kept_for_the_service(settings: RelaySettings) -> bool:
    """Whether a secret is a credential that only systemd's service gets."""
    tls = settings.tls
    named = settings.password_credential or (tls.key_credential if tls else None)
    return named is not None and not os.environ.get(VARIABLE)


async def _connect(settings: RelaySettings, client_id: str) -> Version:
    """Connect in the version that the broker speaks, and return it.

    Raises:
        BrokerError: It does not let us in, or does not answer.
        TimeoutError: As above.
    """
    wanted: tuple[Version, ...] = (
        ("5", "3.1.1") if settings.protocol == "auto" else (settings.protocol,)
    )
    async with asyncio.timeout(CONNECT_SECONDS):
        for version in wanted:
            terms = Terms(client_id, version, will=None, session_seconds=0)
            try:
                connection = await Connection.open(settings, terms, _Deaf())
            except VersionRefusedError:
                if version == wanted[-1]:
                    raise
            else:
                await connection.close()
                return version
    raise AssertionError(wanted)  # the last version returns or raises


class _Deaf:
    """Nothing is subscribed to, and nothing sent."""

    def on_message(self, message: Message) -> None:
        """Never called."""

    def on_puback(self, mid: int, reason: int) -> None:
        """Never called."""
