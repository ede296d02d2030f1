"""One request of a till, from the door to the books and back, with what can go wrong between."""

import asyncio
import logging
import secrets
from http import HTTPStatus

from drivers.wire import WireError
from drivers.wire.nexo.envelope import Message, decode, encode
from drivers.wire.nexo.parts import MessageHeader
from drivers.wire.nexo.payments import AbortRequest, PaymentRequest, ReversalRequest
from drivers.wire.nexo.protection import BLOCK_BYTES
from simulators.nexo_terminal import mischief
from simulators.nexo_terminal.door import Link, Reply, Request
from simulators.nexo_terminal.firmware import Firmware

_log = logging.getLogger(__name__)

PATH = "/nexo/"
LATE_SECONDS = 121.0
TAKEN = b"ok"
BEFORE = {"http_400": HTTPStatus.BAD_REQUEST, "http_500": HTTPStatus.INTERNAL_SERVER_ERROR}
AFTER = {
    "http_503_after": Reply(HTTPStatus.SERVICE_UNAVAILABLE),
    "empty_body": Reply(),
    "plain_text": Reply(body=b"Something went wrong."),
    "not_json": Reply(body=b'{"SaleToPOIResponse": {"MessageHeader":'),
}


class Service:
    """Answers tills.

    Args:
        firmware: What does the work.
    """

    def __init__(self, firmware: Firmware) -> None:
        self._firmware = firmware
        self._faults = firmware.faults
        self._model = firmware.model
        self._protection = firmware.model.protection
        self._before: bytes | None = None
        self._alone: set[asyncio.Task[Message | None]] = set()

    async def serve(self, link: Link) -> None:
        """Answer one request."""
        request = await link.request()
        if request is None:
            return
        reply = await self._reply(link, request)
        if reply is None:
            link.drop()
            return
        await link.reply(
            reply, dribble="dribble" in self._faults, chunked="chunked" in self._faults
        )
        if not reply.half:
            await link.close()

    async def stop(self) -> None:
        """Let go of what nobody waits for."""
        for task in self._alone:
            task.cancel()

    async def _reply(self, link: Link, request: Request) -> Reply | None:
        """Return what to send back; None breaks the link."""
        refused = self._refusal(request)
        if refused is not None:
            return refused
        try:
            question = self._open(request.body)
        except WireError as error:
            _log.info("The terminal could not read what a till sent: %s", error)
            return Reply(HTTPStatus.BAD_REQUEST, b"This is no message.")
        self._firmware.record("ecr", type(question.body).__name__)
        if "silent" in self._faults:
            await link.reader.read()
            return None
        return await self._treat(link, request.path, question)

    async def _treat(self, link: Link, path: str, question: Message) -> Reply | None:
        if question.header.poi_id != self._model.poi_id:
            return self._sealed(mischief.rejection(question))
        if path.endswith("/async"):
            self._do_alone(question)
            return Reply(body=TAKEN)
        if isinstance(question.body, PaymentRequest | ReversalRequest):
            return await self._move_money(link, question)
        return await self._answer(question)

    def _refusal(self, request: Request) -> Reply | None:
        if "http_401" in self._faults:
            return Reply(HTTPStatus.UNAUTHORIZED)
        if not self._model.cloud:
            return None if request.path == PATH else Reply(HTTPStatus.NOT_FOUND)
        if request.headers.get("x-api-key") != self._model.api_key:
            return Reply(HTTPStatus.UNAUTHORIZED)
        paths = {f"{self._model.cloud_path}/{mode}" for mode in ("sync", "async")}
        return None if request.path in paths else Reply(HTTPStatus.NOT_FOUND)

    async def _answer(self, question: Message) -> Reply:
        answer = await self._firmware.take(question)
        if answer is not None:
            return self._sealed(answer)
        if isinstance(question.body, AbortRequest):
            return Reply(body=b"ok" if "abort_plain_text" in self._faults else b"")
        return self._sealed(mischief.rejection(question))

    def _do_alone(self, question: Message) -> None:
        task = asyncio.create_task(self._firmware.take(question))
        self._alone.add(task)
        task.add_done_callback(self._alone.discard)

    # --- with mischief ---

    async def _move_money(self, link: Link, question: Message) -> Reply | None:
        for fault, status in BEFORE.items():
            if self._faults.take(fault):
                return Reply(status)
        if self._faults.take("drop_before_processing"):
            return None
        if self._faults.take("reject_event"):
            return self._sealed(mischief.rejection(question))
        answer = await self._take(link, question)
        if answer is None or self._faults.take("drop_after_processing"):
            return None
        if self._faults.take("late_response"):
            await asyncio.sleep(LATE_SECONDS)
        for fault, reply in AFTER.items():
            if self._faults.take(fault):
                return reply
        return self._answer_wrongly(answer)

    async def _take(self, link: Link, question: Message) -> Message | None:
        work = asyncio.ensure_future(self._firmware.take(question))
        if self._faults.take("drop_while_waiting"):
            firmware = self._firmware
            waiting = asyncio.ensure_future(
                firmware.until(lambda: firmware.step == "waiting_for_card")
            )
            await asyncio.wait({work, waiting}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            link.drop()
        return await work

    def _answer_wrongly(self, answer: Message) -> Reply:
        if self._faults.take("communication_timeout"):
            answer = mischief.timed_out(answer)
        if self._faults.take("another_service_id"):
            answer = mischief.renamed(answer)
        if self._faults.take("replayed_answer") and self._before is not None:
            return Reply(body=self._before)
        header = answer.header
        if self._faults.take("header_mismatch"):
            header = mischief.renamed(answer).header
        sealed = self._seal(answer, header)
        if self._faults.take("hmac_tampered"):
            sealed = mischief.tampered(sealed)
        self._firmware.record("pt", type(answer.body).__name__)
        self._before = sealed
        return Reply(body=sealed, half=self._faults.take("drop_mid_answer"))

    # --- bytes ---

    def _open(self, data: bytes) -> Message:
        return decode(data) if self._model.cloud else self._protection.open(data)

    def _sealed(self, answer: Message) -> Reply:
        self._firmware.record("pt", type(answer.body).__name__)
        return Reply(body=self._seal(answer, answer.header))

    def _seal(self, answer: Message, header: MessageHeader) -> bytes:
        plain = mischief.spoiled(encode(answer), self._faults)
        if self._model.cloud:
            return plain
        return self._protection.seal(header, plain, secrets.token_bytes(BLOCK_BYTES))
