import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.receipts import layout, to_text
from edge_daemon.receipts.composing import compose
from edge_daemon.receipts.document import (
    CardSlip,
    LineModifier,
    ReceiptDocument,
    ReceiptKind,
    ReceiptLine,
    ReceiptTender,
    StandaloneSlip,
    TaxRow,
    TerminalSlip,
)
from edge_daemon.receipts.slips import slip_lines
from edge_daemon.receipts.words import words_of
from edge_daemon.records.payloads import (
    CardDetails,
    LineItem,
    Modifier,
    RetailTransaction,
    TaxTotal,
    Tender,
    Totals,
    TransactionStatus,
    TransactionType,
)
from tests.edge_daemon.receipts.documents import ISSUED_AT, SHOP

replace = msgspec.structs.replace

COFFEE = LineItem(
    line_id="1",
    line_type="Sale",
    voided=False,
    entry_method="Scanned",
    item_id="coffee",
    description="Koffie",
    merchandise_hierarchy="drinks",
    quantity_milli=2000,
    uom="C62",
    regular_unit_price=250,
    actual_unit_price=225,
    extended_amount=450,
    modifiers=(Modifier(kind="Discount", reason_code="happy_hour", amount=-50, percent_bp=1000),),
    tax_code="low",
    tax_rate_bp=900,
    tax_base=413,
    tax_amount=37,
    tax_inclusive=True,
    stock_effect=True,
)
BAG = replace(
    COFFEE,
    line_id="2",
    description="Tas",
    quantity_milli=1000,
    regular_unit_price=12,
    actual_unit_price=12,
    extended_amount=12,
    modifiers=(),
)
CASH = Tender(tender_id="t1", tender_type="Cash", amount=500, is_change=False, currency="EUR")
CHANGE = replace(CASH, tender_id="t2", amount=-40, is_change=True)
CARD = CardDetails(
    standalone=False,
    outcome="Approved",
    entry_mode="Contactless",
    cvm="None",
    application_label="Maestro",
    application_id="A0000000043060",
    masked_pan="673412******1234",
    authorization_code="098765",
    terminal_id="12345678",
    host_time=ISSUED_AT,
)

SALE = RetailTransaction(
    transaction_id="01M7YHX2VZ5DZ1A5H8NV9ADAZQ",
    sequence_number=123,
    transaction_type=TransactionType.SALE,
    status=TransactionStatus.COMPLETED,
    begin_at=ISSUED_AT - 60_000_000,
    end_at=ISSUED_AT,
    channel="store",
    currency="EUR",
    transaction_links=(),
    line_items=(COFFEE, BAG, replace(BAG, line_id="3", voided=True)),
    taxes=(TaxTotal(tax_code="low", rate_bp=900, gross=462, base=424, tax=38),),
    rounding_amount=-2,
    tenders=(CASH, CHANGE),
    totals=Totals(
        gross=462, net=424, tax=38, discount=50, deposit=0, tip=0, due=460, paid=500, change=40
    ),
)


def receipt(transaction: RetailTransaction, *, training: bool = False) -> ReceiptDocument:
    return compose(
        transaction,
        shop=SHOP,
        workstation="1",
        operator="7",
        utc_offset_min=60,
        language="nl",
        training=training,
        tax_labels={"low": "9% laag"},
    )


def test_receipt_says_what_the_record_states() -> None:
    assert receipt(SALE) == ReceiptDocument(
        shop=SHOP,
        issued_at=ISSUED_AT,
        utc_offset_min=60,
        receipt_number=123,
        workstation="1",
        operator="7",
        lines=(
            ReceiptLine(
                description="Koffie",
                quantity_milli=2000,
                unit_price=250,
                amount=450,
                modifiers=(LineModifier(kind="Discount", amount=-50, percent_bp=1000),),
                tax_code="low",
            ),
            ReceiptLine(description="Tas", unit_price=12, amount=12, tax_code="low"),
            ReceiptLine(description="Tas", unit_price=12, amount=12, tax_code="low", voided=True),
        ),
        taxes=(TaxRow(tax_code="low", rate_bp=900, base=424, tax=38, gross=462, label="9% laag"),),
        total=462,
        rounding_amount=-2,
        tenders=(
            ReceiptTender(tender_type="Cash", amount=500),
            ReceiptTender(tender_type="Cash", amount=-40, is_change=True),
        ),
        transaction_id="01M7YHX2VZ5DZ1A5H8NV9ADAZQ",
    )


def paid_by(card: CardDetails, amount: int = 462) -> ReceiptDocument:
    tender = replace(CASH, tender_type="CreditDebit", amount=amount, card=card)
    return receipt(replace(SALE, rounding_amount=0, tenders=(tender,)))


def test_card_payment_has_a_slip() -> None:
    document = paid_by(CARD)
    assert document.tenders == (
        ReceiptTender(tender_type="CreditDebit", amount=462, label="Maestro"),
    )
    assert document.slips == (
        CardSlip(
            amount=462,
            outcome="Approved",
            terminal_id="12345678",
            application_label="Maestro",
            application_id="A0000000043060",
            masked_pan="673412******1234",
            entry_mode="Contactless",
            cvm="None",
            authorization_code="098765",
            host_time=ISSUED_AT,
        ),
    )


def test_card_that_was_approved_without_the_bank_says_so() -> None:
    document = paid_by(replace(CARD, offline_approved=True))
    (slip,) = document.slips
    words = words_of("nl")
    assert "ZONDER BANK GOEDGEKEURD" in slip_lines(slip, document, words, 42)
    (online,) = paid_by(replace(CARD, offline_approved=False)).slips
    assert "ZONDER BANK GOEDGEKEURD" not in slip_lines(online, document, words, 42)


def test_text_of_the_terminal_goes_before_fields() -> None:
    assert paid_by(replace(CARD, receipt_text_customer="AKKOORD")).slips == (
        TerminalSlip(text="AKKOORD"),
    )


def test_card_keyed_by_hand_has_a_standalone_slip() -> None:
    card = CardDetails(standalone=True, outcome="Approved", slip_number="0042", entered_by="7")
    assert paid_by(card).slips == (StandaloneSlip(amount=462, slip_number="0042", operator="7"),)


def test_declined_card_has_a_slip_and_no_tender() -> None:
    document = paid_by(replace(CARD, outcome="Declined"), amount=0)
    assert document.tenders == ()
    assert isinstance(document.slips[0], CardSlip)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"transaction_type": TransactionType.RETURN}, ReceiptKind.RETURN),
        ({"status": TransactionStatus.POST_VOIDED}, ReceiptKind.VOID),
        ({"status": TransactionStatus.CANCELLED}, ReceiptKind.VOID),
        ({"status": TransactionStatus.AWAITING_TENDER}, ReceiptKind.PROFORMA),
    ],
)
def test_kind_follows_from_the_record(changes: dict[str, object], kind: ReceiptKind) -> None:
    document = receipt(replace(SALE, **changes))
    assert document.kind is kind
    assert document.transaction_id is None, "only what was sold comes back by its code"


def test_training_is_told() -> None:
    assert receipt(SALE, training=True).training


@pytest.mark.parametrize(
    ("line_type", "deposit"), [("Deposit", True), ("DepositReturn", True), ("Sale", False)]
)
def test_deposit_of_the_record_is_a_deposit_on_the_receipt(
    line_type: str,
    deposit: bool,  # noqa: FBT001 - a table's row
) -> None:
    item = replace(SALE.line_items[0], line_type=line_type)
    assert receipt(replace(SALE, line_items=(item,))).lines[0].deposit is deposit


@given(
    amounts=st.lists(
        st.tuples(st.integers(-99_999_99, 99_999_99), st.booleans()), min_size=1, max_size=8
    ),
    rounding=st.integers(-2, 2),
    columns=st.sampled_from([32, 42, 48]),
)
def test_total_on_paper_is_the_sum_of_the_lines_that_count(
    amounts: list[tuple[int, bool]], rounding: int, columns: int
) -> None:
    items = tuple(
        replace(SALE.line_items[1], extended_amount=amount, voided=voided)
        for amount, voided in amounts
    )
    document = receipt(replace(SALE, line_items=items, rounding_amount=rounding))
    total = sum(amount for amount, voided in amounts if not voided) + rounding
    sign = "-" if total < 0 else ""
    euros = f"{abs(total) // 100:,}".replace(",", ".")
    shown = to_text(layout(document, columns), columns)
    assert f"\N{EURO SIGN} {sign}{euros},{abs(total) % 100:02}" in shown
