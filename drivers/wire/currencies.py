"""The currencies of the shops that terminals stand in, by number and by name, and their amounts.

All of them have two decimals. One with another number of decimals needs more than a line here.

Source: ISO 4217.
"""

import re

from drivers.wire import WireError

CURRENCIES: dict[int, str] = {
    36: "AUD",
    124: "CAD",
    203: "CZK",
    208: "DKK",
    348: "HUF",
    578: "NOK",
    752: "SEK",
    756: "CHF",
    826: "GBP",
    840: "USD",
    941: "RSD",
    946: "RON",
    949: "TRY",
    975: "BGN",
    977: "BAM",
    978: "EUR",
    980: "UAH",
    985: "PLN",
}
"""ISO 4217, numeric to alphabetic."""

CURRENCY_NUMBERS = {name: number for number, name in CURRENCIES.items()}

DECIMALS = 2

_DECIMAL = re.compile(r"([0-9]{1,10})(?:[.]([0-9]{0,2})0*)?")


def amount_from_decimal(text: str) -> int:
    """Return the minor units of a decimal amount as protocols write it: `39.5` is 3950.

    Raises:
        WireError: Not an amount, or finer than a minor unit.
    """
    match = _DECIMAL.fullmatch(text.strip())
    if match is None:
        raise WireError("An amount is not a number, or finer than a minor unit.")
    return int(match[1] + (match[2] or "").ljust(DECIMALS, "0"))


def amount_to_decimal(amount: int) -> str:
    """Return minor units as a decimal amount: 3950 is `39.50`."""
    return f"{amount // 10**DECIMALS}.{amount % 10**DECIMALS:0{DECIMALS}d}"
