"""Receipt printers that speak ESC/POS, on the network, on USB or on a serial line.

    [[pos_printer]]
    name = "receipts"
    driver = "escpos"
    host = "192.0.2.10"             # or usb = "04b8:0202/J5XK012345", or url = "/dev/pos/…"

    cable       the way to the printer
    usb         what is special about one on USB
    profile     what the model can do
    code_pages  text as the model's bytes
    document    documents as bytes
    drawn       what it cannot set itself, as images
    session     the connection: questions, answers, status
    condition   what its status means
    questions   what it answers in turn
    job         printing, and knowing it
    keeping     images in the printer's own memory
    pulse       the drawer, now or never
    printer     the verbs

Source: Epson ESC/POS Command Reference for TM printers.
"""

import functools
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

import msgspec

from drivers.errors import OfflineError, UnsupportedError
from drivers.pos_printer.escpos.cable import CableSettings, connect
from drivers.pos_printer.escpos.code_pages import TextEncoder
from drivers.pos_printer.escpos.document import DocumentEncoder, More
from drivers.pos_printer.escpos.printer import Abilities, EscPosPrinter, start_printer
from drivers.pos_printer.escpos.profile import COLUMN_DOTS, Profile, encodings, load_profile
from drivers.pos_printer.escpos.session import Session
from drivers.settings import Arrivals, Seconds
from drivers.transport import ByteStream, LinkLostError, NotAllowedError
from drivers.transport.path_arrivals import path_arrivals
from drivers.wire.usb import parse_address


class Settings(CableSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One printer.

    Attributes:
        profile: The model in the database of python-escpos, for code pages, columns and features.
        columns: Characters on a line, where the profile is wrong or font and paper differ.
        real_time_pulse: Whether it obeys `DLE DC4` fn 1. None: when the profile is Epson's.
        process_id: Whether it answers `GS ( H` fn 48. None: when the profile is Epson's.
        buzzer: Whether it beeps by `ESC ( A`. None: when the profile is Epson's, which pass over
            what they lack.
        page_lines: Whether it draws lines in page mode by `GS ( Q`. None: as `buzzer`.
        nv_graphics: Whether it keeps images (GS ( L fn 67). None: when the profile says so.
        answer_timeout: Until a real-time question must be answered.
        progress_timeout: How long a job may stand still before it is given up.
        poll_interval: Between two status questions in idle time.
    """

    profile: str = "TM-T88V"
    columns: Annotated[int, msgspec.Meta(ge=16, le=96)] | None = None
    real_time_pulse: bool | None = None
    process_id: bool | None = None
    buzzer: bool | None = None
    page_lines: bool | None = None
    nv_graphics: bool | None = None
    answer_timeout: Seconds = 3.0
    progress_timeout: Seconds = 30.0
    poll_interval: Seconds = 2.0

    def __post_init__(self) -> None:
        """Refuse a profile that does not exist while the configuration is checked."""
        super().__post_init__()
        load_profile(self.profile)


async def open_device(
    name: str,
    settings: Settings,
    devices: Mapping[str, object],  # noqa: ARG001 - every driver is opened alike
) -> EscPosPrinter:
    """Connect to the printer and ask how it is.

    Raises:
        OfflineError: Not reachable, or it does not answer. Nothing was done.
    """
    profile = load_profile(settings.profile)
    is_epson = profile.vendor == "Epson"
    encoder = DocumentEncoder(
        profile.features,
        TextEncoder(profile.code_pages, encodings()),
        device=name,
        line_width=_line_width(settings, profile),
        more=More(
            buzzer=is_epson if settings.buzzer is None else settings.buzzer,
            page_lines=is_epson if settings.page_lines is None else settings.page_lines,
        ),
    )
    abilities = Abilities(
        columns=settings.columns or profile.columns,
        line_width=_line_width(settings, profile),
        process_id=is_epson if settings.process_id is None else settings.process_id,
        real_time_pulse=is_epson if settings.real_time_pulse is None else settings.real_time_pulse,
        patience=settings.progress_timeout,
        poll_interval=settings.poll_interval,
        nv_graphics=profile.nv_graphics if settings.nv_graphics is None else settings.nv_graphics,
        speed=profile.speed,
    )
    greet = functools.partial(_greet, name, settings, encoder, abilities)
    try:
        return await _open(settings, greet)
    except NotAllowedError as error:
        raise OfflineError(str(error), device=name) from error
    except LinkLostError as error:
        raise OfflineError(
            f"The printer cannot be reached. Check its cable and power. {error}", device=name
        ) from error
    except ValueError as error:
        raise UnsupportedError(
            f"The printer's line cannot be set up: {error}", device=name
        ) from error


def watch_arrivals(settings: Settings) -> Arrivals | None:
    """Return who watches for the printer; None where it is on the network."""
    if settings.usb is not None:
        from drivers.transport.usb import usb_arrivals  # noqa: PLC0415 - only where it is on USB

        return usb_arrivals(parse_address(settings.usb))
    return path_arrivals(settings.url) if settings.url is not None else None


async def _open(
    settings: Settings, greet: Callable[[ByteStream], Awaitable[EscPosPrinter]]
) -> EscPosPrinter:
    """Connect and greet; one on USB that does not answer is reset, and greeted again."""
    try:
        return await greet(await connect(settings))
    except LinkLostError:
        if settings.usb is None:
            raise
    from drivers.pos_printer.escpos.usb import reset  # noqa: PLC0415 - only where it is on USB

    stream = await connect(settings)
    await reset(stream)
    return await greet(stream)


async def _greet(
    name: str,
    settings: Settings,
    encoder: DocumentEncoder,
    abilities: Abilities,
    stream: ByteStream,
) -> EscPosPrinter:
    session = Session(stream, device=name, answer_timeout=settings.answer_timeout)
    return await start_printer(session, encoder, abilities, device=name)


def _line_width(settings: Settings, profile: Profile) -> int:
    """Dots on a line: the columns that were configured, or else what the profile says."""
    if settings.columns is None and profile.dots is not None:
        return profile.dots
    return COLUMN_DOTS * (settings.columns or profile.columns)
