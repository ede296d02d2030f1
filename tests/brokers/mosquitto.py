"""Mosquitto: default persistence, so it loses what it has acknowledged when it is killed."""

import base64
import contextlib
import hashlib
import pathlib
from collections.abc import Iterator

from tests.brokers.broker import (
    BY_REASON,
    BY_SILENCE,
    DEAF,
    DOCUMENTED,
    EDGES,
    MUTE,
    OFFICE,
    PASSWORD,
    Broker,
)
from tests.brokers.process import Program, free_ports

_ITERATIONS = 101
"""Mosquitto's own default (mosquitto_passwd(1))."""
_ADDED = """
password_file {folder}/passwords
persistence_location {folder}/
log_dest stderr
user root
listener {port} 127.0.0.1
"""
_USERS = """
user mute
topic read pos/v1/+/+/edge-0099/ack
topic read pos/v1/+/+/edge-0099/replay
topic read pos/v1/+/+/edge-0099/resume
topic write pos/v1/+/+/edge-0099/status

user deaf
topic write pos/v1/+/+/edge-0099/journal
topic write pos/v1/+/+/edge-0099/status
"""


class Mosquitto(Broker):
    """One process, two listeners."""

    name = "mosquitto"
    package = "mosquitto"
    command = "mosquitto"
    version = "5"
    keeps = False
    retained_for_wildcards = True
    says_to_the_mute = BY_REASON
    says_to_the_deaf = BY_SILENCE

    def __init__(self, folder: pathlib.Path) -> None:
        port, self._tls_port = free_ports(2)
        super().__init__(folder, port)
        self._configure()
        command = (self.path() or self.command, "-c", str(folder / "mosquitto.conf"))
        self._programs = (Program(command, ready="running"),)

    @contextlib.contextmanager
    def secured(self) -> Iterator[int]:
        """The documented listener."""
        yield self._tls_port

    def _configure(self) -> None:
        text = (DOCUMENTED / "mosquitto.conf").read_text(encoding="utf-8")
        text = text.replace("listener 8883", f"listener {self._tls_port} 127.0.0.1")
        text = text.replace("/etc/mosquitto/", f"{self.folder}/")
        text += _ADDED.format(folder=self.folder, port=self.port)
        (self.folder / "mosquitto.conf").write_text(text, encoding="utf-8")
        rights = (DOCUMENTED / "mosquitto.acl").read_text(encoding="utf-8") + _USERS
        (self.folder / "pos.acl").write_text(rights, encoding="utf-8")
        lines = [_password(user) for user in (*EDGES, OFFICE, MUTE, DEAF)]
        (self.folder / "passwords").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _password(user: str) -> str:
    """A line of the password file: PBKDF2 with SHA-512."""
    salt = user.encode().ljust(12)[:12]
    digest = hashlib.pbkdf2_hmac("sha512", PASSWORD.encode(), salt, _ITERATIONS)
    parts = (base64.b64encode(part).decode() for part in (salt, digest))
    return f"{user}:$7${_ITERATIONS}${'$'.join(parts)}"
