"""The commands of ESC/POS that print bar codes, two-dimensional codes and images.

Source: Epson ESC/POS Command Reference: GS k, GS ( k, GS v 0, GS ( L, ESC *, GS *, FS p.
"""

from dataclasses import dataclass
from typing import ClassVar

from drivers.wire.escpos_commands import Command


@dataclass(frozen=True, slots=True)
class BarcodeHeight(Command):
    """Height of the bars."""

    mnemonic: ClassVar[str] = "GS h"
    dots: int


@dataclass(frozen=True, slots=True)
class BarcodeWidth(Command):
    """Width of the narrowest bar, 2 to 6 dots."""

    mnemonic: ClassVar[str] = "GS w"
    dots: int


@dataclass(frozen=True, slots=True)
class BarcodeText(Command):
    """Where the digits stand: 0 nowhere, 1 above, 2 below, 3 both."""

    mnemonic: ClassVar[str] = "GS H"
    position: int


@dataclass(frozen=True, slots=True)
class BarcodeFont(Command):
    """Font of the digits, as in `ESC M`."""

    mnemonic: ClassVar[str] = "GS f"
    number: int


BARCODE_SYSTEMS = {
    0: "UPC-A",
    1: "UPC-E",
    2: "EAN-13",
    3: "EAN-8",
    4: "CODE39",
    5: "ITF",
    6: "CODABAR",
    7: "CODE93",
    8: "CODE128",
    9: "GS1-128",
    10: "GS1 DataBar",
    11: "GS1 DataBar Truncated",
    12: "GS1 DataBar Limited",
    13: "GS1 DataBar Expanded",
    14: "CODE128 auto",
}
"""`Barcode.system` and its name. On the wire: the number itself, or the number plus 65."""


@dataclass(frozen=True, slots=True)
class Barcode(Command):
    """A linear bar code of one of the `BARCODE_SYSTEMS`; `data` as sent."""

    mnemonic: ClassVar[str] = "GS k"
    system: int
    data: bytes

    @property
    def symbology(self) -> str:
        """The name of the system, or its number where that means nothing."""
        return BARCODE_SYSTEMS.get(self.system, f"system {self.system}")


@dataclass(frozen=True, slots=True)
class QrModel(Command):
    """Model 1, model 2 or 3 for Micro QR."""

    mnemonic: ClassVar[str] = "GS ( k 165"
    model: int


@dataclass(frozen=True, slots=True)
class QrModuleSize(Command):
    """Dots a module, 1 to 16."""

    mnemonic: ClassVar[str] = "GS ( k 167"
    dots: int


@dataclass(frozen=True, slots=True)
class QrErrorCorrection(Command):
    """Level L, M, Q or H; `?` where the number means nothing."""

    mnemonic: ClassVar[str] = "GS ( k 169"
    level: str


@dataclass(frozen=True, slots=True)
class QrData(Command):
    """Store what the next `QrPrint` prints."""

    mnemonic: ClassVar[str] = "GS ( k 180"
    data: bytes


@dataclass(frozen=True, slots=True)
class QrPrint(Command):
    """Print the stored data."""

    mnemonic: ClassVar[str] = "GS ( k 181"


@dataclass(frozen=True, slots=True)
class RasterImage(Command):
    """Rows of dots, eight to a byte, the highest bit left. `mode` bits: 0 wide, 1 high."""

    mnemonic: ClassVar[str] = "GS v 0"
    mode: int
    width_bytes: int
    height: int
    data: bytes


@dataclass(frozen=True, slots=True)
class ColumnImage(Command):
    """Columns of dots on the line: 8 dots high in modes 0 and 1, 24 in modes 32 and 33."""

    mnemonic: ClassVar[str] = "ESC *"
    mode: int
    columns: int
    data: bytes


@dataclass(frozen=True, slots=True)
class DownloadImage(Command):
    """Keep an image: `width_bytes` times 8 columns, each `height_bytes` long."""

    mnemonic: ClassVar[str] = "GS *"
    width_bytes: int
    height_bytes: int
    data: bytes


@dataclass(frozen=True, slots=True)
class PrintDownloadImage(Command):
    """Print the image that was kept. `mode` bits: 0 wide, 1 high."""

    mnemonic: ClassVar[str] = "GS /"
    mode: int


@dataclass(frozen=True, slots=True)
class NvImage(Command):
    """Print an image that was burned into the printer. `mode` bits: 0 wide, 1 high."""

    mnemonic: ClassVar[str] = "FS p"
    number: int
    mode: int


@dataclass(frozen=True, slots=True)
class StoreGraphics(Command):
    """Put rows of dots into the print buffer (fn 112), each dot `x_scale` by `y_scale`."""

    mnemonic: ClassVar[str] = "GS ( L 112"
    x_scale: int
    y_scale: int
    width: int
    height: int
    data: bytes


@dataclass(frozen=True, slots=True)
class PrintGraphics(Command):
    """Print the graphics in the print buffer (fn 50)."""

    mnemonic: ClassVar[str] = "GS ( L 50"


@dataclass(frozen=True, slots=True)
class DefineNvGraphics(Command):
    """Keep rows of dots in the printer's lasting memory under a key of two characters (fn 67)."""

    mnemonic: ClassVar[str] = "GS ( L 67"
    key: bytes
    width: int
    height: int
    data: bytes


@dataclass(frozen=True, slots=True)
class PrintNvGraphics(Command):
    """Print what lasting memory has under a key (fn 69), each dot `x_scale` by `y_scale`."""

    mnemonic: ClassVar[str] = "GS ( L 69"
    key: bytes
    x_scale: int
    y_scale: int


@dataclass(frozen=True, slots=True)
class TransmitKeyCodes(Command):
    """Say which keys lasting memory has (fn 64)."""

    mnemonic: ClassVar[str] = "GS ( L 64"
