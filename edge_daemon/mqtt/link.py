"""Stays connected: tries, falls back to an older MQTT, waits with jitter, tries again.

Each connection gets a fresh client and a fresh conversation, so nothing of an old one (paho's
queue, a window, a late acknowledgement) can reach the next.
"""

import asyncio
from collections.abc import Callable
from typing import NoReturn, Protocol

from edge_daemon.mqtt.backoff import Backoff
from edge_daemon.mqtt.connection import Connection, Listener
from edge_daemon.mqtt.errors import BrokerError, BrokerRefusedError, VersionRefusedError
from edge_daemon.mqtt.network import Terms, Version, Will
from edge_daemon.mqtt.settings import BrokerSettings

FIRST_RETRY_SECONDS = 0.2
RETRY_LIMIT_SECONDS = 30.0
STEADY_SECONDS = 5.0
"""A connection that lasted this long starts the delays anew; one that is cut at once does not."""
REFUSED_SECONDS = 10.0
"""A broker that said no says it again for a while; somebody has to change something."""
HUNG_UP_SECONDS = 2.0
"""A broker of MQTT 3.1.1 that ends a connection this soon may do so for what we sent: it has no
other way to say that we may not."""
HANG_UPS = 3
"""In a row: a broker that is restarted hangs up too, but not over and over."""
HANGS_UP = (
    "The broker at {address} lets us in and hangs up at once, over and over: it may not let us "
    "send or read our topics. Check its access list; its log names what it refused."
)
FALLING_BACK = "The broker knows only MQTT 3.1.1: falling back."


class Conversation(Listener, Protocol):
    """What is said on one connection."""

    @property
    def will(self) -> Will | None:
        """What the broker publishes, retained, when the connection breaks."""
        ...

    async def run(self, connection: Connection) -> None:
        """Speak until the connection ends, which cancels this.

        Raises:
            BrokerError: The connection is of no use any more; a new one is made.
        """
        ...


class Link:
    """Keeps one connection open, over and over.

    Attributes:
        connection: The open one, or None.
        version: Of MQTT, on the present or the next connection.
        note: What a person should know, such as that nobody is there; empty when all is well.
        taken_over: Another client came with our name, at least once; only MQTT 5 tells.
        refused: What only a person can mend: the broker does not let us in.
    """

    def __init__(
        self,
        settings: BrokerSettings,
        client_id: str,
        *,
        session_seconds: int = 0,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self.connection: Connection | None = None
        self.version: Version = "3.1.1" if settings.protocol == "3.1.1" else "5"
        self.note = ""
        self.refused = ""
        self.taken_over = False
        self._settings = settings
        self._client_id = client_id
        self._session_seconds = session_seconds
        self._on_change = on_change
        self._backoff = Backoff(FIRST_RETRY_SECONDS, RETRY_LIMIT_SECONDS)
        self._hang_ups = 0

    async def run(self, converse: Callable[[], Conversation]) -> NoReturn:
        """Connect and speak until cancelled. Network trouble only shows in `note`."""
        while True:
            delay = 0.0
            try:
                await self._connect_and_speak(converse())
            except VersionRefusedError as error:
                delay = self._try_other_version(error)
            except BrokerRefusedError as error:
                self.note = self.refused = str(error)
                delay = REFUSED_SECONDS
            except BrokerError as error:
                self.note = str(error)
                self._suspect_the_access_list()
            self._on_change()
            await asyncio.sleep(delay or self._backoff.next())

    async def _connect_and_speak(self, conversation: Conversation) -> None:
        terms = Terms(self._client_id, self.version, conversation.will, self._session_seconds)
        connection = await Connection.open(self._settings, terms, conversation)
        loop = asyncio.get_running_loop()
        opened_at = loop.time()
        steady = loop.call_later(STEADY_SECONDS, self._proved_steady)
        speaking = asyncio.ensure_future(conversation.run(connection))
        self._opened(connection)
        try:
            await asyncio.wait((speaking, connection.ended), return_when=asyncio.FIRST_COMPLETED)
            if speaking.done():
                speaking.result()
            raise BrokerError(_ended(self._settings, connection))
        finally:
            self.connection = None
            self.taken_over |= connection.taken_over
            steady.cancel()
            hung_up = connection.ended.done() and loop.time() - opened_at < HUNG_UP_SECONDS
            self._hang_ups = self._hang_ups + 1 if hung_up else 0
            await _stop(speaking)
            await connection.close()

    def _opened(self, connection: Connection) -> None:
        self.connection = connection
        if self._hang_ups < HANG_UPS:
            self.refused = ""
        fell_back = self.version == "3.1.1" and self._settings.protocol == "auto"
        self.note = FALLING_BACK if fell_back else ""
        self._on_change()

    def _proved_steady(self) -> None:
        self._backoff.reset()
        if self.refused:
            self.refused = ""
            self._on_change()

    def _suspect_the_access_list(self) -> None:
        """MQTT 5 gives reasons; before it, a broker that does not let us do something hangs up."""
        if self.version == "3.1.1" and self._hang_ups >= HANG_UPS:
            self.note = self.refused = HANGS_UP.format(address=self._settings.address)

    def _try_other_version(self, error: VersionRefusedError) -> float:
        """Choose the version of the next try, and how long to wait for it (0: the back-off's).

        A broker that says that it is too old is believed. One that hung up or kept silent may
        have been stopped at that moment, so both versions are tried in turn.
        """
        if self._settings.protocol != "auto":
            self.note = str(error)
            return 0.0
        self.version = "3.1.1" if self.version == "5" else "5"
        self.note = FALLING_BACK if error.explicit else str(error)
        return FIRST_RETRY_SECONDS if self.version == "3.1.1" else 0.0


def _ended(settings: BrokerSettings, connection: Connection) -> str:
    why = connection.ended.result() if connection.ended.done() else "closed"
    return f"The broker at {settings.address} is away: {why}."


async def _stop(task: "asyncio.Future[None]") -> None:
    """Cancel and wait; what it raised meanwhile concerns a connection that is over."""
    task.cancel()
    await asyncio.wait((task,))
    if not task.cancelled():
        task.exception()
