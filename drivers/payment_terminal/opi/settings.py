"""How an OPI terminal is configured."""

from typing import Annotated

import msgspec

from drivers.settings import DeviceSettings, Seconds, TcpPort

TERMINAL_PORT, DEVICE_PORT = 4100, 4102
"""The Dutch dialect's: CCV V400m manual. German terminals: 20002 and 20007 in tillhub's client."""

Identifier = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9._-]{1,32}\Z")]


class Settings(DeviceSettings, frozen=True, kw_only=True):
    """A terminal that speaks OPI. Experimental.

    Attributes:
        host, port: Where the terminal listens (channel 0).
        device_host, device_port: Where the till listens for the terminal (channel 1). The
            terminal's menu names this box's address and this port.
        workstation_id, pop_id, application_sender: How the till calls itself.
        currency: ISO 4217, alphabetic: of totals, where the terminal does not say.
        repeat_last_message: The terminal can repeat its last answer, and says Busy while a
            payment runs. No public source shows it: leave it off unless your terminal's manual
            does. Off, a payment whose answer was lost always waits for a person.
        connect_timeout, answer_timeout: Seconds for a connection, and for an answer that needs no
            customer.
        silence_timeout: Seconds without a word on both channels after which a payment's outcome
            is unknown.
        settle_timeout: Seconds of quiet after which the terminal has printed all that it will.
        poll_interval: Seconds between two questions to an idle terminal.
    """

    host: Annotated[str, msgspec.Meta(min_length=1)]
    port: TcpPort = TERMINAL_PORT
    device_host: Annotated[str, msgspec.Meta(min_length=1)] = "0.0.0.0"  # noqa: S104 - only the terminal's own address is let in
    device_port: TcpPort = DEVICE_PORT
    workstation_id: Identifier = "1"
    pop_id: Identifier = "001"
    application_sender: Identifier = "pos-edge"
    currency: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$")] = "EUR"
    repeat_last_message: bool = False
    connect_timeout: Seconds = 5.0
    answer_timeout: Seconds = 15.0
    silence_timeout: Seconds = 180.0
    settle_timeout: Seconds = 1.0
    poll_interval: Seconds = 60.0
