"""paho on a network thread of ours: bytes in, facts out.

The rules here, each for a trap that was met:

- Every callback only hands its facts over to the event loop and returns. paho holds locks around
  some of them (a lock of ours taken there and around `publish()` closes a circle for ever), and
  what a callback raises ends the thread.
- The thread is ours rather than paho's `loop_start`, so its end, for whatever reason, is a fact
  that is handed over too. It also connects and shakes hands for TLS.
- paho's own reconnect and its automatic acknowledgement are off, and its queue has a tripwire:
  the journal is the queue, and an acknowledgement follows a commit, not a callback.

Source: paho-mqtt 2.2; MQTT 5.0 and 3.1.1 (OASIS).
"""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any, Literal, NamedTuple, Protocol

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge_daemon.mqtt.errors import BrokerRefusedError
from edge_daemon.mqtt.reasons import SESSION_TAKEN_OVER
from edge_daemon.mqtt.settings import BrokerSettings
from edge_daemon.mqtt.tls import distrust, refusal

Version = Literal["5", "3.1.1"]

SELECT_SECONDS = 1.0
"""The thread looks at its keep-alive this often."""
RECEIVE_MAXIMUM = 256
"""Messages that a broker may send us ahead of our acknowledgements: bounds our memory."""
UNLIMITED_RECEIVE_MAXIMUM = 65_535
"""What a broker allows that names no Receive Maximum (MQTT 5.0, 3.2.2.3.3)."""
MAXIMUM_PACKET = 1_048_576
"""Bytes of a message that an MQTT 5 broker may send us: four times the largest that we know. What
is larger it drops (MQTT 5.0, 3.1.2.11.4), before it costs us memory."""
QUEUE_TRIPWIRE = 2_000
"""Messages in paho's queue that mean that somebody forgot the window."""
_PROTOCOLS: dict[Version, MQTTProtocolVersion] = {
    "5": MQTTProtocolVersion.MQTTv5,
    "3.1.1": MQTTProtocolVersion.MQTTv311,
}


class Message(NamedTuple):
    """A message that came in; `mid` acknowledges it. A topic that is no UTF-8 is empty."""

    topic: str
    payload: bytes
    mid: int
    retained: bool


class Will(NamedTuple):
    """What the broker publishes, retained, when we vanish."""

    topic: str
    payload: bytes


class Terms(NamedTuple):
    """What one connection is opened with.

    Attributes:
        client_id: Unique at the broker: a second one ends the first.
        will: Published by the broker when we vanish without a word.
        session_seconds: How long the broker keeps our subscriptions and what came for them while
            we are away; 0 starts clean. MQTT 3.1.1 knows only 0 and for ever.
    """

    client_id: str
    version: Version
    will: Will | None
    session_seconds: int


class Facts(Protocol):
    """Who is told; always called on the event loop."""

    def reached(self) -> None:
        """Somebody took the TCP connection (and shook hands, with TLS); CONNECT is on its way."""
        ...

    def answered(self, reason: int, name: str, receive_maximum: int) -> None:
        """The broker answered the CONNECT."""
        ...

    def subscribed(self, mid: int, reasons: list[int]) -> None:
        """The broker answered a SUBSCRIBE."""
        ...

    def published(self, mid: int, reason: int) -> None:
        """The broker answered a PUBLISH."""
        ...

    def received(self, message: Message) -> None:
        """A PUBLISH came in."""
        ...

    def over(self, why: str, *, refused: bool) -> None:
        """The connection is over, or there never was one; `refused`: a person has to mend it."""
        ...


class NetworkThread:
    """Runs one paho client from its connect to its end.

    Attributes:
        taken_over: The broker ended it because another client came with the same name.
    """

    def __init__(self, settings: BrokerSettings, terms: Terms, facts: Facts) -> None:
        self._settings = settings
        self._terms = terms
        self._facts = facts
        self._loop = asyncio.get_running_loop()
        self._let_go = threading.Event()
        self._farewell = ""
        self._refusal = ""
        self.taken_over = False
        self._json_lines = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho's
        self._json_lines.PayloadFormatIndicator = 1
        self._client = self._make_client()
        name = f"mqtt-{terms.client_id}"
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> tuple[int, str]:
        """Queue a PUBLISH at QoS 1: its message identifier, and what is wrong, or nothing."""
        properties = self._json_lines if self._terms.version == "5" else None
        info = self._client.publish(topic, payload, qos=1, retain=retain, properties=properties)
        taken = info.rc in (MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_NO_CONN)
        return info.mid, "" if taken else info.rc.name

    def subscribe(self, filters: tuple[str, ...]) -> int:
        """Queue a SUBSCRIBE at QoS 1; 0 when there is no connection any more."""
        _, mid = self._client.subscribe([(name, 1) for name in filters])
        return mid or 0

    def unsubscribe(self, filters: tuple[str, ...]) -> None:
        """Queue an UNSUBSCRIBE."""
        self._client.unsubscribe(list(filters))

    def acknowledge(self, mid: int) -> None:
        """Queue a PUBACK."""
        self._client.ack(mid, 1)

    def disconnect(self) -> None:
        """Send what is queued, then DISCONNECT: the will is not published."""
        self._client.disconnect()

    def let_go(self) -> None:
        """End the thread as soon as it looks."""
        self._let_go.set()
        self._client.disconnect()

    # --- on the thread ---

    def _work(self) -> None:
        refused = ""
        try:
            why = self._serve()
            refused = self._refusal
        except BrokerRefusedError as error:
            why = refused = str(error)
        except ssl.SSLCertVerificationError as error:
            why = refused = distrust(error, self._settings.host)
        except Exception as error:  # noqa: BLE001 - whatever ends this thread ends the connection
            why = str(error) or type(error).__name__
            refused = refusal(why)
        if not self._hand_over(self._end, refused or self._farewell or why, bool(refused)):
            self._close_sockets()

    def _serve(self) -> str:
        self._connect()
        self._hand_over(self._facts.reached)
        while not self._let_go.is_set():
            code = self._client.loop(SELECT_SECONDS)
            if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return f"the connection was lost ({code.name})"
            if self._client.socket() is None:
                break
        return "closed"

    def _connect(self) -> None:
        if self._settings.username is not None:
            self._client.username_pw_set(self._settings.username, self._settings.read_password())
        if self._settings.tls is not None:
            self._client.tls_set_context(self._settings.tls.context())
            self._client.on_log = self._on_log
        host, port, keepalive = self._settings.host, self._settings.port, self._settings.keepalive
        if self._terms.version == "3.1.1":
            self._client.connect(host, port, keepalive)
            return
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
        properties.MaximumPacketSize = MAXIMUM_PACKET
        properties.SessionExpiryInterval = self._terms.session_seconds
        clean_start = self._terms.session_seconds == 0
        self._client.connect(host, port, keepalive, clean_start=clean_start, properties=properties)

    def _hand_over(self, fact: Callable[..., None], *arguments: object) -> bool:
        """Have `fact` called on the event loop; False when that is gone and nobody listens."""
        try:
            self._loop.call_soon_threadsafe(fact, *arguments)
        except RuntimeError:
            return False
        return True

    def _close_sockets(self) -> None:
        """Close what paho leaves to the garbage collector: its connection and its wake-up pair."""
        self._client._reset_sockets()  # noqa: SLF001 - there is no public way

    # --- on the event loop again ---

    def _end(self, why: str, refused: bool) -> None:  # noqa: FBT001 - handed over by position
        """The thread has ended, and only this loop publishes: nobody else uses the sockets."""
        self._close_sockets()
        self._facts.over(why, refused=refused)

    # --- paho's callbacks, on the thread ---

    def _make_client(self) -> Client:
        terms = self._terms
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=terms.client_id,
            clean_session=None if terms.version == "5" else terms.session_seconds == 0,
            protocol=_PROTOCOLS[terms.version],
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.max_inflight_messages = QUEUE_TRIPWIRE
        client.max_queued_messages = QUEUE_TRIPWIRE
        client.on_socket_open = _switch_off_nagle
        client.on_socket_register_write = _leave_writing_to_the_thread
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        if terms.will is not None:
            client.will_set(terms.will.topic, terms.will.payload, qos=1, retain=True)
        return client

    def _on_log(self, _client: Client, _userdata: object, _level: int, text: str) -> None:
        """Listen for the broker's word on our certificate, which paho tells nowhere else.

        In TLS 1.3 it comes when our side of the handshake has long ended.
        """
        self._refusal = self._refusal or refusal(text)

    def _on_connect(
        self,
        client: Client,
        _userdata: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        client.on_log = None
        maximum = getattr(properties, "ReceiveMaximum", UNLIMITED_RECEIVE_MAXIMUM)
        self._hand_over(self._facts.answered, reason.value, reason.getName(), maximum)

    def _on_disconnect(
        self,
        _client: Client,
        _userdata: object,
        flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if flags.is_disconnect_packet_from_server:
            self.taken_over = reason.value == SESSION_TAKEN_OVER
            self._farewell = f"the broker ended the connection ({reason.getName()})"

    def _on_subscribe(
        self,
        _client: Client,
        _userdata: object,
        mid: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        self._hand_over(self._facts.subscribed, mid, [reason.value for reason in reasons])

    def _on_publish(
        self,
        _client: Client,
        _userdata: object,
        mid: int,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._hand_over(self._facts.published, mid, reason.value)

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""
        received = Message(topic, bytes(message.payload), message.mid, message.retain)
        self._hand_over(self._facts.received, received)


def _switch_off_nagle(_client: Client, _userdata: object, opened: Any) -> None:  # noqa: ANN401 - paho's
    """Without this an acknowledged round trip costs 88 ms instead of 1."""
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _leave_writing_to_the_thread(_client: Client, _userdata: object, _socket: object) -> None:
    """A callback in this place keeps `publish()` from writing on the caller's thread."""
