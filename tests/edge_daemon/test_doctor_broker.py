"""The doctor asks the broker as the relay does: a real Mosquitto with users and certificates."""

import pathlib
import socket
from collections.abc import Iterator

import pytest

from edge_daemon.doctor import Check, Grade, broker
from edge_daemon.doctor.broker import check_broker
from edge_daemon.mqtt import RelaySettings, TlsSettings
from tests.brokers.broker import EDGES, PASSWORD
from tests.brokers.mosquitto import Mosquitto

EDGE = EDGES[0]

pytestmark = pytest.mark.skipif(
    Mosquitto.path() is None, reason="Mosquitto is not installed: apt-get install mosquitto"
)


@pytest.fixture(scope="module")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    running = Mosquitto(tmp_path_factory.mktemp("mosquitto"))
    running.begin()
    running.wait_until_ready()
    yield running
    running.end()


@pytest.fixture
def password(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    file = tmp_path / "relay-password"
    file.write_text(PASSWORD)
    return file


def checked(port: int, **more: object) -> Check:
    settings = RelaySettings(host="127.0.0.1", port=port, **more)  # type: ignore[arg-type]  # as the TOML has them
    return check_broker(settings, EDGE)


def test_broker_that_lets_the_box_in_is_good(mosquitto: Mosquitto, password: pathlib.Path) -> None:
    check = checked(mosquitto.port, username=EDGE, password_credential=password.name)
    assert (check.grade, check.mend) == (Grade.GOOD, "")
    assert "MQTT 5" in check.found
    old = checked(
        mosquitto.port, username=EDGE, password_credential=password.name, protocol="3.1.1"
    )
    assert "MQTT 3.1.1" in old.found


def test_wrong_password_is_told_with_where_to_look(
    mosquitto: Mosquitto, password: pathlib.Path
) -> None:
    password.write_text("wrong")
    check = checked(mosquitto.port, username=EDGE, password_credential=password.name)
    assert check.grade is Grade.BAD
    assert "password_credential" in check.mend
    assert PASSWORD not in check.found + check.mend
    assert checked(mosquitto.port).grade is Grade.BAD


def test_certificates_are_tried_too(mosquitto: Mosquitto) -> None:
    with mosquitto.secured() as port:
        pair = mosquitto.authority.certify(EDGE)
        ours = {"cert_file": str(pair.certificate), "key_file": str(pair.key)}
        trusted = str(mosquitto.authority.ca_file)
        good = checked(port, tls=TlsSettings(ca_file=trusted, **ours))
        assert good.grade is Grade.GOOD, good
        assert checked(port, tls=TlsSettings(ca_file=trusted)).grade is Grade.BAD
        plain = checked(port)
        assert plain.grade is Grade.BAD
        assert "TLS" in plain.mend


def test_secret_of_the_service_alone_is_no_fault(
    mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    check = checked(mosquitto.port, username=EDGE, password_credential="relay-password")  # noqa: S106 - a name
    assert check.grade is Grade.GOOD
    assert "edge-daemon status" in check.found


def test_program_that_is_no_broker_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "CONNECT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        check = checked(silent.getsockname()[1])
    assert check.grade is Grade.BAD
    assert "MQTT broker" in check.mend
