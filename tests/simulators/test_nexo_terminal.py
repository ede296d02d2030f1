import asyncio
import json
import os
import signal
import sys
import tomllib
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from drivers.wire.nexo import payments, services
from drivers.wire.nexo.envelope import Body, Message, decode, encode
from drivers.wire.nexo.parts import (
    MessageHeader,
    MessageReference,
    SaleData,
    SaleTransactionIdentification,
)
from drivers.wire.nexo.words import Category
from simulators.control import UnknownNameError
from simulators.nexo_terminal import FAULTS, Model, NexoTerminal
from simulators.payment_terminal import State

NONCE = bytes(range(16))
KILLED = """
import asyncio, pathlib, sys
from simulators.nexo_terminal import NexoTerminal

async def main():
    async with NexoTerminal("counter", pathlib.Path(sys.argv[1])) as terminal:
        await terminal.hand("tap")
        terminal.faults.switch("late_response", on=True)
        print(terminal.port, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
async def terminal() -> AsyncIterator[NexoTerminal]:
    async with NexoTerminal("counter", auto=True) as terminal:
        yield terminal


def question(category: Category, body: Body, service_id: str, sale_id: str = "till") -> Message:
    header = MessageHeader(
        protocol_version="3.0",
        message_class="Service",
        message_category=category,
        message_type="Request",
        service_id=service_id,
        sale_id=sale_id,
        poi_id=Model().poi_id,
    )
    return Message(header, body)


def payment(amount: str = "12.34", service_id: str = "0000000001") -> Message:
    identification = SaleTransactionIdentification(
        transaction_id="A", time_stamp="2026-11-22T10:00:00Z"
    )
    amounts = payments.AmountsReq(currency="EUR", requested_amount=Decimal(amount))
    body = payments.PaymentRequest(
        sale_data=SaleData(sale_transaction_id=identification),
        payment_transaction=payments.PaymentTransaction(amounts_req=amounts),
    )
    return question(Category.PAYMENT, body, service_id)


def status(service_id: str, sale_id: str = "till") -> Message:
    reference = MessageReference(service_id=service_id, sale_id=sale_id)
    body = payments.TransactionStatusRequest(message_reference=reference)
    return question(Category.TRANSACTION_STATUS, body, "0000000099", sale_id)


async def post(port: int, data: bytes, path: str = "/nexo/", **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(verify=False, trust_env=False) as http:  # noqa: S501 - a witness
        return await http.post(
            f"https://127.0.0.1:{port}{path}", content=data, headers=headers, timeout=20
        )


async def ask(terminal: NexoTerminal, message: Message) -> Message:
    protection = terminal.model.protection
    response = await post(terminal.port, protection.close(message, NONCE))
    assert response.status_code == 200
    return protection.open(response.content)


async def test_payment_is_answered_under_its_own_header_and_booked(terminal: NexoTerminal) -> None:
    answer = await ask(terminal, payment())
    assert answer.header.service_id == "0000000001"
    assert answer.header.message_type == "Response"
    assert answer.expect(payments.PaymentResponse).response.result == "Success"
    assert terminal.ledger.booked() == 1234
    (entry,) = terminal.state()["entries"]
    assert (entry["service_id"], entry["state"]) == ("0000000001", "booked")


async def test_service_id_is_good_for_one_message(terminal: NexoTerminal) -> None:
    await ask(terminal, payment())
    answer = (await ask(terminal, payment())).expect(payments.PaymentResponse)
    assert answer.response.error_condition == "NotAllowed"
    assert terminal.ledger.booked() == 1234


async def test_each_till_asks_for_its_own_messages(terminal: NexoTerminal) -> None:
    await ask(terminal, payment())
    mine = (await ask(terminal, status("0000000001"))).expect(payments.TransactionStatusResponse)
    theirs = (await ask(terminal, status("0000000001", "another"))).expect(
        payments.TransactionStatusResponse
    )
    assert mine.response.result == "Success"
    assert theirs.response.error_condition == "NotFound"


async def test_running_payment_is_in_progress_for_who_asks() -> None:
    async with NexoTerminal("counter") as terminal:
        paying = asyncio.create_task(ask(terminal, payment()))
        await terminal.until("waiting_for_card")
        answer = await ask(terminal, status("0000000001"))
        told = answer.expect(payments.TransactionStatusResponse)
        assert told.response.error_condition == "InProgress"
        await terminal.hand("tap")
        await paying


@pytest.mark.parametrize("amount", ["0", "0.001"])
async def test_amount_that_is_none_is_refused(terminal: NexoTerminal, amount: str) -> None:
    answer = (await ask(terminal, payment(amount))).expect(payments.PaymentResponse)
    assert answer.response.error_condition == "MessageFormat"
    assert terminal.ledger.entries() == []


@pytest.mark.parametrize("data", [b"", b"{}", b"nonsense", encode(payment())])
async def test_what_is_not_closed_with_the_key_is_not_opened(
    terminal: NexoTerminal, data: bytes
) -> None:
    assert (await post(terminal.port, data)).status_code == 400
    assert (await post(terminal.port, data, "/")).status_code == 404
    assert terminal.ledger.entries() == []


async def test_message_for_another_terminal_is_rejected(terminal: NexoTerminal) -> None:
    message = payment()
    header = json.loads(encode(message))
    header["SaleToPOIRequest"]["MessageHeader"]["POIID"] = "V400m-1"
    answer = await ask(terminal, decode(json.dumps(header)))
    assert answer.expect(services.EventNotification).event_to_notify == "Reject"
    assert terminal.ledger.entries() == []


async def test_cloud_wants_its_key_and_answers_later_what_was_left_with_it() -> None:
    async with NexoTerminal("counter", auto=True, model=Model(cloud=True)) as terminal:
        path, key = terminal.model.cloud_path, {"X-API-Key": terminal.model.api_key}
        plain = encode(payment())
        assert (await post(terminal.port, plain, f"{path}/sync")).status_code == 401
        assert (await post(terminal.port, plain, "/nexo/", **key)).status_code == 404
        assert (await post(terminal.port, plain, f"{path}/async", **key)).text == "ok"
        await terminal.until("idle")
        response = await post(terminal.port, encode(status("0000000001")), f"{path}/sync", **key)
        told = decode(response.content).expect(payments.TransactionStatusResponse)
        assert told.response.result == "Success"


async def test_books_survive_a_kill_in_the_middle(tmp_path: Path) -> None:
    arguments = (sys.executable, "-c", KILLED, str(tmp_path))
    process = await asyncio.create_subprocess_exec(*arguments, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    port = int(await process.stdout.readline())
    sealed = Model().protection.close(payment(), NONCE)
    paying = asyncio.create_task(post(port, sealed))
    watcher = NexoTerminal("watcher", tmp_path)
    while not watcher.ledger.last():
        await asyncio.wait({paying}, timeout=0.01)
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()
    with pytest.raises(httpx.HTTPError):
        await paying
    async with watcher as terminal:
        assert terminal.ledger.booked() == 1234
        answer = await ask(terminal, status("0000000001"))
        told = answer.expect(payments.TransactionStatusResponse)
        assert told.repeated_message_response is not None
        body = told.repeated_message_response.repeated_response_message_body
        assert body.payment_response is not None
        assert body.payment_response.response.result == "Success"


async def test_payment_without_a_card_does_not_survive_the_power_cut() -> None:
    async with NexoTerminal("counter") as terminal:
        paying = asyncio.create_task(ask(terminal, payment()))
        await terminal.until("waiting_for_card")
        await terminal.hand("power_cut")
        with pytest.raises(httpx.HTTPError):
            await paying
        assert [entry.state for entry in terminal.ledger.entries()] == [State.DECLINED]
        assert terminal.ledger.booked() == 0


async def test_certificate_stays_the_same_over_a_restart(tmp_path: Path) -> None:
    async with NexoTerminal("counter", tmp_path):
        root = (tmp_path / "root.pem").read_bytes()
    async with NexoTerminal("counter", tmp_path) as again:
        assert (tmp_path / "root.pem").read_bytes() == root
        (table,) = tomllib.loads(again.toml())["payment_terminal"]
        assert table["ca_file"] == str(tmp_path / "root.pem")


def table_of(terminal: NexoTerminal) -> dict[str, Any]:
    (found,) = tomllib.loads(terminal.toml())["payment_terminal"]
    values: dict[str, Any] = found
    return values


async def test_toml_names_the_driver_of_its_way(terminal: NexoTerminal) -> None:
    assert table_of(terminal)["driver"] == "nexo"
    async with NexoTerminal("counter", model=Model(cloud=True)) as cloud:
        assert table_of(cloud)["driver"] == "nexo_cloud"


async def test_faults_and_actions_have_names(terminal: NexoTerminal) -> None:
    assert terminal.faults.state() == dict.fromkeys(FAULTS, False)
    with pytest.raises(UnknownNameError):
        await terminal.hand("juggle")
    with pytest.raises(ValueError, match="no card"):
        await terminal.hand("tap", card="library")
    with pytest.raises(ValueError, match="does not take"):
        await terminal.hand("tap", speed="fast")


async def test_loyalty_card_pays_nothing(terminal: NexoTerminal) -> None:
    terminal.customer.auto = False
    await terminal.hand("tap", card="loyalty")
    answer = (await ask(terminal, payment())).expect(payments.PaymentResponse)
    assert answer.response.error_condition == "InvalidCard"
