"""Serial ports by the names that udev gives them: they stay when another device is plugged in.

A port says who made the chip behind it and no more. Scanners mostly name themselves; behind a
converter's name (FTDI, Prolific, CH340) anything may be.
"""

import pathlib

from drivers.discovery.candidate import Candidate, Found, Setting
from drivers.discovery.makers import kind_of

BY_ID = pathlib.Path("/dev/serial/by-id")

_DRIVERS = {
    "scanner": "serial",
    "scale": "toledo_8217",
    "line_display": "escpos",
    "pos_printer": "escpos",
}
_ANYTHING = (
    "Its name does not say what is behind it: a scanner (serial), a scale (toledo_8217), a customer"
    " display (escpos or cd5220), a printer (escpos) or a terminal (zvt)."
)


def look_at_serial_ports(found: Found, folder: pathlib.Path = BY_ID) -> None:
    """Note every port in `folder`; none where it does not exist."""
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        what = path.name.removeprefix("usb-").rpartition("-if")[0] or path.name
        what = what.replace("_", " ")
        family = kind_of(what)
        if family is None:
            found.candidates.append(Candidate("serial", str(path), what, note=_ANYTHING))
        else:
            settings: dict[str, Setting] = {"url": str(path)}
            found.candidates.append(
                Candidate("serial", str(path), what, family, _DRIVERS[family], settings)
            )
