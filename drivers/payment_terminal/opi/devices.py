"""The till's devices, as the terminal sees them (channel 1).

The terminal dials the till while a request runs, and asks: show this, print this, ask the cashier.
Every request is answered at once, because a terminal that waits may give the payment up.

Displays and receipts are taken. A question is answered only where it is about the signature: with
yes, and the cashier is asked when the payment is there, since a refused signature is a reversal.
Whoever asks anything else hears that the till has no such device.

Unverified: all about questions; no implementation that was read answers them.
"""

import asyncio
import contextlib
import dataclasses
import re
from collections.abc import Callable, Collection, Iterator

from drivers.payment_terminal import (
    DisplayTarget,
    DisplayText,
    Phase,
    PhaseChanged,
    ReceiptKind,
    ReceiptLines,
    SignatureRequired,
    TerminalEvent,
)
from drivers.payment_terminal.opi.settings import Settings
from drivers.payment_terminal.tracing import Trace
from drivers.transport import ByteStream, LinkLostError
from drivers.transport.tcp_listener import TcpListener, listen_tcp
from drivers.wire import WireError
from drivers.wire.opi import FrameReader, decode, encode, encode_frame
from drivers.wire.opi.messages import (
    DeviceRequest,
    DeviceResponse,
    Input,
    InputResult,
    Output,
    OutputResult,
    TextLine,
)
from drivers.wire.opi.words import GET_CONFIRMATION, Device, OverallResult
from drivers.wire.redaction import redact_text

SIGNATURE = re.compile(r"handteken|unterschr|signatur|ondertek", re.IGNORECASE)
"""Dutch, German, English and French."""

_DISPLAYS = {
    Device.CASHIER_DISPLAY: DisplayTarget.CASHIER,
    Device.CUSTOMER_DISPLAY: DisplayTarget.CUSTOMER,
}
_PRINTERS = {
    Device.PRINTER: ReceiptKind.MERCHANT,
    Device.PRINTER_RECEIPT: ReceiptKind.CUSTOMER,
}


class TillDevices:
    """What the terminal shows, prints and asks during one request.

    Args:
        payment_id: Of the payment that runs, for events.
        publish: Takes events.
    """

    def __init__(self, payment_id: str | None, publish: Callable[[TerminalEvent], None]) -> None:
        self._payment_id = payment_id
        self._publish = publish
        self._receipts: dict[ReceiptKind, list[str]] = {}
        self._begun = False
        self.signature_required = False

    def begin(self) -> None:
        """Tell, once, that the terminal has taken the request: it asks something, or answers.

        That it was sent is no sign: a terminal may be busy, or not know this till.
        """
        if not self._begun and self._payment_id is not None:
            self._begun = True
            self._publish(PhaseChanged(Phase.STARTED, self._payment_id))

    def receipt(self, *kinds: ReceiptKind) -> str | None:
        """Return what was printed of these kinds, lines joined by newlines."""
        lines = [line for kind in kinds for line in self._receipts.get(kind, [])]
        return "\n".join(lines).rstrip() or None

    def answer(self, request: DeviceRequest) -> DeviceResponse:
        """Do what the terminal asks, and return the answer."""
        self.begin()
        outputs = tuple(OutputResult(each.target, self._put(each)) for each in request.outputs)
        inputs = tuple(self._ask(each, request.outputs) for each in request.inputs)
        results = {each.result for each in outputs} | {each.result for each in inputs}
        return DeviceResponse(
            request_type=request.request_type,
            request_id=request.request_id,
            workstation_id=request.workstation_id,
            overall_result=results.pop() if len(results) == 1 else OverallResult.PARTIAL_FAILURE,
            outputs=outputs,
            inputs=inputs,
        )

    def _put(self, output: Output) -> OverallResult:
        lines = tuple(redact_text(line.text) for line in output.lines)
        if output.target in _DISPLAYS:
            shown = tuple(redact_text(line.text) for line in sorted(output.lines, key=_place))
            target = _DISPLAYS[Device(output.target)]
            self._publish(DisplayText(shown, target, self._payment_id))
        elif output.target in _PRINTERS:
            self._print(_PRINTERS[Device(output.target)], lines)
        else:
            return OverallResult.DEVICE_UNAVAILABLE
        return OverallResult.SUCCESS

    def _print(self, kind: ReceiptKind, lines: tuple[str, ...]) -> None:
        if not self._receipts:
            self._publish(PhaseChanged(Phase.PRINTING, self._payment_id))
        self._receipts.setdefault(kind, []).extend(lines)
        self._publish(ReceiptLines(lines, kind, last=True, payment_id=self._payment_id))

    def _ask(self, question: Input, outputs: Collection[Output]) -> InputResult:
        text = " ".join(line.text for output in outputs for line in output.lines)
        if question.command != GET_CONFIRMATION or not SIGNATURE.search(text):
            return InputResult(question.target, OverallResult.DEVICE_UNAVAILABLE)
        if not self.signature_required and self._payment_id is not None:
            self._publish(SignatureRequired(self._payment_id))
        self.signature_required = True
        return InputResult(question.target, OverallResult.SUCCESS, confirmed=True)


class DeviceChannel:
    """The till's port for the terminal, open as long as the device is.

    Args:
        settings: Where to listen, and how the till calls itself.
        trace: Hears every message.
    """

    def __init__(self, settings: Settings, trace: Trace) -> None:
        self._settings = settings
        self._trace = trace
        self._listener: TcpListener | None = None
        self._devices: TillDevices | None = None
        self._listeners: list[Callable[[], None]] = []
        self._connections = 0
        self._changed = asyncio.Event()

    async def open(self, peers: Collection[str]) -> None:
        """Listen, for these addresses only.

        Raises:
            LinkLostError: The port is taken.
        """
        settings = self._settings
        self._listener = await listen_tcp(
            settings.device_host, settings.device_port, self._welcome, peers=peers
        )

    @contextlib.contextmanager
    def serving(self, devices: TillDevices) -> Iterator[None]:
        """Lend the till's devices to the terminal while the context lasts."""
        self._devices = devices
        try:
            yield
        finally:
            self._devices = None

    @contextlib.contextmanager
    def listening(self, heard: Callable[[], None]) -> Iterator[None]:
        """Call `heard` with every sign of life while the context lasts."""
        self._listeners.append(heard)
        try:
            yield
        finally:
            self._listeners.remove(heard)

    async def settled(self, quiet: float) -> None:
        """Wait until the terminal has hung up, or has said nothing for `quiet` seconds."""
        with contextlib.suppress(TimeoutError):
            while self._connections:
                self._changed.clear()
                async with asyncio.timeout(quiet):
                    await self._changed.wait()

    async def close(self) -> None:
        """Stop listening. Safe to call twice."""
        if self._listener is not None:
            await self._listener.close()

    async def _welcome(self, stream: ByteStream) -> None:
        """Serve one connection; without a request that runs, nobody is at home."""
        self._connections += 1
        reader = FrameReader()
        try:
            while self._devices is not None:
                reader.receive_data(await stream.read())
                while (document := reader.next_frame()) is not None:
                    await stream.write(encode_frame(self._answer(document)))
        except (LinkLostError, WireError):
            return  # paper and displays are no money: the payment goes on without them
        finally:
            self._connections -= 1
            self._changed.set()

    def _answer(self, document: bytes) -> bytes:
        self._trace.record("terminal", document)
        request = decode(document)
        if self._devices is None or not isinstance(request, DeviceRequest):
            raise WireError("Nobody waits for this message.")
        self._changed.set()
        for heard in self._listeners:
            heard()
        answer = dataclasses.replace(
            self._devices.answer(request),
            application_sender=self._settings.application_sender,
            pop_id=self._settings.pop_id,
        )
        reply = encode(answer)
        self._trace.record("till", reply)
        return reply


def _place(line: TextLine) -> tuple[int, int]:
    return line.row or 0, line.column or 0
