"""The configuration of the demo's daemon, and what its shop sells."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from edge_daemon.client import SaleLine
from simulators import cli
from simulators.control import Simulator

EDGE_ID = "demo-1"
WORKSTATION = "till-1"
OPERATOR_ID = "op-17"

_CONFIGURATION = """\
# Written by the demo, new at each start.

[edge]
id = {edge_id}
organization = "demo"
store = "8712345000004"
state_directory = {state_directory}

[api]
port = 0

[shop]
name = "De Hoekwinkel"
address = ["Dorpsstraat 1", "1234 AB Ons Dorp"]
kvk_number = "12345678"
vat_number = "NL123456789B01"
language = {language}
cash_rounding = 5
receipt_footer = [{footer}]

[relay]
port = {broker_port}

[[tax_code]]
code = "high"
rate_bp = 2100
description = "21%"

[[tax_code]]
code = "low"
rate_bp = 900
description = "9%"

{devices}"""

_FOOTERS = {"nl": "Tot ziens!", "en": "See you soon!"}
LANGUAGES = tuple(_FOOTERS)


def configuration(
    simulators: Iterable[Simulator],
    *,
    directory: Path,
    language: str,
    broker_port: int,
) -> str:
    """The TOML that points the daemon at the simulators, the broker and `directory`."""
    return _CONFIGURATION.format(
        edge_id=_quoted(EDGE_ID),
        state_directory=_quoted(str(directory)),
        language=_quoted(language),
        footer=_quoted(_FOOTERS[language]),
        broker_port=broker_port,
        devices=cli.configuration(simulators),
    )


def _quoted(text: str) -> str:
    """A TOML string: JSON's escapes are a part of TOML's."""
    return json.dumps(text, ensure_ascii=False)


@dataclass(frozen=True)
class Product:
    """What the register knows of a product; `unit_price` in cents, VAT included.

    Attributes:
        names: By language.
    """

    gtin: str
    names: Mapping[str, str]
    unit_price: int
    tax_code: str

    def line(self, language: str, scan_data: str | None = None) -> SaleLine:
        """One piece of it, scanned or keyed, as a line of a sale."""
        return SaleLine(
            description=self.names[language],
            gtin=self.gtin,
            quantity_milli=1000,
            unit_price=self.unit_price,
            tax_code=self.tax_code,
            entry_method="Scanned" if scan_data else "Keyed",
            scan_data=scan_data,
        )


MILK = Product("8712345678906", {"nl": "Melk 1 l", "en": "Milk 1 l"}, 129, "low")
WAFFLES = Product("8710001000016", {"nl": "Stroopwafels", "en": "Syrup waffles"}, 249, "low")
UMBRELLA = Product("8719999000015", {"nl": "Paraplu", "en": "Umbrella"}, 1295, "high")
PRODUCTS = {product.gtin: product for product in (MILK, WAFFLES, UMBRELLA)}
