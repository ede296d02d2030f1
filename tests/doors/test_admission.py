import ssl

import httpx
import pytest

from tests.doors.tills import ORIGIN, TillCounter, jpeg

PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "content-type,if-modified-since,soapaction",
    "Access-Control-Request-Private-Network": "true",
}
PLACES = [
    "/hw_proxy/default_printer_action",
    "/iot_drivers/action",
    "/hw_drivers/event",
    "/cgi-bin/epos/service.cgi?devid=local_printer&timeout=10000",
    "/cgi-bin/eposDisp/service.cgi",
    "/StarWebPRNT/SendMessage",
]


async def test_preflights_are_answered_for_every_door() -> None:
    async with TillCounter() as counter:
        await counter.start(devices=False)
        for place in PLACES:
            answer = await counter.till.options(f"{counter.doors_url}{place}", headers=PREFLIGHT)
            assert answer.status_code == 204
            assert answer.headers["access-control-allow-origin"] == ORIGIN
            assert answer.headers["vary"] == "Origin"
            assert answer.headers["access-control-allow-private-network"] == "true"
            allowed = answer.headers["access-control-allow-headers"].lower()
            assert {"content-type", "if-modified-since", "soapaction"} <= set(allowed.split(", "))


@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{ORIGIN}, {ORIGIN}"])
async def test_a_foreign_page_opens_no_drawer_and_is_journalled(origin: str) -> None:
    async with TillCounter() as counter:
        await counter.start()
        for place in PLACES:
            answer = await counter.till.post(
                f"{counter.doors_url}{place}",
                content=b"<epos-print><pulse/></epos-print>",
                headers={"Origin": origin, "Content-Type": "text/plain"},
            )
            assert answer.status_code == 403
            assert "access-control-allow-origin" not in answer.headers
        data = {"data": {"action": "cashbox"}}
        answer = await counter.call(PLACES[0], data, headers={"Origin": origin})
        assert answer.status_code == 403
        assert counter.printer.drawer_pulses == []
        refused = await counter.refusals()
        assert refused[0].event == "Refused"
        assert (refused[0].origin, refused[0].source_address) == (origin, "127.0.0.1")


async def test_refusals_beyond_the_first_are_gathered() -> None:
    async with TillCounter() as counter:
        await counter.start(devices=False)
        for _ in range(30):
            await counter.call(PLACES[0], headers={"Origin": "https://evil.example"})
        assert len(await counter.refusals()) == 1


async def test_the_right_origin_from_a_foreign_address_is_refused() -> None:
    async with TillCounter() as counter:
        counter.relay = counter.relay.replace(
            'addresses = ["127.0.0.1"]', 'addresses = ["10.1.0.0/16"]'
        )
        await counter.start()
        answer = await counter.call(PLACES[0], {"data": {"action": "cashbox"}})
        assert answer.status_code == 403
        assert "address" in answer.json()["error"]["message"]
        assert counter.printer.drawer_pulses == []


async def test_another_name_in_host_is_refused_and_a_configured_one_is_not() -> None:
    async with TillCounter() as counter:
        await counter.start(devices=False)
        rebound = await counter.call("/hw_proxy/handshake", headers={"Host": "evil.example:8069"})
        assert rebound.status_code == 421
        named = await counter.call("/hw_proxy/handshake", headers={"Host": "KassaBox.local:8069"})
        assert named.status_code == 200


async def test_programs_without_origin_come_in_only_where_the_door_says_so() -> None:
    async with TillCounter() as counter:
        del counter.till.headers["Origin"]
        await counter.start(devices=False)
        assert (await counter.call("/hw_proxy/handshake")).json()["result"] is True
        await counter.stop()
        counter.relay = counter.relay.replace("programs = true", "programs = false")
        await counter.start(devices=False)
        assert (await counter.call("/hw_proxy/handshake")).status_code == 403


async def test_pages_that_come_by_https_find_a_door_with_the_certificate_of_the_box() -> None:
    async with TillCounter() as counter:
        counter.relay = counter.relay.replace(
            "[doors]",
            '[api.tls]\nhost = "127.0.0.1"\nport = 0\nannounce = false\n\n'
            '[doors]\nlisten_tls = ["127.0.0.1:0"]',
        )
        await counter.start(devices=False)
        assert counter.daemon.doors is not None
        assert counter.daemon.certificate is not None
        authority = counter.daemon.certificate.authority
        assert authority is not None
        trust = ssl.create_default_context(cadata=authority.decode())
        _, port = counter.daemon.doors.addresses[-1]
        async with httpx.AsyncClient(verify=trust, trust_env=False) as till:
            answer = await till.get(
                f"https://127.0.0.1:{port}/hw_proxy/hello", headers={"Origin": ORIGIN}
            )
        assert answer.content == b"ping"


async def test_no_door_is_open_that_is_not_configured() -> None:
    async with TillCounter() as counter:
        counter.relay = ""
        await counter.start(devices=False)
        assert counter.daemon.doors is None


async def test_too_large_is_said_in_the_words_of_the_door() -> None:
    async with TillCounter() as counter:
        await counter.start(devices=False)
        large = b"x" * (6 * 1024 * 1024 + 1)
        for place, status, word in [
            ("/hw_proxy/default_printer_action", 413, b"too large"),
            ("/cgi-bin/epos/service.cgi", 200, b"RequestEntityTooLarge"),
            ("/StarWebPRNT/SendMessage", 200, b"&lt;success&gt;false"),
        ]:
            answer = await counter.till.post(f"{counter.doors_url}{place}", content=large)
            assert answer.status_code == status
            assert word in answer.content
            assert answer.headers["access-control-allow-origin"] == ORIGIN


async def test_nothing_else_is_served() -> None:
    async with TillCounter() as counter:
        await counter.start(devices=False)
        for place in ("/", "/v1/health", "/socket.io/1/", "/iot_drivers/restart_odoo_service"):
            answer = await counter.till.get(f"{counter.doors_url}{place}")
            assert answer.status_code in (404, 200)
            assert b"success" not in answer.content
        assert jpeg()
