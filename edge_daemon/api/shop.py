"""What a register has to know of the shop before it can sell: money, rules, devices of a till."""

import datetime as dt
from collections.abc import Sequence

import msgspec
from litestar import get
from litestar.types import ControllerRouterHandler

from edge_daemon.clock import Clock
from edge_daemon.config import Configuration
from edge_daemon.scopes import Scope
from edge_daemon.web import documented, needs


class TaxCodeView(msgspec.Struct, frozen=True, kw_only=True):
    """A tax code as it is today; `rate_bp` in basis points."""

    code: str
    rate_bp: int
    description: str


class ForeignCurrencyView(msgspec.Struct, frozen=True, kw_only=True):
    """Foreign cash that is taken; `rate` is what one unit of it is worth in the shop's own."""

    code: str
    rate: str
    minor_digits: int


class WorkstationView(msgspec.Struct, frozen=True, kw_only=True):
    """A till, and the devices that belong to it, by their names."""

    name: str
    pos_printer: str | None = None
    cash_drawer: str | None = None
    payment_terminal: str | None = None
    scanner: str | None = None
    scale: str | None = None
    line_display: str | None = None
    card_reader: str | None = None


class ShopView(msgspec.Struct, frozen=True, kw_only=True):
    """The shop, and its rules for registers.

    Attributes:
        currency: ISO 4217; `cash_rounding` is the step of cash totals in its minor units, 0 or 1
            where they are exact. With `card_rounding` card totals are rounded alike.
        open_prices: What the catalogue does not know is sold at a typed price.
        on_account: Customers may pay later.
        require_session: No sale without an open till.
        blind_counts: What should be in the drawer is told only to whoever has counted.
        check_rights: Whoever acts has to be signed on, and to have the right or an approval.
        tax_codes: Those of the configuration that are in force today.
    """

    name: str
    country: str
    language: str
    currency: str
    cash_rounding: int
    card_rounding: bool
    open_prices: bool
    on_account: bool
    require_session: bool
    blind_counts: bool
    check_rights: bool
    tax_codes: tuple[TaxCodeView, ...]
    foreign_currencies: tuple[ForeignCurrencyView, ...]
    workstations: tuple[WorkstationView, ...]


def shop_routes(configuration: Configuration, clock: Clock) -> Sequence[ControllerRouterHandler]:
    """The shop."""

    @get("/v1/shop", responses=documented(), opt=needs(Scope.TILL, Scope.READ))
    async def read_shop() -> ShopView:
        """The shop's money and rules, and which devices each till has."""
        today = dt.date.fromisoformat(clock.business_day(clock.now_us()))
        return shop_view(configuration, today)

    return [read_shop]


def shop_view(configuration: Configuration, today: dt.date) -> ShopView:
    """The shop as its registers see it on that business day."""
    shop = configuration.shop
    return ShopView(
        name=shop.name,
        country=shop.country,
        language=shop.language,
        currency=shop.currency,
        cash_rounding=shop.cash_rounding,
        card_rounding=shop.card_rounding,
        open_prices=configuration.sales.open_price_tax_code is not None,
        on_account=configuration.sales.on_account,
        require_session=configuration.till.require_session,
        blind_counts=configuration.till.blind_counts,
        check_rights=configuration.operators.check_rights,
        tax_codes=tuple(
            TaxCodeView(code=one.code, rate_bp=one.rate_bp, description=one.description)
            for one in configuration.tax_codes
            if one.applies_on(today)
        ),
        foreign_currencies=tuple(
            ForeignCurrencyView(code=one.code, rate=one.rate, minor_digits=one.minor_digits)
            for one in configuration.foreign_currencies
        ),
        workstations=tuple(
            msgspec.convert(msgspec.to_builtins(one), WorkstationView)
            for one in configuration.workstations
        ),
    )
