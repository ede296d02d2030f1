"""The commands `GS ( x`: one letter, one function number, many meanings.

A function that is not known here stays a `Function` with its data: its length is known whatever
it means, so it never puts the reader out of step.

Source: Epson ESC/POS Command Reference, GS ( A, GS ( D, GS ( H, GS ( k, GS ( L and GS 8 L.
"""

import re
from collections.abc import Callable

from drivers.wire.escpos_commands import (
    Command,
    Function,
    ProcessId,
    TestPrint,
)
from drivers.wire.escpos_marks import (
    DefineNvGraphics,
    PrintGraphics,
    PrintNvGraphics,
    QrData,
    QrErrorCorrection,
    QrModel,
    QrModuleSize,
    QrPrint,
    StoreGraphics,
    TransmitKeyCodes,
)
from drivers.wire.escpos_settings import RealTimeSwitch

_PROCESS_ID = re.compile(rb"00([\x20-\x7e]{4})")
_GRAPHICS_HEADER = 10
_NV_HEADER = 11
_NV_PRINT = re.compile(rb"0E(..)(.)(.)", re.DOTALL)
_QR = 0x31
_QR_LEVELS = {0x30: "L", 0x31: "M", 0x32: "Q", 0x33: "H"}


def _test_print(data: bytes) -> Command:
    match tuple(data):
        case (paper, pattern):
            return TestPrint(paper & 0x0F, pattern & 0x0F)
    return Function("GS ( A", data)


def _real_time_switch(data: bytes) -> Command:
    """Read `[14] [kind:1 on:1]…`."""
    if data[:1] != b"\x14":
        return Function("GS ( D", data)
    pairs = zip(data[1::2], data[2::2], strict=False)
    return RealTimeSwitch(tuple((kind & 0x0F, bool(on & 1)) for kind, on in pairs))


def _process_id(data: bytes) -> Command:
    """Read `[30 30] [id:4]`, each character of the id from 20h to 7Eh."""
    match = _PROCESS_ID.fullmatch(data)
    return ProcessId(match[1]) if match else Function("GS ( H", data)


def _two_dimensional(data: bytes) -> Command:
    """Read `[symbology:1] [function:1] [parameters]`; only QR has meaning here."""
    if data[:1] == bytes((_QR,)):
        match data[1:2], data[2:]:
            case b"A", parameters if parameters:
                return QrModel(parameters[0] & 0x0F)
            case b"C", parameters if parameters:
                return QrModuleSize(parameters[0])
            case b"E", parameters if parameters:
                return QrErrorCorrection(_QR_LEVELS.get(parameters[0], "?"))
            case b"P", parameters if parameters:
                return QrData(parameters[1:])
            case b"Q", _:
                return QrPrint()
    return Function("GS ( k", data)


def graphics(data: bytes) -> Command:
    """Read what stands behind the length of `GS ( L` and `GS 8 L`.

    Function 112: `[30] [70] [tone:1] [x scale:1] [y scale:1] [colour:1] [width:2] [height:2]
    [rows]`; function 50: `[30] [02 or 32]`. Of lasting memory function 64: `[30] [40] [4B 43]`;
    67: `[30] [43] [tone:1] [key:2] [colours:1] [width:2] [height:2] [colour:1] [rows]`; 69: `[30]
    [45] [key:2] [x scale:1] [y scale:1]`.
    """
    if data == b"0@KC":
        return TransmitKeyCodes()
    if data[:3] == b"0C0" and len(data) >= _NV_HEADER and data[5:6] == b"\x01":
        width = int.from_bytes(data[6:8], "little")
        height = int.from_bytes(data[8:10], "little")
        return DefineNvGraphics(data[3:5], width, height, data[11:])
    if match := _NV_PRINT.fullmatch(data):
        return PrintNvGraphics(match[1], match[2][0], match[3][0])
    if data[:2] in (b"02", b"0\x02"):
        return PrintGraphics()
    if data[:3] == b"0p0" and len(data) >= _GRAPHICS_HEADER:
        width = int.from_bytes(data[6:8], "little")
        height = int.from_bytes(data[8:10], "little")
        return StoreGraphics(data[3], data[4], width, height, data[10:])
    return Function("GS ( L", data)


BUILDERS: dict[str, Callable[[bytes], Command]] = {
    "GS ( A": _test_print,
    "GS ( D": _real_time_switch,
    "GS ( H": _process_id,
    "GS ( k": _two_dimensional,
    "GS ( L": graphics,
}
"""Name of the command and what reads the bytes behind its length."""
