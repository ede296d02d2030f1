"""What an X or Z report says on paper, and its words in each language (`report_words.toml`).

The figures are the journal's own; what it does not hold (the shop, the language) is handed in, so
that a report can be printed again from the journal alone.
"""

import tomllib
from importlib import resources

import msgspec

from edge_daemon.receipts.document import Shop, Value
from edge_daemon.records.payloads import PeriodReport


class ReportWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One language.

    Attributes:
        z_report: `{number}` is the Z number.
        types: For kinds of lines, corrections and movements, and for reasons that everybody has;
            a shop's own reason is printed as it is.
    """

    x_report: str
    z_report: str
    turnover: str
    receipts: str
    returns: str
    discounts: str
    voided: str
    rounding: str
    tenders: str
    received: str
    groups: str
    no_group: str
    drawer: str
    opening_float: str
    pay_ins: str
    pay_outs: str
    expected: str
    counted: str
    difference: str
    not_counted: str
    cards: str
    tendered: str
    terminal: str
    not_closed: str
    standalone: str
    unresolved: str
    not_covered: str
    operators: str
    counters: str
    drawer_openings: str
    no_sale: str
    copies: str
    proformas: str
    deliveries: str
    corrections: str
    inquiries: str
    credit_sales: str
    credit_memos: str
    training: str
    grand_totals: str
    grand_sales: str
    grand_net: str
    range: str
    hash: str
    types: dict[str, str]


class ReportDocument(Value, frozen=True, kw_only=True):
    """Everything that one report says.

    Attributes:
        copy_number: 1, 2, … for a copy; None for the original.
    """

    shop: Shop
    report: PeriodReport
    currency: str = "EUR"
    language: str = "nl"
    operator: str | None = None
    copy_number: int | None = None


def report_document(  # noqa: PLR0913 - all by name; each is one fact that the record does not hold
    report: PeriodReport,
    *,
    shop: Shop,
    currency: str,
    language: str,
    operator: str | None = None,
    copy_number: int | None = None,
) -> ReportDocument:
    """Say on paper what `report` states."""
    return ReportDocument(
        shop=shop,
        report=report,
        currency=currency,
        language=language,
        operator=operator,
        copy_number=copy_number,
    )


def _load() -> dict[str, ReportWords]:
    text = resources.files(__package__).joinpath("report_words.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, ReportWords])


_WORDS = _load()

REPORT_LANGUAGES = tuple(_WORDS)


def report_words_of(language: str) -> ReportWords:
    """Return the words of `language`, or the English ones where it is not known."""
    return _WORDS.get(language, _WORDS["en"])
