"""Receipts that the tests set: a shop in Utrecht, 5 March 2026, 14:05 by its clock."""

import datetime as dt

from edge_daemon.receipts.document import (
    CardSlip,
    LineModifier,
    ReceiptDocument,
    ReceiptLine,
    ReceiptTender,
    Shop,
    TaxRow,
)

ISSUED_AT = int(dt.datetime(2026, 3, 5, 13, 5, tzinfo=dt.UTC).timestamp()) * 1_000_000

SHOP = Shop(
    name="Van Dijk & Zonen",
    address=("Hoofdstraat 1", "3511 AB Utrecht"),
    company_number="12345678",
    vat_number="NL123456789B01",
)

CASH_RECEIPT = ReceiptDocument(
    shop=SHOP,
    issued_at=ISSUED_AT,
    utc_offset_min=60,
    receipt_number=123,
    workstation="1",
    operator="7",
    lines=(
        ReceiptLine(
            description="Koffie verkeerd",
            quantity_milli=2000,
            unit_price=250,
            amount=500,
            tax_code="low",
        ),
        ReceiptLine(
            description="Oude kaas uit eigen rijperij, aan het stuk",
            quantity_milli=350,
            uom="KGM",
            unit_price=1290,
            amount=452,
            tax_code="low",
        ),
        ReceiptLine(
            description="Shampoo",
            unit_price=399,
            amount=359,
            modifiers=(LineModifier(kind="Discount", amount=-40, percent_bp=1000),),
            tax_code="high",
        ),
        ReceiptLine(description="Tas", unit_price=10, amount=10, tax_code="high", voided=True),
        ReceiptLine(description="Statiegeld", unit_price=15, amount=15, tax_code="none"),
    ),
    taxes=(
        TaxRow(tax_code="high", rate_bp=2100, base=297, tax=62, gross=359),
        TaxRow(tax_code="low", rate_bp=900, base=873, tax=79, gross=952),
    ),
    total=1326,
    rounding_amount=-1,
    tenders=(
        ReceiptTender(tender_type="Cash", amount=2000),
        ReceiptTender(tender_type="Cash", amount=-675, is_change=True),
    ),
    transaction_id="01M7YHX2VZ5DZ1A5H8NV9ADAZQ",
    footer=("Bedankt en tot ziens!",),
)

CARD_SLIP = CardSlip(
    amount=250,
    outcome="Approved",
    terminal_id="12345678",
    application_label="Maestro",
    application_id="A0000000043060",
    masked_pan="673412******1234",
    entry_mode="Contactless",
    cvm="CDCVM",
    authorization_code="098765",
    host_time=ISSUED_AT + 10_000_000,
)

CARD_RECEIPT = ReceiptDocument(
    shop=SHOP,
    issued_at=ISSUED_AT,
    utc_offset_min=60,
    receipt_number=124,
    workstation="1",
    lines=(ReceiptLine(description="Koffie", unit_price=250, amount=250, tax_code="low"),),
    taxes=(TaxRow(tax_code="low", rate_bp=900, base=229, tax=21, gross=250),),
    total=250,
    tenders=(ReceiptTender(tender_type="CreditDebit", amount=250, label="Maestro"),),
    slips=(CARD_SLIP,),
)
