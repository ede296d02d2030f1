"""What the shop's registers may do, and the foreign cash that they take."""

from typing import Annotated

import msgspec

from edge_daemon.config.table import Name, Table


class SalesSettings(Table, frozen=True, kw_only=True):
    """`[sales]`: what this shop's registers may do.

    Attributes:
        open_price_tax_code: The tax code of an article that the catalogue does not know: the clerk
            types its price. None: it is not sold that way.
        on_account: Sell to customers who pay later.
        refunds_without_receipt: Pay money out for goods that no receipt shows.
    """

    open_price_tax_code: Name | None = None
    on_account: bool = False
    refunds_without_receipt: bool = False


class ForeignCurrency(Table, frozen=True, kw_only=True):
    """`[[foreign_currency]]`: foreign cash that is taken.

    Attributes:
        code: ISO 4217, alphabetic.
        rate: What one unit of it is worth in the shop's own currency, as text: `"0.92"`.
        minor_digits: Decimals of the foreign currency's minor unit.
    """

    code: Annotated[
        str, msgspec.Meta(pattern=r"\A[A-Z]{3}\Z", description="a currency code such as USD")
    ]
    rate: Annotated[
        str,
        msgspec.Meta(
            pattern=r"\A(?=.*[1-9])\d{1,6}(\.\d{1,6})?\Z", description='a rate such as "0.92"'
        ),
    ]
    minor_digits: Annotated[int, msgspec.Meta(ge=0, le=3)] = 2

    def worth(self, amount: int) -> int:
        """What `amount` of its minor units is in our own, two decimals, rounded half up."""
        units, _, decimals = self.rate.partition(".")
        numerator = amount * int(units + decimals) * 100
        denominator: int = 10 ** (len(decimals) + self.minor_digits)
        return (2 * numerator + denominator) // (2 * denominator)
