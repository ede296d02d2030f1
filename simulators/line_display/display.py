"""The display as a device: what it receives goes to its glass."""

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self

from drivers.wire import WireError
from drivers.wire.line_display import CD5220, ESC_POS, CommandReader
from simulators.control import Faults, Json, UnknownNameError, unknown
from simulators.line_display.screen import Screen
from simulators.serial_line import SerialLine

_DIALECTS: Final = {"escpos": ESC_POS, "cd5220": CD5220}

_FAULTS: Final = {
    "frozen": "It goes on showing what it shows, whatever it is sent.",
}

_ACTIONS: Final = {
    "switch_off": "Switch it off: the glass is dark, and it forgets everything.",
    "switch_on": "Switch it on again.",
    "unplug": "Pull its cable.",
    "plug_in": "Put the cable back.",
}


class LineDisplay:
    """One simulated customer display.

    Args:
        name: Its name in the TOML, and of its symlink.
        directory: Where the symlink is; a temporary one when absent.
        mode: The command set that it is switched to.
    """

    family = "line_display"

    def __init__(
        self,
        name: str = "display",
        directory: Path | None = None,
        *,
        mode: Literal["escpos", "cd5220"] = "escpos",
    ) -> None:
        self.name = name
        self.faults = Faults(_FAULTS)
        self.screen = Screen(_DIALECTS[mode])
        self._mode = mode
        self._line = SerialLine(name, directory, self._receive)
        self._reader = CommandReader(_DIALECTS[mode])
        self._has_power = True
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Plug it in."""
        self._line.plug_in()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Pull the cable for good."""
        self._line.close()

    @property
    def url(self) -> str:
        """The address for the configuration; it stays the same when the cable is pulled."""
        return str(self._line.path)

    def toml(self) -> str:
        """The `[[line_display]]` table."""
        fields = {"name": self.name, "driver": self._mode, "url": self.url}
        lines = [f"{key} = {json.dumps(value)}" for key, value in fields.items()]
        return "\n".join(["[[line_display]]", *lines, ""])

    def state(self) -> Json:
        """What a person would see."""
        return {
            "plugged_in": self._line.plugged_in,
            "switched_on": self._has_power,
            "lines": list(self.lines),
            "brightness": self.screen.brightness if self._has_power else 0,
            "blinks": self.screen.blinks,
        }

    @property
    def lines(self) -> tuple[str, ...]:
        """What a customer reads, without the blanks at the end."""
        return tuple(line.rstrip() if self._has_power else "" for line in self.screen.lines)

    def picture(self) -> bytes:
        """The glass as a PNG."""
        from simulators.line_display.picture import png  # noqa: PLC0415 - Pillow where it is drawn

        return png(self.screen.lines, self.screen.brightness if self._has_power else 0)

    async def wait_for(self, shown: Callable[[tuple[str, ...]], bool]) -> tuple[str, ...]:
        """Wait until the glass shows what is wanted, and return its lines."""
        while not shown(self.lines):
            await self._changed.wait()
        return self.lines

    def stop_reading(self) -> None:
        """Hold the line, as a display does whose input is full."""
        self._line.stop_reading()

    @property
    def actions(self) -> Mapping[str, str]:
        """What a hand can do here."""
        return _ACTIONS

    async def hand(self, action: str, **arguments: Any) -> None:  # noqa: ANN401 - JSON values
        """Do what a person at the counter does.

        Raises:
            UnknownNameError: There is no such action.
            ValueError: It takes no arguments.
        """
        if action not in _ACTIONS:
            raise UnknownNameError(unknown("action", action, _ACTIONS))
        if arguments:
            raise ValueError(f"{action} takes no arguments.")
        match action:
            case "unplug":
                self._line.unplug()
            case "plug_in":
                self._line.plug_in()
            case _:
                self._switch(on=action == "switch_on")

    def _switch(self, *, on: bool) -> None:
        self._has_power = on
        self.screen.initialize()
        self._reader = CommandReader(_DIALECTS[self._mode])
        self._tell()

    def _receive(self, data: bytes) -> None:
        if not self._has_power or "frozen" in self.faults:
            return
        try:
            for command in self._reader.receive_data(data):
                self.screen.act(command)
        except WireError as error:
            self.screen.complaints.append(str(error))
        self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
