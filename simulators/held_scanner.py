"""What every simulated scanner has in common: a hand that holds a code before it, and its cable.

`simulators.scanner`, `simulators.hid_keyboard_scanner` and `simulators.hid_pos_scanner` say how a
code goes over the wire.

A scanner hears nothing back: what is scanned while nobody listens is beeped at, and lost.
"""

from collections.abc import Mapping
from typing import Any, Final

from simulators.control import Faults, Json, UnknownNameError, unknown

BURST: Final = 50
"""Scans of one pull of the trigger under `burst`."""

_ACTIONS: Final = {
    "scan": 'Scan a code: data, and symbology such as "E0" to send the AIM identifier.',
    "unplug": "Pull the cable.",
    "plug_in": "Put the cable back.",
}


class HeldScanner:
    """One simulated scanner.

    Args:
        name: Its name in the TOML.
        faults: What can go wrong with it, by name.
    """

    family = "scanner"

    def __init__(self, name: str, faults: Mapping[str, str]) -> None:
        self.name = name
        self.faults = Faults(faults)
        self._scans = 0
        self._last_scan: str | None = None

    def toml(self) -> str:
        """The `[[scanner]]` table."""
        raise NotImplementedError

    def state(self) -> Json:
        """What a person would see."""
        return {
            "plugged_in": self.plugged_in,
            "scans": self._scans,
            "last_scan": self._last_scan,
        }

    @property
    def actions(self) -> Mapping[str, str]:
        """What a hand can do here."""
        return _ACTIONS

    async def hand(self, action: str, **arguments: Any) -> None:  # noqa: ANN401 - JSON values
        """Do what a person at the counter does.

        Raises:
            UnknownNameError: There is no such action.
            ValueError: An argument is missing, unknown or of the wrong kind.
        """
        if action not in _ACTIONS:
            raise UnknownNameError(unknown("action", action, _ACTIONS))
        if action == "scan":
            self.scan(**_scan_arguments(arguments))
        elif arguments:
            raise ValueError(f"{action} takes no arguments.")
        elif action == "unplug":
            self.unplug()
        else:
            self.plug_in()

    def scan(self, data: str, symbology: str | None = None) -> None:
        """Hold a code before the scanner and pull the trigger.

        Args:
            data: What the code says.
            symbology: The AIM identifier to send before it, without its bracket (`E0`).
        """
        self._scans += 1
        self._last_scan = f"]{symbology}{data}" if symbology else data
        if self.plugged_in:
            for _ in range(BURST if "burst" in self.faults else 1):
                self._send(data, symbology)

    @property
    def plugged_in(self) -> bool:
        """True while its cable is in."""
        raise NotImplementedError

    def plug_in(self) -> None:
        """Put the cable back, at the same address."""
        raise NotImplementedError

    def unplug(self) -> None:
        """Pull the cable: the line ends for whoever has it open."""
        raise NotImplementedError

    def _send(self, data: str, symbology: str | None) -> None:
        """Send one code over the wire."""
        raise NotImplementedError


def _scan_arguments(arguments: Json) -> dict[str, str]:
    """Check what `hand` was given."""
    if not arguments.get("data"):
        raise ValueError("scan needs data: what the code says.")
    for key, value in arguments.items():
        if key not in {"data", "symbology"}:
            raise ValueError(f"scan takes data and symbology, not {key}.")
        if not isinstance(value, str):
            raise ValueError(f"scan takes {key} as text.")  # noqa: TRY004 - the hand's contract
    return arguments
