"""The words and the notation of a receipt in each language: data, in `words.toml`.

A language is one table there; a key that is missing or too many fails when this module is
imported, so no receipt is printed with a hole in it.
"""

import tomllib
from importlib import resources

import msgspec


class Words(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One language.

    Attributes:
        decimal, group: Between units and decimals, between thousands.
        money: An amount with its currency: `{symbol}`, `{amount}`.
        date: As `strftime` takes it.
        copy, reverses: `{number}` stands for the number of the copy, of the receipt.
        tender, modifier, entry_mode, cvm, outcome: For each of the journal's words.
    """

    decimal: str
    group: str
    money: str
    date: str
    receipt: str
    workstation: str
    operator: str
    company_number: str
    vat_number: str
    vat: str
    no_vat: str
    net: str
    tax: str
    gross: str
    total: str
    rounding: str
    rounded_total: str
    change: str
    voided: str
    copy: str
    training: str
    proforma: str
    return_receipt: str
    void_receipt: str
    reverses: str
    return_code: str
    digital_receipt: str
    card_payment: str
    offline_approved: str
    terminal: str
    card: str
    application: str
    card_number: str
    entry: str
    verification: str
    authorization: str
    amount: str
    signature: str
    standalone: str
    slip_number: str
    tender: dict[str, str]
    modifier: dict[str, str]
    entry_mode: dict[str, str]
    cvm: dict[str, str]
    outcome: dict[str, str]


def _load() -> dict[str, Words]:
    text = resources.files(__package__).joinpath("words.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Words])


_WORDS = _load()

LANGUAGES = tuple(_WORDS)
"""Languages that receipts are printed in, ISO 639-1."""

COMPANY_NUMBERS = {"BE": "KBO", "DE": "HRB", "FR": "SIRET", "LU": "RCS", "NL": "KvK"}
"""What the number in the trade register is called where the shop is; a name, not a word."""


def words_of(language: str) -> Words:
    """Return the words of `language`, or the English ones where it is not known."""
    return _WORDS.get(language, _WORDS["en"])
