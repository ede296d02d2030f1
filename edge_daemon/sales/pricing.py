"""From a line as the register sends it to the line of the record. Values in, values out.

Where the numbers come from: a line with description, price and tax code of its own is taken at its
word; a line that names an article is priced by the catalogue; a line that comes back costs what
its receipt says, at the rate of its day, and over any number of partial returns exactly that.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import msgspec

from drivers.wire.redaction import redact_text
from edge_daemon.catalogue import Article, ItemKey
from edge_daemon.errors import InvalidRequestError
from edge_daemon.records.payloads import LineItem, Link, Modifier, RetailTransaction
from edge_daemon.sales.arithmetic import extended_amount, part_of
from edge_daemon.sales.claims import Taken
from edge_daemon.sales.discounts import discounted
from edge_daemon.sales.gift_cards import gift_card_ref
from edge_daemon.sales.lines import GIFT_CARDS, WITHOUT_VAT, SaleLine

OPEN_PRICE_ITEM = "open-price"
"""The item of a line that names neither item nor GTIN."""
OUTSIDE_VAT = "none"
"""The tax code of what is outside VAT: deposits, gift cards, tips."""
DEFAULT_UOM = "EA"
_PIECE = 1000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was looked up for a basket.

    Attributes:
        transaction_id: The one that is being priced.
        articles: Of the catalogue.
        originals: Finished transactions, by id, of which something comes back.
        taken: What has come back already, by transaction and line.
        rate_bp: The rate of a tax code on this business day; None: there is none.
        known_codes: For the message.
        open_price_tax_code: Of an article that nobody knows; None: it is not sold.
    """

    transaction_id: str
    articles: Mapping[ItemKey, Article] = dataclasses.field(default_factory=dict)
    originals: Mapping[str, RetailTransaction] = dataclasses.field(default_factory=dict)
    taken: Mapping[tuple[str, str], Taken] = dataclasses.field(default_factory=dict)
    rate_bp: Callable[[str], int | None]
    known_codes: Sequence[str] = ()
    open_price_tax_code: str | None = None


def item_key(line: SaleLine) -> ItemKey | None:
    """How a line names its article; None where nothing has to be looked up."""
    complete = line.description is not None and None not in (line.unit_price, line.tax_code)
    if complete or line.returns is not None or (line.gtin is None and line.item_id is None):
        return None
    if line.item_id is not None:
        return ItemKey(item_id=line.item_id)
    return ItemKey(gtin=(line.gtin or "").zfill(14))


def priced(line: SaleLine, line_id: str, path: str, facts: Facts) -> list[LineItem]:
    """The record's line, and the deposit that the catalogue charges with it.

    Raises:
        InvalidRequestError: The line cannot be meant.
    """
    _check(line, path)
    if line.returns is not None:
        return [_returned(line, line_id, path, facts)]
    key = item_key(line)
    article = facts.articles.get(key) if key is not None else None
    item = _line_item(_filled(line, article, path, facts), line_id, path, facts, article)
    return [item, *_deposit(line, item, article, path, facts)]


def _check(line: SaleLine, path: str) -> None:
    if line.quantity_milli == 0:
        raise InvalidRequestError(
            "A quantity is in thousandths and not 0: 1000 is one piece.", f"{path}.quantity_milli"
        )
    if line.gtin is not None and not check_digit_fits(line.gtin):
        raise InvalidRequestError(
            "This GTIN's check digit does not fit: scan or type it again.", f"{path}.gtin"
        )
    if line.code_price is not None and item_key(line) is None:
        raise InvalidRequestError(
            "A price from a code needs an article of the catalogue.", f"{path}.code_price"
        )
    if (line.line_type in GIFT_CARDS) != (line.gift_card is not None):
        raise InvalidRequestError(
            "A line of type GiftCardIssue or GiftCardReload names its gift_card, and no other.",
            f"{path}.gift_card",
        )
    if line.discounts and line.line_type in WITHOUT_VAT:
        raise InvalidRequestError(
            "Deposits, gift cards and tips have no discount.", f"{path}.discounts"
        )
    if line.line_type in ("GiftCardIssue", "GiftCardReload", "Tip") and line.quantity_milli < 0:
        raise InvalidRequestError(
            "Gift cards and tips are not taken back by a line: void the sale.",
            f"{path}.quantity_milli",
        )


def _filled(line: SaleLine, article: Article | None, path: str, facts: Facts) -> SaleLine:
    """The line with everything that it left to the catalogue, or to the shop's rules."""
    if item_key(line) is None:
        return _without_article(line, path)
    if article is None:
        return _unknown_article(line, path, facts)
    if line.code_price is not None:
        return _priced_by_its_code(line, article, path)
    if line.unit_price is not None and article.unit_price is not None:
        raise InvalidRequestError(
            f"{article.description} costs {article.unit_price} by the catalogue. Another price"
            " needs a price_override with its reason.",
            f"{path}.unit_price",
        )
    price = article.unit_price if line.unit_price is None else line.unit_price
    if price is None and line.price_override is None:
        raise InvalidRequestError(
            f"{article.description} has no price today: send its unit_price.", f"{path}.unit_price"
        )
    return msgspec.structs.replace(
        line,
        description=line.description or article.description,
        unit_price=price,
        tax_code=line.tax_code or article.tax_code,
        item_id=article.item_id,
        gtin=line.gtin or article.gtin,
        uom=line.uom or article.uom,
        merchandise_hierarchy=line.merchandise_hierarchy or article.merchandise_hierarchy,
    )


def _priced_by_its_code(line: SaleLine, article: Article, path: str) -> SaleLine:
    """What was weighed and labelled before: one piece, at the price that the label says."""
    if line.quantity_milli != _PIECE or line.unit_price is not None:
        raise InvalidRequestError(
            "An article whose code says its price is one piece: quantity_milli 1000, and no"
            " unit_price.",
            f"{path}.code_price",
        )
    return msgspec.structs.replace(
        line,
        description=line.description or article.description,
        unit_price=line.code_price,
        tax_code=line.tax_code or article.tax_code,
        item_id=article.item_id,
        uom=DEFAULT_UOM,
        merchandise_hierarchy=line.merchandise_hierarchy or article.merchandise_hierarchy,
    )


def _without_article(line: SaleLine, path: str) -> SaleLine:
    tax_code = line.tax_code or (OUTSIDE_VAT if line.line_type in WITHOUT_VAT else None)
    for name, value in (
        ("description", line.description),
        ("unit_price", line.unit_price),
        ("tax_code", tax_code),
    ):
        if value is None:
            raise InvalidRequestError(
                f"The line needs a {name}, or the gtin or item_id of an article in the catalogue.",
                f"{path}.{name}",
            )
    return msgspec.structs.replace(line, tax_code=tax_code)


def _unknown_article(line: SaleLine, path: str, facts: Facts) -> SaleLine:
    named = "item_id" if line.item_id is not None else "gtin"
    code = line.item_id or line.gtin
    if line.line_type in WITHOUT_VAT and line.unit_price is not None:
        return msgspec.structs.replace(
            line,
            description=line.description or code,
            tax_code=line.tax_code or OUTSIDE_VAT,
        )
    tax_code = line.tax_code or facts.open_price_tax_code
    if line.unit_price is None or tax_code is None:
        way = (
            "Send its unit_price to sell it all the same"
            if facts.open_price_tax_code is not None
            else "Send its description, unit_price and tax_code"
        )
        raise InvalidRequestError(
            f"{code} is not in the catalogue. {way}, or scan it again.", f"{path}.{named}"
        )
    return msgspec.structs.replace(line, description=line.description or code, tax_code=tax_code)


def _line_item(
    line: SaleLine, line_id: str, path: str, facts: Facts, article: Article | None
) -> LineItem:
    """One line with its modifiers. Its VAT comes later, over the whole receipt."""
    gtin = line.gtin.zfill(14) if line.gtin else None
    regular = line.unit_price or 0
    actual = line.price_override.unit_price if line.price_override else regular
    code = line.tax_code or OUTSIDE_VAT
    full = extended_amount(line.quantity_milli, actual)
    modifiers = _override(line, regular, full)
    modifiers += discounted(full, line.discounts, f"{path}.discounts")
    return LineItem(
        line_id=line_id,
        line_type=_line_type(line),
        voided=line.voided is not None,
        entry_method=line.entry_method,
        item_id=line.item_id or gtin or _item_of(line),
        gtin=gtin,
        scan_data=_scan_data(line),
        lot=line.lot,
        serial=line.serial,
        expiry=line.expiry,
        description=redact_text(line.description or ""),
        merchandise_hierarchy=line.merchandise_hierarchy or "",
        quantity_milli=line.quantity_milli,
        uom=line.uom or DEFAULT_UOM,
        regular_unit_price=regular,
        actual_unit_price=actual,
        extended_amount=full + sum(each.amount for each in modifiers if _is_discount(each)),
        modifiers=tuple(modifiers),
        tax_code=code,
        tax_rate_bp=_rate(code, path, facts, article),
        tax_base=0,
        tax_amount=0,
        tax_inclusive=True,
        stock_effect=_moves_stock(line),
        link=_deposit_link(line, facts),
        gift_card_ref=None if line.gift_card is None else gift_card_ref(line.gift_card),
        void_reason=line.voided,
    )


def _is_discount(modifier: Modifier) -> bool:
    return modifier.kind == "Discount"


def _override(line: SaleLine, regular: int, full: int) -> list[Modifier]:
    """What another price makes of the line, against the list price."""
    override = line.price_override
    if override is None or override.unit_price == regular:
        return []
    return [
        Modifier(
            kind="PriceOverride",
            reason_code=override.reason,
            amount=full - extended_amount(line.quantity_milli, regular),
            approved_by=override.approved_by,
        )
    ]


def _line_type(line: SaleLine) -> str:
    if line.line_type == "Deposit" and line.quantity_milli < 0:
        return "DepositReturn"
    if line.line_type == "Sale" and line.quantity_milli < 0:
        return "Return"
    return line.line_type


def _item_of(line: SaleLine) -> str:
    return OPEN_PRICE_ITEM if line.line_type == "Sale" else line.line_type


def _moves_stock(line: SaleLine) -> bool:
    named = line.gtin is not None or line.item_id is not None
    return named and line.line_type == "Sale" and line.restock


def _deposit_link(line: SaleLine, facts: Facts) -> Link | None:
    if line.deposit_of is None:
        return None
    return Link(kind="DepositOf", transaction_id=facts.transaction_id, line_id=line.deposit_of)


def _rate(code: str, path: str, facts: Facts, article: Article | None) -> int:
    if article is not None and article.tax_code == code and article.rate_bp is not None:
        return article.rate_bp
    rate = facts.rate_bp(code)
    if rate is not None:
        return rate
    if code == OUTSIDE_VAT:
        return 0
    known = ", ".join(dict.fromkeys(facts.known_codes)) or "none"
    raise InvalidRequestError(
        f"There is no tax code {code!r} today. Configured: {known}.", f"{path}.tax_code"
    )


def _deposit(
    line: SaleLine, item: LineItem, article: Article | None, path: str, facts: Facts
) -> list[LineItem]:
    """The deposit that the catalogue charges with an article, as a line of its own."""
    deposit = article.deposit if article is not None else None
    if deposit is None or line.line_type != "Sale":
        return []
    return [
        _line_item(
            SaleLine(
                quantity_milli=line.quantity_milli,
                description=deposit.description,
                unit_price=deposit.unit_price or 0,
                tax_code=OUTSIDE_VAT if deposit.rate_bp is None else deposit.tax_code,
                item_id=deposit.item_id,
                uom=deposit.uom,
                merchandise_hierarchy=deposit.merchandise_hierarchy,
                entry_method=line.entry_method,
                line_type="Deposit",
                deposit_of=item.line_id,
                voided=line.voided,
            ),
            f"{item.line_id}-deposit",
            path,
            facts,
            deposit,
        )
    ]


# --- what comes back ------------------------------------------------------------------------


def _returned(line: SaleLine, line_id: str, path: str, facts: Facts) -> LineItem:
    """A line of an earlier receipt, or a part of it, with all signs turned."""
    assert line.returns is not None  # noqa: S101 - the caller looked
    named = line.returns
    original = facts.originals.get(named.transaction_id)
    if original is None:
        raise InvalidRequestError(
            f"This box does not know the receipt {named.transaction_id}.",
            f"{path}.returns.transaction_id",
        )
    sold = next((one for one in original.line_items if one.line_id == named.line_id), None)
    if sold is None or sold.voided or sold.quantity_milli <= 0 or sold.gift_card_ref is not None:
        raise InvalidRequestError(
            f"The receipt has no line {named.line_id!r} that could come back.",
            f"{path}.returns.line_id",
        )
    before = facts.taken.get((named.transaction_id, named.line_id), Taken()).quantity_milli
    back = -line.quantity_milli
    left = sold.quantity_milli - before
    if not 0 < back <= left:
        raise InvalidRequestError(
            f"Of {sold.description} {_thousandths(left)} can still come back of the"
            f" {_thousandths(sold.quantity_milli)} that were sold.",
            f"{path}.quantity_milli",
        )

    def part(amount: int) -> int:
        return -part_of(amount, back, before, sold.quantity_milli)

    return msgspec.structs.replace(
        sold,
        line_id=line_id,
        line_type="DepositReturn" if sold.line_type == "Deposit" else "Return",
        voided=line.voided is not None,
        entry_method=line.entry_method,
        scan_data=_scan_data(line),
        quantity_milli=line.quantity_milli,
        extended_amount=part(sold.extended_amount),
        modifiers=tuple(
            msgspec.structs.replace(each, amount=part(each.amount)) for each in sold.modifiers
        ),
        tax_base=0,
        tax_amount=0,
        stock_effect=sold.stock_effect and line.restock,
        void_reason=line.voided,
        link=Link(kind="ReturnOf", transaction_id=named.transaction_id, line_id=named.line_id),
    )


def _thousandths(quantity_milli: int) -> str:
    whole, rest = divmod(quantity_milli, _PIECE)
    return f"{whole}.{rest:03}".rstrip("0") if rest else str(whole)


def _scan_data(line: SaleLine) -> str | None:
    """What was scanned, unless it looks like a card: people scan what they have in their hand."""
    if line.scan_data is None or line.gtin is not None:
        return line.scan_data
    return redact_text(line.scan_data)


def check_digit_fits(gtin: str) -> bool:
    """GS1 General Specifications, 7.9: weights 1 and 3 from the right, modulo 10."""
    digits = [int(digit) for digit in reversed(gtin)]
    return (sum(digits[0::2]) + 3 * sum(digits[1::2])) % 10 == 0
