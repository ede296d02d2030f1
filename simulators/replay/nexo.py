"""A nexo terminal out of a capture, with a certificate and a key of its own."""

import asyncio
import json
import re
import secrets
import shutil
import tempfile
import weakref
from pathlib import Path

import msgspec

from drivers.wire import WireError
from drivers.wire.nexo.description import redact_members
from drivers.wire.nexo.envelope import Message, decode, encode
from drivers.wire.nexo.members import parse_json
from drivers.wire.nexo.parts import Response
from drivers.wire.nexo.protection import BLOCK_BYTES
from drivers.wire.nexo.services import DiagnosisRequest, DiagnosisResponse, PoiStatus
from drivers.wire.nexo.words import GlobalStatus, MessageType, Result
from simulators.nexo_terminal.certificates import certificates, server_context
from simulators.nexo_terminal.door import Link, Reply
from simulators.nexo_terminal.model import Model
from simulators.replay.capture import CaptureError
from simulators.replay.player import Replay

NOT_IN_THE_CAPTURE = Reply(500)
WELL = DiagnosisResponse(
    response=Response(result=Result.SUCCESS),
    poi_status=PoiStatus(global_status=GlobalStatus.OK),
)
_TRANSACTION = re.compile(r'"TransactionID": "[^"]*"')
_ANY = re.compile(r'"(ServiceID|TransactionID|TimeStamp|DateTime)": "[^"]*"')


class NexoReplay(Replay):
    """On the local network; the names of messages and transactions, and times, may differ."""

    protocol = "nexo"

    def __init__(self, capture: str) -> None:
        super().__init__(capture)
        try:
            header = decode(self.script[0].message).header
        except (WireError, IndexError) as error:
            raise CaptureError("Line 1 is no message of nexo.") from error
        self._sale_id = header.sale_id
        self._model = Model(poi_id=header.poi_id)
        folder = tempfile.mkdtemp(prefix="nexo-replay-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self._certificates = certificates(Path(folder), self._model.common_name)
        self.context = server_context(self._certificates.right)

    def toml(self) -> str:
        """The `[[payment_terminal]]` table."""
        more = {
            "poi_id": self._model.poi_id,
            "sale_id": self._sale_id,
            "ca_file": str(self._certificates.root.absolute()),
            "key_identifier": self._model.key_identifier,
            "passphrase": self._model.passphrase,
            "environment": "test",
        }
        lines = [f'{name} = "{value}"\n' for name, value in more.items()]
        return f"{super().toml()}key_version = {self._model.key_version}\n{''.join(lines)}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one message."""
        link = Link(reader, writer)
        request = await link.request()
        if request is None:
            return
        reply = self._reply(self._model.protection.open(request.body))
        await link.reply(reply, dribble=False, chunked=False)
        await link.close()

    def _reply(self, question: Message) -> Reply:
        name = type(question.body).__name__
        shown = json.dumps(redact_members(parse_json(encode(question))), ensure_ascii=False)
        due = self.script[0].message if self.script else ""
        if not self.hear(name, shown, lambda message: _ANY.sub(r'"\1"', message)):
            return self._improvise(name, question)
        said = self.speak()
        if said is None:
            return Reply()
        answer = decode(said.message.replace(_transaction(due), _transaction(shown)))
        header = msgspec.structs.replace(answer.header, service_id=question.header.service_id)
        return self._sealed(Message(header, answer.body))

    def _improvise(self, name: str, question: Message) -> Reply:
        """A till asks how the terminal is before the capture begins; all else is not in it."""
        if self.begun or not isinstance(question.body, DiagnosisRequest):
            self.miss(name)
            return NOT_IN_THE_CAPTURE
        header = msgspec.structs.replace(question.header, message_type=MessageType.RESPONSE)
        return self._sealed(Message(header, WELL))

    def _sealed(self, answer: Message) -> Reply:
        nonce = secrets.token_bytes(BLOCK_BYTES)
        return Reply(body=self._model.protection.close(answer, nonce))


def _transaction(message: str) -> str:
    """Return the till's name of a payment as it stands in a message."""
    found = _TRANSACTION.search(message)
    return found[0] if found else '"TransactionID": ""'
