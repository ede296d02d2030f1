"""A USB scanner in the mode that was made for computers (HID POS), lent over USB/IP.

    pos-simulators hid-pos-scanner

Its reports: [02] [byte count] [symbology identifier:3] [decoded data:56] [own:2] [continued]
"""

from pathlib import Path
from typing import Final

from simulators.held_scanner import BURST
from simulators.hid import HidScanner
from simulators.hid.device import REPORTS

BY_NAME_ONLY = True
"""A scanner lies on the counter already; this one is started when it is asked for."""

IDENTITY: Final = (0x0C2E, 0x0B61, "Bar Code Scanner (HID POS)")
DESCRIPTOR: Final = bytes.fromhex(
    "058c0902a101"  # bar code scanner
    "0912a1028502"  # scanned data report, id 2
    "150026ff0075089501 0501093b8102"  # byte count
    "9503058c09fb09fc09fd8102"  # symbology identifier
    "953809fe820201"  # decoded data
    "0666ff9502090409008102"  # the maker's own
    "058c2501750195 0809ff8102c0"  # continued
    "c0"
)
ROOM: Final = 56
"""Bytes of data in one report."""
NOISE: Final = b"\xff\x00\xfe~"

_FAULTS: Final = {
    "half_message": "Only the first half of each code is sent, and the rest announced.",
    "garbage": "Bytes that are no code stand before each one.",
    "burst": f"The trigger sticks: each code is sent {BURST} times in a row.",
    "cut_reports": "Each code is preceded by a report that is cut off.",
}


class HidPosScanner(HidScanner):
    """One simulated scanner.

    Args:
        name: Its name in the TOML.
        port: See `HidScanner`.
    """

    def __init__(self, name: str = "scanner", *, port: int = 0) -> None:
        super().__init__(
            name,
            _FAULTS,
            driver="hid_pos",
            identity=IDENTITY,
            interface=(0, 0),
            report_descriptor=DESCRIPTOR,
            port=port,
        )

    def _send(self, data: str, symbology: str | None) -> None:
        code = data.encode()
        if "garbage" in self.faults:
            code = NOISE + code
        half = "half_message" in self.faults
        if half:
            code = code[: len(code) // 2]
        if "cut_reports" in self.faults:
            self.device.send(REPORTS, _report(code[:ROOM], symbology, continued=False)[:9])
        parts = [code[at : at + ROOM] for at in range(0, len(code), ROOM)]
        for number, part in enumerate(parts, 1):
            continued = half or number < len(parts)
            self.device.send(REPORTS, _report(part, symbology, continued=continued))


def _report(part: bytes, symbology: str | None, *, continued: bool) -> bytes:
    identifier = f"]{symbology}".encode() if symbology else bytes(3)
    head = bytes((2, len(part))) + identifier
    return head + part.ljust(ROOM, b"\0") + bytes((0, 0, continued))


def open_simulator(name: str, directory: Path) -> HidPosScanner:
    """Make the scanner; it keeps no files."""
    del directory
    return HidPosScanner(name)
