"""NATS with JetStream, by MQTT 3.1.1. Its server has one MQTT listener: with TLS or without."""

import contextlib
import pathlib
import re
from collections.abc import Iterator

from tests.brokers.broker import (
    AT_SUBSCRIBING,
    BARRED_EDGE,
    BY_SILENCE,
    DEAF,
    DOCUMENTED,
    EDGES,
    MUTE,
    PASSWORD,
    Broker,
)
from tests.brokers.process import Program, free_ports

_TLS = re.compile(r"  tls \{.*?\n  \}\n", re.DOTALL)
_USER = re.compile(r'    \{\n      user: "CN=edge-0041".*?\n    \}\n', re.DOTALL)
_OWN_TOPICS = re.compile(r'"pos\.v1\.[^"]*"')


class Nats(Broker):
    """One process."""

    name = "nats"
    package = "nats-server"
    command = "nats-server"
    version = "3.1.1"
    keeps = True
    retained_for_wildcards = True
    says_to_the_mute = BY_SILENCE
    says_to_the_deaf = AT_SUBSCRIBING

    def __init__(self, folder: pathlib.Path) -> None:
        port, own_port = free_ports(2)
        super().__init__(folder, port)
        text = _with_passwords(_TLS.sub("", _documented(folder, own_port, port)))
        self._programs = (self._program("nats.conf", text),)

    @contextlib.contextmanager
    def secured(self) -> Iterator[int]:
        """A second server, with the documented users and listener."""
        port, own_port = free_ports(2)
        text = _documented(self.folder, own_port, port).replace("/store", "/secured-store")
        program = self._program("secured.conf", text)
        program.begin()
        try:
            program.wait_until_ready()
            yield port
        finally:
            program.kill()

    def _program(self, file: str, text: str) -> Program:
        path = self.folder / file
        path.write_text(text, encoding="utf-8")
        return Program((self.path() or self.command, "-c", str(path)), ready="Server is ready")


def _documented(folder: pathlib.Path, own_port: int, port: int) -> str:
    text = (DOCUMENTED / "nats.conf").read_text(encoding="utf-8")
    for documented, here in (
        ("127.0.0.1:4222", f"127.0.0.1:{own_port}"),
        ("0.0.0.0:8883", f"127.0.0.1:{port}"),
        ("/var/lib/nats", f"{folder}/store"),
        ("/etc/nats/", f"{folder}/"),
        ("50GB", "1GB"),
        ("max_ack_pending: 1024", 'max_ack_pending: 1024\n  ack_wait: "2s"'),
    ):
        assert documented in text
        text = text.replace(documented, here)
    return text


def _with_passwords(text: str) -> str:
    """One user for each edge, one that may not send the journal, one that may not read."""
    found = _USER.search(text)
    assert found is not None
    block = found[0]
    mute = block.replace('          "pos.v1.org-1.8712345678906.edge-0041.journal"\n', "")
    published, read = block.split("subscribe:")
    deaf = published + "subscribe:" + _OWN_TOPICS.sub("", read)
    blocks = [block.replace("edge-0041", edge) for edge in EDGES]
    for user, rights in ((MUTE, mute), (DEAF, deaf)):
        blocks.append(rights.replace("CN=edge-0041", user).replace("edge-0041", BARRED_EDGE))
    text = text.replace(block, "".join(blocks)).replace('user: "CN=', 'user: "')
    return re.sub(r'(user: "[^"]+")', rf'\1, password: "{PASSWORD}"', text)
