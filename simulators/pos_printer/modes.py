"""What a printer has been told to do with the data that follows."""

from dataclasses import dataclass, field, replace

from drivers.wire import escpos_commands as c
from drivers.wire import escpos_marks as m
from drivers.wire import escpos_settings as s
from simulators.pos_printer.paper import LINE_HEIGHT, Style

DEFAULT_TAB = 8
"""Characters between tab stops after power on."""


@dataclass(slots=True)
class Modes:
    """The settings of the print head, as after power on or `ESC @`."""

    style: Style = field(default_factory=Style)
    justification: int = 0
    left_margin: int = 0
    area_width: int = 0xFFFF
    line_spacing: int = LINE_HEIGHT
    tabs: tuple[int, ...] = tuple(range(DEFAULT_TAB, 256, DEFAULT_TAB))
    upside_down: bool = False
    barcode_height: int = 162
    barcode_width: int = 3
    barcode_text: int = 0
    barcode_font: int = 0
    qr_size: int = 3
    qr_level: str = "L"
    qr_data: bytes = b""

    def apply(self, command: c.Command) -> bool:
        """Take over a setting; False when the command is none."""
        return self._apply_style(command) or self._apply_line(command) or self._apply_mark(command)

    def _apply_style(self, command: c.Command) -> bool:
        match command:
            case s.PrintMode():
                self.style = replace(
                    self.style,
                    font=command.font,
                    bold=command.emphasized,
                    underline=int(command.underline),
                    width=1 + command.double_width,
                    height=1 + command.double_height,
                )
            case s.CharacterSize(width, height):
                self.style = replace(self.style, width=width, height=height)
            case s.Emphasized(on) | s.DoubleStrike(on):
                self.style = replace(self.style, bold=on)
            case s.Underline(dots) if dots in (0, 1, 2):
                self.style = replace(self.style, underline=dots)
            case s.Font(number) if number in (0, 1):
                self.style = replace(self.style, font=number)
            case s.Inverse(on):
                self.style = replace(self.style, inverse=on)
            case s.CharacterSpacing(dots):
                self.style = replace(self.style, spacing=dots)
            case _:
                return False
        return True

    def _apply_line(self, command: c.Command) -> bool:
        match command:
            case s.Justification(position) if position in (0, 1, 2):
                self.justification = position
            case s.LeftMargin(dots):
                self.left_margin = dots
            case s.PrintAreaWidth(dots):
                self.area_width = dots
            case s.DefaultLineSpacing():
                self.line_spacing = LINE_HEIGHT
            case s.LineSpacing(dots):
                self.line_spacing = dots
            case s.TabStops(columns):
                self.tabs = columns
            case s.UpsideDown(on):
                self.upside_down = on
            case _:
                return False
        return True

    def _apply_mark(self, command: c.Command) -> bool:
        match command:
            case m.BarcodeHeight(dots) if dots:
                self.barcode_height = dots
            case m.BarcodeWidth(dots) if dots in range(1, 7):
                self.barcode_width = dots
            case m.BarcodeText(position) if position in range(4):
                self.barcode_text = position
            case m.BarcodeFont(number) if number in (0, 1):
                self.barcode_font = number
            case m.QrModuleSize(dots) if dots in range(1, 17):
                self.qr_size = dots
            case m.QrErrorCorrection(level) if level != "?":
                self.qr_level = level
            case m.QrData(data):
                self.qr_data = data
            case _:
                return False
        return True
