import datetime as dt
import pathlib

import pytest

from edge_daemon.mqtt import RelaySettings, TlsSettings
from edge_daemon.relay import RelayState
from edge_daemon.relay.certificate import DAY_US, certificate_warning
from simulators.broker import Broker
from tests.certificates import DAY, Authority, KeyPair, listening
from tests.entries import EDGE
from tests.relaying import open_edge
from tests.shifting_loop import advance
from tests.stories.counter import Counter

END_US = 1_803_859_200_000_000  # date -u -d 2027-03-01 +%s


@pytest.fixture
def authority(tmp_path: pathlib.Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "journal.db"


def mosquitto(authority: Authority, server: KeyPair | None = None) -> Broker:
    lines = listening(authority, server or authority.certify("broker"))
    return Broker(kind="mosquitto", lines=lines)


def tls(trusted: Authority, ours: KeyPair) -> TlsSettings:
    return TlsSettings(
        ca_file=str(trusted.ca_file), cert_file=str(ours.certificate), key_file=str(ours.key)
    )


async def refused(path: pathlib.Path, broker: Broker, settings: TlsSettings) -> RelayState:
    async with open_edge(path, broker.port, tls=settings) as edge:
        return await edge.until(lambda state: state.alarm != "")


async def test_a_box_is_let_in_by_its_certificate_and_the_key_from_its_credential(
    authority: Authority,
    path: pathlib.Path,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours = authority.certify(EDGE)
    (tmp_path / "mqtt-client-key").write_bytes(ours.key.read_bytes())
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    settings = TlsSettings(
        ca_file=str(authority.ca_file),
        cert_file=str(ours.certificate),
        key_credential="mqtt-client-key",
    )
    async with mosquitto(authority) as broker, open_edge(path, broker.port, tls=settings) as edge:
        state = await edge.until(lambda state: state.connected)
    assert (state.alarm, state.note, state.mqtt_version) == ("", "", "5")


async def test_a_broker_that_a_stranger_certified_is_not_spoken_to(
    authority: Authority, path: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    stranger = Authority(tmp_path, "A stranger")
    ours = authority.certify(EDGE)
    async with mosquitto(authority, stranger.certify("broker")) as broker:
        state = await refused(path, broker, tls(authority, ours))
    assert "nobody whom we trust has signed its certificate" in state.alarm


async def test_a_broker_of_another_name_is_not_spoken_to(
    authority: Authority, path: pathlib.Path
) -> None:
    elsewhere = authority.certify("broker", address="192.0.2.7")
    async with mosquitto(authority, elsewhere) as broker:
        state = await refused(path, broker, tls(authority, authority.certify(EDGE)))
    assert "its certificate is not for 127.0.0.1" in state.alarm


async def test_a_broker_whose_certificate_has_expired_is_not_spoken_to(
    authority: Authority, path: pathlib.Path
) -> None:
    expired = authority.certify("broker", ends_in=-DAY)
    async with mosquitto(authority, expired) as broker:
        state = await refused(path, broker, tls(authority, authority.certify(EDGE)))
    assert "has expired, or the clock" in state.alarm


async def test_an_expired_certificate_of_ours_is_named(
    authority: Authority, path: pathlib.Path
) -> None:
    async with mosquitto(authority) as broker:
        expired = authority.certify(EDGE, ends_in=-DAY)
        state = await refused(path, broker, tls(authority, expired))
    assert "our certificate has expired" in state.alarm


async def test_a_certificate_of_ours_that_the_broker_does_not_know_is_named(
    authority: Authority, path: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    stranger = Authority(tmp_path, "A stranger")
    async with mosquitto(authority) as broker:
        state = await refused(path, broker, tls(authority, stranger.certify(EDGE)))
    assert "does not know the authority that signed our certificate" in state.alarm


async def test_a_broker_that_wants_a_certificate_of_ours_says_so(
    authority: Authority, path: pathlib.Path
) -> None:
    async with mosquitto(authority) as broker:
        state = await refused(path, broker, TlsSettings(ca_file=str(authority.ca_file)))
    assert "wants a certificate of ours" in state.alarm


async def test_a_missing_key_is_named_and_taken_once_it_is_there(
    authority: Authority,
    path: pathlib.Path,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours = authority.certify(EDGE)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    settings = TlsSettings(
        ca_file=str(authority.ca_file), cert_file=str(ours.certificate), key_credential="key"
    )
    async with mosquitto(authority) as broker, open_edge(path, broker.port, tls=settings) as edge:
        missing = await edge.until(lambda state: state.alarm != "")
        (tmp_path / "key").write_bytes(ours.key.read_bytes())
        advance(15.0)
        state = await edge.until(lambda state: state.connected)
    assert "certificate and its key" in missing.alarm
    assert str(tmp_path / "key") in missing.alarm
    assert state.alarm == ""


async def test_a_key_of_another_certificate_is_named(
    authority: Authority, path: pathlib.Path
) -> None:
    ours = authority.certify(EDGE)
    mixed = KeyPair(ours.certificate, authority.certify("another").key)
    async with mosquitto(authority) as broker:
        state = await refused(path, broker, tls(authority, mixed))
    assert "certificate and its key" in state.alarm


async def test_a_plain_broker_at_the_port_is_no_tls_broker(
    authority: Authority, path: pathlib.Path
) -> None:
    settings = tls(authority, authority.certify(EDGE))
    async with Broker(kind="mosquitto") as plain, open_edge(path, plain.port, tls=settings) as edge:
        state = await edge.until(lambda state: state.note != "")
    assert not state.connected


async def test_health_warns_of_a_certificate_that_ends_soon_and_forgets_it_when_it_is_replaced(
    authority: Authority,
) -> None:
    ours = authority.certify(EDGE, ends_in=5 * DAY + dt.timedelta(hours=1))
    async with mosquitto(authority) as broker:
        relay = (
            f'[relay]\nport = {broker.port}\n[relay.tls]\nca_file = "{authority.ca_file}"\n'
            f'cert_file = "{ours.certificate}"\nkey_file = "{ours.key}"\n'
        )
        async with Counter(relay=relay) as counter:
            await counter.start(devices=False)
            warned = (await counter.get("/v1/health")).json()
            authority.certify(EDGE)
            renewed = (await counter.get("/v1/health")).json()
    expiry = "The certificate for the broker expires in 5 days: install a new one."
    assert expiry in warned["problems"]
    assert warned["status"] == "degraded"
    assert expiry not in renewed["problems"]


def test_the_end_of_a_certificate_is_read_from_its_file(authority: Authority) -> None:
    ours = authority.certify(EDGE)
    text = str(ours.certificate)
    assert TlsSettings(cert_file=text).certificate_end_us() is not None
    assert TlsSettings().certificate_end_us() is None
    ours.certificate.write_text("nothing", encoding="ascii")
    assert TlsSettings(cert_file=text).certificate_end_us() is None
    assert TlsSettings(cert_file=f"{text}.none").certificate_end_us() is None


@pytest.mark.parametrize(
    ("days", "words"),
    [(31, ""), (30, "in 30 days"), (1, "within two days"), (0, "has expired"), (-1, "expired")],
)
def test_a_person_is_warned_a_month_before(days: int, words: str) -> None:
    told = certificate_warning(END_US, END_US - days * DAY_US)
    assert words in told
    assert bool(told) == bool(words)


def test_the_password_s_credential_is_named_when_nobody_handed_it_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(Exception, match="the credential mqtt-password"):
        RelaySettings(password_credential="mqtt-password").read_password()  # noqa: S106 - a name
