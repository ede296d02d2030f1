import asyncio
import base64
from typing import Any

import httpx
import pytest
from PIL import Image

from drivers.pos_printer import Cut, Text
from drivers.scanner import Scan
from edge_daemon.doors.hw_proxy import service
from edge_daemon.printing import Errand
from edge_daemon.records.payloads import DrawerEvent, Intent, PaymentEvent, ReceiptEvent
from tests.doors.tills import ORIGIN, TillCounter, jpeg, png, until
from tests.shifting_loop import advance, hurry
from tests.stories.counter import ulid

PRINT = "/hw_proxy/default_printer_action"


async def test_a_receipt_as_jpeg_comes_out_and_only_then_is_true_answered() -> None:
    async with TillCounter() as counter:
        await counter.start()
        assert await counter.print_receipt(jpeg()) is True
        receipt = await counter.printer.wait_for_receipt()
        assert "[image 512x300]" in receipt.text.replace("\n", "").replace(" ", " ") or (
            "image" in receipt.text
        )
        assert counter.printer.complaints == []
        states = [event.state for event in await counter.payloads(ReceiptEvent)]
        assert states == ["Queued", "Printing", "Printed"]
        intent = (await counter.payloads(Intent))[-1]
        assert intent.request["door"] == "odoo"
        assert "receipt" not in str(intent.request)


async def test_a_picture_wider_than_the_paper_is_made_as_wide_as_it() -> None:
    async with TillCounter() as counter:
        await counter.start()
        encoded = (
            "data:image/png;base64,\n"
            + base64.encodebytes(png(Image.new("1", (1152, 100), 0))).decode()
        )
        data = {"action": "print_receipt", "receipt": encoded}
        assert await counter.result(PRINT, {"data": data}) is True
        receipt = await counter.printer.wait_for_receipt()
        width = 576
        marks = [piece for line in receipt.lines for piece in line.pieces]
        assert {piece.width for piece in marks} == {width}
        assert sum(piece.height for piece in marks) == 50


async def test_the_cash_box_opens_once_by_either_call_of_either_release() -> None:
    async with TillCounter() as counter:
        await counter.start()
        assert await counter.result(PRINT, {"data": {"action": "cashbox"}}) is True
        assert len(counter.printer.drawer_pulses) == 1
        await counter.printer.hand("close_drawer")
        drawer = {"drawer_opened": False}
        await until(lambda: counter.daemon.devices.state("drawer").detail == drawer)
        assert await counter.result("/hw_proxy/open_cashbox") is True
        assert len(counter.printer.drawer_pulses) == 2
        events = await counter.payloads(DrawerEvent)
        causes = [event.cause for event in events if event.event == "Opened"]
        assert causes == ["NoSale", "NoSale"]


async def test_data_may_be_a_string_that_holds_json() -> None:
    async with TillCounter() as counter:
        await counter.start()
        assert await counter.result(PRINT, {"data": '{"action": "cashbox"}'}) is True


async def test_without_paper_false_is_answered_and_the_drawer_still_opens() -> None:
    async with TillCounter() as counter:
        await counter.start()
        await counter.printer.hand("paper_out")
        assert await counter.print_receipt(jpeg()) is False
        assert await counter.result(PRINT, {"data": {"action": "cashbox"}}) is True


async def test_hello_handshake_and_status_come_from_memory_with_a_dead_printer() -> None:
    async with TillCounter() as counter:
        await counter.start()
        hello = await counter.till.get(f"{counter.doors_url}/hw_proxy/hello")
        assert hello.content == b"ping"
        assert hello.headers["access-control-allow-origin"] == ORIGIN
        assert await counter.result("/hw_proxy/handshake") is True
        status = await counter.result("/hw_proxy/status_json")
        assert status["printer"] == {"status": "connected", "messages": []}
        await counter.printer.hand("power_off")
        advance(10)
        started = asyncio.get_running_loop().time()
        status = await counter.result("/hw_proxy/status_json")
        assert asyncio.get_running_loop().time() - started < 1.0
        assert status["printer"]["status"] == "disconnected"
        assert all(isinstance(each, dict) for each in status.values())


@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
async def test_pywebdriver_clients_need_no_body_and_no_id(method: str) -> None:
    async with TillCounter() as counter:
        await counter.start()
        response = await counter.till.request(method, f"{counter.doors_url}/hw_proxy/status_json")
        assert set(response.json()) == {"jsonrpc", "result"}


async def test_calls_that_do_nothing_and_calls_that_are_not_known() -> None:
    async with TillCounter() as counter:
        await counter.start()
        assert await counter.result("/hw_proxy/log", {"arguments": ["x"]}) is None
        assert await counter.result("/hw_proxy/payment_request", {"price": 3}) == "ok"
        answer = (await counter.call("/hw_proxy/serial_write")).json()
        assert isinstance(answer["error"]["code"], int)
        assert isinstance(answer["error"]["message"], str)
        assert "result" not in answer
        assert await counter.payloads(PaymentEvent) == []


XML_RECEIPT = """<receipt align="center" value-thousands-separator="">
  <h3>De Hoekwinkel</h3>
  <div line-ratio="0.6"><line><left>Pindakaas</left><right><value>3.49</value></right></line>
  <line size="double-height"><left><pre>TOTAAL</pre></left>
    <right><value value-symbol="EUR">1234.5</value></right></line></div>
  <barcode encoding="ean13">4006381333931</barcode>
  <cut/><cashdraw/>
</receipt>"""


async def test_an_xml_receipt_is_laid_out_and_opens_the_drawer() -> None:
    async with TillCounter() as counter:
        await counter.start()
        assert await counter.result("/hw_proxy/print_xml_receipt", {"receipt": XML_RECEIPT}) is True
        receipt = await counter.printer.wait_for_receipt()
        assert "De Hoekwinkel" in receipt.text
        assert "1234.50 EUR" in receipt.text
        assert "4006381333931" in receipt.text
        assert len(counter.printer.drawer_pulses) == 1
        assert counter.printer.complaints == []


async def test_a_json_receipt_of_the_first_release_is_laid_out() -> None:
    async with TillCounter() as counter:
        await counter.start()
        receipt = {
            "company": {"name": "De Hoekwinkel"},
            "orderlines": [{"product_name": "Thee", "quantity": 2, "price_with_tax": 5.98}],
            "paymentlines": [{"journal": "Kas", "amount": 10}],
            "total_with_tax": 5.98,
            "change": 4.02,
        }
        assert await counter.result("/hw_proxy/print_receipt", {"receipt": receipt}) is True
        assert "2 x Thee" in (await counter.printer.wait_for_receipt()).text


# --- retry ---


async def test_the_same_receipt_while_the_first_is_open_joins_it() -> None:
    async with TillCounter() as counter:
        await counter.start()
        picture = jpeg()
        answers = await asyncio.gather(*(counter.print_receipt(picture) for _ in range(3)))
        assert answers == [True, True, True]
        assert len(counter.printer.receipts) == 1
        assert await counter.print_receipt(picture) is True
        assert len(counter.printer.receipts) == 2, "a second copy that somebody wanted"


async def test_retry_after_a_lost_answer_is_marked_as_a_copy_also_after_a_restart() -> None:
    async with TillCounter() as counter:
        await counter.start()
        picture = jpeg()
        counter.printer.faults.switch("drop_link_mid_job", on=True)
        assert await counter.print_receipt(picture) is False
        counter.printer.faults.switch("drop_link_mid_job", on=False)
        assert (await counter.payloads(ReceiptEvent))[-1].state == "Unknown"
        await counter.stop()
        await counter.start()
        assert await counter.print_receipt(picture) is True
        last = (await counter.payloads(ReceiptEvent))[-1]
        assert (last.state, last.copy_number) == ("Copy", 1)
        assert "KOPIE" in counter.printer.receipts[-1].text


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PRINT_SECONDS", 1.0)


@pytest.mark.usefixtures("impatient")
async def test_what_was_answered_as_failed_does_not_come_out_later() -> None:
    async with TillCounter() as counter:
        await counter.start()
        counter.printer.faults.switch("buffer_full", on=True)
        begun = asyncio.create_task(counter.print_receipt(jpeg("first")))
        await counter.printer.wait_for(lambda printer: printer.buffered)
        waiting = asyncio.create_task(counter.print_receipt(jpeg("second")))
        while len(await _paper(counter)) < 2:
            pass  # it is being written down
        assert await hurry(waiting) is False
        assert not begun.done(), "it may still come out: neither true nor false"
        counter.printer.faults.switch("buffer_full", on=False)
        assert await begun is True
        await until(lambda: not counter.daemon.printing._acts._running)
        assert list((await _paper(counter)).values()) == ["Printed", "Failed"]
        assert len(counter.printer.receipts) == 1


async def _paper(counter: TillCounter) -> dict[str, str]:
    return {event.print_id: event.state for event in await counter.payloads(ReceiptEvent)}


async def test_two_prints_at_one_moment_and_the_one_given_up_is_withdrawn() -> None:
    async with TillCounter() as counter:
        await counter.start()
        printing = counter.daemon.printing
        counter.printer.faults.switch("buffer_full", on=True)
        first, second = ulid(), ulid()
        tasks = await asyncio.gather(
            *(printing.put_errand(each, errand(each)) for each in (first, second))
        )
        await counter.printer.wait_for(lambda printer: printer.buffered)
        assert not printing.give_up(first), "it has begun"
        assert printing.give_up(second)
        counter.printer.faults.switch("buffer_full", on=False)
        await asyncio.wait({task for task in tasks if task})
        jobs = [await printing.get(each) for each in (first, second)]
        assert [job.state for job in jobs if job] == ["printed", "failed"]
        assert len(counter.printer.receipts) == 1
        assert not printing.give_up(second), "it has ended"


def errand(content: str) -> Errand:
    return Errand(document=(Text(content), Cut()), printer="printer", body={"content": content})


# --- scanner ---


async def test_a_scan_between_two_polls_is_kept_and_a_stale_one_is_dropped() -> None:
    async with TillCounter() as counter:
        await counter.start()
        assert counter.daemon.doors is not None
        await counter.scanner.hand("scan", data="8710400145981")
        assert await counter.result("/hw_proxy/scanner") == "8710400145981"
        counter.daemon.doors._hear("scanner", "scanner", Scan("old"))
        advance(6)
        counter.daemon.doors._hear("scanner", "scanner", Scan("new"))
        assert await counter.result("/hw_proxy/scanner") == "new"
        assert counter.daemon.doors._mailboxes["odoo"].dropped == 1


async def test_an_idle_poll_ends_before_a_minute_with_null() -> None:
    async with TillCounter() as counter:
        await counter.start()
        poll = asyncio.create_task(counter.result("/hw_proxy/scanner"))
        mailbox = _mailbox(counter)
        await until(lambda: mailbox._poller is not None)
        advance(51)
        assert await poll is None


async def test_a_second_poller_takes_over() -> None:
    async with TillCounter() as counter:
        await counter.start()
        first = asyncio.create_task(counter.result("/hw_proxy/scanner"))
        mailbox = _mailbox(counter)
        await until(lambda: mailbox._poller is not None)
        second = asyncio.create_task(counter.result("/hw_proxy/scanner"))
        assert await first is None
        await counter.scanner.hand("scan", data="8710400145981")
        assert await second == "8710400145981"


async def test_a_scan_is_not_lost_to_a_till_that_reloads() -> None:
    async with TillCounter() as counter:
        await counter.start()
        mailbox = _mailbox(counter)
        async with httpx.AsyncClient(headers={"Origin": ORIGIN}, trust_env=False) as page:
            poll = asyncio.create_task(page.post(f"{counter.doors_url}/hw_proxy/scanner", json={}))
            await until(lambda: mailbox._poller is not None)
            poll.cancel()
            await asyncio.gather(poll, return_exceptions=True)
        await until(lambda: mailbox._poller is None)
        await counter.scanner.hand("scan", data="8710400145981")
        assert await counter.result("/hw_proxy/scanner") == "8710400145981"


def _mailbox(counter: TillCounter) -> Any:
    assert counter.daemon.doors is not None
    return counter.daemon.doors._mailboxes["odoo"]


# --- what a door may do ---


async def test_a_door_does_only_what_its_scopes_say_and_the_refusal_is_journalled() -> None:
    async with TillCounter(scopes=("print",)) as counter:
        await counter.start()
        assert await counter.result("/hw_proxy/open_cashbox") is False
        assert counter.printer.drawer_pulses == []
        start = {"payment_info": {"amount": 1.0}}
        assert await counter.result("/hw_proxy/payment_terminal_transaction_start", start) is False
        assert await counter.payloads(PaymentEvent) == []
        refused = await counter.refusals(2)
        assert {event.scopes for event in refused} == {("drawer",), ("pay",)}
        assert {event.subject for event in refused} == {"odoo"}


# --- damaged pictures ---


def bomb() -> bytes:
    return png(Image.new("1", (9_000, 9_000)))


@pytest.mark.parametrize(
    "receipt",
    ["", "%%%", base64.b64encode(b"GIF89a").decode(), base64.b64encode(jpeg()[:400]).decode()],
)
async def test_a_picture_that_cannot_be_read_is_an_error_of_the_call(receipt: str) -> None:
    async with TillCounter() as counter:
        await counter.start()
        data = {"action": "print_receipt", "receipt": receipt}
        answer = (await counter.call(PRINT, {"data": data})).json()
        assert "error" in answer
        assert counter.printer.receipts == []


async def test_a_decompression_bomb_is_refused_before_it_is_decoded() -> None:
    async with TillCounter() as counter:
        await counter.start()
        data = {"action": "print_receipt", "receipt": base64.b64encode(bomb()).decode()}
        answer = (await counter.call(PRINT, {"data": data})).json()
        assert "9000 x 9000" in answer["error"]["message"]
