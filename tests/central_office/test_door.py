"""The office's door: https, commands, other processes, and readers who do not read."""

import asyncio
import getpass
import json
import pathlib
import re
import ssl
import sys

import httpx
import pytest

from central_office.access.lookups import LOG
from central_office.access.rights import Right, Role
from central_office.cli import main
from central_office.reading import open_reader
from central_office.report import read_entries
from central_office.settings import HttpSettings
from central_office.verifying import verify
from central_office.views.paging import Scope
from edge_daemon.mqtt import OFFICE
from edge_daemon.records import decode_entry
from edge_daemon.records.payloads import AccessEvent
from tests.central_office.boxes import Box, line, sold
from tests.central_office.house import ORGANIZATION, PASSWORD, House, fill, house, take_in
from tests.certificates import Authority

PROGRAM = str(pathlib.Path(sys.executable).with_name("central-office"))


@pytest.fixture
def database(tmp_path: pathlib.Path) -> str:
    address = str(tmp_path / "office.db")
    fill(address, entries=60)
    return address


async def test_with_https_nobody_else_can_set_the_cookie_and_a_new_certificate_is_taken(
    database: str, tmp_path: pathlib.Path
) -> None:
    authority = Authority(tmp_path)
    pair, later = authority.certify("office"), authority.certify("later")
    settings = HttpSettings(port=0, certificate_file=str(pair.certificate), key_file=str(pair.key))
    trust = ssl.create_default_context(cafile=str(authority.ca_file))
    async with house(database, settings) as opened:
        assert opened.url.startswith("https://")
        await opened.person("olga", Role.OWNER)
        async with httpx.AsyncClient(base_url=opened.url, verify=trust) as browser:
            login = {"name": "olga", "password": PASSWORD}
            answer = await browser.post("/v1/login", json=login)
            cookie = answer.headers["set-cookie"]
            assert cookie.startswith("__Host-office=")
            assert "; Secure" in cookie
        before = await asyncio.to_thread(ssl.get_server_certificate, opened.server.addresses[0])
        pair.certificate.write_bytes(later.certificate.read_bytes())
        certificate = opened.server._certificate
        assert certificate is not None
        certificate.look()  # half written: the key is the old one still
        half = await asyncio.to_thread(ssl.get_server_certificate, opened.server.addresses[0])
        assert half == before
        pair.key.write_bytes(later.key.read_bytes())
        certificate.look()
        after = await asyncio.to_thread(ssl.get_server_certificate, opened.server.addresses[0])
        assert after == later.certificate.read_text()


def test_people_and_keys_are_made_listed_and_shut_out_by_command(
    database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> str:
        assert main([*arguments, "--database", database]) == 0
        return capsys.readouterr().out

    where = ("--organization", ORGANIZATION)
    for name, role in (("olga", "owner"), ("vera", "viewer")):
        with (pathlib.Path(database).parent / "password").open("w+") as given:
            given.write(f"{PASSWORD}\n")
            given.seek(0)
            monkeypatch.setattr("sys.stdin", given)
            run("users", "add", name, "--role", role, *where)
    run("users", "disable", "vera")
    people = json.loads(run("users", "list", "--json"))
    assert [(one["name"], one["disabled_at"] is None) for one in people] == [
        ("olga", True),
        ("vera", False),
    ]
    assert "olga" in run("users", "list")
    assert main(["users", "disable", "olga", "--database", database]) == 1
    assert "needs one owner" in capsys.readouterr().err
    secret = run("keys", "add", "till", "--right", "stock", "--store", "store-001", *where).strip()
    (key,) = json.loads(run("keys", "list", "--json"))
    assert (key["rights"], key["stores"]) == (["stock"], ["store-001"])
    assert secret.startswith("office_")
    assert secret not in run("keys", "list")
    run("keys", "revoke", key["key_id"])
    (key,) = json.loads(run("keys", "list", "--json"))
    assert key["revoked_at"] is not None
    acts = [decode_entry(data) for data in read_entries(database, OFFICE)]
    told = [act.payload for act in acts if isinstance(act.payload, AccessEvent)]
    assert [(one.event, one.subject, one.reason) for one in told] == [
        ("ScopesChanged", "person olga", "owner"),
        ("ScopesChanged", "person vera", "viewer"),
        ("ScopesChanged", "person vera", "disabled"),
        ("ScopesChanged", f"key {key['key_id']}", "till"),
        ("Revoked", f"key {key['key_id']}", "revoked"),
    ]
    assert {act.operator_id for act in acts[1:]} == {getpass.getuser()}
    with open_reader(database) as read:
        log = LOG.page(read, Scope(organization=ORGANIZATION, stores=(ORGANIZATION,))).rows
    logged = [(one.kind, one.what) for one in log if one.kind == "command"]
    ways = ["given", "given", "taken", "given", "taken"]
    assert logged == [("command", f"access_{way}") for way in ways]
    assert not verify(database).broken


async def test_the_command_serves_and_another_command_shuts_a_key_out(database: str) -> None:
    made = await _said("keys", "add", "till", "--right", "stock", database=database)
    arguments = ("serve", "--http", "127.0.0.1:0", "--database", database)
    process = await asyncio.create_subprocess_exec(
        PROGRAM, *arguments, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(50):
            told = (await process.stdout.readline()).decode()
        found = re.search(r"http://\S+:\d+", told)
        assert found is not None, told
        headers = {"Authorization": f"Bearer {made}"}
        async with httpx.AsyncClient(base_url=found[0], headers=headers, timeout=30) as program:
            caller = await program.get("/v1/caller")
            assert caller.json()["rights"] == ["stock"]
            await asyncio.to_thread(
                main, ["keys", "revoke", caller.json()["id"], "--database", database]
            )
            async with asyncio.timeout(30):
                while (await program.get("/v1/caller")).status_code == 200:
                    pass
    finally:
        process.terminate()
        assert await process.wait() == 0


async def _said(*arguments: str, database: str) -> str:
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        *arguments,
        f"--organization={ORGANIZATION}",
        f"--database={database}",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    told, _ = await process.communicate()
    return told.decode().strip()


async def test_who_listens_and_does_not_read_keeps_nobody_waiting(database: str) -> None:
    async with house(database) as opened, await opened.program(Right.LIVE) as program:
        host, port = opened.server.addresses[0]
        reader, writer = await asyncio.open_connection(host, port, limit=1024)
        authorization = program.headers["Authorization"]
        head = f"GET /v1/live HTTP/1.1\r\nHost: {host}\r\nAuthorization: {authorization}\r\n\r\n"
        writer.write(head.encode())
        await reader.readuntil(b"retry:")
        for number in range(40):
            await _sell(opened, number)
        last = f'"up_to":{60 + 40}'
        text = b""
        async with asyncio.timeout(30):
            while last.encode() not in text:
                text += await reader.read(1024)
        assert text.count(b"event: booked") <= 40
        writer.close()
        await writer.wait_closed()


async def _sell(opened: House, number: int) -> None:
    box = Box("store-001", organization=ORGANIZATION, edge=f"edge-{number}")
    box.write("RetailTransaction", sold(f"t-{number}", line("cola", 1_000, 121)))
    await take_in(opened, box)
