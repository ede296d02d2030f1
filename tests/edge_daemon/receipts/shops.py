"""Four shops, one in each language, with one receipt each that has everything on it."""

import msgspec

from edge_daemon.receipts.document import (
    CardSlip,
    LineModifier,
    ReceiptDocument,
    ReceiptLine,
    ReceiptTender,
    Shop,
    TaxRow,
)
from tests.edge_daemon.receipts.documents import CARD_SLIP, CASH_RECEIPT, ISSUED_AT

DUTCH = msgspec.structs.replace(
    CASH_RECEIPT,
    lines=tuple(
        msgspec.structs.replace(line, deposit=line.description == "Statiegeld")
        for line in CASH_RECEIPT.lines
    ),
    footer=("Bedankt en tot ziens!", "Ruilen binnen 14 dagen met deze bon."),
    link="https://bon.vandijk.example/r/AbCdEfGhIjKlMnOpQrStUv",
)

FRENCH = ReceiptDocument(
    shop=Shop(
        name="Librairie de l'Étoile",
        address=("12, rue de la République", "7000 Mons"),
        company_number="0123.456.789",
        vat_number="BE0123456789",
        country="BE",
    ),
    language="fr",
    issued_at=ISSUED_AT,
    utc_offset_min=60,
    receipt_number=20417,
    workstation="2",
    operator="Zoé",
    lines=(
        ReceiptLine(
            description="Atlas des fleuves d'Europe, édition reliée",
            unit_price=123450,
            amount=123450,
            tax_code="6",
        ),
        ReceiptLine(
            description="Crème à mains « Forêt »",
            quantity_milli=3000,
            unit_price=895,
            amount=2417,
            modifiers=(LineModifier(kind="Discount", amount=-268, percent_bp=1000),),
            tax_code="21",
        ),
        ReceiptLine(
            description="Consigne",
            quantity_milli=2000,
            unit_price=30,
            amount=60,
            tax_code="0",
            deposit=True,
        ),
    ),
    taxes=(
        TaxRow(tax_code="6", rate_bp=600, base=116462, tax=6988, gross=123450),
        TaxRow(tax_code="21", rate_bp=2100, base=1998, tax=419, gross=2417),
        TaxRow(tax_code="0", rate_bp=0, base=60, tax=0, gross=60),
    ),
    total=125927,
    tenders=(ReceiptTender(tender_type="CreditDebit", amount=125927, label="Bancontact"),),
    slips=(
        CardSlip(
            amount=125927,
            outcome="Approved",
            terminal_id="20417733",
            application_label="Bancontact",
            application_id="A000000003000001",
            masked_pan="************4242",
            entry_mode="Chip",
            cvm="PIN",
            authorization_code="774201",
            host_time=ISSUED_AT + 12_000_000,
        ),
    ),
    transaction_id="01M7YHX2VZ5DZ1A5H8NV9ADAZR",
    footer=("Merci de votre visite !",),
)

ENGLISH = ReceiptDocument(
    shop=Shop(name="Harbour Books", address=("4 Quay Street", "Galway"), country="IE"),
    language="en",
    issued_at=ISSUED_AT,
    utc_offset_min=0,
    receipt_number=7,
    workstation="till-1",
    operator="Aoife",
    lines=(
        ReceiptLine(description="Paperback", unit_price=1299, amount=-1299, quantity_milli=-1000),
        ReceiptLine(description="Gift wrap", unit_price=200, amount=200),
    ),
    taxes=(TaxRow(tax_code="std", rate_bp=2300, base=-893, tax=-206, gross=-1099),),
    total=-1099,
    rounding_amount=-1,
    tenders=(ReceiptTender(tender_type="Cash", amount=-1100),),
    copy_number=2,
    transaction_id="01M7YHX2VZ5DZ1A5H8NV9ADAZS",
    footer=("Thank you!",),
)

GERMAN = ReceiptDocument(
    shop=Shop(
        name="Bäckerei Größe",
        address=("Schloßstraße 9", "48143 Münster"),
        vat_number="DE123456789",
        country="DE",
    ),
    language="de",
    issued_at=ISSUED_AT,
    utc_offset_min=60,
    receipt_number=88,
    workstation="1",
    operator="Jürgen",
    lines=(
        ReceiptLine(
            description="Äpfel Boskoop",
            quantity_milli=1240,
            uom="KGM",
            unit_price=299,
            amount=371,
            tax_code="7",
        ),
        ReceiptLine(description="Mineralwasser", unit_price=79, amount=79, tax_code="19"),
        ReceiptLine(description="Pfand", unit_price=25, amount=25, tax_code="19", deposit=True),
    ),
    taxes=(
        TaxRow(tax_code="7", rate_bp=700, base=347, tax=24, gross=371),
        TaxRow(tax_code="19", rate_bp=1900, base=87, tax=17, gross=104),
    ),
    total=475,
    tenders=(
        ReceiptTender(tender_type="GiftCard", amount=300),
        ReceiptTender(tender_type="CreditDebit", amount=175, label="girocard"),
    ),
    slips=(msgspec.structs.replace(CARD_SLIP, amount=175, application_label="girocard"),),
    training=True,
    transaction_id="01M7YHX2VZ5DZ1A5H8NV9ADAZT",
    footer=("Vielen Dank für Ihren Einkauf!",),
)

RECEIPTS = {"nl": DUTCH, "fr": FRENCH, "en": ENGLISH, "de": GERMAN}
