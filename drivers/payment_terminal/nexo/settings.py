"""How a nexo terminal is configured."""

import re
from typing import Annotated, Literal

import msgspec

from drivers.settings import CredentialName, DeviceSettings, Seconds, TcpPort

DEFAULT_PORT = 8443
PATH = "/nexo/"
_COMMON_NAME = (
    r"(([a-zA-Z0-9]+-[a-zA-Z0-9]+)|legacy-terminal-certificate)"
    r"\.{environment}\.terminal\.adyen\.com"
)
"""What terminals call themselves; as Adyen's own libraries check it."""

Text = Annotated[str, msgspec.Meta(min_length=1)]
AbsolutePath = Annotated[str, msgspec.Meta(pattern=r"\A/")]


class NexoSettings(DeviceSettings, frozen=True, kw_only=True):
    """What local terminals and those in the cloud have in common.

    Attributes:
        poi_id: The terminal: model and serial number, such as `P400Plus-123456789`.
        sale_id: This till, another one for each till. Never change it while a payment is open:
            the terminal knows its messages by it.
        currency: ISO 4217, alphabetic; of totals that name none.
        login: The terminal wants a Login first. Adyen's do not.
        connect_timeout: Seconds for the connection and the TLS handshake.
        query_timeout: Seconds for an answer that waits for nobody.
        payment_timeout: Seconds that a terminal takes at most for a payment.
        poll_interval: Seconds between two questions to an idle terminal.
        recheck_interval: Seconds after which a terminal that has not heard of a payment is asked
            once more: the request may still have been on its way.
    """

    poi_id: Text
    sale_id: Text
    currency: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$")] = "EUR"
    login: bool = False
    connect_timeout: Seconds = 5.0
    query_timeout: Seconds = 10.0
    payment_timeout: Seconds = 120.0
    poll_interval: Annotated[float, msgspec.Meta(gt=0, le=300)] = 60.0
    recheck_interval: Seconds = 1.0

    def __repr__(self) -> str:
        """The names alone: secrets stay out of logs."""
        return f"{type(self).__name__}(poi_id={self.poi_id!r}, sale_id={self.sale_id!r})"


class Settings(NexoSettings, frozen=True, kw_only=True):
    """A terminal on the local network.

    Attributes:
        host, port: Its address.
        key_identifier, key_version: The shared key, as named in the terminal's settings.
        passphrase, passphrase_credential: What the shared key is made of, or the systemd
            credential that holds it.
        ca_file: The root certificate that the terminals' certificates are signed by; a path.
        environment: A live terminal's certificate is not a test terminal's.
        notification_host, notification_port: Where the terminal posts its notifications to, the
            message encrypted with the shared key; without a port nobody listens.
        notification_cert_file, notification_key_file: The till's certificate for that, with its
            chain, and its key; paths. With them notifications come over HTTPS, which live terminals
            want; without them over HTTP.
    """

    host: Text
    port: TcpPort = DEFAULT_PORT
    key_identifier: Text
    key_version: Annotated[int, msgspec.Meta(ge=0)] = 1
    passphrase: Text | None = None
    passphrase_credential: CredentialName | None = None
    ca_file: AbsolutePath
    environment: Literal["live", "test"] = "live"
    notification_host: Text = "0.0.0.0"  # noqa: S104 - it hears one address and one key only
    notification_port: TcpPort | None = None
    notification_cert_file: AbsolutePath | None = None
    notification_key_file: AbsolutePath | None = None

    def __post_init__(self) -> None:
        """Check what no single field can tell.

        Raises:
            ValueError: Neither or both of the passphrase and its credential; a certificate for
                notifications without its key or without a port.
        """
        if (self.passphrase is None) == (self.passphrase_credential is None):
            raise ValueError("expected either passphrase or passphrase_credential, and not both")
        files = (self.notification_cert_file, self.notification_key_file)
        if files != (None, None) and None in (*files, self.notification_port):
            raise ValueError(
                "expected notification_port, notification_cert_file and notification_key_file"
                " together"
            )

    __repr__ = NexoSettings.__repr__

    @property
    def common_name(self) -> re.Pattern[str]:
        """What the terminal's certificate has to be made out to."""
        return re.compile(_COMMON_NAME.replace("{environment}", self.environment))
