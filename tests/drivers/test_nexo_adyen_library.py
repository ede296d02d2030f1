import asyncio
import json
import shutil
import subprocess
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from drivers.payment_terminal import PaymentRequest, ReversalRequest
from drivers.payment_terminal.nexo import requests
from drivers.wire.nexo import services
from drivers.wire.nexo.envelope import Body, decode, encode
from drivers.wire.nexo.payments import PaymentResponse, TransactionStatusResponse
from drivers.wire.nexo.protection import Protection, derive_keys
from drivers.wire.nexo.words import Category
from simulators.nexo_terminal import Model, NexoTerminal

LIBRARY = "@adyen/api-library@32.1.0"
SCRIPT = Path(__file__).parents[1] / "peers" / "adyen.mjs"
KEY: dict[str, Any] = {
    "AdyenCryptoVersion": 1,
    "KeyIdentifier": Model().key_identifier,
    "KeyVersion": Model().key_version,
    "Passphrase": Model().passphrase,
}
PROTECTION = Protection(derive_keys(KEY["Passphrase"]), KEY["KeyIdentifier"], KEY["KeyVersion"])
PARTIES = requests.Parties("till-1", Model().poi_id)
PAYMENT = PaymentRequest(payment_id="01JD0000000000000000000000", amount=1234, currency="EUR")
SERVICE_ID = requests.service_id_of(PAYMENT.payment_id)

pytestmark = [
    pytest.mark.skipif(
        shutil.which("npm") is None or shutil.which("node") is None,
        reason="npm is not installed; Adyen's library cannot be fetched without it.",
    ),
    pytest.mark.timeout(180),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("adyen")
    (folder / "package.json").write_text('{"private": true}')
    command = ["npm", "install", "--no-audit", "--no-fund", "--no-save", "--silent", LIBRARY]
    subprocess.run(command, cwd=folder, check=True, timeout=150, stdin=subprocess.DEVNULL)
    return folder


class Library:
    """Adyen's library in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def tell(self, verb: str, **values: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"verb": verb, **values}).encode() + b"\n")
        answer: dict[str, Any] = json.loads(await self._process.stdout.readline())
        return answer

    async def ask(self, verb: str, **values: Any) -> Any:
        told = await self.tell(verb, **values)
        assert "error" not in told, told["error"]
        return told.get("answer")


@pytest.fixture
async def library(folder: Path) -> AsyncIterator[Library]:
    process = await asyncio.create_subprocess_exec(
        "node",
        SCRIPT,
        cwd=folder,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )
    yield Library(process)
    assert process.stdin is not None
    process.stdin.close()
    assert await process.wait() == 0


@pytest.fixture
async def terminal() -> AsyncIterator[NexoTerminal]:
    async with NexoTerminal(auto=True) as terminal:
        yield terminal


def plain(category: Category, body: Body, service_id: str = SERVICE_ID) -> Any:
    return json.loads(encode(PARTIES.message(category, service_id, body)))


def table(terminal: NexoTerminal) -> dict[str, Any]:
    (found,) = tomllib.loads(terminal.toml())["payment_terminal"]
    values: dict[str, Any] = found
    return values


async def local(library: Library, terminal: NexoTerminal, message: Any) -> Any:
    return await library.tell(
        "local",
        key=KEY,
        endpoint=f"https://127.0.0.1:{terminal.port}/nexo/",
        ca=table(terminal)["ca_file"],
        message=message,
    )


async def test_library_opens_every_message_that_the_driver_sends(library: Library) -> None:
    reversal = ReversalRequest(
        payment_id="B",
        amount=1,
        currency="EUR",
        original_poi_transaction_id="oLkO001532420683001.8815324206896964",
    )
    reference = PARTIES.reference(Category.PAYMENT, SERVICE_ID)
    sent: list[tuple[Category, Body]] = [
        (Category.PAYMENT, requests.payment(PAYMENT)),
        (Category.REVERSAL, requests.reversal(reversal)),
        (Category.ABORT, requests.abort(reference)),
        (Category.TRANSACTION_STATUS, requests.status(reference, reprint=True)),
        (Category.DIAGNOSIS, services.DiagnosisRequest()),
        (Category.LOGIN, requests.login()),
        (Category.DISPLAY, requests.display(["Hallo"], 5)),
        (Category.RECONCILIATION, requests.reconciliation()),
    ]
    for category, body in sent:
        message = PARTIES.message(category, SERVICE_ID, body)
        sealed = json.loads(PROTECTION.close(message, bytes(range(16))))
        assert await library.ask("open", key=KEY, sealed=sealed) == json.loads(encode(message))


async def test_driver_opens_what_the_library_closes(library: Library) -> None:
    message = PARTIES.message(Category.PAYMENT, SERVICE_ID, requests.payment(PAYMENT))
    sealed = await library.ask("seal", key=KEY, message=json.loads(encode(message)))
    assert PROTECTION.open(json.dumps(sealed)) == message


async def test_library_pays_at_the_terminal_over_tls(
    library: Library, terminal: NexoTerminal
) -> None:
    told = await local(library, terminal, plain(Category.PAYMENT, requests.payment(PAYMENT)))
    answer = decode(json.dumps(told["answer"])).expect(PaymentResponse)
    assert answer.response.result == "Success"
    assert answer.payment_result is not None
    assert answer.payment_result.amounts_resp is not None
    assert f"{answer.payment_result.amounts_resp.authorized_amount:.2f}" == "12.34"
    assert terminal.ledger.booked() == 1234


async def test_library_asks_what_became_of_a_payment_and_gives_it_back(
    library: Library, terminal: NexoTerminal
) -> None:
    await local(library, terminal, plain(Category.PAYMENT, requests.payment(PAYMENT)))
    reference = PARTIES.reference(Category.PAYMENT, SERVICE_ID)
    question = plain(
        Category.TRANSACTION_STATUS, requests.status(reference, reprint=True), "0000000001"
    )
    told = await local(library, terminal, question)
    status = decode(json.dumps(told["answer"])).expect(TransactionStatusResponse)
    assert status.repeated_message_response is not None
    paid = status.repeated_message_response.repeated_response_message_body.payment_response
    assert paid is not None
    assert paid.poi_data is not None
    back = ReversalRequest(
        payment_id="B",
        amount=1234,
        currency="EUR",
        original_poi_transaction_id=paid.poi_data.poi_transaction_id.transaction_id,
        original_timestamp=paid.poi_data.poi_transaction_id.time_stamp,
    )
    told = await local(
        library, terminal, plain(Category.REVERSAL, requests.reversal(back), "0000000002")
    )
    assert told["answer"]["SaleToPOIResponse"]["ReversalResponse"]["Response"]["Result"] == (
        "Success"
    )
    assert terminal.ledger.booked() == 0


async def test_library_takes_the_empty_answer_to_an_abort(
    library: Library, terminal: NexoTerminal
) -> None:
    body = requests.abort(PARTIES.reference(Category.PAYMENT, SERVICE_ID))
    told = await local(library, terminal, plain(Category.ABORT, body, "0000000001"))
    assert told == {"answer": {}}


async def test_library_does_not_trust_a_terminal_that_calls_itself_otherwise(
    library: Library, terminal: NexoTerminal
) -> None:
    question = plain(Category.DIAGNOSIS, services.DiagnosisRequest())
    for fault in ("tls_wrong_name", "tls_other_root"):
        terminal.faults.switch(fault, on=True)
        assert "error" in await local(library, terminal, question)
        terminal.faults.switch(fault, on=False)
    assert "answer" in await local(library, terminal, question)


async def test_library_refuses_an_answer_whose_hmac_does_not_fit(
    library: Library, terminal: NexoTerminal
) -> None:
    terminal.faults.switch("hmac_tampered", on=True)
    told = await local(library, terminal, plain(Category.PAYMENT, requests.payment(PAYMENT)))
    assert told["error"] == "Hmac validation failed"


async def test_library_pays_through_the_clouds_end_point(library: Library) -> None:
    async with NexoTerminal(auto=True, model=Model(cloud=True)) as terminal:
        settings = table(terminal)
        told = await library.tell(
            "cloud",
            endpoint=f"{settings['base_url']}{terminal.model.cloud_path}/sync",
            apiKey=settings["api_key"],
            ca=settings["ca_file"],
            message=plain(Category.PAYMENT, requests.payment(PAYMENT)),
        )
        answer = decode(json.dumps(told["answer"])).expect(PaymentResponse)
        assert answer.response.result == "Success"
        assert terminal.ledger.booked() == 1234


async def test_terminal_opens_nothing_of_a_till_with_another_key(
    library: Library, terminal: NexoTerminal
) -> None:
    key = KEY | {"Passphrase": "another"}
    told = await library.tell(
        "local",
        key=key,
        endpoint=f"https://127.0.0.1:{terminal.port}/nexo/",
        ca=table(terminal)["ca_file"],
        message=plain(Category.PAYMENT, requests.payment(PAYMENT)),
    )
    assert "400" in told["error"]
    assert terminal.ledger.entries() == []
