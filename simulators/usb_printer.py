"""The receipt printer on USB instead of the network, lent over USB/IP.

    pos-simulators usb-printer

All else is as in `simulators.pos_printer`.
"""

from pathlib import Path

from simulators.pos_printer import Model, PosPrinter, UsbLink

BY_NAME_ONLY = True
"""Another printer stands on the counter already; this one is started when it is asked for."""


def open_simulator(name: str, directory: Path) -> PosPrinter:
    """Return a printer that keeps its paper in `directory`."""
    model = Model(drawer_name=f"{name}_drawer")
    return PosPrinter(name, model=model, link=UsbLink, paper_directory=directory)
