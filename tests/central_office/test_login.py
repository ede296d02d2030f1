"""Who is let into the back office, and how: passwords, sessions, keys, guesses."""

import pathlib

import httpx
import pytest

from central_office.access.attempts import origin
from central_office.access.rights import Right, Role
from central_office.errors import OfficeError
from central_office.settings import HttpSettings
from tests.central_office.house import PASSWORD, House, house

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_session_is_a_cookie_that_no_script_reads_and_no_other_site_sends(
    office: House,
) -> None:
    await office.person("rosa", Role.VIEWER)
    async with office.browser() as browser:
        answer = await browser.post("/v1/login", json={"name": "rosa", "password": PASSWORD})
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert (await browser.get("/v1/caller")).json()["role"] == "viewer"
        assert PASSWORD not in answer.text


async def test_a_session_changes_nothing_for_a_page_of_another_site(office: House) -> None:
    async with await office.person("rosa", Role.VIEWER) as browser:
        foreign = await browser.post("/v1/logout", headers={"Origin": "https://elsewhere.example"})
        del browser.headers["Origin"]
        silent = await browser.post("/v1/logout")
        assert (foreign.status_code, silent.status_code) == (403, 403)
        assert (await browser.get("/v1/caller")).status_code == 200


async def test_a_session_ends_with_a_word_and_by_itself(office: House) -> None:
    async with await office.person("rosa", Role.VIEWER) as browser:
        assert (await browser.post("/v1/logout")).status_code == 204
        assert (await browser.get("/v1/caller")).status_code == 401
    async with await office.person("rosa", Role.VIEWER) as browser:
        before = office.clock.us
        office.clock.us += 12 * 3600 * 1_000_000
        try:
            assert (await browser.get("/v1/caller")).status_code == 401
        finally:
            office.clock.us = before


@pytest.mark.parametrize("name", ["olga", "nobody"])
async def test_a_wrong_password_does_not_say_whether_the_name_is_right(
    office: House, name: str
) -> None:
    async with office.browser() as browser:
        answer = await browser.post("/v1/login", json={"name": name, "password": "wrong"})
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "wrong_password"


async def test_who_guesses_has_to_wait_and_others_do_not(office: House) -> None:
    await office.person("vera", Role.VIEWER)
    async with office.browser() as browser:
        for _ in range(4):
            office.server.parts.attempts.take("127.0.0.1 guessed")
        await browser.post("/v1/login", json={"name": "guessed", "password": "wrong"})
        answer = await browser.post("/v1/login", json={"name": "guessed", "password": "wrong"})
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) > 0
        right = await browser.post("/v1/login", json={"name": "vera", "password": PASSWORD})
        assert right.status_code == 200


async def test_a_person_takes_another_password(office: House) -> None:
    async with await office.person("rosa", Role.VIEWER) as browser:
        new = {"old": PASSWORD, "new": "another password"}
        assert (await browser.post("/v1/password", json=new)).status_code == 204
        assert (await browser.get("/v1/caller")).status_code == 401
        login = {"name": "rosa", "password": "another password"}
        assert (await browser.post("/v1/login", json=login)).status_code == 200


async def test_somebody_disabled_is_out_at_once(office: House) -> None:
    owner = await office.person("olga", Role.OWNER)
    gone = await office.person("gone", Role.VIEWER)
    async with owner, gone:
        answer = await owner.put("/v1/people/gone", json={"role": "viewer", "disabled": True})
        assert answer.json()["disabled_at"] is not None
        assert (await gone.get("/v1/caller")).status_code == 401
        login = {"name": "gone", "password": PASSWORD}
        assert (await gone.post("/v1/login", json=login)).status_code == 403


async def test_the_last_owner_stays(office: House) -> None:
    async with await office.person("olga", Role.OWNER) as owner:
        answer = await owner.put("/v1/people/olga", json={"role": "viewer"})
        assert answer.status_code == 409
        assert (await owner.get("/v1/caller")).json()["role"] == "owner"


async def test_a_key_is_shown_once_and_opens_nothing_when_revoked(office: House) -> None:
    async with await office.person("olga", Role.OWNER) as owner:
        made = await owner.post("/v1/keys", json={"name": "till", "rights": ["figures"]})
        assert made.status_code == 201, made.text
        secret = made.json()["secret"]
        listed = await owner.get("/v1/keys")
        assert secret not in listed.text
        headers = {"Authorization": f"Bearer {secret}"}
        async with httpx.AsyncClient(base_url=office.url, headers=headers) as program:
            assert (await program.get("/v1/views/days")).status_code == 200
            assert (await program.get("/v1/views/stock")).status_code == 403
            await owner.post(f"/v1/keys/{made.json()['key_id']}/revoke")
            assert (await program.get("/v1/views/days")).status_code == 401


async def test_nobody_gives_more_than_they_have(office: House) -> None:
    async with await office.person("local", Role.OWNER, stores=("store-001",)) as local:
        for wider in ({}, {"stores": ["store-002"]}):
            body = {"name": "wider", "rights": ["figures"], **wider}
            assert (await local.post("/v1/keys", json=body)).status_code == 409
    async with await office.program(Right.ADMIN) as program:
        answer = await program.post("/v1/keys", json={"name": "more", "rights": ["figures"]})
        assert answer.status_code == 409
        assert (
            await program.post("/v1/password", json={"old": "a", "new": "b"})
        ).status_code == 403


async def test_nobody_changes_what_is_about_more_than_they_may_themselves(office: House) -> None:
    everywhere: dict[str, object] = {
        "name": "all",
        "url": "https://example.org/",
        "entry_types": ["Outcome"],
    }
    async with await office.person("olga", Role.OWNER) as owner:
        key = (await owner.post("/v1/keys", json={"name": "till", "rights": ["figures"]})).json()
        webhook = (await owner.post("/v1/webhooks", json=everywhere)).json()
    about = f"/v1/webhooks/{webhook['webhook_id']}"
    taken_over: dict[str, object] = {
        "role": "owner",
        "stores": ["store-001"],
        "password": "another password",
    }
    acts: list[tuple[str, str, dict[str, object] | None]] = [
        ("PUT", "/v1/people/olga", taken_over),
        ("POST", f"/v1/keys/{key['key_id']}/revoke", None),
        *(("POST", f"{about}/{act}", None) for act in ("test", "resume", "remove")),
    ]
    async with await office.person("local", Role.OWNER, stores=("store-001",)) as local:
        for method, path, body in acts:
            assert (await local.request(method, path, json=body)).status_code == 409, path
    async with await office.program(Right.ADMIN) as program:
        eve: dict[str, object] = {"role": "owner", "password": "of ten letters"}
        assert (await program.put("/v1/people/eve", json=eve)).status_code == 409
        assert (await program.put("/v1/people/olga", json=eve)).status_code == 409
        assert (await program.post("/v1/webhooks", json=everywhere)).status_code == 409
    async with await office.person("olga", Role.OWNER) as owner:
        keys = (await owner.get("/v1/keys")).json()["keys"]
        assert [one["revoked_at"] for one in keys if one["key_id"] == key["key_id"]] == [None]
        removed = await owner.post(f"{about}/remove")
        assert removed.status_code == 204
        assert (await owner.get("/v1/webhooks")).json() == {"webhooks": []}


async def test_what_another_process_takes_away_is_gone_here_too(office: House) -> None:
    async with await office.person("rosa", Role.VIEWER) as browser:
        await office.keeper.do(
            lambda session: (
                session.run("DELETE FROM sessions"),
                session.run("UPDATE access_changes SET number = number + 1"),
            )
        )
        await office.server.parts.look()
        assert (await browser.get("/v1/caller")).status_code == 401


async def test_a_caller_who_asks_too_fast_has_to_wait_and_others_do_not(
    books: pathlib.Path,
) -> None:
    slow = HttpSettings(port=0, requests_per_minute=12)
    async with house(str(books), slow) as other:
        async with await other.program(Right.FIGURES) as program:
            assert (await program.get("/v1/caller")).status_code == 200
            assert (await program.get("/v1/caller")).status_code == 200
            answer = await program.get("/v1/caller")
            assert answer.status_code == 429
            assert 1 <= int(answer.headers["retry-after"]) <= 5
        async with await other.program(Right.FIGURES) as another:
            assert (await another.get("/v1/caller")).status_code == 200


@pytest.mark.parametrize(
    "settings",
    [
        HttpSettings(host="0.0.0.0"),  # noqa: S104 - refused
        HttpSettings(certificate_file="cert.pem"),
    ],
)
async def test_passwords_do_not_cross_the_network_readable_by_accident(
    settings: HttpSettings,
) -> None:
    with pytest.raises(OfficeError, match="http"):
        settings.check()


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("somewhere", "somewhere"),
    ],
)
async def test_whoever_shares_a_line_shares_its_tries(address: str, line: str) -> None:
    assert origin(address) == line
