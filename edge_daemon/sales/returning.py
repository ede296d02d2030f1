"""What a receipt's code means: its lines, and what of them can still come back."""

import re
import sqlite3
from collections.abc import Mapping

import msgspec

from edge_daemon.errors import InvalidRequestError, NotFoundError
from edge_daemon.journal import Journal
from edge_daemon.records.payloads import LineItem, RetailTransaction, TransactionStatus
from edge_daemon.sales.claims import Claim, Taken, claims_on, taken_of
from edge_daemon.sales.orders import WebOrders
from edge_daemon.sales.projection import find_sale, numbered_sale

_CODE = re.compile(r"R?([0-7][0-9A-HJKMNP-TV-Z]{25})")


class ReceiptLineState(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a receipt.

    Attributes:
        returnable_milli: How much of it can still come back, in thousandths; 0: nothing.
        returnable_amount: What is paid out for that, in minor units.
    """

    line_id: str
    description: str
    line_type: str
    quantity_milli: int
    uom: str
    amount: int
    returnable_milli: int
    returnable_amount: int
    item_id: str
    gtin: str | None = None
    deposit_of: str | None = None


class PaidBy(msgspec.Struct, frozen=True, kw_only=True):
    """How a part of a receipt was paid, in minor units."""

    tender_type: str
    amount: int


class ReceiptState(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt of this box, or a web order that the customer has.

    Attributes:
        transaction_id: What a line names in `returns`.
        workstation: The register; `webshop` for an order.
        total: Of its lines, minor units.
        returnable: True while something of it can come back.
        note: Why not, in words for the clerk.
        voided_by: The void that undid it.
        tenders: How it was paid, to pay back the same way.
    """

    transaction_id: str
    sequence_number: int | None
    workstation: str
    occurred_at: int
    training: bool
    currency: str
    total: int
    returnable: bool
    note: str | None = None
    voided_by: str | None = None
    lines: tuple[ReceiptLineState, ...] = ()
    tenders: tuple[PaidBy, ...] = ()


class Returning:
    """Reads receipts for those who bring something back."""

    def __init__(self, journal: Journal, orders: WebOrders) -> None:
        self._journal = journal
        self._orders = orders

    async def by_code(self, code: str) -> ReceiptState:
        """The receipt whose code was scanned: `R` and a ULID, or the ULID alone.

        A web order that the customer has is read like a receipt, by its transaction's id.

        Raises:
            InvalidRequestError: It is no such code.
            NotFoundError: This box does not know it.
        """
        found = _CODE.fullmatch(code.strip().upper())
        if found is None:
            raise InvalidRequestError(
                "A receipt's code is R and 26 letters and digits: scan it again.", "code"
            )
        ordered = self._orders.delivered([found[1]])
        return await self._journal.query(lambda connection: _read(connection, found[1], ordered))

    async def by_number(self, workstation: str, number: int) -> ReceiptState:
        """The receipt with that number.

        Raises:
            NotFoundError: This box does not know it.
        """

        def read(connection: sqlite3.Connection) -> ReceiptState:
            transaction_id = numbered_sale(connection, workstation, number)
            if transaction_id is None:
                raise NotFoundError(f"The register {workstation} has no receipt {number} here.")
            return _read(connection, transaction_id, {})

        return await self._journal.query(read)


def _read(
    connection: sqlite3.Connection, transaction_id: str, ordered: Mapping[str, RetailTransaction]
) -> ReceiptState:
    row = find_sale(connection, transaction_id)
    sale = ordered.get(transaction_id) if row is None else row.transaction
    if sale is None or (row is not None and sale.sequence_number is None):
        raise NotFoundError(
            f"This box does not know the receipt {transaction_id}. It may be of another shop or"
            " register: a manager can take the goods back without it."
        )
    claims = claims_on(connection, transaction_id)
    taken = taken_of(claims)
    note = _why_not(sale.status, claims)
    lines = tuple(
        _line(line, taken.get(line.line_id, Taken()), open_=note is None)
        for line in sale.line_items
        if not line.voided
    )
    if note is None and not any(line.returnable_milli for line in lines):
        note = "Everything on this receipt has come back already, or cannot come back."
    return ReceiptState(
        transaction_id=transaction_id,
        sequence_number=sale.sequence_number,
        workstation=sale.channel if row is None else row.workstation_id,
        occurred_at=sale.end_at if row is None else row.occurred_at,
        training=row is not None and row.training,
        currency=sale.currency,
        total=sale.totals.gross,
        returnable=note is None,
        note=note,
        voided_by=next((one.claimant for one in claims if one.kind == "VoidOf"), None),
        lines=lines,
        tenders=tuple(
            PaidBy(tender_type=tender.tender_type, amount=tender.amount) for tender in sale.tenders
        ),
    )


def _why_not(status: TransactionStatus, claims: list[Claim]) -> str | None:
    if any(claim.kind == "VoidOf" for claim in claims):
        return "This receipt was voided: nothing of it can come back."
    if any(claim.kind == "Replaces" for claim in claims):
        return "This order was handed out here: scan the receipt of that."
    if status is not TransactionStatus.COMPLETED:
        return "This receipt undoes another one: nothing of it can come back."
    return None


def _line(line: LineItem, taken: Taken, *, open_: bool) -> ReceiptLineState:
    possible = open_ and line.quantity_milli > 0 and line.gift_card_ref is None
    link = line.link
    return ReceiptLineState(
        line_id=line.line_id,
        description=line.description,
        line_type=line.line_type,
        quantity_milli=line.quantity_milli,
        uom=line.uom,
        amount=line.extended_amount,
        returnable_milli=line.quantity_milli - taken.quantity_milli if possible else 0,
        returnable_amount=line.extended_amount - taken.amount if possible else 0,
        item_id=line.item_id,
        gtin=line.gtin,
        deposit_of=link.line_id if link is not None and link.kind == "DepositOf" else None,
    )
