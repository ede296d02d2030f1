"""A basket: checked lines, their VAT and their sum. Values in, values out."""

import datetime as dt

import msgspec

from drivers.wire.redaction import redact_text
from edge_daemon.config import Configuration
from edge_daemon.errors import InvalidRequestError
from edge_daemon.records.payloads import LineItem, RetailTransaction, TaxTotal
from edge_daemon.sales.arithmetic import extended_amount, with_taxes
from edge_daemon.sales.requests import SaleLine, SaleRequest

OPEN_PRICE_ITEM = "open-price"
"""The item of a line that names neither item nor GTIN."""


class Basket(msgspec.Struct, frozen=True, kw_only=True):
    """What is sold, whoever pays it how."""

    transaction_id: str
    lines: tuple[LineItem, ...]
    taxes: tuple[TaxTotal, ...]
    currency: str
    begin_at: int
    customer_ref: str | None = None

    @property
    def gross(self) -> int:
        """The sum of the lines, before cash rounding."""
        return sum(tax.gross for tax in self.taxes)


def basket_of(transaction: RetailTransaction) -> Basket:
    """The basket of a transaction that is in the journal."""
    return Basket(
        transaction_id=transaction.transaction_id,
        lines=transaction.line_items,
        taxes=transaction.taxes,
        currency=transaction.currency,
        begin_at=transaction.begin_at,
        customer_ref=transaction.customer_ref,
    )


def check_basket(
    transaction_id: str,
    request: SaleRequest,
    configuration: Configuration,
    day: dt.date,
    now_us: int,
) -> Basket:
    """Check a request's lines and total, and compute its VAT.

    Raises:
        InvalidRequestError: With the JSON path of the first line that cannot be meant.
    """
    rates: dict[str, int] = {}
    for index, line in enumerate(request.lines):
        _check_line(line, f"$.lines[{index}]")
        path = f"$.lines[{index}].tax_code"
        rates[line.tax_code] = _rate(configuration, line.tax_code, day, path)
    items = [_line_item(index, line, rates) for index, line in enumerate(request.lines)]
    lines, taxes = with_taxes(items, rates)
    basket = Basket(
        transaction_id=transaction_id,
        lines=lines,
        taxes=taxes,
        currency=configuration.shop.currency,
        begin_at=now_us if request.begin_at is None else request.begin_at,
        customer_ref=request.customer_ref,
    )
    _check_total(request, basket.gross)
    return basket


def _check_line(line: SaleLine, path: str) -> None:
    if line.quantity_milli == 0:
        raise InvalidRequestError(
            "A quantity is in thousandths and not 0: 1000 is one piece.", f"{path}.quantity_milli"
        )
    if line.gtin is not None and not _check_digit_fits(line.gtin):
        raise InvalidRequestError(
            "This GTIN's check digit does not fit: scan or type it again.", f"{path}.gtin"
        )


def _rate(configuration: Configuration, code: str, day: dt.date, path: str) -> int:
    found = configuration.tax_code(code, day)
    if found is None:
        known = ", ".join(dict.fromkeys(one.code for one in configuration.tax_codes)) or "none"
        raise InvalidRequestError(
            f"There is no tax code {code!r} on {day}. Configured: {known}.", path
        )
    return found.rate_bp


def _check_total(request: SaleRequest, gross: int) -> None:
    if request.total is not None and request.total != gross:
        raise InvalidRequestError(
            f"The lines come to {gross} minor units, not {request.total}.", "$.total"
        )
    if gross < 0:
        raise InvalidRequestError(
            "The lines come to less than nothing. A sale cannot give money back.", "$.lines"
        )


def _line_item(index: int, line: SaleLine, rates: dict[str, int]) -> LineItem:
    gtin = line.gtin.zfill(14) if line.gtin else None
    return LineItem(
        line_id=str(index + 1),
        line_type="Sale" if line.quantity_milli > 0 else "Return",
        voided=False,
        entry_method=line.entry_method,
        item_id=line.item_id or gtin or OPEN_PRICE_ITEM,
        gtin=gtin,
        scan_data=_scan_data(line),
        description=redact_text(line.description),
        merchandise_hierarchy=line.merchandise_hierarchy,
        quantity_milli=line.quantity_milli,
        uom=line.uom,
        regular_unit_price=line.unit_price,
        actual_unit_price=line.unit_price,
        extended_amount=extended_amount(line.quantity_milli, line.unit_price),
        modifiers=(),
        tax_code=line.tax_code,
        tax_rate_bp=rates[line.tax_code],
        tax_base=0,
        tax_amount=0,
        tax_inclusive=True,
        stock_effect=gtin is not None or line.item_id is not None,
    )


def _scan_data(line: SaleLine) -> str | None:
    """What was scanned, unless it looks like a card: people scan what they have in their hand."""
    if line.scan_data is None or line.gtin is not None:
        return line.scan_data
    return redact_text(line.scan_data)


def _check_digit_fits(gtin: str) -> bool:
    """GS1 General Specifications, 7.9: weights 1 and 3 from the right, modulo 10."""
    digits = [int(digit) for digit in reversed(gtin)]
    return (sum(digits[0::2]) + 3 * sum(digits[1::2])) % 10 == 0
