"""How a broker is reached. The same table serves the relay and the central office."""

from typing import Annotated, Literal

import msgspec

from edge_daemon.mqtt.credentials import CredentialName, credential_path
from edge_daemon.mqtt.errors import BrokerRefusedError
from edge_daemon.mqtt.tls import Text, TlsSettings

WINDOW_MESSAGES = 64
"""Messages under way; with 64 KiB each a line of 100 ms carries 40 MB/s."""
WINDOW_BYTES = 4 * 1024 * 1024
"""Bytes under way: what the relay may cost in memory, whatever the backlog."""

Protocol = Literal["auto", "5", "3.1.1"]
"""`auto` speaks MQTT 5 and falls back to 3.1.1 where the broker knows no better."""


class BrokerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the broker is and how to speak with it.

    Attributes:
        password_credential: Name of the systemd credential that holds the password.
        keepalive: Seconds of silence after which the line is tested.
    """

    host: Text = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 1883
    username: Text | None = None
    password_credential: CredentialName | None = None
    tls: TlsSettings | None = None
    protocol: Protocol = "auto"
    keepalive: Annotated[int, msgspec.Meta(ge=1, le=3600)] = 20

    @property
    def address(self) -> str:
        """`host:port`, for messages."""
        return f"{self.host}:{self.port}"

    def read_password(self) -> str | None:
        """The password from its credential, without the line's end; None where none is named.

        Raises:
            BrokerRefusedError: It cannot be read.
        """
        if self.password_credential is None:
            return None
        path = credential_path(self.password_credential, "password")
        try:
            return path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            message = f"The broker's password cannot be read: {error}."
            raise BrokerRefusedError(message) from error


class RelaySettings(BrokerSettings, frozen=True, kw_only=True):
    """`[relay]`: the broker, and how much may be under way to the central office.

    Attributes:
        window_messages, window_bytes: Sent and not yet acknowledged by the office.
        ack_timeout: Seconds without progress after which the relay starts again from the last
            acknowledged entry.
        resume_wait: Seconds that a blank journal waits for what the office knows of this box; then
            it sells anyway. 0 asks nobody.
    """

    window_messages: Annotated[int, msgspec.Meta(ge=1, le=1000)] = WINDOW_MESSAGES
    window_bytes: Annotated[int, msgspec.Meta(ge=65_536)] = WINDOW_BYTES
    ack_timeout: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 5.0
    resume_wait: Annotated[float, msgspec.Meta(ge=0, le=60)] = 5.0
