"""One MQTT connection, from CONNECT to its end. It never reconnects; `Link` makes a fresh one."""

import asyncio
import contextlib
from typing import Protocol, Self

from edge_daemon.mqtt.errors import BrokerError, BrokerRefusedError, VersionRefusedError
from edge_daemon.mqtt.network import (
    UNLIMITED_RECEIVE_MAXIMUM,
    Message,
    NetworkThread,
    Terms,
    Version,
)
from edge_daemon.mqtt.reasons import FAILURE, UNSUPPORTED_VERSION
from edge_daemon.mqtt.settings import BrokerSettings

REACH_SECONDS = 10.0
"""For TCP and TLS."""
TRIAL_SECONDS = 2.0
"""From a CONNECT of MQTT 5 to its CONNACK, where 3.1.1 is tried next: a broker that misreads it
waits for more of it."""
ANSWER_SECONDS = 20.0
"""From any other CONNECT to its CONNACK: a broker to which all shops return at once is busy."""
SUBSCRIBE_SECONDS = 10.0
CLOSE_SECONDS = 1.0
"""For the last messages and the DISCONNECT to leave."""


class Listener(Protocol):
    """Who is told what happens on a connection; always called on the event loop."""

    def on_message(self, message: Message) -> None:
        """A message came in. It is not acknowledged yet."""
        ...

    def on_puback(self, mid: int, reason: int) -> None:
        """The broker took a message, or refused it. No more is known than that."""
        ...


class Connection:
    """An open connection. Make it with `open`.

    Attributes:
        ended: Done when the connection is over; its result says why.
        receive_maximum: Unconfirmed messages that the broker can stand. paho does not look at it:
            the caller's window has to.
    """

    def __init__(self, settings: BrokerSettings, terms: Terms, listener: Listener) -> None:
        loop = asyncio.get_running_loop()
        self.version: Version = terms.version
        self.receive_maximum = UNLIMITED_RECEIVE_MAXIMUM
        self.ended: asyncio.Future[str] = loop.create_future()
        self._address = settings.address
        self._tls = settings.tls is not None
        self._listener = listener
        self._accepted: asyncio.Future[None] = loop.create_future()
        self._subscriptions: dict[int, asyncio.Future[None]] = {}
        on_trial = terms.version == "5" and settings.protocol == "auto"
        self._patience = TRIAL_SECONDS if on_trial else ANSWER_SECONDS
        self._reached = False
        self._deadline = asyncio.timeout(REACH_SECONDS)
        self._network = NetworkThread(settings, terms, self)

    @property
    def taken_over(self) -> bool:
        """True when the broker ended it because another client came with the same name."""
        return self._network.taken_over

    @classmethod
    async def open(cls, settings: BrokerSettings, terms: Terms, listener: Listener) -> Self:
        """Connect, and return once the broker has accepted.

        Raises:
            VersionRefusedError: The broker does not speak this version.
            BrokerRefusedError: The broker said no, or the certificates do not fit.
            BrokerError: Nobody there, or no answer.
        """
        connection = cls(settings, terms, listener)
        try:
            async with connection._deadline:
                await connection._accepted
        except TimeoutError as error:
            connection._network.let_go()
            raise connection._no_answer() from error
        except BaseException:
            connection._network.let_go()
            raise
        return connection

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> int:
        """Hand a message to the network thread, at QoS 1.

        Returns:
            The identifier that `on_puback` will name.

        Raises:
            BrokerError: The queue is full, which the caller's window should have prevented.
        """
        mid, wrong = self._network.publish(topic, payload, retain=retain)
        if wrong:
            raise BrokerError(f"A message for {topic} was not taken: {wrong}.")
        return mid

    def acknowledge(self, message: Message) -> None:
        """Tell the broker that `message` is dealt with."""
        self._network.acknowledge(message.mid)

    async def subscribe(self, *filters: str) -> None:
        """Subscribe at QoS 1 and wait for the broker's word.

        Raises:
            BrokerRefusedError: We may not read one of them.
            BrokerError: No answer, or no connection any more.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        mid = self._network.subscribe(filters)
        self._subscriptions[mid] = done
        try:
            async with asyncio.timeout(SUBSCRIBE_SECONDS):
                await done
        except TimeoutError as error:
            raise BrokerError(f"The broker at {self._address} does not answer.") from error
        finally:
            del self._subscriptions[mid]

    def unsubscribe(self, *filters: str) -> None:
        """Tell the broker that we listen there no more; something may still come."""
        self._network.unsubscribe(filters)

    async def close(self) -> None:
        """Say goodbye: what was published before still leaves, the will is not published."""
        self._network.disconnect()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await asyncio.shield(self.ended)
        self._network.let_go()

    # --- Facts, from the network thread ---

    def reached(self) -> None:
        """From now on the broker has to answer."""
        self._reached = True
        if not self._accepted.done():
            self._deadline.reschedule(asyncio.get_running_loop().time() + self._patience)

    def answered(self, reason: int, name: str, receive_maximum: int) -> None:
        """The broker answered the CONNECT."""
        self.receive_maximum = receive_maximum
        if self._accepted.done():
            return
        if reason == UNSUPPORTED_VERSION:
            self._accepted.set_exception(self._version_refused(explicit=True))
        elif reason >= FAILURE:
            message = f"The broker at {self._address} refused the connection: {name}."
            self._accepted.set_exception(BrokerRefusedError(message))
        else:
            self._accepted.set_result(None)

    def subscribed(self, mid: int, reasons: list[int]) -> None:
        """The broker answered a SUBSCRIBE."""
        done = self._subscriptions.get(mid)
        if done is None or done.done():
            return
        if any(reason >= FAILURE for reason in reasons):
            broker = f"The broker at {self._address}"
            message = f"{broker} does not let us read our topics. Check its access list."
            done.set_exception(BrokerRefusedError(message))
        else:
            done.set_result(None)

    def published(self, mid: int, reason: int) -> None:
        """The broker answered a PUBLISH."""
        self._listener.on_puback(mid, reason)

    def received(self, message: Message) -> None:
        """A PUBLISH came in."""
        self._listener.on_message(message)

    def over(self, why: str, *, refused: bool) -> None:
        """Wake everybody who still waits for something."""
        if not self.ended.done():
            self.ended.set_result(why)
        kind = BrokerRefusedError if refused else BrokerError
        lost = kind(f"No connection to the broker at {self._address}: {why.rstrip('.')}.")
        for waiting in self._subscriptions.values():
            if not waiting.done():
                waiting.set_exception(lost)
        if not self._accepted.done():
            silent = self._reached and not refused
            self._accepted.set_exception(self._no_answer() if silent else lost)

    def _no_answer(self) -> BrokerError:
        if self._reached:
            return self._version_refused(explicit=False)
        return BrokerError(f"The broker at {self._address} cannot be reached.")

    def _version_refused(self, *, explicit: bool) -> VersionRefusedError:
        did = "does not speak" if explicit else "does not answer in"
        question = " Does it accept our certificate?" if self._tls and not explicit else ""
        return VersionRefusedError(
            f"The broker at {self._address} {did} MQTT {self.version}.{question}",
            explicit=explicit,
        )
