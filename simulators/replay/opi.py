"""An OPI terminal out of a capture: it answers on channel 0, and dials the till on channel 1."""

import asyncio
import re
import socket

from drivers.wire.opi import FrameReader, decode, encode, encode_frame, redact_xml
from drivers.wire.opi.messages import Message, Request, ServiceResponse
from drivers.wire.opi.words import OverallResult
from simulators.replay.player import HOST, READ_SIZE, Replay

_REQUEST_ID = re.compile(r'RequestID="[^"]*"')
_TIME = re.compile(r"(<[^>]*POSTimeStamp>)[^<]*")


class OpiReplay(Replay):
    """Both channels; ids of requests and times may differ."""

    protocol = "opi"

    def __init__(self, capture: str) -> None:
        super().__init__(capture)
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            self.device_port: int = probe.getsockname()[1]

    def toml(self) -> str:
        """The `[[payment_terminal]]` table."""
        return f'{super().toml()}device_host = "{HOST}"\ndevice_port = {self.device_port}\n'

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, and say on channel 1 what was said there meanwhile."""
        document = await _next(reader, FrameReader())
        request = decode(document)
        if not self._hear(request, document):
            writer.write(encode_frame(encode(self._improvise(request))))
        else:
            await self._play(request, writer)
        await reader.read(READ_SIZE)

    def _hear(self, message: Message, document: bytes) -> bool:
        return self.hear(_name(message), redact_xml(document).decode(), _comparable)

    async def _play(self, request: Message, writer: asyncio.StreamWriter) -> None:
        device: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        frames = FrameReader()
        try:
            while (said := self.speak()) is not None:
                document = _REQUEST_ID.sub(f'RequestID="{request.request_id}"', said.message)
                if not said.name.startswith("DeviceRequest"):
                    writer.write(encode_frame(document.encode()))
                    continue
                device = device or await asyncio.open_connection(HOST, self.device_port)
                device[1].write(encode_frame(document.encode()))
                answer = await _next(device[0], frames)
                if not self._hear(decode(answer), answer):
                    self.miss(_name(decode(answer)))
        finally:
            if device is not None:
                device[1].close()

    def _improvise(self, request: Message) -> ServiceResponse:
        """A till logs in before the capture begins; anything else is not in it."""
        known = request.request_type == "Login" and not self.begun
        if not known:
            self.miss(_name(request))
        return ServiceResponse(
            request_type=request.request_type,
            request_id=request.request_id,
            workstation_id=request.workstation_id if isinstance(request, Request) else "",
            overall_result=OverallResult.SUCCESS if known else OverallResult.FORMAT_ERROR,
        )


async def _next(reader: asyncio.StreamReader, frames: FrameReader) -> bytes:
    while (frame := frames.next_frame()) is None:
        data = await reader.read(READ_SIZE)
        if not data:
            raise ConnectionResetError
        frames.receive_data(data)
    return frame


def _name(message: Message) -> str:
    return f"{type(message).__name__} {message.request_type}"


def _comparable(document: str) -> str:
    return _TIME.sub(r"\1", _REQUEST_ID.sub("", document))
