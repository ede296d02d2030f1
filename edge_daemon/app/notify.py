"""What systemd is told: ready, alive, stopping.

Source: sd_notify(3), systemd 252: datagrams to the socket named by NOTIFY_SOCKET.
"""

import asyncio
import os
import socket

from edge_daemon.journal import Journal

MICROSECONDS = 1_000_000


class Notifier:
    """Speaks to the service manager that started us; silent where there is none."""

    def __init__(self) -> None:
        self._address = os.environ.get("NOTIFY_SOCKET", "")
        self._watchdog = int(os.environ.get("WATCHDOG_USEC", "0")) / MICROSECONDS

    def ready(self, status: str) -> None:
        """The journal and the API are up."""
        self._send(f"READY=1\nSTATUS={status}")

    def stopping(self) -> None:
        """The daemon is going down in good order."""
        self._send("STOPPING=1")

    async def feed_watchdog(self, journal: Journal) -> None:
        """Say that we live while the event loop turns and the journal commits, until cancelled.

        Three times in each period; a journal that does not answer starves the watchdog.
        """
        if not self._watchdog:
            return
        while True:
            await journal.check_alive()
            self._send("WATCHDOG=1")
            await asyncio.sleep(self._watchdog / 3)

    def _send(self, message: str) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address[0] == "@" else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as connection:
            connection.sendto(message.encode(), address)
