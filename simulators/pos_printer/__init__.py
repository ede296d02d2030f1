"""A receipt printer that turns ESC/POS into paper, with a cash drawer at its port.

It speaks the real wire: a TCP port, USB or a serial line, a finite buffer, real-time commands that
overtake it, status bytes. It has paper, a cover and a cutter that can fail, and a hand that mends
them. Its traps are those of real printers:

- What was sent before the paper ended is printed when the roll is replaced, unless the buffer was
  cleared; a drawer pulse that waited behind an open cover fires when it is closed.
- `ESC @` switches the automatic status back off (Epson UB-E02 guide, 4.4); `GS a` waits in the
  buffer like everything else, so it answers nothing while the printer is offline.
- A real-time pulse is ignored in an error state and while another pulse lasts.
- One host is served at a time, and dropped when it sends nothing for five minutes.
"""

from pathlib import Path

from simulators.pos_printer.drawer import DrawerPulse, PulseSource, Sensor
from simulators.pos_printer.mechanism import PaperSupply, Trouble
from simulators.pos_printer.model import Model
from simulators.pos_printer.paper import Line, Mark, Run
from simulators.pos_printer.printer import PosPrinter
from simulators.pos_printer.receipt import End, Receipt
from simulators.pos_printer.serial_link import SerialLink
from simulators.pos_printer.tcp_link import TcpLink
from simulators.pos_printer.usb_link import UsbIdentity, UsbLink

__all__ = [
    "DrawerPulse",
    "End",
    "Line",
    "Mark",
    "Model",
    "PaperSupply",
    "PosPrinter",
    "PulseSource",
    "Receipt",
    "Run",
    "Sensor",
    "SerialLink",
    "TcpLink",
    "Trouble",
    "UsbIdentity",
    "UsbLink",
    "open_simulator",
]


def open_simulator(name: str, directory: Path) -> PosPrinter:
    """Return a printer that keeps its paper, as text and as pictures, in `directory`."""
    return PosPrinter(name, paper_directory=directory)
