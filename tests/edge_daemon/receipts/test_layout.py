import re
import string

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.pos_printer import Cut, Document, QrCode, Text
from edge_daemon.receipts import LANGUAGES, notation, to_text
from edge_daemon.receipts.document import (
    CardSlip,
    LineModifier,
    ReceiptDocument,
    ReceiptKind,
    ReceiptLine,
    ReceiptTender,
    Shop,
    StandaloneSlip,
    TaxRow,
    TerminalSlip,
)
from edge_daemon.receipts.layout import layout
from edge_daemon.receipts.words import words_of
from tests.edge_daemon.receipts.documents import (
    CARD_RECEIPT,
    CARD_SLIP,
    CASH_RECEIPT,
    ISSUED_AT,
)

replace = msgspec.structs.replace
WIDTHS = (32, 42, 48)


def paper(document: ReceiptDocument, columns: int = 42) -> str:
    return to_text(layout(document, columns), columns)


def texts(document: Document) -> list[Text]:
    return [element for element in document if isinstance(element, Text)]


def test_dutch_cash_receipt_with_two_rates_rounding_and_change() -> None:
    assert (
        paper(CASH_RECEIPT)
        == """\
             Van Dijk & Zonen
              Hoofdstraat 1
             3511 AB Utrecht
               KvK 12345678
          Btw-nr. NL123456789B01

05-03-2026 14:05                   Bon 123
Kassa 1                       Medewerker 7
------------------------------------------
Koffie verkeerd                     5,00 B
  2 x 2,50
Oude kaas uit eigen rijperij, aan
het stuk                            4,52 B
  0,350 kg x 12,90
Shampoo                             3,99 A
  Korting 10%                      -0,40
Tas                            vervallen
Statiegeld                          0,15
------------------------------------------
Totaal                               13,26
Afronding                            -0,01
Totaal afgerond
                                   € 13,25
Contant                              20,00
Wisselgeld                            6,75
------------------------------------------
Btw           Excl.        Btw       Incl.
A 21%          2,97       0,62        3,59
B 9%           8,73       0,79        9,52

          Bedankt en tot ziens!

     Ruilen? Laat deze code scannen.
     [QR R01M7YHX2VZ5DZ1A5H8NV9ADAZQ]

- - - - - - - - - - - - - - - - - - - - -
"""
    )


def test_dutch_card_receipt_on_narrow_paper() -> None:
    assert (
        paper(CARD_RECEIPT, 32)
        == """\
        Van Dijk & Zonen
         Hoofdstraat 1
        3511 AB Utrecht
          KvK 12345678
     Btw-nr. NL123456789B01

05-03-2026 14:05         Bon 124
Kassa 1
--------------------------------
Koffie                      2,50
--------------------------------
Totaal                    € 2,50
Maestro                     2,50
--------------------------------
Btw     Excl.      Btw     Incl.
9%       2,29     0,21      2,50
--------------------------------
KAARTBETALING
Van Dijk & Zonen
Terminal                12345678
Kaart                    Maestro
AID               A0000000043060
Kaartnummer             ****1234
Invoer               Contactloos
Verificatie     Op eigen toestel
Autorisatie               098765
Bedrag                    € 2,50
05-03-2026 14:05:10
AKKOORD

- - - - - - - - - - - - - - - -
"""
    )


def test_total_is_large_and_the_paper_is_cut() -> None:
    document = layout(CARD_RECEIPT, 42)
    (total,) = [element for element in texts(document) if "Totaal" in element.text]
    assert (total.text, total.height, total.bold) == ("Totaal         € 2,50", 2, True)
    assert document[-1] == Cut()


def test_total_that_is_too_long_in_large_letters_keeps_its_figures_together() -> None:
    document = replace(CARD_RECEIPT, total=1_234_567_89)
    assert "\nTotaal\n                  € 1.234.567,89\n" in paper(document, 32)
    document = replace(CARD_RECEIPT, total=1_234_567_890_99)
    assert "\nTotaal        € 1.234.567.890,99\n" in paper(document, 32)


def test_last_word_of_a_centred_text_does_not_stand_alone() -> None:
    document = replace(CARD_RECEIPT, footer=("Ruilen binnen 14 dagen met deze bon.",))
    assert "\n        Ruilen binnen 14\n      dagen met deze bon.\n" in paper(document, 32)


def test_deposit_stands_indented_below_what_it_belongs_to() -> None:
    bottle = ReceiptLine(description="Cola", unit_price=189, amount=378, quantity_milli=2000)
    deposit = replace(bottle, description="Statiegeld", unit_price=15, amount=30, deposit=True)
    text = paper(replace(CARD_RECEIPT, lines=(bottle, deposit)), 32)
    assert "\n  Statiegeld                0,30\n    2 x 0,15\n" in text


def test_receipt_with_a_link_has_a_code_for_it_besides_the_one_for_returns() -> None:
    link = "https://bon.example/r/AbCd"
    document = layout(replace(CASH_RECEIPT, link=link), 42)
    codes = [element.data for element in document if isinstance(element, QrCode)]
    assert codes == [f"R{CASH_RECEIPT.transaction_id}", link]


def test_copy_bears_its_mark_and_number() -> None:
    copy = layout(replace(CARD_RECEIPT, copy_number=2), 42)
    (mark,) = [element for element in texts(copy) if "KOPIE" in element.text]
    assert (mark.text, mark.bold, mark.height) == ("KOPIE 2", True, 2)


def test_training_is_marked_from_top_to_bottom_and_has_no_code() -> None:
    training = layout(replace(CASH_RECEIPT, training=True), 42)
    printed = texts(training)
    mark = "OEFENING - GEEN VERKOOP"
    assert printed[0].text == printed[-1].text == mark
    unmarked = 0
    for element in printed:
        unmarked = 0 if element.text == mark else unmarked + len(element.text.splitlines())
        assert unmarked <= 15
    assert not any(isinstance(element, QrCode) for element in training)


@pytest.mark.parametrize(
    ("kind", "mark"),
    [
        (ReceiptKind.RETURN, "RETOURBON"),
        (ReceiptKind.VOID, "ANNULERING"),
        (ReceiptKind.PROFORMA, "PRO FORMA - GEEN BETALINGSBEWIJS"),
    ],
)
def test_what_is_no_sale_says_so_and_what_it_takes_back(kind: ReceiptKind, mark: str) -> None:
    text = paper(replace(CARD_RECEIPT, kind=kind, reverses=120))
    assert mark in text
    assert "Hoort bij bon 120" in text


def test_sale_before_it_has_a_number_prints_none() -> None:
    assert "Bon" not in paper(replace(CARD_RECEIPT, receipt_number=None))


def test_terminal_text_is_printed_unchanged() -> None:
    text = "  POI: 50303253\n\nTOTAAL:      2,50 EUR\n  AKKOORD"
    receipt = paper(replace(CARD_RECEIPT, slips=(TerminalSlip(text=text),)))
    assert f"\n{text}\n" in receipt
    assert "KAARTBETALING" not in receipt


def test_card_keyed_by_hand_says_so() -> None:
    slip = StandaloneSlip(amount=250, slip_number="0042", operator="7")
    assert """\
Kaart, met de hand ingetoetst
Bedrag                              € 2,50
Slipnummer                            0042
Medewerker                               7
""" in paper(replace(CARD_RECEIPT, slips=(slip,)))


def test_only_the_last_four_digits_of_a_card_are_printed() -> None:
    text = paper(CARD_RECEIPT)
    assert "****1234" in text
    assert "6734" not in text
    assert "Kaartnummer" not in paper(
        replace(CARD_RECEIPT, slips=(replace(CARD_SLIP, masked_pan="****"),))
    )


def test_only_a_signature_prints_a_line_to_sign_on() -> None:
    signed = replace(CARD_RECEIPT, slips=(replace(CARD_SLIP, cvm="Signature"),))
    assert "Handtekening ____" in paper(signed)
    assert "____" not in paper(CARD_RECEIPT)


def test_declined_card_says_so() -> None:
    declined = replace(CARD_RECEIPT, slips=(replace(CARD_SLIP, outcome="Declined"),))
    assert "\nGEWEIGERD\n" in paper(declined)


def test_line_of_one_piece_has_no_line_for_its_unit_price() -> None:
    assert " x " not in paper(CARD_RECEIPT)


def test_wide_vat_table_is_stacked_rather_than_broken() -> None:
    row = TaxRow(tax_code="low", rate_bp=900, base=99_999_999_00, tax=8_999_999_91, gross=0)
    assert """\
Btw                           9%
  Excl.            99.999.999,00
  Btw               8.999.999,91
  Incl.                     0,00
""" in paper(replace(CARD_RECEIPT, taxes=(row,)), 32)


@pytest.mark.parametrize(
    ("language", "total", "date"),
    [
        ("nl", "€ 1.234,50", "05-03-2026 14:05"),
        ("fr", "1\N{NO-BREAK SPACE}234,50 €", "05/03/2026 14:05"),
        ("en", "€ 1,234.50", "05/03/2026 14:05"),
        ("de", "1.234,50 €", "05.03.2026 14:05"),
        ("xx", "€ 1,234.50", "05/03/2026 14:05"),
    ],
)
def test_each_language_has_its_notation(language: str, total: str, date: str) -> None:
    text = paper(replace(CARD_RECEIPT, language=language, total=123_450))
    assert total in text
    assert date in text


@pytest.mark.parametrize(
    ("quantity_milli", "uom", "expected"),
    [
        (1000, "C62", "1"),
        (-3000, "EA", "-3"),
        (1500, "C62", "1,5"),
        (350, "KGM", "0,350 kg"),
        (-1, "LTR", "-0,001 l"),
        (2000, "XBX", "2,000 XBX"),
    ],
)
def test_quantities_are_written_in_their_unit(quantity_milli: int, uom: str, expected: str) -> None:
    assert notation.quantity(words_of("nl"), quantity_milli, uom) == expected


def test_odd_rates_keep_their_decimals() -> None:
    assert notation.rate(words_of("fr"), 550) == "5,5%"
    assert notation.rate(words_of("fr"), 205) == "2,05%"


def test_foreign_currency_is_named() -> None:
    assert "CHF 2,50" in paper(replace(CARD_RECEIPT, currency="CHF"))


def test_every_language_has_every_word_of_the_journal() -> None:
    for language in LANGUAGES:
        words, dutch = words_of(language), words_of("nl")
        for group in ("tender", "modifier", "entry_mode", "cvm", "outcome"):
            assert getattr(words, group).keys() == getattr(dutch, group).keys()


def test_text_gives_a_printer_no_orders() -> None:
    line = ReceiptLine(description="Kof\x1bp\x00fie\u202e\te\u0301", unit_price=1, amount=1)
    document = layout(replace(CARD_RECEIPT, lines=(line,)), 42)
    text = "".join(element.text for element in texts(document))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", text)
    assert "Kof p fie é" in text


def test_paper_that_is_too_narrow_is_refused() -> None:
    with pytest.raises(ValueError, match="24 columns, not 20"):
        layout(CARD_RECEIPT, 20)


# --- Whatever a shop sells -----------------------------------------------------------------

AMOUNTS = st.integers(-9_999_999_99, 9_999_999_99)
TEXTS = st.one_of(st.text(max_size=80), st.text(string.ascii_letters, min_size=1, max_size=120))
CODES = st.sampled_from(["high", "low", "zero"])

lines = st.builds(
    ReceiptLine,
    description=TEXTS,
    quantity_milli=st.integers(-999_999, 999_999),
    uom=st.sampled_from(["C62", "KGM", "MTR", "XBX"]),
    unit_price=AMOUNTS,
    amount=AMOUNTS,
    modifiers=st.lists(
        st.builds(
            LineModifier,
            kind=st.sampled_from(["Discount", "Surcharge", "PriceOverride"]),
            amount=AMOUNTS,
            percent_bp=st.none() | st.integers(0, 10_000),
        ),
        max_size=2,
    ).map(tuple),
    tax_code=CODES,
)
taxes = st.builds(
    TaxRow,
    tax_code=CODES,
    rate_bp=st.integers(0, 10_000),
    base=AMOUNTS,
    tax=AMOUNTS,
    gross=AMOUNTS,
    label=st.none() | st.just("BTW laag tarief"),
)
card_slips = st.builds(
    CardSlip,
    amount=AMOUNTS,
    outcome=st.sampled_from(["Approved", "Declined", "Unknown"]),
    terminal_id=TEXTS,
    application_label=TEXTS,
    cvm=st.sampled_from(["PIN", "Signature"]),
    host_time=st.none() | st.just(ISSUED_AT),
)
slips = st.one_of(
    card_slips,
    st.builds(StandaloneSlip, amount=AMOUNTS, slip_number=TEXTS, operator=TEXTS),
    st.builds(TerminalSlip, text=TEXTS),
)
receipts = st.builds(
    ReceiptDocument,
    shop=st.builds(Shop, name=TEXTS, address=st.lists(TEXTS, max_size=3).map(tuple)),
    language=st.sampled_from(LANGUAGES),
    currency=st.sampled_from(["EUR", "CHF"]),
    issued_at=st.just(ISSUED_AT),
    utc_offset_min=st.integers(-720, 840),
    receipt_number=st.none() | st.integers(1, 10**9),
    workstation=TEXTS,
    operator=st.none() | TEXTS,
    lines=st.lists(lines, max_size=4).map(tuple),
    taxes=st.lists(taxes, max_size=3).map(tuple),
    total=AMOUNTS,
    rounding_amount=st.integers(-2, 2),
    tenders=st.lists(
        st.builds(
            ReceiptTender,
            tender_type=st.sampled_from(["Cash", "CreditDebit", "Barter"]),
            amount=AMOUNTS,
            is_change=st.booleans(),
            label=st.none() | TEXTS,
        ),
        max_size=3,
    ).map(tuple),
    slips=st.lists(slips, max_size=2).map(tuple),
    kind=st.sampled_from(ReceiptKind),
    training=st.booleans(),
    copy_number=st.none() | st.integers(1, 99),
    transaction_id=st.none() | st.just("01M7YHX2VZ5DZ1A5H8NV9ADAZQ"),
    footer=st.lists(TEXTS, max_size=2).map(tuple),
)


@given(receipts, st.sampled_from(WIDTHS))
def test_no_line_is_wider_than_the_paper_and_no_amount_breaks(
    receipt: ReceiptDocument, columns: int
) -> None:
    document = layout(receipt, columns)
    for element in texts(document):
        for line in element.text.split("\n"):
            assert len(line) * element.width <= columns
    assert max(map(len, to_text(document, columns).splitlines())) <= columns
    for figure in figures(receipt):
        assert appears(figure, document), figure


def figures(receipt: ReceiptDocument) -> list[str]:
    words = words_of(receipt.language)
    plain = [modifier.amount for line in receipt.lines for modifier in line.modifiers]
    plain += [
        line.amount - sum(modifier.amount for modifier in line.modifiers) for line in receipt.lines
    ]
    plain += [amount for tax in receipt.taxes for amount in (tax.base, tax.tax, tax.gross)]
    plain += [-each.amount if each.is_change else each.amount for each in receipt.tenders]
    full = [slip.amount for slip in receipt.slips if not isinstance(slip, TerminalSlip)]
    full.append(receipt.rounded_total)
    return [notation.amount(words, amount) for amount in plain] + [
        notation.money(words, amount, receipt.currency) for amount in full
    ]


def appears(figure: str, document: Document) -> bool:
    whole = re.compile(rf"(?<![\d.,]){re.escape(figure)}(?![\d])")
    return any(
        whole.search(line) for element in texts(document) for line in element.text.split("\n")
    )


def test_figures_of_a_receipt_are_looked_for_with_care() -> None:
    broken = (Text("1.2\n34,56"), Text("9.1.234,56"))
    assert not appears("1.234,56", broken)
