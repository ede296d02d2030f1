import io

import msgspec
import pytest
from PIL import Image

from drivers.pos_printer import Text
from edge_daemon.receipts import LANGUAGES, Shop, layout_report, report_document, to_png, to_text
from edge_daemon.receipts.report import REPORT_LANGUAGES, ReportDocument
from edge_daemon.records.payloads import (
    ArticleGroup,
    CardReconciliation,
    EmployeePaymentTally,
    PaymentState,
    PaymentTally,
    PeriodFigures,
    PeriodReport,
    PeriodReportKind,
    Tally,
    TenderDifference,
    TypeTally,
    UnresolvedPayment,
    VatTotal,
)

NOTHING = Tally(count=0, amount=0)
FIGURES = PeriodFigures(
    report_id="01M7YHZT83Q6W5N4C2R1B0A9ZX",
    company_id="12345678",
    company_name="De Hoekwinkel",
    report_date="2026-11-21",
    report_time="17:45:12",
    workstation_id="till-1",
    total_cash_sales=123456,
    article_groups=(ArticleGroup(group="Zuivel", count=9, quantity_milli=30500, amount=123456),),
    payments=(
        PaymentTally(tender_type="Cash", count=20, amount=50000),
        PaymentTally(tender_type="CreditDebit", count=31, amount=73954),
    ),
    employee_payments=(
        EmployeePaymentTally(tender_type="Cash", count=20, amount=50000, operator_id="op-17"),
    ),
    sales_vat=(
        VatTotal(tax_code="high", rate_bp=2100, base=50000, vat=10500),
        VatTotal(tax_code="low", rate_bp=900, base=57758, vat=5198),
    ),
    opening_float=15000,
    receipt_count=51,
    drawer_open_count=22,
    drawer_open_no_sale_count=2,
    copies=Tally(count=1, amount=1002),
    proformas=NOTHING,
    returns=Tally(count=2, amount=1998),
    discounts=NOTHING,
    voided_transactions=NOTHING,
    corrected_lines=(TypeTally(type="ItemVoid", count=2, amount=598),),
    price_inquiries=(),
    other_corrections=(),
    delivery_receipts=NOTHING,
    training=Tally(count=1, amount=1002),
    pay_ins=(TypeTally(type="TenderLoan", count=1, amount=5000),),
    pay_outs=(
        TypeTally(type="BankDeposit", count=1, amount=2000),
        TypeTally(type="bloemen", count=1, amount=1250),
    ),
    grand_total_sales=98765432,
    grand_total_returns=123456,
    grand_total_net=98641976,
    rounding_total=-2,
    tender_differences=(
        TenderDifference(tender_type="Cash", expected=36750, counted=36650, difference=-100),
        TenderDifference(tender_type="CreditDebit", expected=73954),
        TenderDifference(
            tender_type="Cash", expected=4000, counted=4000, difference=0, currency="USD"
        ),
    ),
    card_reconciliation=(
        CardReconciliation(
            terminal_id="terminal",
            standalone=False,
            tender_count=31,
            tender_amount=73954,
            terminal_count=32,
            terminal_amount=74956,
            difference=1002,
        ),
    ),
    unresolved_payments=(
        UnresolvedPayment(
            payment_id="01M7YHZT83Q6W5N4C2R1B0A9ZY",
            terminal_id="12345678",
            kind="Payment",
            state=PaymentState.MANUAL_REVIEW,
            requested_amount=4321,
            since=0,
        ),
    ),
    non_turnover=(TypeTally(type="Deposit", count=5, amount=500),),
)
REPORT = PeriodReport(
    kind=PeriodReportKind.Z,
    z_number=12,
    first_position="01M7YHX2VZ5DZ1A5H8NV9ADAZQ.17",
    last_position="01M7YHX2VZ5DZ1A5H8NV9ADAZQ.1234",
    last_hash="0123456789abcdef" * 4,
    figures=FIGURES,
)
SHOP = Shop(name="De Hoekwinkel", address=("Dorpsstraat 1",), vat_number="NL123456789B01")


def document(language: str = "nl", copy_number: int | None = None) -> ReportDocument:
    return report_document(
        REPORT,
        shop=SHOP,
        currency="EUR",
        language=language,
        operator="op-17",
        copy_number=copy_number,
    )


def test_reports_speak_the_languages_of_receipts() -> None:
    assert REPORT_LANGUAGES == LANGUAGES


@pytest.mark.parametrize("columns", [24, 32, 42, 48])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_fits_its_paper_and_every_figure_is_there(language: str, columns: int) -> None:
    found = layout_report(document(language), columns)
    lines = [
        (line, each.width)
        for each in found
        if isinstance(each, Text)
        for line in each.text.splitlines()
    ]
    assert [line for line, width in lines if len(line) * width > columns] == []
    plain = to_text(found, columns).replace("\u202f", " ").replace("\xa0", " ")
    digits = "".join(character for character in plain if character.isdigit())
    for amount in (123456, 50000, 73954, 36650, 98641976, 74956, 4321, 1250):
        assert str(amount) in digits


def test_a_report_says_what_a_person_has_to_see() -> None:
    text = to_text(layout_report(document(), 48), 48)
    for words in (
        "Z-RAPPORT 12",
        "NIET AFGEHANDELDE BETALINGEN",
        "01M7YHZT83Q6W5N4C2R1B0A9ZY",
        "niet geteld",
        "Naar de bank",
        "bloemen",
        "01M7YHX2VZ5DZ1A5H8NV9ADAZQ.1234",
        "0123456789abcdef",
    ):
        assert words in text
    assert "KOPIE" not in text
    assert "KOPIE 2" in to_text(layout_report(document(copy_number=2), 48), 48)


def test_an_x_has_no_number() -> None:
    x = msgspec.structs.replace(REPORT, kind=PeriodReportKind.X, z_number=None)
    found = layout_report(msgspec.structs.replace(document(), report=x), 42)
    assert "X-RAPPORT" in to_text(found, 42)
    assert "None" not in to_text(found, 42)


def test_a_report_can_be_looked_at_without_paper() -> None:
    picture = Image.open(io.BytesIO(to_png(layout_report(document(), 48), 48)))
    assert picture.width == 640
    assert picture.height > 1000


def test_narrower_paper_is_a_label() -> None:
    with pytest.raises(ValueError, match="24 columns"):
        layout_report(document(), 23)
