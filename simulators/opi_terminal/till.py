"""The till, as the terminal dials it on channel 1."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable

from drivers.wire import WireError
from drivers.wire.opi import FrameReader, decode, encode, encode_frame
from drivers.wire.opi.messages import (
    DeviceRequest,
    DeviceResponse,
    Input,
    Output,
    Request,
    TextLine,
)
from drivers.wire.opi.words import Device, RequestType
from simulators.control import Faults
from simulators.opi_terminal.leaks import leaking
from simulators.opi_terminal.model import Model
from simulators.terminal_stand import Link


class Till:
    """The other end of channel 1, during one request. Nobody there is no failure.

    Args:
        faults: Of the terminal.
        record: Remembers the names of messages.
        request: The request that runs.
        model: What kind of terminal dials.
    """

    def __init__(
        self,
        faults: Faults,
        record: Callable[[str, str], None],
        request: Request,
        model: Model,
    ) -> None:
        self._faults = faults
        self._record = record
        self._served = request
        self._model = model
        self._sequence = itertools.count(1)
        self._link: Link | None = None
        self._frames = FrameReader()
        self.later: Callable[[], Awaitable[None]] | None = None
        """What is left to do at the till after the response."""

    async def dial(self, host: str, port: int) -> None:
        """Connect to the till, unless the menu names another address."""
        if "never_dials_channel_1" in self._faults:
            return
        try:
            reader, writer = await asyncio.open_connection(host, port)
        except OSError:
            return
        self._link = Link(reader, writer, self._faults)

    async def show(self, *lines: str) -> None:
        """Show a text to the cashier and to the customer."""
        rows = tuple(TextLine(line, row, 0) for row, line in enumerate(lines))
        displays = (Device.CASHIER_DISPLAY, Device.CUSTOMER_DISPLAY)
        await self.put(*(Output(display, rows) for display in displays))
        if self._faults.take("drops_channel_1"):
            self.drop()

    async def put(self, *outputs: Output) -> None:
        """Have something shown or printed, one request for each."""
        for output in outputs:
            await self._request(RequestType.OUTPUT, outputs=(output,))

    async def ask(self, command: str, *lines: str) -> bool | None:
        """Ask the cashier; None when there is no answer."""
        text = Output(Device.CASHIER_DISPLAY, tuple(map(TextLine, lines)))
        question = Input(Device.CASHIER_KEYBOARD, command)
        answer = await self._request(RequestType.INPUT, outputs=(text,), inputs=(question,))
        return answer.inputs[0].confirmed if answer is not None and answer.inputs else None

    def hang_up(self) -> None:
        """Close channel 1."""
        if self._link is not None:
            self._link.hang_up()

    def drop(self) -> None:
        """Break channel 1."""
        if self._link is not None:
            self._link.drop()
            self._link = None

    async def _request(
        self,
        request_type: RequestType,
        *,
        outputs: tuple[Output, ...] = (),
        inputs: tuple[Input, ...] = (),
    ) -> DeviceResponse | None:
        if self._link is None:
            return None
        request = DeviceRequest(
            request_type=request_type,
            request_id=self._served.request_id,
            workstation_id=self._served.workstation_id,
            application_sender="SIM-OPI",
            terminal_id=self._model.terminal_id,
            sequence_id=str(next(self._sequence)),
            outputs=outputs,
            inputs=inputs,
        )
        self._record("pt", f"DeviceRequest {request_type}")
        document = encode(request)
        if "leaks_card_data" in self._faults:
            document = leaking(document)
        await self._link.send(encode_frame(document))
        try:
            async with asyncio.timeout(self._model.answer_patience):
                return await self._answer(self._link)
        except TimeoutError:
            return None

    async def _answer(self, link: Link) -> DeviceResponse | None:
        try:
            while (frame := self._frames.next_frame()) is None:
                data = await link.read()
                if not data:
                    self.drop()
                    return None
                self._frames.receive_data(data)
            answer = decode(frame)
        except WireError:
            return None
        self._record("ecr", f"DeviceResponse {answer.request_type}")
        return answer if isinstance(answer, DeviceResponse) else None
