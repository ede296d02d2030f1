"""A scale that speaks the Mettler Toledo 8217 dialogue, on a serial line.

Many scales under and in counters know it: Mettler Toledo's own, Magellan and Adaptive scales of
Datalogic, others in an "8217 mode". The scale speaks only when it is asked. So it is asked all the
time, five times a second, and a change is told when it is seen. A scale that leaves several
questions unanswered is switched off, or its cable is out.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, Literal

import msgspec

from drivers.errors import DeviceError, ErrorCode, OfflineError, RefusedError
from drivers.fan import EventFan
from drivers.scale import AT_REST, Scale, Unit, Weighing, WeightStatus
from drivers.settings import Arrivals, DeviceSettings, Seconds
from drivers.transport import ByteStream, LinkLostError
from drivers.transport.path_arrivals import path_arrivals
from drivers.transport.serial import Parity
from drivers.transport.serial_device import open_serial_device
from drivers.wire import WireError
from drivers.wire.toledo_8217 import (
    QUESTION_GAP_SECONDS,
    Answer,
    AnswerReader,
    Question,
    Status,
    Weight,
)

UNANSWERED = 3
"""Questions in a row, after which the scale is gone. Noise on the line costs one."""

_log = logging.getLogger(__name__)

_ADVICE = {
    WeightStatus.OVERWEIGHT: "Too much lies on the scale. Take something off.",
    WeightStatus.UNDER_ZERO: "The scale is under zero. Take everything off and press its zero key.",
    WeightStatus.UNSTABLE: "The scale does not come to rest. Let go of the goods and weigh again.",
    WeightStatus.NOT_READY: "The scale is not ready. Take everything off and press its zero key.",
}


class Settings(DeviceSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields of a `[[scale]]` table with `driver = "toledo_8217"`.

    Attributes:
        url: A device such as `/dev/serial/by-id/usb-…`, or `socket://host:port`, or
            `rfc2217://host:port`.
        baudrate, bytesize, parity: As set in the scale.
        unit: As set in the scale; the line does not say it.
        answer: Seconds for one answer.
        interval: Seconds between two questions; the protocol wants 0.2 at least.
    """

    url: Annotated[str, msgspec.Meta(min_length=1)]
    baudrate: Annotated[int, msgspec.Meta(ge=50, le=4_000_000)] = 9600
    bytesize: Literal[7, 8] = 7
    parity: Parity = "even"
    unit: Unit = "kg"
    answer: Seconds = 1.0
    interval: Seconds = QUESTION_GAP_SECONDS


def watch_arrivals(settings: Settings) -> Arrivals | None:
    """Return who watches for the scale; None where it is on the network."""
    return path_arrivals(settings.url)


async def open_device(name: str, settings: Settings, devices: Mapping[str, Any]) -> Scale:
    """Open the line to the scale, and ask it once.

    Raises:
        OfflineError: It is not there, or does not answer.
        UnsupportedError: The URL or the line's settings are not possible.
    """
    del devices  # a scale needs no other device
    stream = await open_serial_device(name, "scale", settings)
    scale = _Toledo8217(name, settings, stream)
    try:
        await scale.start()
    except BaseException:
        await scale.close()
        raise
    return scale


class _Toledo8217:
    """Asks one scale until its line ends."""

    def __init__(self, name: str, settings: Settings, stream: ByteStream) -> None:
        self._name = name
        self._settings = settings
        self._stream = stream
        self._reader = AnswerReader()
        self._fan = EventFan[Weighing]()
        self._weighing = Weighing(status=WeightStatus.NOT_READY, unit=settings.unit)
        self._questions = 0
        self._unanswered = 0
        self._answer_to = 0
        self._answered = asyncio.Event()
        self._next_question = 0.0
        self._at_the_line = asyncio.Lock()
        self._asking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Learn how the scale stands, and go on asking."""
        try:
            await self._ask_until_answered()
        except LinkLostError as error:
            raise self._gone() from error
        self._asking = asyncio.create_task(self._ask_on(), name=f"scale-{self._name}")

    @property
    def weighing(self) -> Weighing:
        return self._weighing

    async def read_weight(self, timeout: float) -> Weighing:  # noqa: ASYNC109 - UnifiedPOS
        earlier = self._questions
        try:
            async with asyncio.timeout(timeout):
                while not (self._answer_to > earlier and self._weighing.status in AT_REST):
                    await self._next_answer()
        except TimeoutError:
            raise self._refused(self._weighing.status) from None
        return self._weighing

    async def zero_scale(self) -> Weighing:
        await self.check_health()
        try:
            answer = await self._ask(Question.ZERO)
        except (LinkLostError, TimeoutError) as error:
            raise self._gone() from error
        if not (isinstance(answer, Status) and answer.center_of_zero):
            raise RefusedError(
                "The scale was not set to zero. Take everything off, wait, and try again.",
                device=self._name,
            )
        return await self.read_weight(self._settings.answer + self._settings.interval)

    def events(self) -> AsyncIterator[Weighing]:
        return self._fan.subscribe()

    async def check_health(self) -> None:
        if self._fan.ended is not None:
            raise self._fan.ended

    async def close(self) -> None:
        self._end(OfflineError("The scale is closed.", device=self._name, code=ErrorCode.CLOSED))
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)
        await self._stream.close()

    async def _ask_on(self) -> None:
        try:
            while True:
                await self._ask_until_answered()
        except (OfflineError, LinkLostError) as error:
            _log.warning("%s: %s", self._name, error)
            self._end(error if isinstance(error, OfflineError) else self._gone())
            await self._stream.close()

    async def _ask_until_answered(self) -> None:
        """Ask for the weight, again where there was no answer, and tell what it was.

        Raises:
            OfflineError: There was none several times.
            LinkLostError: The line is gone.
        """
        for _ in range(UNANSWERED):
            try:
                self._take(await self._ask(Question.WEIGHT))
            except TimeoutError:
                continue
            return
        raise self._gone()

    async def _ask(self, question: Question) -> Answer:
        """Ask once, when the scale has had its time since the last question.

        Raises:
            TimeoutError: No answer came, or one that is none.
            LinkLostError: The line is gone.
        """
        clock = asyncio.get_running_loop().time
        async with self._at_the_line:
            await asyncio.sleep(self._next_question - clock())
            self._next_question = clock() + self._settings.interval
            self._reader.forget()
            self._questions += 1
            self._unanswered += 1
            await self._stream.write(question.value)
            async with asyncio.timeout(self._settings.answer):
                answer = await self._read_answer()
            # After a silence it may be the late answer to the first question without one.
            self._answer_to = self._questions - self._unanswered + 1
            self._unanswered = 0
            return answer

    async def _read_answer(self) -> Answer:
        while True:
            try:
                answers = self._reader.receive_data(await self._stream.read())
            except WireError as error:
                _log.warning("%s: %s", self._name, error)
                continue
            if answers:
                return answers[-1]

    def _take(self, answer: Answer) -> None:
        weighing = _weighing(answer, self._settings.unit)
        before, self._weighing = self._weighing, weighing
        self._answered.set()
        self._answered = asyncio.Event()
        if weighing != before:
            self._fan.publish(weighing)

    async def _next_answer(self) -> None:
        await self.check_health()
        await self._answered.wait()
        await self.check_health()

    def _end(self, error: DeviceError) -> None:
        self._fan.end(error)
        self._answered.set()

    def _gone(self) -> OfflineError:
        return OfflineError(
            "The scale does not answer. Check its cable, and that it is switched on.",
            device=self._name,
        )

    def _refused(self, status: WeightStatus) -> RefusedError:
        advice = _ADVICE.get(status, _ADVICE[WeightStatus.UNSTABLE])
        return RefusedError(advice, device=self._name)


def _weighing(answer: Answer, unit: Unit) -> Weighing:
    if isinstance(answer, Weight):
        status = WeightStatus.STABLE if answer.milli else WeightStatus.ZERO
        return Weighing(status=status, weight_milli=answer.milli, unit=unit, net=answer.net)
    return Weighing(status=_status(answer), unit=unit, net=answer.net)


def _status(answer: Status) -> WeightStatus:
    if answer.over_capacity:
        return WeightStatus.OVERWEIGHT
    if answer.under_zero:
        return WeightStatus.UNDER_ZERO
    return WeightStatus.UNSTABLE if answer.in_motion else WeightStatus.NOT_READY
