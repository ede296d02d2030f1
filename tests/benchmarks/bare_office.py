"""The least way to an acknowledgement: takes a message, commits its bytes, answers. Plain paho.

python -m tests.benchmarks.bare_office PORT DATABASE
"""

import pathlib
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from tests.benchmarks.raw_sqlite import RawJournal

JOURNAL, ACK = "bare/journal", "bare/ack"


class Bare(Client):
    """A client that sends at once and listens to one topic."""

    def __init__(self, topic: str, take: Callable[[MQTTMessage], None]) -> None:
        super().__init__(CallbackAPIVersion.VERSION2)
        self.subscribed = threading.Event()
        self._topic = topic
        self._take = take
        self.on_socket_open = self._set_nodelay
        self.on_connect = self._listen
        self.on_subscribe = self._tell
        self.on_message = self._hand_over

    def start(self, port: int) -> None:
        """Connect, and return once the broker passes messages on."""
        self.connect("127.0.0.1", port)
        self.loop_start()
        if not self.subscribed.wait(10):
            raise TimeoutError("The broker does not answer.")

    def _set_nodelay(self, _: Client, __: object, line: Any) -> None:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _listen(self, *_: Any) -> None:
        self.subscribe(self._topic, 1)

    def _tell(self, *_: Any) -> None:
        self.subscribed.set()

    def _hand_over(self, _: Client, __: object, message: MQTTMessage) -> None:
        self._take(message)


def serve(port: int, database: pathlib.Path) -> None:
    """Answer until killed; the first answer says that this is ready."""
    raw: list[RawJournal] = []

    def take(message: MQTTMessage) -> None:
        if not raw:
            raw.append(RawJournal(database))  # sqlite3 wants the thread that opened it
        raw[0].append([("Bare", 0, b"", message.payload)])
        office.publish(ACK, b"taken", qos=1)

    office = Bare(JOURNAL, take)
    office.start(port)
    office.publish(ACK, b"ready", qos=1)
    threading.Event().wait()


if __name__ == "__main__":
    serve(int(sys.argv[1]), pathlib.Path(sys.argv[2]))
