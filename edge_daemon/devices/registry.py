"""All configured devices: who is there, who says what, and the open device for a verb."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import msgspec

from drivers.cash_drawer import CashDrawer
from drivers.errors import OfflineError
from drivers.line_display import LineDisplay
from drivers.payment_terminal import PaymentTerminal
from drivers.pos_printer import PosPrinter
from drivers.scale import Scale, Weighing
from drivers.scanner import Scan, Scanner
from edge_daemon.clock import Clock
from edge_daemon.config import DeviceConfig, unknown
from edge_daemon.devices.conditions import LastingConditions, Record
from edge_daemon.devices.keeper import Keeper, Patience
from edge_daemon.devices.leases import Leases
from edge_daemon.devices.meanings import ScanMeanings
from edge_daemon.devices.news import published
from edge_daemon.devices.publishing import Publish
from edge_daemon.devices.states import DeviceState, Readiness
from edge_daemon.errors import NotFoundError

_log = logging.getLogger(__name__)

Listened = TypeVar("Listened")

EventListener = Callable[[str, str, object], None]
"""Called with a device's name, its family and one of the family's events. Must not block."""
StateListener = Callable[[DeviceState], None]
"""Called with every new state. Must not block."""
Unsubscribe = Callable[[], None]

Leased = Scan | Weighing
"""Events that only the register hears that has the device to itself."""
DEVICE_CHANGED = "device_changed"
"""The live stream's event for a new `DeviceState`."""


def _record_nothing(state: DeviceState, condition: str) -> None:
    """For whoever keeps no journal."""


class Devices:
    """Keeps all devices open while `run` runs.

    Attributes:
        leases: Which register has which device to itself.
    """

    def __init__(  # noqa: PLR0913 - wiring, in one place
        self,
        configs: Sequence[DeviceConfig],
        *,
        clock: Clock,
        publish: Publish,
        record: Record = _record_nothing,
        patience: Patience | None = None,
        meanings: ScanMeanings | None = None,
    ) -> None:
        """Know the devices; nothing is opened yet.

        Args:
            configs: Each behind those that it depends on, as `Configuration.devices` has them.
            clock: For `DeviceState.since_us`.
            publish: The live stream.
            record: Journals a condition that lasts, such as `offline` or `paper_out`.
            patience: How long to wait for what.
            meanings: What scans mean in this shop.
        """
        patience = patience or Patience()
        self.leases = Leases(clock, publish)
        self._publish = publish
        self._meanings = meanings or ScanMeanings()
        self._keepers: dict[str, Keeper] = {}
        self._conditions: dict[str, LastingConditions] = {}
        self._event_listeners: list[EventListener] = []
        self._state_listeners: list[StateListener] = []
        for config in configs:
            needs = [self._keepers[name] for name in config.depends_on]
            self._keepers[config.name] = Keeper(config, needs, clock, patience, self)
            self._conditions[config.name] = LastingConditions(patience.lasting, record)

    async def run(self) -> None:
        """Open every device and keep it open, until cancelled; then close them all.

        A device that cannot be opened is no error: it is offline, and tried again.
        """
        try:
            async with asyncio.TaskGroup() as keepers:
                for name, keeper in self._keepers.items():
                    keepers.create_task(keeper.run(), name=f"keeper {name}")
        finally:
            for conditions in self._conditions.values():
                conditions.stop()

    def states(self) -> list[DeviceState]:
        """What is known about each device, in the order in which they are opened."""
        return [keeper.state for keeper in self._keepers.values()]

    def state(self, name: str) -> DeviceState:
        """What is known about one device.

        Raises:
            NotFoundError: There is no such device.
        """
        return self._keeper(name).state

    def get(self, name: str, family: str) -> Any:  # noqa: ANN401 - the family's protocol
        """The open device.

        Raises:
            NotFoundError: There is no such device of this family.
            OfflineError: It is not open; the message tells the clerk why. Nothing was done.
        """
        keeper = self._keeper(name)
        if keeper.config.family != family:
            raise NotFoundError(f'"{name}" is a {keeper.config.family}, not a {family}.')
        if keeper.device is None:
            raise OfflineError(keeper.state.reason or f"{name} is offline.", device=name)
        return keeper.device

    def pos_printer(self, name: str) -> PosPrinter:
        """As `get`."""
        return cast("PosPrinter", self.get(name, "pos_printer"))

    def cash_drawer(self, name: str) -> CashDrawer:
        """As `get`."""
        return cast("CashDrawer", self.get(name, "cash_drawer"))

    def payment_terminal(self, name: str) -> PaymentTerminal:
        """As `get`."""
        return cast("PaymentTerminal", self.get(name, "payment_terminal"))

    def scanner(self, name: str) -> Scanner:
        """As `get`."""
        return cast("Scanner", self.get(name, "scanner"))

    def scale(self, name: str) -> Scale:
        """As `get`."""
        return cast("Scale", self.get(name, "scale"))

    def line_display(self, name: str) -> LineDisplay:
        """As `get`."""
        return cast("LineDisplay", self.get(name, "line_display"))

    def subscribe_events(self, listener: EventListener) -> Unsubscribe:
        """Call `listener` with every event of every device, until the returned function is called.

        It also gets those that the live stream does not.
        """
        return _listed(self._event_listeners, listener)

    def subscribe_states(self, listener: StateListener) -> Unsubscribe:
        """Call `listener` with every new state, until the returned function is called."""
        return _listed(self._state_listeners, listener)

    async def wait_until_online(self, name: str) -> DeviceState:
        """Wait until the device is open.

        Raises:
            NotFoundError: There is no such device.
        """
        return await self.wait_until(name, Readiness.ONLINE)

    async def wait_until(self, name: str, readiness: Readiness) -> DeviceState:
        """Wait until the device's state is `readiness`.

        Raises:
            NotFoundError: There is no such device.
        """
        keeper = self._keeper(name)
        await keeper.until(lambda: keeper.state.state is readiness)
        return keeper.state

    def tell_holder(self, device: str, kind: str, data: msgspec.Struct | dict[str, Any]) -> None:
        """Put an event of a device on the live stream, for whoever has its lease or for all."""
        self._publish(kind, data, device=device, only_for=self.leases.holder(device))

    # --- what keepers report ---

    def tell(self, state: DeviceState) -> None:
        """A device's state is another one now."""
        self._publish(DEVICE_CHANGED, state, device=state.name)
        self._conditions[state.name].note(state)
        for listener in tuple(self._state_listeners):
            _call(listener, state)

    def hear(self, config: DeviceConfig, event: object) -> None:
        """A device said something, in the words of its family."""
        if isinstance(event, Scan):
            event = self._meanings.interpret(event)
        news = published(event)
        if news is not None and isinstance(event, Leased):
            self.tell_holder(config.name, *news)
        elif news is not None:
            self._publish(*news, device=config.name)
        for listener in tuple(self._event_listeners):
            _call(listener, config.name, config.family, event)

    def _keeper(self, name: str) -> Keeper:
        keeper = self._keepers.get(name)
        if keeper is None:
            raise NotFoundError(unknown("device", name, self._keepers))
        return keeper


def _listed(listeners: list[Listened], listener: Listened) -> Unsubscribe:
    listeners.append(listener)
    return lambda: listeners.remove(listener)


def _call(listener: Callable[..., None], *arguments: object) -> None:
    """A listener that fails is our bug, and no reason to let go of a device."""
    try:
        listener(*arguments)
    except Exception:  # noqa: BLE001 - said above
        _log.exception("a listener failed")
