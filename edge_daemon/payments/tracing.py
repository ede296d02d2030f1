"""What goes over the wire of one terminal, for support: also when it comes and goes meanwhile.

The driver takes the card data out of every message before anybody sees it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable

import msgspec

from drivers.errors import DeviceError
from drivers.payment_terminal import PaymentTerminal, TracedMessage
from edge_daemon.devices import Devices, DeviceState, Readiness
from edge_daemon.errors import NotFoundError

FAMILY = "payment_terminal"


class Tracing:
    """Follows terminals for as long as somebody looks on."""

    def __init__(self, devices: Devices) -> None:
        self._devices = devices
        self._running: set[_Trace] = set()

    def trace(self, name: str, seconds: float) -> AsyncIterator[TracedMessage]:
        """Return the messages from the first look on; they end after `seconds`.

        A terminal that is offline is waited for. One that comes back is a new connection, and goes
        on in the same capture; its login is over by then.

        Raises:
            NotFoundError: There is no such terminal.
        """
        state = self._devices.state(name)
        if state.family != FAMILY:
            raise NotFoundError(f'"{name}" is a {state.family}, not a {FAMILY}.')
        return self._follow(name, seconds)

    def close(self) -> None:
        """End every trace now."""
        for trace in self._running:
            trace.end()

    async def _follow(self, name: str, seconds: float) -> AsyncIterator[TracedMessage]:
        loop = asyncio.get_running_loop()
        trace = _Trace(self._devices, name)
        timer = loop.call_later(seconds, trace.end)
        self._running.add(trace)
        unsubscribe = self._devices.subscribe_states(trace.see)
        try:
            trace.attach()
            while (message := await trace.messages.get()) is not None:
                yield message
        finally:
            unsubscribe()
            self._running.discard(trace)
            timer.cancel()
            trace.let_go()


class _Trace:
    """One look at one terminal. It keeps what nobody has fetched yet: a few messages a second."""

    def __init__(self, devices: Devices, name: str) -> None:
        self.messages: asyncio.Queue[TracedMessage | None] = asyncio.Queue()
        self._devices = devices
        self._name = name
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._terminal: PaymentTerminal | None = None
        self._stop: Callable[[], None] = lambda: None

    def see(self, state: DeviceState) -> None:
        """Hear of a device's new state."""
        if state.name == self._name and state.state is Readiness.ONLINE:
            self.attach()

    def attach(self) -> None:
        """Listen to the terminal as it is open now, if it is."""
        try:
            terminal = self._devices.payment_terminal(self._name)
        except DeviceError:
            return
        if terminal is not self._terminal:
            self.let_go()
            self._terminal, self._stop = terminal, terminal.trace(self._take)

    def let_go(self) -> None:
        """Listen no more."""
        self._stop()

    def end(self) -> None:
        """Let the reader end behind what was heard."""
        self.messages.put_nowait(None)

    def _take(self, message: TracedMessage) -> None:
        at = round(self._loop.time() - self._began, 6)
        self.messages.put_nowait(msgspec.structs.replace(message, at=at))
