import asyncio
import pathlib
import stat
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from edge_daemon.app import Daemon, opened
from edge_daemon.config import load_configuration
from edge_daemon.config.local_door import read_local_door
from edge_daemon.pairing.codes import (
    ALPHABET,
    WINDOW_SECONDS,
    WRONG_IN_ALL,
    WRONG_PER_SOURCE,
    Codes,
    TooManyCodesError,
    WrongCodeError,
)
from edge_daemon.records import decode_entry, new_ulid
from edge_daemon.records.payloads import AccessEvent
from edge_daemon.web import Reason, Refusal
from tests.edge_daemon.conftest import BARE, MovableClock
from tests.edge_daemon.serving import TOKEN, client
from tests.shifting_loop import advance

DAY_US = 86_400_000_000
_numbers = iter(range(1, 1_000_000))


def ulid() -> str:
    return new_ulid(1_795_248_000_000_000 + next(_numbers))


@pytest.fixture
async def port(bare_daemon: Daemon) -> int:
    return bare_daemon.addresses[0][1]


@pytest.fixture
async def admin(port: int) -> AsyncIterator[httpx.AsyncClient]:
    async with client(port) as admin:
        yield admin


@pytest.fixture
async def stranger(port: int) -> AsyncIterator[httpx.AsyncClient]:
    async with client(port, token=None) as stranger:
        yield stranger


async def offer(admin: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    response = await admin.put(f"/v1/pairing-codes/{ulid()}", json=body)
    assert response.status_code == 200, response.text
    offered: dict[str, Any] = response.json()["code"]
    return offered


async def pair(
    admin: httpx.AsyncClient, stranger: httpx.AsyncClient, **body: Any
) -> dict[str, Any]:
    code = (await offer(admin, **body))["code"]
    response = await stranger.put(f"/v1/pairings/{ulid()}", json={"code": code})
    assert response.status_code == 200, response.text
    paired: dict[str, Any] = response.json()
    return paired


def bearer(paired: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {paired['token']}"}


async def access_events(daemon: Daemon) -> list[AccessEvent]:
    stored = await daemon.journal.read_after(None, limit=100_000, max_bytes=1 << 30)
    payloads = [decode_entry(each.data).payload for each in stored]
    return [each for each in payloads if isinstance(each, AccessEvent)]


async def settled(daemon: Daemon) -> None:
    while daemon.tasks.running:  # noqa: ASYNC110 - refusals are written by tasks of their own
        await asyncio.sleep(0)


# --- codes ----------------------------------------------------------------------------------


def test_a_code_is_eight_characters_that_nobody_misreads() -> None:
    code = Codes().make("a", 600, 0).code
    assert len(code) == 8
    assert set(code) <= set(ALPHABET)
    assert not set("ILOU") & set(ALPHABET)


@pytest.mark.parametrize("change", [str.lower, lambda code: f" {code[:4]}-{code[4:]} "])
def test_a_code_may_be_typed_as_people_type(change: Any) -> None:
    codes = Codes()
    made = codes.make("a", 600, 0)
    assert codes.spend(change(made.code), "p", "", 1) is made


def test_letters_that_look_like_digits_are_read_as_these() -> None:
    codes = Codes()
    made = codes.make("a", 600, 0)
    made.code = "01010101"
    assert codes.spend("OIOLolOi", "p", "", 1) is made


def test_a_code_is_good_for_one_pairing_and_until_its_time() -> None:
    codes = Codes()
    made = codes.make("a", 600, 0)
    assert codes.spend(made.code, "p", "x", 599) is made
    assert codes.spend(made.code, "p", "x", 599) is made
    with pytest.raises(WrongCodeError):
        codes.spend(made.code, "q", "x", 599)
    with pytest.raises(WrongCodeError):
        codes.spend(made.code, "p", "x", 600)


def test_one_address_may_guess_a_few_times_a_minute_and_then_not_even_rightly() -> None:
    codes = Codes()
    made = codes.make("a", 600, 0)
    for second in range(WRONG_PER_SOURCE):
        with pytest.raises(WrongCodeError):
            codes.spend("00000000", "p", "10.0.0.9", float(second))
    with pytest.raises(TooManyCodesError) as refused:
        codes.spend(made.code, "p", "10.0.0.9", 5)
    assert refused.value.retry_after == 55
    assert codes.spend(made.code, "p", "10.0.0.8", 6) is made
    assert codes.spend(made.code, "p", "10.0.0.9", WINDOW_SECONDS + 1) is made


def test_all_addresses_together_may_guess_only_so_often() -> None:
    codes = Codes()
    made = codes.make("a", 600, 0)
    for number in range(WRONG_IN_ALL):
        with pytest.raises(WrongCodeError):
            codes.spend("00000000", "p", f"10.0.0.{number}", 0)
    with pytest.raises(TooManyCodesError):
        codes.spend(made.code, "p", "10.1.1.1", 1)
    judged = 0
    for second in range(1, 600):
        for source in range(20):
            try:
                codes.spend("00000000", "p", f"10.2.0.{source}", float(second))
            except WrongCodeError:
                judged += 1
            except TooManyCodesError:
                pass
    assert judged <= 300


# --- pairing --------------------------------------------------------------------------------


async def test_a_register_exchanges_a_code_for_a_token_that_opens(
    admin: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    paired = await pair(admin, stranger, name="Tablet", workstation="till-1")
    assert paired["scopes"] == ["drawer", "pay", "print", "read", "refund", "scan", "till"]
    me = await stranger.get("/v1/caller", headers=bearer(paired))
    assert me.json() == {
        "id": paired["id"],
        "name": "Tablet",
        "scopes": paired["scopes"],
        "workstation": "till-1",
    }
    listed = (await admin.get("/v1/tokens")).json()["tokens"]
    assert [each["name"] for each in listed] == ["Tablet"]
    assert paired["token"] not in (await admin.get("/v1/tokens")).text


async def test_the_token_is_kept_as_a_hash_and_outlives_the_daemon(
    bare_daemon: Daemon,
    admin: httpx.AsyncClient,
    stranger: httpx.AsyncClient,
    tmp_path: pathlib.Path,
) -> None:
    paired = await pair(admin, stranger)
    for file in (tmp_path / "state").iterdir():
        assert paired["token"].encode() not in file.read_bytes(), file.name
    rows = await bare_daemon.state.run(
        lambda connection: connection.execute("SELECT token_id FROM tokens").fetchall()
    )
    assert rows == [(paired["id"],)]


async def test_a_paired_register_is_known_in_the_next_life(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "edge-daemon.toml"
    path.write_text(BARE.format(directory=tmp_path / "state", token=TOKEN))
    paired: dict[str, Any] = {}
    for life in range(2):
        async with opened(load_configuration(path)) as daemon:
            running = asyncio.ensure_future(daemon.run())
            await daemon.server.ready.wait()
            port = daemon.addresses[0][1]
            async with client(port) as admin, client(port, token=None) as stranger:
                if life == 0:
                    paired = await pair(admin, stranger)
                answer = await stranger.get("/v1/health", headers=bearer(paired))
                assert answer.status_code == 200
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def pair_after_restart(
    admin: httpx.AsyncClient, stranger: httpx.AsyncClient, code: str, paired_id: str
) -> None:
    place = f"/v1/pairings/{ulid()}"
    void = await stranger.put(place, json={"code": code})
    assert (void.status_code, void.json()["error"]["code"]) == (403, "wrong_code")
    assert "before the box was restarted" in void.json()["error"]["message"]
    again = await stranger.put(f"/v1/pairings/{paired_id}", json={"code": code})
    assert again.status_code == 403
    assert 'revoke the token "Tablet"' in again.json()["error"]["message"]
    new = (await offer(admin))["code"]
    assert (await stranger.put(place, json={"code": new})).status_code == 200


async def test_a_restart_voids_the_codes_and_says_so_and_pairing_goes_on(
    tmp_path: pathlib.Path,
) -> None:
    path = tmp_path / "edge-daemon.toml"
    path.write_text(BARE.format(directory=tmp_path / "state", token=TOKEN))
    code, paired = "", {"id": ""}
    for life in range(2):
        async with opened(load_configuration(path)) as daemon:
            running = asyncio.ensure_future(daemon.run())
            await daemon.server.ready.wait()
            port = daemon.addresses[0][1]
            async with client(port) as admin, client(port, token=None) as stranger:
                if life == 0:
                    code = (await offer(admin))["code"]
                    paired = await pair(admin, stranger, name="Tablet")
                else:
                    await pair_after_restart(admin, stranger, code, paired["id"])
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_a_lost_answer_is_asked_for_again_and_nobody_else_gets_it(
    admin: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    code = (await offer(admin))["code"]
    place = f"/v1/pairings/{ulid()}"
    first, second = await asyncio.gather(
        stranger.put(place, json={"code": code}), stranger.put(place, json={"code": code})
    )
    assert first.json() == second.json()
    other = await stranger.put(f"/v1/pairings/{ulid()}", json={"code": code})
    assert (other.status_code, other.json()["error"]["code"]) == (403, "wrong_code")
    assert len((await admin.get("/v1/tokens")).json()["tokens"]) == 1


async def test_another_pairings_id_is_a_conflict_and_leaves_the_code_open(
    admin: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    paired = await pair(admin, stranger)
    offered = await offer(admin)
    taken = await stranger.put(f"/v1/pairings/{paired['id']}", json={"code": offered["code"]})
    assert taken.status_code == 409
    again = await stranger.put(f"/v1/pairings/{ulid()}", json={"code": offered["code"]})
    assert again.status_code == 200


async def test_the_same_code_request_again_shows_the_same_code_and_then_that_it_was_used(
    admin: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    place = f"/v1/pairing-codes/{ulid()}"
    first = (await admin.put(place, json={"name": "Tablet"})).json()
    assert (await admin.put(place, json={"name": "Tablet"})).json() == first
    other = await admin.put(place, json={"name": "Kiosk"})
    assert other.status_code == 409
    pairing = ulid()
    await stranger.put(f"/v1/pairings/{pairing}", json={"code": first["code"]["code"]})
    used = (await admin.get(place)).json()
    assert (used["state"], used["token_id"], "code" in used) == ("used", pairing, True)
    assert used["code"] is None


async def test_a_withdrawn_or_old_code_opens_nothing(
    admin: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    offered = await offer(admin)
    assert (await admin.post(f"/v1/pairing-codes/{offered['id']}/cancel")).status_code == 204
    answer = await stranger.put(f"/v1/pairings/{ulid()}", json={"code": offered["code"]})
    assert answer.status_code == 403
    offered = await offer(admin, minutes=1)
    advance(61)
    answer = await stranger.put(f"/v1/pairings/{ulid()}", json={"code": offered["code"]})
    assert answer.status_code == 403
    assert (await admin.get(f"/v1/pairing-codes/{offered['id']}")).status_code == 404


async def test_guessing_ends_in_429_with_the_time_to_come_back(
    bare_daemon: Daemon, admin: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    offered = await offer(admin)
    statuses = [
        (await stranger.put(f"/v1/pairings/{ulid()}", json={"code": f"{n:08}"})).status_code
        for n in range(10)
    ]
    assert statuses == [403] * 5 + [429] * 5
    right = await stranger.put(f"/v1/pairings/{ulid()}", json={"code": offered["code"]})
    assert right.status_code == 429
    assert 1 <= int(right.headers["retry-after"]) <= 60
    advance(61)
    right = await stranger.put(f"/v1/pairings/{ulid()}", json={"code": offered["code"]})
    assert right.status_code == 200
    await settled(bare_daemon)
    reasons = [e.reason for e in await access_events(bare_daemon) if e.event == "Refused"]
    assert sorted(set(reasons)) == ["too_many_pairing_codes", "wrong_pairing_code"]


# --- scopes, workstations, the end of a token -----------------------------------------------


async def test_a_scope_that_a_token_lacks_is_403_and_names_it(
    bare_daemon: Daemon, admin: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    paired = await pair(admin, stranger, scopes=["read"])
    allowed = await stranger.get("/v1/health", headers=bearer(paired))
    assert allowed.status_code == 200
    body = {"drawer": "drawer", "reason": "wisselgeld"}
    refused = await stranger.put(f"/v1/drawer-openings/{ulid()}", json=body, headers=bearer(paired))
    assert refused.status_code == 403
    error = refused.json()["error"]
    assert error["code"] == "forbidden"
    assert "drawer" in error["message"]
    await settled(bare_daemon)
    refusals = [e for e in await access_events(bare_daemon) if e.event == "Refused"]
    assert [(e.subject, e.scopes, e.reason) for e in refusals] == [
        (paired["id"], ("drawer",), "missing_scope")
    ]


async def test_the_scope_is_looked_at_before_the_body(
    admin: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    paired = await pair(admin, stranger, scopes=["read"])
    refused = await stranger.put(f"/v1/sales/{ulid()}", content=b"not JSON", headers=bearer(paired))
    assert refused.status_code == 403


async def test_a_tokens_workstation_is_the_only_one_that_it_acts_for(
    admin: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    paired = await pair(admin, stranger, workstation="till-1")
    body = {"workstation": "till-2", "document": [{"type": "text", "text": "x"}]}
    place = f"/v1/print-jobs/{ulid()}"
    other = await stranger.put(place, json=body, headers=bearer(paired))
    assert other.status_code == 403
    assert "till-1" in other.json()["error"]["message"]
    own = await stranger.put(place, json=body | {"workstation": "till-1"}, headers=bearer(paired))
    assert own.status_code == 400
    assert "no receipt printer" in own.json()["error"]["message"]


async def test_a_workstation_that_is_not_configured_gets_no_code(admin: httpx.AsyncClient) -> None:
    answer = await admin.put(f"/v1/pairing-codes/{ulid()}", json={"workstation": "till-9"})
    assert answer.status_code == 404


async def test_a_register_pairs_no_others(
    admin: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    paired = await pair(admin, stranger)
    for method, path in (
        ("PUT", f"/v1/pairing-codes/{ulid()}"),
        ("GET", "/v1/tokens"),
        ("POST", f"/v1/tokens/{paired['id']}/revoke"),
    ):
        answer = await stranger.request(method, path, json={}, headers=bearer(paired))
        assert answer.status_code == 403, path


async def test_a_revoked_token_opens_nothing_and_its_streams_end(
    port: int, bare_daemon: Daemon, admin: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    paired = await pair(admin, stranger)
    ticket = (await stranger.post("/v1/tickets", headers=bearer(paired))).json()["ticket"]
    async with connect(
        f"ws://127.0.0.1:{port}/v1/events", additional_headers=bearer(paired), proxy=None
    ) as listening:
        await listening.recv()
        place = f"/v1/tokens/{paired['id']}/revoke"
        revoked = await admin.post(place, json={"reason": "lost tablet"})
        assert revoked.json()["revoked_at"] is not None
        assert (await admin.post(place, json={})).json() == revoked.json()
        bare_daemon.events.publish("scan", {"scan_data": "1"})
        with pytest.raises(ConnectionClosed) as closed:
            await listening.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008
    refused = await stranger.get("/v1/health", headers=bearer(paired))
    assert refused.status_code == 401
    assert "revoked" in refused.json()["error"]["message"]
    with pytest.raises(InvalidStatus):
        await connect(f"ws://127.0.0.1:{port}/v1/events?ticket={ticket}", proxy=None)
    await settled(bare_daemon)
    events = [(e.event, e.subject) for e in await access_events(bare_daemon)]
    assert events.count(("Revoked", paired["id"])) == 1
    assert ("Refused", paired["id"]) in events


async def test_an_expired_token_opens_nothing(
    admin: httpx.AsyncClient, stranger: httpx.AsyncClient, clock: MovableClock
) -> None:
    paired = await pair(admin, stranger, expires_in_days=1)
    assert (await stranger.get("/v1/health", headers=bearer(paired))).status_code == 200
    clock.ahead_us = DAY_US
    refused = await stranger.get("/v1/health", headers=bearer(paired))
    assert refused.status_code == 401
    assert "expired" in refused.json()["error"]["message"]


async def test_who_may_only_scan_hears_scans_only(
    port: int, bare_daemon: Daemon, admin: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    scanning = await pair(admin, stranger, scopes=["scan"])
    reading = await pair(admin, stranger, scopes=["read"])
    heard = {}
    for name, paired in (("scan", scanning), ("read", reading)):
        async with connect(
            f"ws://127.0.0.1:{port}/v1/events", additional_headers=bearer(paired), proxy=None
        ) as listening:
            await listening.recv()
            bare_daemon.events.publish("scan", {"scan_data": "1"})
            bare_daemon.events.publish("cover_opened", {})
            bare_daemon.events.publish("scan", {"scan_data": "2"})
            bare_daemon.events.publish("cover_closed", {})
            heard[name] = [(await listening.recv()), (await listening.recv())]
    assert all('"scan"' in str(text) for text in heard["scan"])
    assert all('"cover_' in str(text) for text in heard["read"])


# --- the journal ----------------------------------------------------------------------------


async def test_every_grant_is_in_the_journal_before_the_token_opens(
    bare_daemon: Daemon, admin: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    paired = await pair(admin, stranger, name="Tablet", workstation="till-1", scopes=["till"])
    made, granted = await access_events(bare_daemon)
    assert (made.event, made.subject, made.act) == ("AdminAct", "configured", "make_pairing_code")
    assert (granted.event, granted.subject) == ("Paired", paired["id"])
    assert granted.scopes == ("till",)
    assert granted.source_address == "127.0.0.1"


async def test_no_code_and_no_token_reaches_the_journal(
    bare_daemon: Daemon, admin: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    offered = await offer(admin)
    pairing = await stranger.put(f"/v1/pairings/{ulid()}", json={"code": offered["code"]})
    stored = await bare_daemon.journal.read_after(None, limit=1000, max_bytes=1 << 30)
    lines = b"\n".join(each.data for each in stored)
    assert pairing.json()["token"].encode() not in lines
    assert offered["code"].encode() not in lines
    assert offered["code"].replace("-", "").encode() not in lines


async def test_equal_refusals_become_one_entry_a_minute(
    bare_daemon: Daemon, stranger: httpx.AsyncClient
) -> None:
    for _ in range(50):
        await stranger.get("/v1/health")
    await settled(bare_daemon)
    events = await access_events(bare_daemon)
    assert [(e.reason, e.count) for e in events] == [("no_token", None)]
    for minute in range(1, 3):
        advance(61)
        await asyncio.sleep(0.01)
        await settled(bare_daemon)
        events = await access_events(bare_daemon)
        assert len(events) == 1 + minute
        for _ in range(20):
            await stranger.get("/v1/health")
    assert [e.count for e in events] == [None, 49, 20]


async def test_a_stranger_cannot_fill_the_journal_by_asking_differently(
    bare_daemon: Daemon,
) -> None:
    for number in range(1000):
        refusal = Refusal(Reason.FOREIGN_ORIGIN, origin=f"https://{number}.example" * 99)
        bare_daemon.refusals.note(refusal)
    await settled(bare_daemon)
    events = await access_events(bare_daemon)
    assert len(events) <= 17
    assert max(len(event.origin or "") for event in events) <= 200


# --- the machine's own administrator --------------------------------------------------------


async def test_the_local_token_is_the_daemons_users_alone_and_opens_from_loopback_alone(
    bare_daemon: Daemon, tmp_path: pathlib.Path, stranger: httpx.AsyncClient
) -> None:
    path = tmp_path / "state" / "local-door.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    door = read_local_door(tmp_path / "state")
    token = door.token
    host, port = bare_daemon.addresses[0]
    assert door.url == f"http://{host}:{port}"
    answer = await stranger.get("/v1/tokens", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    book = bare_daemon.pairing._book
    assert getattr(book.judge(token, "127.0.0.1"), "id", None) == "local"
    assert getattr(book.judge(token, "::ffff:127.0.0.1"), "id", None) == "local"
    for address in ("192.168.1.20", "", "fe80::1"):
        assert getattr(book.judge(token, address), "reason", None) == Reason.UNKNOWN_TOKEN
