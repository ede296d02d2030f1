"""A barcode scanner on a pty, held in a hand that scans, and unplugs.

The configured address is a symlink that stays while the pty behind it comes and goes, as
`/dev/serial/by-id/…` does when a real scanner is pulled and plugged in again. The line ends for
whoever has it open, too.
"""

import contextlib
import json
import os
import tempfile
import tty
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from drivers.wire.barcode import frame
from simulators.held_scanner import BURST, HeldScanner

__all__ = ["BURST", "NOISE", "Scanner", "open_simulator"]

NOISE: Final = b"\xff\x00\xfe~"
"""What a bad contact makes of a pulse: no ASCII, and a NUL."""

_FAULTS: Final = {
    "half_message": "Only the first half of each code is sent, and no suffix.",
    "garbage": "Line noise precedes each code.",
    "burst": f"The trigger sticks: each code is sent {BURST} times in a row.",
    "no_suffix": "The codes are sent without their suffix.",
}


class Scanner(HeldScanner):
    """One simulated scanner.

    Args:
        name: Its name in the TOML, and of its symlink.
        directory: Where the symlink is; a temporary one when absent.
        prefix, suffix: What the scanner is set to send around each code.
    """

    def __init__(
        self,
        name: str = "scanner",
        directory: Path | None = None,
        *,
        prefix: str = "",
        suffix: str = "\r",
    ) -> None:
        super().__init__(name, _FAULTS)
        self._prefix = prefix
        self._suffix = suffix
        self._files = contextlib.ExitStack()
        self._directory = directory
        self._cable: _Cable | None = None

    async def __aenter__(self) -> Self:
        """Plug the scanner in."""
        if self._directory is None:
            self._directory = Path(self._files.enter_context(tempfile.TemporaryDirectory()))
        self.plug_in()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Pull the cable for good."""
        self.unplug()
        self._files.close()

    @property
    def url(self) -> str:
        """The address for the configuration; it stays the same when the cable is pulled."""
        if self._directory is None:
            raise RuntimeError("The scanner has no address before it is entered.")
        return str(self._directory / self.name)

    def toml(self) -> str:
        """The `[[scanner]]` table."""
        fields = {"name": self.name, "driver": "serial", "url": self.url}
        if self._prefix:
            fields["prefix"] = self._prefix
        if self._suffix != "\r":
            fields["suffix"] = self._suffix
        lines = [f"{key} = {json.dumps(value)}" for key, value in fields.items()]
        return "\n".join(["[[scanner]]", *lines, ""])

    @property
    def plugged_in(self) -> bool:
        """True while its cable is in."""
        return self._cable is not None

    def unplug(self) -> None:
        """Pull the cable: the symlink goes, and the line ends for whoever has it open."""
        if self._cable is not None:
            Path(self.url).unlink(missing_ok=True)
            self._cable.close()
            self._cable = None

    def plug_in(self) -> None:
        """Put the cable back, at the same address."""
        if self._cable is None:
            self._cable = _Cable()
            path = Path(self.url)
            path.unlink(missing_ok=True)
            path.symlink_to(self._cable.device)

    def _send(self, data: str, symbology: str | None) -> None:
        if self._cable is not None:
            self._cable.send(self._framed(f"]{symbology}{data}" if symbology else data))

    def _framed(self, text: str) -> bytes:
        data = text.encode()
        suffix = self._suffix.encode()
        if "half_message" in self.faults:
            data, suffix = data[: len(data) // 2], b""
        if "no_suffix" in self.faults:
            suffix = b""
        noise = NOISE if "garbage" in self.faults else b""
        return noise + frame(data, prefix=self._prefix.encode(), suffix=suffix)


class _Cable:
    """A pty; the scanner holds the one end, and keeps the other open so that it stays raw."""

    def __init__(self) -> None:
        self._scanner_end, self._host_end = os.openpty()
        tty.setraw(self._host_end)
        os.set_blocking(self._scanner_end, False)
        self.device = os.ttyname(self._host_end)

    def send(self, data: bytes) -> None:
        with contextlib.suppress(BlockingIOError):  # nobody listens and the line is full: lost
            while data:
                data = data[os.write(self._scanner_end, data) :]

    def close(self) -> None:
        os.close(self._scanner_end)
        os.close(self._host_end)


def open_simulator(name: str, directory: Path) -> Scanner:
    """Make the scanner that `pos-simulators` starts."""
    return Scanner(name, directory)
