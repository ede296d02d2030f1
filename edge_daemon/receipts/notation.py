"""How a language writes amounts, quantities, rates and dates. Integer arithmetic only."""

import datetime as dt

from edge_daemon.receipts.words import Words

SYMBOLS = {"EUR": "€"}
"""Signs that every receipt printer can print; other currencies print their ISO 4217 code."""

UNITS = {"KGM": "kg", "LTR": "l", "MTR": "m"}
"""UN/ECE Recommendation 20."""

PIECES = frozenset({"C62", "EA"})

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def amount(words: Words, minor_units: int) -> str:
    """Write `1.234,56`; two decimals, as all currencies around the euro have."""
    sign = "-" if minor_units < 0 else ""
    units, decimals = divmod(abs(minor_units), 100)
    grouped = f"{units:,}".replace(",", words.group)
    return f"{sign}{grouped}{words.decimal}{decimals:02}"


def money(words: Words, minor_units: int, currency: str) -> str:
    """Write an amount with its currency: `€ 1.234,56`."""
    symbol = SYMBOLS.get(currency, currency)
    return words.money.format(symbol=symbol, amount=amount(words, minor_units))


def quantity(words: Words, quantity_milli: int, uom: str) -> str:
    """Write `2`, `0,350 kg`; what is measured has all three decimals, pieces only what counts."""
    sign = "-" if quantity_milli < 0 else ""
    whole, thousandths = divmod(abs(quantity_milli), 1000)
    decimals = f"{thousandths:03}"
    if uom in PIECES:
        decimals = decimals.rstrip("0")
        return f"{sign}{whole}{words.decimal}{decimals}" if decimals else f"{sign}{whole}"
    return f"{sign}{whole}{words.decimal}{decimals} {UNITS.get(uom, uom)}"


def rate(words: Words, rate_bp: int) -> str:
    """Write `21%`, `5,5%`."""
    whole, hundredths = divmod(rate_bp, 100)
    decimals = f"{hundredths:02}".rstrip("0")
    return f"{whole}{words.decimal}{decimals}%" if decimals else f"{whole}%"


def moment(words: Words, at: int, utc_offset_min: int, *, seconds: bool = False) -> str:
    """Write a moment (µs since 1970 UTC) in the shop's local time: `05-03-2026 14:05`."""
    local = _EPOCH + dt.timedelta(microseconds=at, minutes=utc_offset_min)
    return local.strftime(f"{words.date} %H:%M:%S" if seconds else f"{words.date} %H:%M")
