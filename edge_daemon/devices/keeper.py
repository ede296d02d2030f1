"""One device: open it, watch it, close it, open it again.

Theory of operation. A keeper goes round in a circle: wait for the devices that this one needs,
open it, listen to its events until they end, close it, wait a while (or until the driver hears that
the device was plugged in). The events end when the
device is gone; a device that stands on another (a drawer on its printer) also ends with it.

A driver's call that does not come back (a USB library that hangs in the kernel) is waited for,
however long it takes: the device is `stuck`, and nothing opens it a second time. Each keeper is a
task of its own, so no other device notices.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any, Protocol

import msgspec

from drivers.errors import DeviceError
from drivers.settings import Arrivals
from edge_daemon.clock import Clock
from edge_daemon.config import DeviceConfig, import_driver
from edge_daemon.devices.news import said, said_at_first
from edge_daemon.devices.states import DeviceState, Pulse, Readiness

_log = logging.getLogger(__name__)


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long a keeper waits for what, in seconds.

    Attributes:
        first_retry, last_retry: Between two tries; doubled from the first to the last.
        steady: A device that was open for this long begins with `first_retry` again.
        open, close: After this a call into the driver is called stuck.
        exit: For closing at the daemon's exit.
        lasting: A condition that holds for this long is journalled.
    """

    first_retry: float = 0.25
    last_retry: float = 10.0
    steady: float = 3.0
    open: float = 30.0
    close: float = 5.0
    exit: float = 2.0
    lasting: float = 3.0


class Desk(Protocol):
    """Where keepers report."""

    def tell(self, state: DeviceState) -> None:
        """A device's state is another one now."""
        ...

    def hear(self, config: DeviceConfig, event: object) -> None:
        """A device said something, in the words of its family."""
        ...


class Keeper:
    """Keeps one configured device open.

    Attributes:
        device: The open device, or None.
        state: What is known about it.
        changed: Given at every change of `state`.
    """

    def __init__(
        self,
        config: DeviceConfig,
        needs: Sequence["Keeper"],
        clock: Clock,
        patience: Patience,
        desk: "Desk",
    ) -> None:
        self.config = config
        self.device: Any = None
        self.changed = Pulse()
        self.state = DeviceState(
            name=config.name,
            family=config.family,
            driver=config.driver,
            state=Readiness.OPENING,
            since_us=clock.now_us(),
            reason=f"{config.name} is just being opened. Try again in a moment.",
        )
        self._needs = needs
        self._clock = clock
        self._patience = patience
        self._desk = desk
        self._opened = 0
        self._arrivals: Arrivals | None = None

    async def run(self) -> None:
        """Keep the device open until cancelled; then close it."""
        loop = asyncio.get_running_loop()
        delays = self._delays()
        try:
            while True:
                await self._wait_for_needs()
                began = loop.time()
                await self._hold()
                came = await self._rest(next(delays))
                if came or loop.time() - began >= self._patience.steady:
                    delays = self._delays()
        finally:
            if self._arrivals is not None:
                self._arrivals.disarm()

    async def _rest(self, seconds: float) -> bool:
        """Wait until it is time for the next try; True: the device was plugged in meanwhile."""
        if self._arrivals is None:
            await asyncio.sleep(seconds)
            return False
        self._arrivals.go_on()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._arrivals.arrived.wait()
        return self._arrivals.arrived.is_set()

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until `true` holds; it is asked again at every change of `state`."""
        while not true():
            await self.changed.wait()

    def _delays(self) -> Iterator[float]:
        """Seconds before each next try; half of each is left to chance."""
        delay = self._patience.first_retry
        while True:
            yield delay * (0.5 + random.random() / 2)  # noqa: S311 - spreads load, no secret
            delay = min(delay * 2, self._patience.last_retry)

    async def _wait_for_needs(self) -> None:
        for need in self._needs:
            while need.device is None:
                if need.state.state is not Readiness.OPENING:
                    self._become(Readiness.OFFLINE, need.state.reason)
                await need.changed.wait()

    async def _hold(self) -> None:
        """Open the device, stay with it to its end, and close it."""
        needs = {need.config.name: need.device for need in self._needs}
        device: Any = None
        try:
            device = await self._open(needs)
            reason = await self._watch(device, needs)
        except DeviceError as error:
            reason = str(error)
        except asyncio.CancelledError:
            if device is not None:
                await self._close_for_exit(device)
            raise
        except Exception:  # noqa: BLE001 - a driver's bug must not end the other devices
            _log.exception("%s: the driver failed", self.config.name)
            reason = "The device's driver failed. Call support."
        finally:
            self.device = None
        self._become(Readiness.OFFLINE, reason)
        if device is not None:
            await self._close(device)

    async def _open(self, needs: Mapping[str, object]) -> Any:  # noqa: ANN401 - any family's device
        driver = import_driver(self.config.family, self.config.driver)
        self._arrivals = self._arrivals or self._watch_arrivals(driver)
        if self._arrivals is not None:
            await self._arrivals.arm()
        opening: asyncio.Task[Any] = asyncio.create_task(
            driver.open_device(self.config.name, self.config.settings, needs)
        )
        try:
            await self._stay_with(opening, self._patience.open)
            device = opening.result()
        except asyncio.CancelledError:
            opening.cancel()
            await asyncio.wait({opening}, timeout=self._patience.exit)
            if opening.done() and not opening.cancelled() and opening.exception() is None:
                await self._close_for_exit(opening.result())
            raise
        if self._arrivals is not None:
            self._arrivals.rest()
        return device

    def _watch_arrivals(self, driver: ModuleType) -> Arrivals | None:
        """Return who can tell that the device was plugged in, if the driver knows somebody."""
        if not hasattr(driver, "watch_arrivals"):
            return None
        arrivals: Arrivals | None = driver.watch_arrivals(self.config.settings)
        return arrivals

    async def _watch(self, device: Any, needs: Mapping[str, object]) -> str:  # noqa: ANN401
        """Listen until the device ends, or one that it stands on; why it did, for the clerk."""
        ends = [asyncio.create_task(self._follow(device, device.events()))]
        ends += [
            asyncio.create_task(_end_of(need, needs[need.config.name])) for need in self._needs
        ]
        try:
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            return next(end.result() for end in ends if end in done)
        finally:
            for end in ends:
                end.cancel()

    async def _follow(self, device: Any, events: AsyncIterator[object]) -> str:  # noqa: ANN401
        at_first = await said_at_first(device)
        self.device = device
        self._become(Readiness.ONLINE, at_first.reason, at_first.detail)
        async for event in events:
            self._take(event)
        return f"{self.config.name} is closed."

    def _take(self, event: object) -> None:
        news = said(event)
        if news is not None:
            self._become(Readiness.ONLINE, news.reason, news.detail)
        self._desk.hear(self.config, event)

    async def _close(self, device: Any) -> None:  # noqa: ANN401 - any family's device
        closing = asyncio.create_task(device.close())
        await self._stay_with(closing, self._patience.close)
        self._log_failure(closing)

    async def _close_for_exit(self, device: Any) -> None:  # noqa: ANN401 - any family's device
        """Close it, but not at the price of an exit that hangs."""
        closing = asyncio.create_task(device.close())
        await asyncio.wait({closing}, timeout=self._patience.exit)
        if not closing.cancel():
            self._log_failure(closing)

    def _log_failure(self, closing: asyncio.Task[None]) -> None:
        if (error := closing.exception()) is not None:
            _log.error("%s: the driver failed while it closed", self.config.name, exc_info=error)

    async def _stay_with(self, call: asyncio.Task[Any], seconds: float) -> None:
        """Wait for a driver's call as long as it takes; after `seconds` the device is stuck."""
        await asyncio.wait({call}, timeout=seconds)
        if not call.done():
            self._become(
                Readiness.STUCK, f"{self.config.name} does not react. Switch it off and on again."
            )
            await asyncio.wait({call})

    def _become(
        self, readiness: Readiness, reason: str | None, detail: dict[str, Any] | None = None
    ) -> None:
        before = self.state
        if (readiness, reason, detail) == (before.state, before.reason, before.detail):
            return
        entered = readiness is not before.state
        comes_online = entered and readiness is Readiness.ONLINE
        self._opened += comes_online
        self.state = msgspec.structs.replace(
            before,
            state=readiness,
            since_us=self._clock.now_us() if entered else before.since_us,
            reason=reason,
            detail=detail,
            reopened=max(0, self._opened - 1),
        )
        self.changed.give()
        self._desk.tell(self.state)


async def _end_of(need: Keeper, device: object) -> str:
    await need.until(lambda: need.device is not device)
    return need.state.reason or f"{need.config.name} is being opened again."
