"""The tables of the configuration, as values. Their attributes are the keys of the TOML."""

import datetime as dt
import pathlib
import re
import urllib.parse
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from drivers.settings import DeviceSettings
from edge_daemon.claims import Right
from edge_daemon.config.card_rules import CardRule
from edge_daemon.config.code_patterns import CodePatternRow
from edge_daemon.config.credentials import read_credential
from edge_daemon.config.doors import Door, DoorsSettings
from edge_daemon.config.selling import ForeignCurrency, SalesSettings
from edge_daemon.config.table import Name, Table
from edge_daemon.config.wording import unknown
from edge_daemon.errors import NotFoundError

if TYPE_CHECKING:  # paho is imported where a relay is configured
    from edge_daemon.mqtt import RelaySettings

Token = Annotated[
    str,
    msgspec.Meta(
        pattern=r"\A[A-Za-z0-9._~+/-]{16,256}=*\Z",
        description="a token of 16 to 256 letters, digits and . _ ~ + / -",
    ),
]
"""What RFC 6750, section 2.1, lets a bearer token be made of."""
LOOPBACK = re.compile(r"127(\.\d{1,3}){3}|::1|localhost")
HostName = Annotated[
    str,
    msgspec.Meta(
        pattern=r"\A[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\Z",
        description="a host's name of letters, digits and -",
    ),
]
AbsolutePath = Annotated[
    str,
    msgspec.Meta(pattern=r"\A/", description="an absolute path such as /var/lib/edge-daemon"),
]
Text = Annotated[str, msgspec.Meta(min_length=1)]


class EdgeSettings(Table, frozen=True, kw_only=True):
    """`[edge]`: which box this is.

    Attributes:
        id: Unique within the organization; never changes.
        store: The store's number, its GLN where it has one.
        state_directory: Absolute; journal and state.db are in there.
        time_zone: IANA name of the shop's time zone.
    """

    id: Name
    organization: Name
    store: Name
    state_directory: AbsolutePath = "/var/lib/edge-daemon"
    time_zone: Text = "Europe/Amsterdam"


class TlsSettings(Table, frozen=True, kw_only=True):
    """`[api.tls]`: a second door, with TLS, for the registers on the shop's network.

    Attributes:
        host: Where it listens; every address where it is not said.
        port: 0 takes any free one and says which.
        name: The box is called `<name>.local`; the id of `[edge]` where it is not said.
        certificate_file, key_file: The shop's own certificate with its chain, and its key, PEM.
            Without, the box makes an authority and certificates itself.
        announce: Whether the network is told by mDNS where the box is.
    """

    host: Text = "0.0.0.0"  # noqa: S104 - this door is for the shop's network, with TLS
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8443
    name: HostName | None = None
    certificate_file: AbsolutePath | None = None
    key_file: AbsolutePath | None = None
    announce: bool = True


class ApiSettings(Table, frozen=True, kw_only=True):
    """`[api]`: where the registers find us, and who may speak.

    Attributes:
        host: Where plain HTTP is spoken: to nobody but this machine, unless the next key says so.
        plain_http_on_the_network: Let `host` be another address than the loopback's. Tokens and
            card slips then cross the network readable; only for a network that nobody shares.
        port: 0 takes any free one and says which.
        token, token_credential: A bearer token that may do everything, or the systemd credential
            that holds it, for machines that are set up by a program. Registers are paired instead.
        allowed_origins: Origins of the web registers, such as `https://till.example`.
        allowed_hosts: Names besides the address itself by which registers call us.
        metrics_without_token: Let `/metrics` be read by whoever reaches the box.
        tls: The door for the shop's network; none where absent.
    """

    host: Text = "127.0.0.1"
    plain_http_on_the_network: bool = False
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8420
    token: Token | None = None
    token_credential: Name | None = None
    allowed_origins: tuple[Text, ...] = ()
    allowed_hosts: tuple[Text, ...] = ()
    metrics_without_token: bool = False
    tls: TlsSettings | None = None

    def __repr__(self) -> str:
        """Everything but the token."""
        return f"ApiSettings(host={self.host!r}, port={self.port})"

    def read_token(self) -> str | None:
        """The configured token, from here or from its credential; None where there is none.

        Raises:
            ConfigError: The credential cannot be read.
        """
        if self.token is not None or self.token_credential is None:
            return self.token
        return read_credential(self.token_credential)


class ShopSettings(Table, frozen=True, kw_only=True):
    """`[shop]`: what a receipt says about the shop, and how it counts.

    Attributes:
        country: ISO 3166-1 alpha-2.
        language: ISO 639-1, of the receipts.
        currency: ISO 4217, alphabetic.
        day_starts_at: Local time, such as `04:00`: what is sold before counts for the day before.
        cash_rounding: Cash totals are rounded to a multiple of this, in minor units; 0 is exact.
        card_rounding: Card totals are rounded like cash, as a shop in Belgium may choose. Gift
            cards, vouchers, accounts and what was paid online are exact.
        receipt_footer: Lines below every receipt.
        digital_receipt_url: Where customers reach this box, such as `https://bon.example.nl`: a
            code for it stands on every receipt. None: there are no digital receipts.
        digital_receipt_days: How long a receipt can be read there.
        barcode_region: Whose rules price and weight codes (EAN-13 from 20 to 29) follow that no
            `[[code_pattern]]` knows; ISO 3166-1 alpha-2. The Netherlands and Belgium have none.
    """

    name: Text
    address: tuple[Text, ...] = ()
    kvk_number: (
        Annotated[str, msgspec.Meta(pattern=r"\A\d{8}\Z", description="a KvK number of 8 digits")]
        | None
    ) = None
    vat_number: (
        Annotated[
            str,
            msgspec.Meta(
                pattern=r"\A[A-Z]{2}[0-9A-Z+*]{2,13}\Z",
                description="a VAT number such as NL123456789B01",
            ),
        ]
        | None
    ) = None
    country: Annotated[
        str, msgspec.Meta(pattern=r"\A[A-Z]{2}\Z", description="a country code such as NL")
    ] = "NL"
    language: Annotated[
        str, msgspec.Meta(pattern=r"\A[a-z]{2}\Z", description="a language code such as nl")
    ] = "nl"
    currency: Annotated[
        str, msgspec.Meta(pattern=r"\A[A-Z]{3}\Z", description="a currency code such as EUR")
    ] = "EUR"
    day_starts_at: Annotated[
        str,
        msgspec.Meta(pattern=r"\A([01]\d|2[0-3]):[0-5]\d\Z", description="a time such as 04:00"),
    ] = "00:00"
    cash_rounding: Literal[0, 5, 10, 50, 100] = 0
    card_rounding: bool = False
    receipt_footer: tuple[str, ...] = ()
    digital_receipt_url: (
        Annotated[
            str,
            msgspec.Meta(
                pattern=r"\Ahttps?://[A-Za-z0-9.\-]+(:\d{1,5})?(/[A-Za-z0-9._~/\-]*)?\Z",
                description="an address such as https://bon.example.nl",
            ),
        ]
        | None
    ) = None
    digital_receipt_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 30
    barcode_region: Literal["DE", "DK", "EE", "FI", "GB", "LT", "LV", "NO", "SE"] | None = None

    @property
    def digital_receipt_hosts(self) -> tuple[str, ...]:
        """The name by which customers call this box, where they do."""
        name = urllib.parse.urlsplit(self.digital_receipt_url or "").hostname
        return () if name is None else (name,)

    @property
    def day_starts_min(self) -> int:
        """Minutes after midnight at which a business day begins."""
        hours, minutes = self.day_starts_at.split(":")
        return int(hours) * 60 + int(minutes)


class TillSettings(Table, frozen=True, kw_only=True):
    """`[till]`: how the shop's day goes.

    Attributes:
        require_session: No sale without an open till. Off for registers that keep their own day.
        blind_counts: What should be in the drawer is not told before somebody has counted.
    """

    require_session: bool = False
    blind_counts: bool = False


class OperatorSettings(Table, frozen=True, kw_only=True):
    """`[operators]`: who may what at the registers.

    Attributes:
        check_rights: Whoever acts has to be signed on and to have the right, or an approval. Off
            for registers that know by themselves who may what.
        pin_attempts: Wrong PINs in a row after which none is taken for a while.
        lock_minutes: How long that is.
        approval_minutes: How long a manager's approval waits for its act.
    """

    check_rights: bool = False
    pin_attempts: Annotated[int, msgspec.Meta(ge=1, le=100)] = 5
    lock_minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)] = 5
    approval_minutes: Annotated[int, msgspec.Meta(ge=1, le=60)] = 5


class Role(Table, frozen=True, kw_only=True):
    """`[[role]]`: what a role of the office's list of operators may do at a register.

    Without any such table `manager` may everything, and every other role what needs no right.
    """

    name: Text
    rights: tuple[Right, ...] = ()


class StockSettings(Table, frozen=True, kw_only=True):
    """`[stock]`: how stock, and what is on gift cards, is shown.

    Attributes:
        stale_minutes: From this age on the office's figures are marked as too old.
    """

    stale_minutes: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 15


class TaxCode(Table, frozen=True, kw_only=True):
    """`[[tax_code]]`: one rate; a code whose rate changes has one table for each period.

    Attributes:
        rate_bp: Basis points: 2100 is 21 %.
        description: On the receipt, such as `21%`.
        valid_from, valid_to: First and last business day; open where absent.
    """

    code: Name
    rate_bp: Annotated[int, msgspec.Meta(ge=0, le=10_000)]
    description: Text
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None

    def applies_on(self, day: dt.date) -> bool:
        """True when this is the code's rate on that business day."""
        return (self.valid_from or dt.date.min) <= day <= (self.valid_to or dt.date.max)


class Workstation(Table, frozen=True, kw_only=True):
    """`[[workstation]]`: a till, and the devices that belong to it, by their names."""

    name: Name
    pos_printer: Name | None = None
    cash_drawer: Name | None = None
    payment_terminal: Name | None = None
    scanner: Name | None = None
    scale: Name | None = None
    line_display: Name | None = None
    card_reader: Name | None = None


class DeviceConfig(msgspec.Struct, frozen=True, kw_only=True):
    """One device's table.

    Attributes:
        settings: Of the driver's own `Settings` type.
        depends_on: Names of the devices that have to be open before this one.
    """

    name: str
    family: str
    driver: str
    settings: DeviceSettings
    depends_on: tuple[str, ...] = ()


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file.

    Attributes:
        relay: None where this box does not relay.
        sales: What the registers may do.
        foreign_currencies: Foreign cash that is taken.
        devices: In the order in which they have to be opened.
        doors: Where tills of other makers are listened to; None: nowhere.
        door: Those tills.
        code_patterns, card_rules: In the order in which they are tried.
        hash: SHA-256 of the file's bytes, lower-case hexadecimal.
    """

    edge: EdgeSettings
    api: ApiSettings
    shop: ShopSettings
    till: TillSettings = TillSettings()
    operators: OperatorSettings = OperatorSettings()
    stock: StockSettings = StockSettings()
    roles: tuple[Role, ...] = ()
    relay: "RelaySettings | None" = None
    sales: SalesSettings = SalesSettings()
    foreign_currencies: tuple[ForeignCurrency, ...] = ()
    tax_codes: tuple[TaxCode, ...] = ()
    workstations: tuple[Workstation, ...] = ()
    devices: tuple[DeviceConfig, ...] = ()
    doors: DoorsSettings | None = None
    door: tuple[Door, ...] = ()
    code_patterns: tuple[CodePatternRow, ...] = ()
    card_rules: tuple[CardRule, ...] = ()
    hash: str

    @property
    def state_directory(self) -> pathlib.Path:
        """Where the journal and `state.db` are."""
        return pathlib.Path(self.edge.state_directory)

    @property
    def local_name(self) -> str:
        """The box's name on the shop's network, by mDNS."""
        chosen = self.api.tls.name if self.api.tls else None
        return f"{chosen or self.edge.id.replace('_', '-')}.local".lower()

    @property
    def journal_path(self) -> pathlib.Path:
        """Where the journal is."""
        return self.state_directory / "journal.db"

    def tax_code(self, code: str, day: dt.date) -> TaxCode | None:
        """What `code` means on that business day, or None where it means nothing."""
        for tax_code in self.tax_codes:
            if tax_code.code == code and tax_code.applies_on(day):
                return tax_code
        return None

    def workstation(self, name: str) -> Workstation:
        """The workstation of that name.

        Raises:
            NotFoundError: There is none; the message says which there are.
        """
        found = {one.name: one for one in self.workstations}
        if name not in found:
            raise NotFoundError(unknown("workstation", name, found))
        return found[name]

    def device(self, name: str, family: str) -> DeviceConfig:
        """The device of that name and family.

        Raises:
            NotFoundError: There is none; the message says which there are.
        """
        found = {one.name: one for one in self.devices if one.family == family}
        if name not in found:
            raise NotFoundError(unknown(family, name, found))
        return found[name]
