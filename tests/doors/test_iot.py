import asyncio
import base64
from typing import Any

import httpx

from drivers.scanner import Scan
from edge_daemon.records.payloads import PaymentEvent
from tests.doors.tills import ORIGIN, TillCounter, jpeg, until
from tests.shifting_loop import advance
from tests.stories.counter import next_event

PRINTER = "usb_04b8_0e15"


async def act(counter: TillCounter, device: str = PRINTER, **data: Any) -> dict[str, Any]:
    """Act as the IoT client does: `params` alone, no id."""
    body = {"params": {"session_id": "page-1", "device_identifier": device, "data": data}}
    response = await counter.till.post(f"{counter.doors_url}/iot_drivers/action", json=body)
    assert response.status_code == 200
    assert "id" not in response.json()
    result: dict[str, Any] = response.json()["result"]
    return result


async def listen(
    counter: TillCounter, *devices: str, last: float = 0, session: str = "page-1"
) -> Any:
    """Poll once, as the client does, with everything that it sends."""
    listener = {
        "last_event": last,
        "devices": {
            name: {"listener_id": "listener-1", "device_identifier": name} for name in devices
        },
        "session_id": session,
        "abortController": {},
    }
    body = {"params": {"listener": listener}}
    response = await counter.till.post(f"{counter.doors_url}/hw_drivers/event", json=body)
    assert response.status_code == 200
    return response.json()["result"]


def receipt(text: str = "Receipt 0001") -> str:
    return base64.b64encode(jpeg(text)).decode()


async def test_a_receipt_is_pending_at_once_and_printed_in_an_event() -> None:
    async with TillCounter() as counter:
        await counter.start()
        answer = await act(
            counter, action="print_receipt", receipt=receipt(), action_unique_id="u-1"
        )
        assert (answer["status"], answer["result"]) == ("success", "pending")
        assert answer["session_id"] == "page-1"
        event = await listen(counter, PRINTER)
        assert (event["status"], event["message"]) == ("success", None)
        assert (event["device_identifier"], event["session_id"]) == (PRINTER, "page-1")
        assert event["owner"] == "page-1"
        assert isinstance(event["time"], float)
        assert len(counter.printer.receipts) == 1


async def test_an_action_with_a_known_id_is_a_duplicate_also_after_a_restart() -> None:
    async with TillCounter() as counter:
        await counter.start()
        order = {"action": "print_receipt", "receipt": receipt(), "action_unique_id": "u-1"}
        answers = await asyncio.gather(act(counter, **order), act(counter, **order))
        assert sorted(answer["status"] for answer in answers) == ["duplicate", "success"]
        await listen(counter, PRINTER)
        await counter.stop()
        await counter.start()
        assert (await act(counter, **order))["status"] == "duplicate"
        assert len(counter.printer.receipts) == 1


async def test_an_action_that_surely_failed_may_come_again_under_its_id() -> None:
    async with TillCounter() as counter:
        await counter.start()
        order = {"action": "print_receipt", "receipt": receipt(), "action_unique_id": "u-1"}
        await counter.printer.hand("paper_out")
        assert (await act(counter, **order))["status"] == "success"
        event = await listen(counter, PRINTER)
        assert (event["status"], event["message"]) == ("error", "ERROR_NO_PAPER")
        await counter.printer.hand("replace_paper")
        await until(lambda: counter.daemon.devices.pos_printer("printer").status.online)
        assert (await act(counter, **order))["status"] == "success"
        event = await listen(counter, PRINTER, last=event["time"])
        assert event["status"] == "success"


async def test_the_cash_box_opens() -> None:
    async with TillCounter() as counter:
        await counter.start()
        assert (await act(counter, action="cashbox"))["result"] == "pending"
        assert (await listen(counter, PRINTER))["status"] == "success"
        assert len(counter.printer.drawer_pulses) == 1


async def test_data_may_be_a_string_and_a_printer_may_go_by_our_own_name() -> None:
    async with TillCounter() as counter:
        await counter.start()
        data = '{"action": "cashbox"}'
        body = {"params": {"session_id": "s", "device_identifier": "printer", "data": data}}
        response = await counter.till.post(f"{counter.doors_url}/hw_drivers/action", json=body)
        assert response.json()["result"]["status"] == "success"


async def test_a_device_that_is_not_there_is_disconnected_and_the_box_answers_little() -> None:
    async with TillCounter() as counter:
        await counter.start(devices=False)
        assert "result" not in await act(counter, "nobody", action="cashbox")
        assert (await act(counter, "nobody", action="cashbox"))["status"] == "disconnected"
        assert (await act(counter, "edge-0041"))["status"] == "success"
        refused = await act(counter, "edge-0041", action="reset_password")
        assert refused["status"] == "error"
        ping = await counter.till.get(f"{counter.doors_url}/iot_drivers/ping")
        assert ping.json() == {"status": "success", "message": "pong"}
        restart = await counter.till.post(f"{counter.doors_url}/iot_drivers/restart_odoo_service")
        assert "error" in restart.json()


async def test_a_scan_reaches_every_register_by_its_type_or_its_name() -> None:
    async with TillCounter() as counter:
        await counter.start()
        first = asyncio.create_task(listen(counter, "scanner", session="page-1"))
        second = asyncio.create_task(listen(counter, PRINTER, "scanner", session="page-2"))
        await asyncio.sleep(0)
        await counter.scanner.hand("scan", data="8710400145981")
        heard = await asyncio.gather(first, second)
        assert [event["value"] for event in heard] == ["8710400145981"] * 2
        assert [event["session_id"] for event in heard] == ["page-1", "page-2"]


async def test_a_stale_scan_is_dropped_and_a_result_is_not() -> None:
    async with TillCounter() as counter:
        await counter.start()
        happenings = counter.daemon.doors._iot._happenings["odoo-iot"]  # type: ignore[union-attr]  # they are open
        begun = happenings._now() - 30
        happenings.add("printer", "printer", {"status": "success", "value": "old result"})
        counter.daemon.doors._hear("scanner", "scanner", Scan("stale"))  # type: ignore[union-attr]  # they are open
        happenings._stale_seconds = -1.0
        event = await listen(counter, "scanner", "printer", last=begun)
        assert event["value"] == "old result"
        assert happenings.dropped == 1
        shown = counter.daemon.events.subscribe(f"{counter.daemon.events.boot}-0")
        assert (await next_event(shown, "scan_dropped"))["scan_data"] == "stale"


async def test_an_idle_poll_ends_with_null_before_the_client_gives_up() -> None:
    async with TillCounter() as counter:
        await counter.start()
        poll = asyncio.create_task(listen(counter, PRINTER))
        front = counter.daemon.doors.front  # type: ignore[union-attr]  # they are open
        await until(lambda: front._under_way["odoo-iot"])
        advance(51)
        assert await poll is None


async def test_a_result_is_not_lost_to_a_page_that_reloads_meanwhile() -> None:
    async with TillCounter() as counter:
        await counter.start()
        counter.printer.faults.switch("slow", on=True)
        async with httpx.AsyncClient(headers={"Origin": ORIGIN}, trust_env=False) as page:
            listener = {"last_event": 0, "devices": {PRINTER: {}}, "session_id": "page-0"}
            poll = asyncio.create_task(
                page.post(
                    f"{counter.doors_url}/iot_drivers/event",
                    json={"params": {"listener": listener}},
                )
            )
            await act(counter, action="print_receipt", receipt=receipt())
            poll.cancel()
            await asyncio.gather(poll, return_exceptions=True)
        counter.printer.faults.switch("slow", on=False)
        event = await listen(counter, PRINTER, session="page-1")
        assert (event["status"], event["session_id"]) == ("success", "page-1")


def payment(**changes: Any) -> dict[str, Any]:
    return {
        "messageType": "Transaction",
        "transactionType": "Payment",
        "action": "",
        "amount": 1250,
        "cid": "c12",
        "currency": "EUR",
        "action_unique_id": "pay-1",
    } | changes


async def test_a_card_payment_is_told_in_stages_and_charged_once() -> None:
    async with TillCounter(auto=False) as counter:
        await counter.start()
        assert (await act(counter, "terminal", **payment()))["result"] == "pending"
        assert (await act(counter, "terminal", **payment()))["status"] == "duplicate"
        await counter.terminal.until("waiting_for_card")
        event = await listen(counter, "terminal")
        assert event["result"] == {"Stage": "WaitingForCard", "cid": "c12"}
        await counter.terminal.hand("tap")
        while "Response" not in event["result"]:
            event = await listen(counter, "terminal", last=event["time"])
        assert event["result"]["Response"] == "Approved"
        assert "Disconnected" not in event["result"]
        assert counter.terminal.ledger.booked() == 1250


async def test_a_declined_card_is_an_error_and_a_doubt_is_none() -> None:
    async with TillCounter() as counter:
        await counter.start()
        counter.terminal.faults.switch("decline", on=True)
        await act(counter, "terminal", **payment())
        event = await listen(counter, "terminal")
        while "Error" not in event["result"]:
            event = await listen(counter, "terminal", last=event["time"])
        counter.terminal.faults.switch("decline", on=False)
        for fault in ("drop_before_status_information", "swapped_while_down"):
            counter.terminal.faults.switch(fault, on=True)
        assert (await act(counter, "terminal", **payment()))["result"] == "pending"
        states: list[str] = []
        while "MANUAL_REVIEW" not in states:
            advance(0.2)
            event = await listen(counter, "terminal", last=event["time"])
            assert "Error" not in event["result"]
            states = [each.state for each in await counter.payloads(PaymentEvent)]
        assert (await act(counter, "terminal", **payment()))["status"] == "duplicate"


async def test_amounts_that_are_no_cents_reach_no_terminal() -> None:
    async with TillCounter() as counter:
        await counter.start(devices=False)
        for amount in (0, -1, 12.5, "12", True, None, 10**20):
            answer = await act(counter, "terminal", **payment(amount=amount))
            assert answer["status"] == "error"
        assert await counter.payloads(PaymentEvent) == []
