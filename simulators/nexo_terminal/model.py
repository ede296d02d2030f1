"""What differs from terminal to terminal."""

import datetime as dt
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from drivers.wire.nexo.protection import Protection, derive_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One kind of terminal, and how it is reached.

    Attributes:
        poi_id: Model and serial number.
        currency: The only one that it takes.
        card_patience: Seconds that it waits for a card.
        cloud: It is reached through the cloud's end points instead of its own.
        passphrase, key_identifier, key_version: The key that it shares with its tills.
        merchant, api_key: What the cloud wants.
        notification_port: The till's port for what the terminal tells unasked.
        notification_certificate: The till's certificate and key in one file; the terminal then
            posts over HTTPS, and trusts no other.
    """

    poi_id: str = "P400Plus-275839201"
    currency: str = "EUR"
    card_patience: float = 60.0
    cloud: bool = False
    passphrase: str = "a passphrase of the simulator"  # noqa: S105 - opens this simulator only
    key_identifier: str = "simulator"
    key_version: int = 1
    merchant: str = "SimulatedMerchant"
    api_key: str = "simulated-api-key"
    notification_port: int | None = None
    notification_certificate: Path | None = None

    @property
    def common_name(self) -> str:
        """What its certificate is made out to."""
        return f"{self.poi_id}.test.terminal.adyen.com"

    @property
    def protection(self) -> Protection:
        """The key, derived."""
        return Protection(derive_keys(self.passphrase), self.key_identifier, self.key_version)

    @property
    def cloud_path(self) -> str:
        """The cloud's end points for this terminal, without their last word."""
        return f"/v1/merchants/{self.merchant}/devices/{self.poi_id}"


def moment() -> tuple[str, str]:
    """Return this moment as a timestamp, and as a tender reference has it."""
    milliseconds = time.time_ns() // 1_000_000
    now = dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC)
    stamp = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return stamp, f"{milliseconds:013d}"


def major(amount: int) -> Decimal:
    """Return cents as the wire wants them. The simulator takes no other minor unit."""
    return Decimal(amount) / 100
