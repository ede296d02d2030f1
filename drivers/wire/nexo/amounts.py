"""Amounts: decimals of the major unit on the wire, minor units in the till.

Source: ISO 4217 (minor units); Adyen/adyen-openapi TerminalAPI-v1.json (largest amount).
"""

from decimal import Decimal

from drivers.wire import WireError

LARGEST = Decimal("99999999.999999")

_CURRENCIES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    2: (
        "AED ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BWP BYN BZD CAD"
        " CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD"
        " HKD HNL HTG HUF IDR ILS INR JMD KES KGS KHR KYD KZT LAK LBP LKR MAD MDL MKD MMK MNT MOP"
        " MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB"
        " SAR SBD SCR SEK SGD SHP SOS SRD STN SZL THB TOP TRY TTD TWD TZS UAH USD UYU UZS WST XCD"
        " YER ZAR ZMW"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
}
_EXPONENTS = {
    currency: exponent
    for exponent, currencies in _CURRENCIES.items()
    for currency in currencies.split()
}


def exponent_of(currency: str) -> int:
    """Return how many digits the minor unit has.

    Raises:
        WireError: There is no such currency.
    """
    try:
        return _EXPONENTS[currency]
    except KeyError:
        raise WireError(f"{currency} is no currency that is known here.") from None


def decimal_amount(amount: int, currency: str) -> Decimal:
    """Return minor units as the wire wants them: 1234 EUR is 12.34.

    Raises:
        WireError: Negative, too large for the protocol, or an unknown currency.
    """
    value = Decimal(amount).scaleb(-exponent_of(currency))
    if not 0 <= value <= LARGEST:
        raise WireError("The amount is out of the protocol's range.")
    return value


def minor_amount(value: Decimal, currency: str) -> int:
    """Return an amount of the wire in minor units.

    Raises:
        WireError: Negative, too large, a fraction of a minor unit, or an unknown currency.
    """
    if not value.is_finite() or not 0 <= value <= LARGEST:
        raise WireError("The amount is out of the protocol's range.")
    minor = value.scaleb(exponent_of(currency))
    if minor != minor.to_integral_value():
        raise WireError("The amount has more digits than its currency.")
    return int(minor)
