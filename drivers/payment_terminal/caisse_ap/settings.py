"""How a Caisse-AP terminal is configured."""

from typing import Annotated

import msgspec

from drivers.settings import DeviceSettings, Seconds, TcpPort

DEFAULT_PORT = 8888
"""Of the source's client and server; terminals show theirs in their menu."""


class Settings(DeviceSettings, frozen=True, kw_only=True):
    """A terminal that speaks Caisse-AP over IP. Experimental.

    Attributes:
        host, port: Where the terminal listens.
        till: The till's number, two digits.
        protocol_id: CJ, twelve digits; the default is what the source's client sends.
        connect_timeout: Seconds for a connection.
        answer_timeout: Seconds that a customer may take, with all that the terminal does.
        settle_timeout: Seconds of quiet after which an answer is taken as whole.
        field_timeout: Seconds that the rest of a field may take.
        poll_interval: Seconds between two looks whether the terminal is there.
    """

    host: Annotated[str, msgspec.Meta(min_length=1)]
    port: TcpPort = DEFAULT_PORT
    till: Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{2}\Z")] = "01"
    protocol_id: Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{12}\Z")] = "012345678901"
    connect_timeout: Seconds = 5.0
    answer_timeout: Seconds = 180.0
    settle_timeout: Seconds = 0.3
    field_timeout: Seconds = 5.0
    poll_interval: Seconds = 60.0
