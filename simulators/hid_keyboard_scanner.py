"""A USB scanner that types, lent over USB/IP.

    pos-simulators hid-keyboard-scanner

It types with the layout of its country, a report for each key that goes down; between two different
keys it lets nothing go, as scanners in their fast mode do.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from simulators.held_scanner import BURST
from simulators.hid import HidScanner, strokes
from simulators.hid.device import REPORTS
from simulators.hid.typing import ALT, NOTHING

BY_NAME_ONLY = True
"""A scanner lies on the counter already; this one is started when it is asked for."""

IDENTITY: Final = (0x05E0, 0x1200, "Bar Code Scanner (keyboard)")
DESCRIPTOR: Final = bytes.fromhex(
    "05010906a101"  # keyboard
    "050719e029e71500250175019508 8102"  # modifiers, a bit each
    "95017508 8103"  # a byte of nothing
    "950575010508 19012905 9102 95017503 9103"  # lamps
    "95067508150025650507190029658100c0"  # six keys
)
"""The boot keyboard (HID 1.11, appendix B.1)."""
NOISE: Final = "~#"
"""What a loose wire types."""

_FAULTS: Final = {
    "half_message": "Only the first half of each code is typed, and no Enter.",
    "garbage": "A loose wire types before each code.",
    "burst": f"The trigger sticks: each code is typed {BURST} times in a row.",
    "no_suffix": "The codes are typed without Enter.",
    "roll_over": "The scanner reports that too many keys are down, between any two.",
}


class HidKeyboardScanner(HidScanner):
    """One simulated scanner.

    Args:
        name: Its name in the TOML.
        country: The keyboard that it is set to.
        prefix, suffix: What it types around each code.
        quick: It lets go of a key only where it must; else after each.
        port: See `HidScanner`.
    """

    def __init__(  # noqa: PLR0913 - as a scanner's manual has them
        self,
        name: str = "scanner",
        *,
        country: str = "us",
        prefix: str = "",
        suffix: str = "\r",
        quick: bool = True,
        port: int = 0,
    ) -> None:
        super().__init__(
            name,
            _FAULTS,
            driver="hid_keyboard",
            identity=IDENTITY,
            interface=(1, 1),
            report_descriptor=DESCRIPTOR,
            port=port,
        )
        self._country = country
        self._prefix = prefix
        self._suffix = suffix
        self._quick = quick

    def settings(self) -> Mapping[str, str | bool]:
        """Layout, prefix and suffix."""
        fields = {"layout": self._country, "prefix": self._prefix, "suffix": self._suffix}
        usual = {"layout": "us", "prefix": "", "suffix": "\r"}
        return {key: value for key, value in fields.items() if value != usual[key]}

    def _send(self, data: str, symbology: str | None) -> None:
        text = f"]{symbology}{data}" if symbology else data
        suffix = "" if "no_suffix" in self.faults else self._suffix
        if "half_message" in self.faults:
            text, suffix = text[: len(text) // 2], ""
        noise = NOISE if "garbage" in self.faults else ""
        self.type(f"{noise}{self._prefix}{text}{suffix}")

    def type(self, text: str) -> None:
        """Type a text, as it is."""
        for stroke in strokes(text, self._country):
            self.press(*stroke)
            if not self._quick:
                self.press(stroke[0] & ALT, 0)
            if "roll_over" in self.faults:
                self.device.send(REPORTS, bytes((stroke[0], 0)) + b"\x01" * 6)
        self.press(*NOTHING)

    def press(self, modifiers: int, usage: int) -> None:
        """Report that these keys are down, and no others."""
        self.device.send(REPORTS, bytes((modifiers, 0, usage, 0, 0, 0, 0, 0)))


def open_simulator(name: str, directory: Path) -> HidKeyboardScanner:
    """Make the scanner; it keeps no files."""
    del directory
    return HidKeyboardScanner(name)
