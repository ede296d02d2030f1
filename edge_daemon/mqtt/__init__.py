"""A thin foundation over paho-mqtt, shared by the relay and the central office.

`Link` stays connected and hands each fresh `Connection` to a conversation. PUBACK is flow control
and never delivery; nothing here repeats, stores or orders messages.
"""

from edge_daemon.mqtt.backoff import Backoff
from edge_daemon.mqtt.connection import Connection, Listener
from edge_daemon.mqtt.errors import BrokerError, BrokerRefusedError, VersionRefusedError
from edge_daemon.mqtt.link import Conversation, Link
from edge_daemon.mqtt.network import Message, Terms, Will
from edge_daemon.mqtt.settings import BrokerSettings, RelaySettings
from edge_daemon.mqtt.tls import TlsSettings
from edge_daemon.mqtt.topics import OFFICE, EdgeTopics, every_edge

__all__ = [
    "OFFICE",
    "Backoff",
    "BrokerError",
    "BrokerRefusedError",
    "BrokerSettings",
    "Connection",
    "Conversation",
    "EdgeTopics",
    "Link",
    "Listener",
    "Message",
    "RelaySettings",
    "Terms",
    "TlsSettings",
    "VersionRefusedError",
    "Will",
    "every_edge",
]
