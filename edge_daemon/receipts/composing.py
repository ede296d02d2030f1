"""From the journal's record of a sale to what its receipt says.

What the record does not hold (the shop, the language, whose till it was) is handed in, so that a
receipt can be made again from the journal alone, at the edge or at the office.
"""

from collections.abc import Mapping

from edge_daemon.receipts.document import (
    CardSlip,
    LineModifier,
    ReceiptDocument,
    ReceiptKind,
    ReceiptLine,
    ReceiptTender,
    Shop,
    Slip,
    StandaloneSlip,
    TaxRow,
    TerminalSlip,
)
from edge_daemon.records.payloads import (
    CardDetails,
    LineItem,
    RetailTransaction,
    TaxTotal,
    Tender,
    TransactionStatus,
    TransactionType,
)


def compose(  # noqa: PLR0913 - all by name; each is one fact that the record does not hold
    transaction: RetailTransaction,
    *,
    shop: Shop,
    workstation: str,
    operator: str | None,
    utc_offset_min: int,
    language: str,
    training: bool = False,
    copy_number: int | None = None,
    reverses: int | None = None,
    tax_labels: Mapping[str, str] | None = None,
    footer: tuple[str, ...] = (),
    link: str | None = None,
) -> ReceiptDocument:
    """Say on a receipt what `transaction` states.

    Args:
        transaction: Finished, or awaiting a tender: then it is a pro forma.
        shop: Who sells.
        workstation: As the customer may see it.
        operator: As the customer may see them.
        utc_offset_min: Of the entry's envelope.
        language: ISO 639-1.
        training: Of the entry's envelope.
        copy_number: None for the original.
        reverses: The receipt number that this one takes back.
        tax_labels: By tax code, where something else than the rate shall be printed.
        footer: The shop's own lines.
        link: Where the receipt can be read on a screen.
    """
    kind = _kind(transaction)
    lines = tuple(_line(item) for item in transaction.line_items)
    returnable = kind is ReceiptKind.SALE
    return ReceiptDocument(
        shop=shop,
        language=language,
        currency=transaction.currency,
        issued_at=transaction.end_at,
        utc_offset_min=utc_offset_min,
        receipt_number=transaction.sequence_number,
        workstation=workstation,
        operator=operator,
        lines=lines,
        taxes=tuple(_tax_row(tax, tax_labels or {}) for tax in transaction.taxes),
        total=sum(line.amount for line in lines if not line.voided),
        rounding_amount=transaction.rounding_amount,
        tenders=tuple(_tender(tender) for tender in transaction.tenders if tender.amount),
        slips=tuple(_slip(tender, tender.card) for tender in transaction.tenders if tender.card),
        kind=kind,
        reverses=reverses,
        training=training,
        copy_number=copy_number,
        transaction_id=transaction.transaction_id if returnable else None,
        link=link if returnable else None,
        footer=footer,
    )


def _kind(transaction: RetailTransaction) -> ReceiptKind:
    if transaction.status is TransactionStatus.AWAITING_TENDER:
        return ReceiptKind.PROFORMA
    if transaction.status in (TransactionStatus.POST_VOIDED, TransactionStatus.CANCELLED):
        return ReceiptKind.VOID
    if transaction.transaction_type is TransactionType.RETURN:
        return ReceiptKind.RETURN
    return ReceiptKind.SALE


def _line(item: LineItem) -> ReceiptLine:
    """The list price stands on a line whose modifiers lead from it to the amount."""
    return ReceiptLine(
        description=item.description,
        quantity_milli=item.quantity_milli,
        uom=item.uom,
        unit_price=item.regular_unit_price if item.modifiers else item.actual_unit_price,
        amount=item.extended_amount,
        modifiers=tuple(
            LineModifier(kind=each.kind, amount=each.amount, percent_bp=each.percent_bp)
            for each in item.modifiers
        ),
        tax_code=item.tax_code,
        voided=item.voided,
        deposit=item.line_type in ("Deposit", "DepositReturn"),
    )


def _tax_row(tax: TaxTotal, labels: Mapping[str, str]) -> TaxRow:
    return TaxRow(
        tax_code=tax.tax_code,
        rate_bp=tax.rate_bp,
        base=tax.base,
        tax=tax.tax,
        gross=tax.gross,
        label=labels.get(tax.tax_code),
    )


def _tender(tender: Tender) -> ReceiptTender:
    card = tender.card
    return ReceiptTender(
        tender_type=tender.tender_type,
        amount=tender.amount,
        is_change=tender.is_change,
        label=(card.card_brand or card.application_label) if card else None,
        foreign_currency=tender.foreign_currency,
        foreign_amount=tender.foreign_amount or 0,
        exchange_rate=tender.exchange_rate,
    )


def _slip(tender: Tender, card: CardDetails) -> Slip:
    if card.standalone:
        return StandaloneSlip(
            amount=tender.amount, slip_number=card.slip_number, operator=card.entered_by
        )
    if card.receipt_text_customer:
        return TerminalSlip(text=card.receipt_text_customer)
    return CardSlip(
        amount=tender.amount,
        outcome=card.outcome,
        terminal_id=card.terminal_id,
        application_label=card.application_label or card.card_brand,
        application_id=card.application_id,
        masked_pan=card.masked_pan,
        entry_mode=card.entry_mode,
        cvm=card.cvm,
        authorization_code=card.authorization_code,
        host_time=card.host_time,
        offline=card.offline_approved is True,
    )
