"""Turns commands into printed lines."""

from collections.abc import Callable, Iterator

from drivers.wire import escpos_commands as c
from drivers.wire import escpos_marks as m
from drivers.wire import escpos_settings as s
from simulators.pos_printer import symbols
from simulators.pos_printer.modes import Modes
from simulators.pos_printer.paper import Dots, Line, Mark, Piece, Run, Style

_ONLY_AT_LINE_START = (s.Justification, s.LeftMargin, s.PrintAreaWidth, s.UpsideDown)
_SILENT = (
    c.CarriageReturn,
    c.CharacterSet,
    c.CodePage,
    c.Function,
    s.PanelButtons,
    s.RealTimeSwitch,
    c.PageMode,
    c.Cancel,
    m.QrModel,
    m.NvImage,
)
"""Known, without effect on this paper. No image is burned in, so `FS p` prints nothing; page mode
prints what it gets in the order in which it came."""


MOST_LASTING = 40
"""Images: as many as one answer can list."""


class PrintHead:
    """Keeps the line that is being set and the modes it is set in.

    Attributes:
        width: Dots that can be printed side by side.
        complain: Is told what a printer would not print, and why.
        lasting_writes: How often that memory was written to, which wears it.
        lasting: Images in the memory that keeps them without power, by their keys.
    """

    def __init__(self, width: int, complain: Callable[[str], None]) -> None:
        self.width = width
        self.complain = complain
        self.modes = Modes()
        self._pieces: list[Piece] = []
        self._x = 0
        self.lasting: dict[bytes, Dots] = {}
        self.lasting_writes = 0
        self._graphics: Dots | None = None
        self._download: Dots | None = None

    def reset(self) -> None:
        """Be as after power on."""
        self.modes = Modes()
        self.drop_line()
        self._graphics = self._download = None

    def drop_line(self) -> None:
        """Forget what is set and not printed."""
        self._pieces = []
        self._x = 0

    def perform(self, command: c.Command) -> Iterator[Line]:
        """Obey one command, and give out each line when it is to be printed."""
        if isinstance(command, _ONLY_AT_LINE_START) and self._pieces:
            self.complain(f"{command.mnemonic} in the middle of a line is ignored.")
        elif not self.modes.apply(command):
            yield from self._print(command)

    def _print(self, command: c.Command) -> Iterator[Line]:
        match command:
            case c.Text():
                yield from self._set_text(command.text)
            case c.LineFeed():
                yield self._line()
            case c.FeedLines(lines):
                yield from self._feed(lines)
            case c.FeedDots(dots):
                yield self._line(dots)
            case c.FormFeed() | c.PrintPage():
                yield from self.finish_line()
            case c.TestPrint():
                yield from self._set_text("TEST PRINT")
                yield self._line()
            case c.Initialize():
                self.reset()
            case c.StandardMode():
                self.drop_line()
            case c.HorizontalTab() | c.Position() | c.RelativePosition():
                self._move(command)
            case _:
                yield from self._print_mark(command)

    def _print_mark(self, command: c.Command) -> Iterator[Line]:
        match command:
            case m.Barcode():
                yield from self._barcode(command)
            case m.QrPrint():
                yield from self._qr_code()
            case m.RasterImage(mode, width_bytes, height, data):
                yield from self._image(Dots(width_bytes * 8, height, data, *_scales(mode)))
            case m.PrintGraphics():
                yield from self._print_stored(self._graphics)
                self._graphics = None
            case m.PrintNvGraphics(key):
                yield from self._print_stored(self.lasting.get(key))
            case m.PrintDownloadImage(mode):
                yield from self._print_stored(self._download, mode)
            case m.ColumnImage():
                self._set_columns(command)
            case _:
                self._keep(command)

    def _keep(self, command: c.Command) -> None:
        """Store an image for later; complain of what is no business of the print head."""
        match command:
            case m.StoreGraphics():
                self._store(command)
            case m.DefineNvGraphics(key, width, height, data):
                self._keep_lasting(key, Dots(width, height, data))
            case m.DownloadImage(_, height_bytes, data):
                self._download = symbols.columns(data, height_bytes) if data else None
            case c.Function("GS ( k"):
                self.complain("Of two-dimensional codes only QR is simulated.")
            case s.Rotation(0):
                pass
            case _ if not isinstance(command, _SILENT):
                self.complain(f"{command} is not simulated.")

    @property
    def _area(self) -> int:
        """Dots from the left margin to the right end of the lines."""
        return max(min(self.modes.area_width, self.width - self.modes.left_margin), 0)

    def _set_text(self, text: str) -> Iterator[Line]:
        style = self.modes.style
        while text:
            fitting = max((self._area - self._x) // style.advance, 0)
            if not fitting and self._pieces:
                yield self._line()
                continue
            part, text = text[: fitting or 1], text[fitting or 1 :]
            self._set_run(part, style)

    def _set_run(self, text: str, style: Style) -> None:
        last = self._pieces[-1] if self._pieces else None
        if isinstance(last, Run) and last.style == style and last.x + last.width == self._x:
            self._pieces[-1] = Run(last.x, last.text + text, style)
        else:
            self._pieces.append(Run(self._x, text, style))
        self._x += style.advance * len(text)

    def _move(self, command: c.Command) -> None:
        target = self._x
        match command:
            case c.Position(dots):
                target = dots
            case c.RelativePosition(dots):
                target += dots
            case c.HorizontalTab():
                stops = (stop * self.modes.style.advance for stop in self.modes.tabs)
                target = next((stop for stop in stops if stop > self._x), self._x)
        if 0 <= target <= self._area:
            self._x = target

    def finish_line(self) -> Iterator[Line]:
        """Print what is set, if anything is."""
        if self._pieces:
            yield self._line()

    def _feed(self, lines: int) -> Iterator[Line]:
        if self._pieces or lines:
            yield self._line()
        for _ in range(lines - 1):
            yield self._line()

    def _line(self, feed: int | None = None) -> Line:
        """Take the line that is set; it feeds `feed` dots, or the line spacing, or its height."""
        used = max((piece.x + piece.width for piece in self._pieces), default=0)
        pieces = tuple(self._place(piece, used) for piece in self._pieces)
        tall = max((piece.height for piece in pieces), default=0)
        self.drop_line()
        spacing = self.modes.line_spacing if feed is None else feed
        return Line(pieces, max(spacing, tall), self.modes.upside_down)

    def _place(self, piece: Piece, used: int) -> Piece:
        shift = self.modes.left_margin + self._slack(used)
        if isinstance(piece, Run):
            return Run(piece.x + shift, piece.text, piece.style)
        return Mark(piece.kind, piece.data, piece.x + shift, piece.dots)

    def _slack(self, used: int) -> int:
        """Dots to the left of a line that takes `used` dots of the area."""
        return (0, (self._area - used) // 2, self._area - used)[self.modes.justification]

    def _barcode(self, command: m.Barcode) -> Iterator[Line]:
        modes = self.modes
        try:
            dots, text = symbols.bars(command, modes.barcode_width, modes.barcode_height)
        except symbols.NotPrintableError as error:
            self.complain(str(error))
            return
        caption = Style(font=modes.barcode_font)
        x = modes.left_margin + self._slack(dots.width)
        run = Run(max(x + (dots.width - caption.advance * len(text)) // 2, 0), text, caption)
        above = (run,) if modes.barcode_text & 1 else ()
        below = (run,) if modes.barcode_text & 2 else ()
        yield from self._mark(Mark(command.symbology, text, x, dots, above, below))

    def _qr_code(self) -> Iterator[Line]:
        try:
            dots = symbols.qr_code(self.modes.qr_data, self.modes.qr_level, self.modes.qr_size)
        except symbols.NotPrintableError as error:
            self.complain(str(error))
            return
        x = self.modes.left_margin + self._slack(dots.width)
        text = self.modes.qr_data.decode("utf-8", "replace")
        yield from self._mark(Mark("QR", text, x, dots))

    def _image(self, dots: Dots) -> Iterator[Line]:
        if dots.data:
            x = self.modes.left_margin + self._slack(min(dots.width, self._area))
            yield from self._mark(Mark("image", "", x, dots), clip=True)

    def _mark(self, mark: Mark, *, clip: bool = False) -> Iterator[Line]:
        yield from self.finish_line()
        if mark.width > self._area and not clip:
            self.complain(f"{mark.label} is {mark.width} dots wide, the paper {self._area}.")
        else:
            yield Line((mark,), mark.height, self.modes.upside_down)

    def _store(self, command: m.StoreGraphics) -> None:
        scales = (command.x_scale, command.y_scale)
        size = -(-command.width // 8) * command.height
        if len(command.data) != size or not size or not {1, 2}.issuperset(scales):
            self.complain(f"{command.mnemonic}: {len(command.data)} bytes do not fit its size.")
            return
        self._graphics = Dots(command.width, command.height, command.data, *scales)

    def _keep_lasting(self, key: bytes, dots: Dots) -> None:
        if len(dots.data) != -(-dots.columns // 8) * dots.rows or not dots.data:
            self.complain(f"GS ( L 67: {len(dots.data)} bytes do not fit its size.")
        elif len(self.lasting) < MOST_LASTING:
            self.lasting[key] = dots
            self.lasting_writes += 1

    def _print_stored(self, dots: Dots | None, mode: int = 0) -> Iterator[Line]:
        if dots is not None:
            scales = (
                scale * more
                for scale, more in zip((dots.x_scale, dots.y_scale), _scales(mode), strict=True)
            )
            yield from self._image(Dots(dots.columns, dots.rows, dots.data, *scales))

    def _set_columns(self, command: m.ColumnImage) -> None:
        """Set an image like a character; in the modes of single density each dot is two wide."""
        if not command.columns:
            return
        tall = 3 if command.mode & 0x20 else 1
        dots = symbols.columns(command.data, tall)
        scale = (1 if command.mode & 1 else 2, 3 if tall == 1 else 1)
        mark = Mark("image", "", self._x, Dots(dots.columns, dots.rows, dots.data, *scale))
        self._pieces.append(mark)
        self._x += mark.width


def _scales(mode: int) -> tuple[int, int]:
    return 1 + (mode & 1), 1 + (mode >> 1 & 1)
