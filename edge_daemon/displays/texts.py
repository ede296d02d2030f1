"""What a customer reads: of a sale that begins, that is paid, that has ended.

Amounts stand at the right end of their line and are never cut; what stands before them is. They
carry no sign of the currency: half of the displays have no euro.
"""

import dataclasses
from typing import Annotated, Any

import msgspec

from edge_daemon.receipts.notation import amount, quantity
from edge_daemon.receipts.words import Words
from edge_daemon.records.payloads import RetailTransaction, TransactionStatus

ONE_PIECE = 1000


class DisplayTextRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Text for a customer display.

    Attributes:
        lines: From above; what is longer than the display is cut.
        blink: The text goes on and off.
        brightness: Per cent; the display's nearest level. As it is where absent.
    """

    lines: Annotated[
        tuple[Annotated[str, msgspec.Meta(max_length=80)], ...],
        msgspec.Meta(min_length=0, max_length=4),
    ]
    blink: bool = False
    brightness: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None


class DisplayState(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer display shows.

    Attributes:
        shown: False while the display cannot be reached; it shows this when it is back.
    """

    display: str
    lines: tuple[str, ...]
    blink: bool = False
    shown: bool = True


@dataclasses.dataclass(frozen=True)
class Row:
    """One line: text at its left end, and an amount at its right."""

    text: str
    amount: str = ""

    def laid_out(self, columns: int) -> str:
        """The line, exactly as wide as the display where it has an amount."""
        if not self.amount:
            return self.text
        room = max(columns - len(self.amount) - 1, 0)
        return f"{self.text[:room]:{room}} {self.amount}"


@dataclasses.dataclass(frozen=True)
class Text:
    """All lines."""

    rows: tuple[Row, ...]
    blink: bool = False


def welcome(shop: str, columns: int) -> Text:
    """Between two customers: the shop's name, in the middle."""
    return Text((Row(shop[:columns].center(columns).rstrip()),))


def of_request(words: Words, request: dict[str, Any]) -> Text | None:
    """A sale that begins, as its register sent it: the last article, and the total if it is known.

    None where the request names nothing that could be shown.
    """
    lines = request.get("lines")
    last = lines[-1] if isinstance(lines, list) and lines else None
    if not isinstance(last, dict) or not isinstance(last.get("description"), str):
        return None
    price = _extended(last)
    article = Row(_counted(words, last), "" if price is None else amount(words, price))
    total = request.get("total")
    if not isinstance(total, int):
        prices = [_extended(line) for line in lines or () if isinstance(line, dict)]
        total = None if None in prices else sum(price or 0 for price in prices)
    return Text((article,) if total is None else (article, Row(words.total, amount(words, total))))


def of_sale(words: Words, sale: RetailTransaction) -> Text | None:
    """A sale as the journal has it; None where it was given up."""
    total = Row(words.total, amount(words, sale.totals.gross + sale.rounding_amount))
    match sale.status:
        case TransactionStatus.COMPLETED:
            return Text((total, _paid(words, sale)))
        case TransactionStatus.AWAITING_TENDER if sale.totals.paid:
            return Text((total, Row(words.amount, amount(words, sale.totals.due))))
        case TransactionStatus.AWAITING_TENDER | TransactionStatus.RESUMED:
            return Text((*_last_article(words, sale), total))
        case _:
            return None


def _paid(words: Words, sale: RetailTransaction) -> Row:
    """The change, where there is any; else what it was paid with."""
    if sale.totals.change:
        return Row(words.change, amount(words, sale.totals.change))
    tenders = [tender.tender_type for tender in sale.tenders]
    if len(tenders) == 1:
        return Row(words.tender[tenders[0]], amount(words, sale.totals.paid))
    return Row("")


def _last_article(words: Words, sale: RetailTransaction) -> tuple[Row, ...]:
    lines = [line for line in sale.line_items if not line.voided]
    if not lines:
        return ()
    return (Row(lines[-1].description, amount(words, lines[-1].extended_amount)),)


def _counted(words: Words, line: dict[str, Any]) -> str:
    """`2 x Pindakaas`, `0,350 kg Kaas`; a single piece is not counted."""
    milli, uom = line.get("quantity_milli", ONE_PIECE), line.get("uom", "EA")
    if milli == ONE_PIECE or not isinstance(milli, int) or not isinstance(uom, str):
        return str(line["description"])
    count = quantity(words, milli, uom)
    return f"{count}{'' if ' ' in count else ' x'} {line['description']}"


def _extended(line: dict[str, Any]) -> int | None:
    """What the line comes to, rounded half away from zero; None where its price is not given."""
    milli, price = line.get("quantity_milli", ONE_PIECE), line.get("unit_price")
    if not isinstance(milli, int) or not isinstance(price, int):
        return None
    product = milli * price
    rounded = (abs(product) + ONE_PIECE // 2) // ONE_PIECE
    return rounded if product >= 0 else -rounded
