"""How a ZVT terminal is configured."""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from drivers.settings import DeviceSettings, Seconds, TcpPort
from drivers.wire.zvt.requests import Config
from drivers.wire.zvt.text import CharacterSet
from drivers.wire.zvt.vendors import VENDORS

DEFAULT_PORT = 20007
"""PA00P016 rev. 04."""

CharacterSetName = Literal["cp437", "zvt-7bit", "iso-8859-1", "utf-8"]

_CHARACTER_SETS: dict[CharacterSetName, CharacterSet] = {
    "cp437": CharacterSet.CP437,
    "zvt-7bit": CharacterSet.SEVEN_BIT,
    "iso-8859-1": CharacterSet.ISO_8859_1,
    "utf-8": CharacterSet.UTF_8,
}


class Settings(DeviceSettings, frozen=True, kw_only=True):
    """A terminal that speaks ZVT, over TCP (`host`) or over a serial line (`url`).

    Attributes:
        host, port: The terminal's address, as set in its menu.
        url: The serial port: `/dev/serial/by-id/…`, `rfc2217://host:port` or `socket://host:port`.
        baudrate, stop_bits: Of the serial line, as set in the terminal's menu.
        password: The till's password in the terminal's menu, six digits. It opens menus and is no
            customer's PIN; it stays out of logs all the same.
        currency: ISO 4217, alphabetic.
        receipts: Who prints the slips: the till's printer or the terminal's.
        exclusive: Nobody else uses this terminal: no second till, no amounts keyed by hand. Only
            then is it told which receipt the till booked last (tag 1F1F), and may take back what
            the till never heard of.
        message_ids: Offer to number the messages (tag 1F73).
        vendor: Whose own result codes the terminal uses beside the manual's.
        card_reading: How a card is read without a payment: 06 C0, or 06 E6 where a terminal
            has only that.
        character_set: Of texts and slips. Terminals without a choice use CP437.
        connect_timeout, acknowledgement_timeout (T3), completion_timeout (T4): Seconds.
        card_timeout: Seconds that a card is awaited which pays nothing.
        display_seconds: How long a text of the till is shown.
        poll_interval: Seconds between two questions to an idle terminal; at most a minute, so
            that it can run what it has planned.
    """

    host: Annotated[str, msgspec.Meta(min_length=1)] | None = None
    port: TcpPort = DEFAULT_PORT
    url: Annotated[str, msgspec.Meta(min_length=1)] | None = None
    baudrate: Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200] = 9600
    stop_bits: Literal[1, 2] = 2
    password: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6}$")] = "000000"  # noqa: S105 - a default of the trade
    currency: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$")] = "EUR"
    receipts: Literal["till", "terminal"] = "till"
    exclusive: bool = False
    message_ids: bool = True
    vendor: str | None = None
    card_reading: Literal["read_card", "card_poll"] = "read_card"
    character_set: CharacterSetName = "cp437"
    connect_timeout: Seconds = 5.0
    acknowledgement_timeout: Seconds = 5.0
    completion_timeout: Seconds = 180.0
    card_timeout: Annotated[int, msgspec.Meta(ge=1, le=170)] = 30
    display_seconds: Annotated[int, msgspec.Meta(ge=1, le=255)] = 5
    poll_interval: Annotated[float, msgspec.Meta(gt=0, le=60)] = 60.0

    def __post_init__(self) -> None:
        """Check what depends on something else."""
        if (self.host is None) == (self.url is None):
            raise ValueError(
                "a terminal has either a host (over TCP) or a url (over a serial line)"
            )
        if self.vendor is not None and self.vendor not in VENDORS:
            known = ", ".join(sorted(VENDORS))
            raise ValueError(f"vendor {self.vendor!r} has no codes of its own here; known: {known}")

    def __repr__(self) -> str:
        """The address alone: the password stays out of logs."""
        return f"Settings({self.address})"

    @property
    def address(self) -> str:
        """Where the terminal is, for people."""
        return self.url or f"{self.host}:{self.port}"

    @property
    def config_byte(self) -> Config:
        """The config byte of Registration."""
        config = Config.INTERMEDIATE_STATUS
        if self.receipts == "till":
            config |= Config.PAYMENT_RECEIPTS | Config.ADMINISTRATION_RECEIPTS | Config.PRINT_LINES
        if self.exclusive:
            config |= Config.NO_AMOUNTS_BY_HAND
        return config

    @property
    def character_set_number(self) -> CharacterSet:
        """The character set by its number in tag 14."""
        return _CHARACTER_SETS[self.character_set]

    @property
    def vendor_codes(self) -> Mapping[int, str]:
        """The result codes that the maker adds."""
        return VENDORS[self.vendor] if self.vendor else {}
