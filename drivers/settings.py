"""How a driver is configured and found.

A driver is a module `drivers/<family>/<driver>.py` with two public names:

    class Settings(DeviceSettings): ...
    async def open_device(name, settings, devices): ...

`driver = "escpos"` in a `[[pos_printer]]` table means `drivers/pos_printer/escpos.py`; the other
keys of the table, except `name`, are the fields of `Settings`. `open_device` returns an open
device of the family, or raises a `DeviceError` whose outcome is NOT_DONE. A field of the type
`PosPrinterName` (and its like) names another configured device: that one is opened first and is
found in `devices` under its name.

A third name is for drivers that can be told when their device comes:

    def watch_arrivals(settings) -> Arrivals | None: ...

Whoever opens the device then tries again as soon as it was plugged in.
"""

import asyncio
import os
import pathlib
from typing import Annotated, Protocol

import msgspec

from drivers.errors import RefusedError

FAMILIES = (
    "pos_printer",
    "cash_drawer",
    "scanner",
    "scale",
    "line_display",
    "payment_terminal",
    "card_reader",
)
"""The folders of drivers, in the words of UnifiedPOS and nexo."""


class DeviceSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields of one device's table in the configuration, without `name` and `driver`."""


class Arrivals(Protocol):
    """Watches for one device that is missing.

    Attributes:
        arrived: Set when it was plugged in, or one like it, since the watch was armed.
    """

    arrived: asyncio.Event

    async def arm(self) -> None:
        """Watch from now on: before the device is tried, so that nothing is missed."""
        ...

    def rest(self) -> None:
        """The device is open: no need to look, but what there is now stays known."""
        ...

    def go_on(self) -> None:
        """The device was lost: look again, for what was not there when it was armed."""
        ...

    def disarm(self) -> None:
        """Let go of everything. Safe to call twice."""
        ...


PosPrinterName = Annotated[str, msgspec.Meta(min_length=1, extra={"family": "pos_printer"})]
"""The `name` of a configured receipt printer."""

TcpPort = Annotated[int, msgspec.Meta(ge=1, le=65535)]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=3600)]

CREDENTIALS_DIRECTORY = "CREDENTIALS_DIRECTORY"
"""Where systemd puts what `LoadCredential=` names; systemd.exec(5)."""
CredentialName = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{1,64}\Z")]


def read_secret(device: str, value: str | None, credential: str | None) -> str:
    """Return a secret from the configuration or from the systemd credential that it names.

    Raises:
        RefusedError: The credential cannot be read. Nothing was sent.
    """
    if value is not None:
        return value
    directory = os.environ.get(CREDENTIALS_DIRECTORY, "")
    try:
        secret = (pathlib.Path(directory) / (credential or "")).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise RefusedError(
            f"The credential {credential} cannot be read. Add LoadCredential={credential}:PATH to "
            "the daemon's unit.",
            device=device,
        ) from error
    if not secret:
        raise RefusedError(f"The credential {credential} is empty.", device=device)
    return secret
