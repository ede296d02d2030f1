"""RabbitMQ with its MQTT plugin, by MQTT 3.1.1: a node, a cookie and an epmd of its own."""

import base64
import contextlib
import hashlib
import json
import os
import pathlib
from collections.abc import Iterator
from typing import Any

from tests.brokers.broker import (
    BARRED_EDGE,
    BY_HANGING_UP,
    DEAF,
    DOCUMENTED,
    EDGES,
    MUTE,
    OFFICE,
    PASSWORD,
    Broker,
)
from tests.brokers.process import Program, free_ports

_SCRIPT = "/usr/lib/rabbitmq/bin/rabbitmq-server"
"""Behind Debian's wrapper, which only root may start and which changes to another user."""
_ADDED = """
log.console = true
log.console.level = info
log.file = false
"""
_NOWHERE = "^$"


class RabbitMq(Broker):
    """Two processes: the names of Erlang's nodes, and the broker."""

    name = "rabbitmq"
    package = "rabbitmq-server"
    command = _SCRIPT
    version = "3.1.1"
    keeps = True
    retained_for_wildcards = False
    says_to_the_mute = BY_HANGING_UP
    says_to_the_deaf = BY_HANGING_UP

    def __init__(self, folder: pathlib.Path) -> None:
        port, self._tls_port, names_port, node_port = free_ports(4)
        super().__init__(folder, port)
        self._configure()
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(names_port),
            "RABBITMQ_ALLOW_INPUT": "true",  # run in this very process, without a shell beside it
            "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_DIST_PORT": str(node_port),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_LOG_BASE": str(folder),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_NODENAME": "tests@localhost",
        }
        names = ("epmd", "-d", "-port", str(names_port), "-address", "127.0.0.1")
        self._programs = (
            Program(names, ready="epmd"),
            Program((_SCRIPT, "-noinput"), ready="startup complete", environment=environment),
        )

    def begin(self) -> None:
        """Start the names first: the broker would start its own, which would outlive it."""
        names, broker = self._programs
        names.begin()
        names.wait_until_ready()
        broker.begin()

    @contextlib.contextmanager
    def secured(self) -> Iterator[int]:
        """The documented listener."""
        yield self._tls_port

    def _configure(self) -> None:
        text = (DOCUMENTED / "rabbitmq.conf").read_text(encoding="utf-8")
        for documented, here in (
            ("mqtt.listeners.tcp = none", f"mqtt.listeners.tcp.1 = 127.0.0.1:{self.port}"),
            ("0.0.0.0:8883", f"127.0.0.1:{self._tls_port}"),
            ("/etc/rabbitmq/", f"{self.folder}/"),
        ):
            assert documented in text
            text = text.replace(documented, here)
        (self.folder / "rabbitmq.conf").write_text(text + _ADDED, encoding="utf-8")
        (self.folder / "rabbitmq-env.conf").touch()
        (self.folder / "enabled_plugins").write_text("[rabbitmq_mqtt].\n", encoding="utf-8")
        (self.folder / "definitions.json").write_text(_definitions(), encoding="utf-8")


def _definitions() -> str:
    """The documented rights, for each edge, and for one that is mute and one that is deaf."""
    text = (DOCUMENTED / "rabbitmq-definitions.json").read_text(encoding="utf-8")
    made: dict[str, list[dict[str, Any]]] = json.loads(text)
    for edge in EDGES[1:]:
        other = json.loads(text.replace("edge-0041", edge))
        for kind, rows in other.items():
            made[kind] += [row for row in rows if edge in row.values()]
    barred = json.loads(text.replace(EDGES[0], BARRED_EDGE))
    for user, right in ((MUTE, "write"), (DEAF, "read")):
        for kind, rows in barred.items():
            made[kind] += [{**row, _key(row): user} for row in rows if BARRED_EDGE in row.values()]
        topics = made["topic_permissions"][-1]
        topics[right] = topics[right].replace("(journal|status)", "status")
        if user == DEAF:
            topics[right] = _NOWHERE
    for row in made["users"]:
        row["password_hash"] = _password_hash()
    assert {row["name"] for row in made["users"]} == {*EDGES, OFFICE, MUTE, DEAF}
    return json.dumps(made)


def _key(row: dict[str, Any]) -> str:
    return "name" if "name" in row else "user"


def _password_hash() -> str:
    """Salt and SHA-256, as RabbitMQ's documentation on passwords describes it."""
    salt = b"salt"
    return base64.b64encode(salt + hashlib.sha256(salt + PASSWORD.encode()).digest()).decode()
