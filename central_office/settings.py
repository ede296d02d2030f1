"""The office's configuration: every key has a default, so none has to be written."""

import pathlib
from typing import Annotated

import msgspec

from central_office.errors import OfficeError
from central_office.ingest import Limits
from edge_daemon.mqtt import BrokerSettings

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
HTTP_PORT = 8430
Text = Annotated[str, msgspec.Meta(min_length=1)]


class HttpSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[http]`: where the back office and the REST API are served.

    Attributes:
        host, port: Where; port 0 takes any free one and says which.
        certificate_file, key_file: With its chain, and its key, PEM: then it is https.
        plain_http_on_the_network: Said in so many words: passwords and figures may cross the
            network readable, or what stands before the office does the https.
        allowed_hosts: Names besides the address itself by which browsers call us.
        allowed_origins: Origins of pages from elsewhere, such as `https://office.example` where
            something stands before the office.
        session_hours: After which somebody has to log in again.
        requests_per_minute: Of one caller; it may save up as many as of ten seconds.
        webhooks_to_private_addresses: Said in so many words: webhooks may go to addresses of our
            own networks, and by plain http.
    """

    host: Text = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = HTTP_PORT
    certificate_file: Text | None = None
    key_file: Text | None = None
    plain_http_on_the_network: bool = False
    allowed_hosts: tuple[Text, ...] = ()
    allowed_origins: tuple[Text, ...] = ()
    session_hours: Annotated[int, msgspec.Meta(ge=1, le=720)] = 12
    requests_per_minute: Annotated[int, msgspec.Meta(ge=1)] = 1200
    webhooks_to_private_addresses: bool = False

    @property
    def is_secure(self) -> bool:
        """Browsers come by https, to us or to what stands before us."""
        https = (origin.startswith("https://") for origin in self.allowed_origins)
        return self.certificate_file is not None or any(https)

    def check(self) -> None:
        """Plain HTTP stays on this machine, unless somebody has said otherwise.

        Raises:
            OfficeError: It would not.
        """
        if (self.certificate_file is None) != (self.key_file is None):
            raise OfficeError("[http] needs certificate_file and key_file, or neither of them.")
        is_plain = self.certificate_file is None and not self.plain_http_on_the_network
        if is_plain and self.host not in LOOPBACK:
            raise OfficeError(
                f"[http] would speak plain HTTP on {self.host}, where anybody can read passwords."
                " Give certificate_file and key_file; or if that is meant, say"
                " plain_http_on_the_network = true."
            )


class StoreSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[store]]`: what a store's receipts say of it, as the store's own configuration has it.

    Attributes:
        id: As in the topics of its edges.
        address: Street, postcode and town, one line each.
        company_number: In the trade register (the KvK number in NL).
        country: ISO 3166-1 alpha-2.
        language: ISO 639-1, of its receipts.
        receipt_footer: Lines below every receipt.
    """

    id: Text
    name: Text
    address: tuple[Text, ...] = ()
    company_number: Text | None = None
    vat_number: Text | None = None
    country: Annotated[str, msgspec.Meta(pattern=r"\A[A-Z]{2}\Z")] = "NL"
    language: Annotated[str, msgspec.Meta(pattern=r"\A[a-z]{2}\Z")] = "nl"
    receipt_footer: tuple[Text, ...] = ()


class OfficeSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole TOML file.

    Attributes:
        database: File of the embedded database, or `postgresql://USER@HOST/NAME`.
        organization: Whose edges are taken in; all of them where absent.
        client_id: At the broker; every office process needs one of its own.
        gap_seconds: A hole must be this old before its entries are asked for: what is only late
            or out of order arrives by itself.
        parked_limit, parked_bytes: Of one edge's entries kept ahead of a hole; what lies beyond
            is asked for again.
        quarantine_bytes: Kept of one edge's branches, and for each other reason; what comes
            beyond is only counted.
        share: Name of the group of workers that share the edges among them; each needs the same
            PostgreSQL, the same `organization` and a `client_id` of its own.
        broker: Where the edges publish to.
        store: What the stores' receipts say of them, by which the office shows receipts again.
        http: Where the back office and the REST API are; not served where absent.
    """

    database: Annotated[str, msgspec.Meta(min_length=1)] = "central-office.db"
    organization: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{1,64}\Z")] | None = None
    client_id: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{1,64}\Z")] = "central-office"
    gap_seconds: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 2.0
    parked_limit: Annotated[int, msgspec.Meta(ge=1)] = 4096
    parked_bytes: Annotated[int, msgspec.Meta(ge=1_048_576)] = 67_108_864
    quarantine_bytes: Annotated[int, msgspec.Meta(ge=1_048_576)] = 268_435_456
    share: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{1,64}\Z")] | None = None
    broker: BrokerSettings = BrokerSettings()
    store: tuple[StoreSettings, ...] = ()
    http: HttpSettings | None = None

    @property
    def limits(self) -> Limits:
        """What may wait in the database."""
        return Limits(self.parked_limit, self.parked_bytes, self.quarantine_bytes)


def load_settings(path: pathlib.Path | None) -> OfficeSettings:
    """Read the file, or take the defaults for None.

    Raises:
        OfficeError: It cannot be read or has a mistake; the message names the key.
    """
    if path is None:
        return OfficeSettings()
    try:
        return msgspec.toml.decode(path.read_bytes(), type=OfficeSettings)
    except OSError as error:
        raise OfficeError(f"The configuration {path} cannot be read: {error.strerror}.") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise OfficeError(f"The configuration {path} has a mistake: {error}.") from error
