"""The configuration: one TOML file, read whole, into values that never change.

`load_configuration` finds every mistake before it gives up. There is no reload: restart.
"""

from edge_daemon.config.credentials import read_credential
from edge_daemon.config.doors import Door, DoorsSettings
from edge_daemon.config.drivers import DriverNotUsableError, import_driver, known_drivers
from edge_daemon.config.loading import load_configuration
from edge_daemon.config.selling import ForeignCurrency, SalesSettings
from edge_daemon.config.tables import (
    ApiSettings,
    Configuration,
    DeviceConfig,
    EdgeSettings,
    ShopSettings,
    TaxCode,
    TlsSettings,
    Workstation,
)
from edge_daemon.config.wording import unknown

__all__ = [
    "ApiSettings",
    "Configuration",
    "DeviceConfig",
    "Door",
    "DoorsSettings",
    "DriverNotUsableError",
    "EdgeSettings",
    "ForeignCurrency",
    "SalesSettings",
    "ShopSettings",
    "TaxCode",
    "TlsSettings",
    "Workstation",
    "import_driver",
    "known_drivers",
    "load_configuration",
    "read_credential",
    "unknown",
]
