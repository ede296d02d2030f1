"""How a ZVT terminal is configured."""

from typing import Annotated, Literal

import msgspec

from drivers.settings import DeviceSettings, Seconds, TcpPort
from drivers.wire.zvt.requests import Config
from drivers.wire.zvt.text import CharacterSet

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
    """A terminal that speaks ZVT over TCP.

    Attributes:
        host, port: The terminal's address, as set in its menu.
        password: The till's password in the terminal's menu, six digits. It opens menus and is no
            customer's PIN; it stays out of logs all the same.
        currency: ISO 4217, alphabetic.
        receipts: Who prints the slips: the till's printer or the terminal's.
        exclusive: Nobody else uses this terminal: no second till, no amounts keyed by hand.
        character_set: Of texts and slips. Terminals without a choice use CP437.
        connect_timeout, acknowledgement_timeout (T3), completion_timeout (T4): Seconds.
        poll_interval: Seconds between two questions to an idle terminal; at most a minute, so
            that it can run what it has planned.
    """

    host: Annotated[str, msgspec.Meta(min_length=1)]
    port: TcpPort = DEFAULT_PORT
    password: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6}$")] = "000000"  # noqa: S105 - a default of the trade
    currency: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$")] = "EUR"
    receipts: Literal["till", "terminal"] = "till"
    exclusive: bool = False
    character_set: CharacterSetName = "cp437"
    connect_timeout: Seconds = 5.0
    acknowledgement_timeout: Seconds = 5.0
    completion_timeout: Seconds = 180.0
    poll_interval: Annotated[float, msgspec.Meta(gt=0, le=60)] = 60.0

    def __repr__(self) -> str:
        """The address alone: the password stays out of logs."""
        return f"Settings(host={self.host!r}, port={self.port})"

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
