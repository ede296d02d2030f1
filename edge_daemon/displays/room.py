"""The customer displays of the shop, each with the newest text.

Theory of operation. A text is wanted, and then shown; in between lies a serial line. Whoever wants
another text in that time overtakes the first, so that a display is never behind. A display that
was away shows what is wanted when it comes back. Nothing waits for a display but the register that
asks for it by name: a sale goes on without.

A sale that has ended stays for a while; then the display greets the next customer.
"""

import asyncio
import logging
from collections.abc import Iterable

from drivers.errors import DeviceError
from edge_daemon.config import Configuration
from edge_daemon.devices import Devices, DeviceState, Readiness
from edge_daemon.displays.texts import (
    DisplayState,
    DisplayTextRequest,
    Row,
    Text,
    of_request,
    of_sale,
    welcome,
)
from edge_daemon.journal.acts import Spawn
from edge_daemon.receipts.words import words_of
from edge_daemon.records import JournalEntry
from edge_daemon.records.payloads import Intent, RetailTransaction

FAMILY = "line_display"
COLUMNS = 20
"""Of a display that has not been seen yet."""
THANKS_SECONDS = 15.0
"""How long the end of a sale stays: a customer counts the change."""

_log = logging.getLogger(__name__)


class Displays:
    """What each display is to show."""

    def __init__(self, configuration: Configuration, devices: Devices, spawn: Spawn) -> None:
        self._shop = configuration.shop.name
        self._words = words_of(configuration.shop.language)
        self._devices = devices
        self._spawn = spawn
        self._of_workstation = {
            each.name: each.line_display
            for each in configuration.workstations
            if each.line_display is not None
        }
        self._screens = {
            each.name: _Screen(each.name, devices, welcome(self._shop, COLUMNS))
            for each in configuration.devices
            if each.family == FAMILY
        }

    async def put(self, name: str, request: DisplayTextRequest) -> DisplayState:
        """Show a register's text now.

        Raises:
            NotFoundError: There is no such display.
            OfflineError: It cannot be reached; it shows the text when it is back.
        """
        self._devices.state(name)
        screen = self._screen(name)
        screen.want(Text(tuple(map(Row, request.lines)), blink=request.blink))
        if request.brightness is not None:
            await self._devices.line_display(name).set_brightness(request.brightness)
        await screen.show()
        return screen.state()

    def get(self, name: str) -> DisplayState:
        """What a display shows.

        Raises:
            NotFoundError: There is no such display.
        """
        self._devices.state(name)
        return self._screen(name).state()

    def notice(self, entries: Iterable[JournalEntry]) -> None:
        """The journal has grown: show how the sales stand."""
        for entry in entries:
            name = self._of_workstation.get(entry.workstation_id or "")
            if name is None:
                continue
            match entry.payload:
                case Intent(verb="sale", request=request):
                    self._show(name, of_request(self._words, request))
                case RetailTransaction() as sale:
                    self._show(name, of_sale(self._words, sale) or self._welcome(name))
                    self._end_later(name)

    def see(self, state: DeviceState) -> None:
        """A device's state is another one now: a display that is back shows what is wanted."""
        screen = self._screens.get(state.name)
        if screen is not None and state.state is Readiness.ONLINE:
            screen.forget()
            self._spawn(self._try(screen))

    def close(self) -> None:
        """Greet nobody any more."""
        for screen in self._screens.values():
            screen.want(screen.wanted)

    def _screen(self, name: str) -> "_Screen":
        if name not in self._screens:
            self._devices.line_display(name)  # says what it is instead
        return self._screens[name]

    def _welcome(self, name: str) -> Text:
        return welcome(self._shop, self._screens[name].columns)

    def _show(self, name: str, text: Text | None) -> None:
        if text is not None:
            screen = self._screens[name]
            screen.want(text)
            self._spawn(self._try(screen))

    def _end_later(self, name: str) -> None:
        """Greet the next customer in a while, unless something else is shown by then."""
        screen = self._screens[name]
        loop = asyncio.get_running_loop()
        screen.timer = loop.call_later(THANKS_SECONDS, self._greet, name)

    def _greet(self, name: str) -> None:
        self._show(name, self._welcome(name))

    async def _try(self, screen: "_Screen") -> None:
        try:
            await screen.show()
        except DeviceError as error:
            _log.debug("%s: %s", screen.name, error)  # shown when it is back


class _Screen:
    """One display: what is wanted there, and what it shows."""

    def __init__(self, name: str, devices: Devices, text: Text) -> None:
        self.name = name
        self.wanted = text
        self.columns = COLUMNS
        self.timer: asyncio.TimerHandle | None = None
        self._devices = devices
        self._shown: Text | None = None
        self._turn = asyncio.Lock()

    def want(self, text: Text) -> None:
        """Let this be shown next."""
        self.wanted = text
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def forget(self) -> None:
        """Take it that the display shows nothing: it was away."""
        self._shown = None

    async def show(self) -> None:
        """Show what is wanted by then.

        Raises:
            OfflineError: The display cannot be reached.
        """
        async with self._turn:
            if self._shown is self.wanted:
                return
            display = self._devices.line_display(self.name)
            self.columns, text = display.columns, self.wanted
            lines = [row.laid_out(self.columns) for row in text.rows]
            await display.display_text(lines, blink=text.blink)
            self._shown = text

    def state(self) -> DisplayState:
        """What it shows, or will show."""
        return DisplayState(
            display=self.name,
            lines=tuple(row.laid_out(self.columns) for row in self.wanted.rows),
            blink=self.wanted.blink,
            shown=self._shown is self.wanted,
        )
