import asyncio
import contextlib
import datetime as dt
import ipaddress
import pathlib
import ssl
import stat
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from edge_daemon.api.trust import LANGUAGES
from edge_daemon.app import Daemon, opened
from edge_daemon.app.announcing import SERVICE, Announcement, announced
from edge_daemon.certificates import (
    BoxCertificate,
    Source,
    facts,
    issue,
    local_addresses,
    make_authority,
)
from edge_daemon.certificates.authority import Address
from edge_daemon.config import load_configuration
from edge_daemon.errors import EdgeError
from edge_daemon.web.server import HANDSHAKE_SECONDS
from tests.edge_daemon.conftest import BARE
from tests.edge_daemon.serving import TOKEN
from tests.shifting_loop import advance

NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
DAY_US = 86_400_000_000
LOOPBACK = ipaddress.ip_address("127.0.0.1")
DOOR = '\n[api.tls]\nhost = "127.0.0.1"\nport = 0\nname = "counter"\nannounce = false\n'


class Calendar:
    """A date that a test turns."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return int(self.now.timestamp()) * 1_000_000


@pytest.fixture
async def daemon(tmp_path: pathlib.Path) -> AsyncIterator[Daemon]:
    path = tmp_path / "edge-daemon.toml"
    path.write_text(BARE.format(directory=tmp_path / "state", token=TOKEN) + DOOR)
    async with opened(load_configuration(path)) as daemon:
        running = asyncio.ensure_future(daemon.run())
        await daemon.server.ready.wait()
        assert daemon.network_door is not None
        await daemon.network_door.ready.wait()
        yield daemon
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


def port_of(daemon: Daemon) -> int:
    assert daemon.network_door is not None
    return daemon.network_door.port


def trusting(tmp_path: pathlib.Path) -> ssl.SSLContext:
    """A tablet on which somebody has installed the box's authority, and nothing else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(tmp_path / "state" / "tls" / "authority.pem")
    return context


@contextlib.asynccontextmanager
async def tablet(
    daemon: Daemon, context: ssl.SSLContext, **headers: str
) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        base_url=f"https://127.0.0.1:{port_of(daemon)}",
        verify=context,
        headers=headers,
        trust_env=False,
    ) as tablet:
        yield tablet


BEARER = {"Authorization": f"Bearer {TOKEN}"}
BY_NAME: dict[str, Any] = {"extensions": {"sni_hostname": "counter.local"}}


# --- the door -------------------------------------------------------------------------------


async def test_a_tablet_that_trusts_the_authority_is_served_by_name_and_by_address(
    daemon: Daemon, tmp_path: pathlib.Path
) -> None:
    async with tablet(daemon, trusting(tmp_path), **BEARER) as register:
        assert (await register.get("/v1/caller")).status_code == 200
        host = {"Host": f"counter.local:{port_of(daemon)}"}
        named = await register.get("/v1/caller", headers=host, **BY_NAME)
        assert named.status_code == 200
        origin = {**host, "Origin": f"https://counter.local:{port_of(daemon)}"}
        own_page = await register.get("/v1/caller", headers=origin, **BY_NAME)
        assert own_page.status_code == 200


async def test_a_tablet_that_does_not_trust_the_authority_says_nothing(daemon: Daemon) -> None:
    async with tablet(daemon, ssl.create_default_context()) as stranger:
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await stranger.get("/v1/health", headers=BEARER)


async def test_the_certificate_is_for_this_box_and_no_other_name(
    daemon: Daemon, tmp_path: pathlib.Path
) -> None:
    async with tablet(daemon, trusting(tmp_path)) as register:
        with pytest.raises(httpx.ConnectError, match="Hostname mismatch"):
            await register.get("/trust", extensions={"sni_hostname": "bank.example"})


async def test_plain_http_gets_nothing_at_the_door_of_the_network(daemon: Daemon) -> None:
    async with httpx.AsyncClient(trust_env=False) as register:
        with pytest.raises(httpx.RemoteProtocolError):
            await register.get(f"http://127.0.0.1:{port_of(daemon)}/trust")


async def test_the_live_stream_crosses_the_network_encrypted(
    daemon: Daemon, tmp_path: pathlib.Path
) -> None:
    url = f"wss://127.0.0.1:{port_of(daemon)}/v1/events"
    context = trusting(tmp_path)
    async with connect(url, ssl=context, additional_headers=BEARER, proxy=None) as listening:
        assert '"subscribed"' in str(await listening.recv())


async def test_the_machines_own_token_opens_nothing_from_elsewhere(daemon: Daemon) -> None:
    assert daemon.network_door is not None
    assert daemon.network_door.url == f"https://counter.local:{port_of(daemon)}"
    assert daemon._local_url().startswith("http://127.0.0.1:")


async def test_old_tls_is_refused(daemon: Daemon, tmp_path: pathlib.Path) -> None:
    context = trusting(tmp_path)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    async with tablet(daemon, context, **BEARER) as register:
        assert (await register.get("/v1/caller")).status_code == 200
    assert daemon.certificate is not None
    assert daemon.certificate.context.minimum_version == ssl.TLSVersion.TLSv1_2


# --- the page -------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_helps_a_tablet_to_trust_in_its_language(
    daemon: Daemon, tmp_path: pathlib.Path, language: str
) -> None:
    authority = (tmp_path / "state" / "tls" / "authority.pem").read_bytes()
    async with tablet(daemon, trusting(tmp_path)) as stranger:
        page = await stranger.get("/trust", headers={"Accept-Language": f"{language}-XX,en;q=0.5"})
        certificate = await stranger.get("/trust/authority.crt")
    assert page.status_code == 200
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    fingerprint = facts(authority).fingerprint
    assert fingerprint[:23] in page.text
    for system in ("iPhone", "Android", "Windows", "macOS", "Linux", "Firefox"):
        assert system in page.text
    assert f"https://counter.local:{port_of(daemon)}" in page.text
    assert "data:image/svg+xml" in page.text
    assert certificate.content == authority
    assert certificate.headers["content-type"] == "application/x-x509-ca-cert"
    assert b"PRIVATE KEY" not in certificate.content


async def test_without_an_authority_of_the_box_there_is_nothing_to_trust(
    bare_daemon: Daemon,
) -> None:
    port = bare_daemon.addresses[0][1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as stranger:
        for path in ("/trust", "/trust/authority.crt"):
            assert (await stranger.get(path)).status_code == 404


# --- the certificate ------------------------------------------------------------------------


def source(tmp_path: pathlib.Path, **more: Any) -> Source:
    return Source(folder=tmp_path / "tls", names=("counter.local", "localhost"), **more)


def opened_at(
    calendar: Calendar, source: Source, addresses: frozenset[Address] = frozenset({LOOPBACK})
) -> BoxCertificate:
    certificate = BoxCertificate(source, calendar, lambda: addresses)
    certificate.open()
    return certificate


def test_keys_can_be_read_by_their_owner_alone(tmp_path: pathlib.Path) -> None:
    opened_at(Calendar(), source(tmp_path))
    for name in ("authority-key.pem", "box.pem"):
        assert stat.S_IMODE((tmp_path / "tls" / name).stat().st_mode) == 0o600


def test_the_authority_cannot_sign_for_a_bank(tmp_path: pathlib.Path) -> None:
    authority = make_authority("Shop", ["counter.local"], NOW)
    good = issue(authority, ["counter.local"], [LOOPBACK], NOW)
    bad_name = issue(authority, ["bank.example"], [], NOW)
    bad_address = issue(authority, ["counter.local"], [ipaddress.ip_address("8.8.8.8")], NOW)
    assert verified(tmp_path, authority.certificate, good) is None
    for wrong in (bad_name, bad_address):
        assert "permitted subtree violation" in str(
            verified(tmp_path, authority.certificate, wrong)
        )


def verified(tmp_path: pathlib.Path, authority: bytes, pem: bytes) -> ssl.SSLError | None:
    """What OpenSSL says of a server that shows `pem`, in a handshake in memory."""
    file = tmp_path / "server.pem"
    file.write_bytes(pem)
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(file)
    client_side = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client_side.check_hostname = False
    client_side.load_verify_locations(cadata=authority.decode())
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_side.wrap_bio(to_server, to_client, server_side=True)
    client = client_side.wrap_bio(to_client, to_server)
    for _ in range(4):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as error:
                return error
            except ssl.SSLError:
                continue
    return None


def test_the_certificate_is_renewed_before_it_ends_and_the_authority_stays(
    tmp_path: pathlib.Path,
) -> None:
    calendar = Calendar()
    certificate = opened_at(calendar, source(tmp_path))
    authority, first = certificate.authority, (tmp_path / "tls" / "box.pem").read_bytes()
    for days in (30, 59):
        calendar.now = NOW + dt.timedelta(days=days)
        certificate.look()
        assert (tmp_path / "tls" / "box.pem").read_bytes() == first
    calendar.now = NOW + dt.timedelta(days=61)
    certificate.look()
    renewed = (tmp_path / "tls" / "box.pem").read_bytes()
    assert facts(renewed).not_after > facts(first).not_after
    assert certificate.authority == authority
    assert certificate.problem is None


def test_another_address_gets_another_certificate(tmp_path: pathlib.Path) -> None:
    calendar = Calendar()
    opened_at(calendar, source(tmp_path))
    moved = frozenset({LOOPBACK, ipaddress.ip_address("192.168.1.77")})
    opened_at(calendar, source(tmp_path), moved)
    assert facts((tmp_path / "tls" / "box.pem").read_bytes()).addresses == moved


def test_a_box_that_is_renamed_says_that_tablets_have_to_trust_anew(
    tmp_path: pathlib.Path,
) -> None:
    opened_at(Calendar(), source(tmp_path))
    renamed = Source(folder=tmp_path / "tls", names=("till.local", "localhost"))
    certificate = opened_at(Calendar(), renamed)
    assert "may not sign for that" in str(certificate.problem)
    assert "till.local" not in facts((tmp_path / "tls" / "box.pem").read_bytes()).names


def shops_own(tmp_path: pathlib.Path, *, days: int = 0) -> tuple[pathlib.Path, pathlib.Path]:
    authority = make_authority("The shop's", ["counter.local"], NOW)
    pem = issue(authority, ["counter.local"], [LOOPBACK], NOW + dt.timedelta(days=days))
    key, _, chain = pem.partition(b"-----BEGIN CERTIFICATE-----")
    files = tmp_path / "shop.pem", tmp_path / "shop-key.pem"
    files[0].write_bytes(b"-----BEGIN CERTIFICATE-----" + chain)
    files[1].write_bytes(key)
    return files


def shown(certificate: BoxCertificate) -> bytes | None:
    """The certificate that a handshake shows, as DER."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = certificate.context.wrap_bio(to_server, to_client, server_side=True)
    careless = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    careless.check_hostname = False
    careless.verify_mode = ssl.CERT_NONE
    client = careless.wrap_bio(to_client, to_server)
    for _ in range(4):
        for side in (client, server):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
    return client.getpeercert(binary_form=True)


def test_the_shops_own_certificate_is_read_anew_when_it_changes(tmp_path: pathlib.Path) -> None:
    certificate_file, key_file = shops_own(tmp_path)
    mine = source(tmp_path, certificate_file=certificate_file, key_file=key_file)
    certificate = opened_at(Calendar(), mine)
    first = shown(certificate)
    assert certificate.authority is None
    assert not (tmp_path / "tls").exists()
    shops_own(tmp_path, days=1)
    certificate.look()
    assert shown(certificate) not in (first, None)


def test_a_broken_certificate_leaves_the_one_before_in_use_and_says_so(
    tmp_path: pathlib.Path,
) -> None:
    certificate_file, key_file = shops_own(tmp_path)
    mine = source(tmp_path, certificate_file=certificate_file, key_file=key_file)
    certificate = opened_at(Calendar(), mine)
    first = shown(certificate)
    certificate_file.write_text("nothing")
    certificate.look()
    assert shown(certificate) == first
    assert "cannot be used" in str(certificate.problem)
    with pytest.raises(EdgeError, match="cannot be used for TLS"):
        opened_at(Calendar(), mine)


def test_the_shops_own_certificate_that_ends_soon_is_a_problem(tmp_path: pathlib.Path) -> None:
    certificate_file, key_file = shops_own(tmp_path)
    calendar = Calendar()
    mine = source(tmp_path, certificate_file=certificate_file, key_file=key_file)
    certificate = opened_at(calendar, mine)
    calendar.now = NOW + dt.timedelta(days=80)
    certificate.look()
    assert "ends in 10 days" in str(certificate.problem)


def test_the_machines_own_addresses_are_found() -> None:
    assert LOOPBACK in local_addresses()


# --- mDNS -----------------------------------------------------------------------------------


async def test_the_network_is_told_where_the_box_is() -> None:
    from zeroconf import IPVersion  # noqa: PLC0415 - its import costs
    from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf  # noqa: PLC0415 - as above

    announcement = Announcement("edge-0041", "counter-0041.local", 8443, (LOOPBACK,))
    announcing = asyncio.ensure_future(announced(announcement))
    listener = AsyncZeroconf(ip_version=IPVersion.V4Only)
    try:
        found = AsyncServiceInfo(SERVICE, f"edge-0041.{SERVICE}")
        async with asyncio.timeout(20):
            while not await found.async_request(listener.zeroconf, 1000):
                if announcing.done():
                    pytest.skip("The network of this machine has no multicast.")
        assert (found.port, found.server) == (8443, "counter-0041.local.")
        assert found.properties[b"path"] == b"/v1"
    finally:
        announcing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await announcing
        await listener.async_close()


# --- silence --------------------------------------------------------------------------------


async def test_a_handshake_that_is_never_finished_is_cut_off_and_the_others_are_served(
    daemon: Daemon, tmp_path: pathlib.Path
) -> None:
    silent = [await asyncio.open_connection("127.0.0.1", port_of(daemon)) for _ in range(200)]
    async with tablet(daemon, trusting(tmp_path), **BEARER) as register:
        assert (await register.get("/v1/caller")).status_code == 200
    advance(HANDSHAKE_SECONDS + 1)
    for reader, writer in silent:
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        writer.close()
