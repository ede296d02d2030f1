"""The card's part of a receipt: one block for each card tender.

What the terminal delivers as text is printed as it is; a block is composed only where it
delivers none. Never more of the card's number than its last four digits.
"""

from edge_daemon.receipts import notation
from edge_daemon.receipts.columns import cut, field, pair, wrap
from edge_daemon.receipts.document import (
    CardSlip,
    ReceiptDocument,
    Slip,
    StandaloneSlip,
    TerminalSlip,
)
from edge_daemon.receipts.words import Words

SIGNED = "Signature"
"""The `cvm` that asks for a line to sign on."""


def slip_lines(slip: Slip, document: ReceiptDocument, words: Words, columns: int) -> list[str]:
    """Set one slip."""
    if isinstance(slip, TerminalSlip):
        return cut(slip.text, columns)
    if isinstance(slip, StandaloneSlip):
        return _standalone(slip, document, words, columns)
    return _composed(slip, document, words, columns)


def last_four(masked_pan: str | None) -> str | None:
    """Write `****1234`, whatever the mask left to be seen; None without four last digits."""
    digits = (masked_pan or "")[-4:]
    return f"****{digits}" if len(digits) == 4 and digits.isdigit() else None  # noqa: PLR2004 - its name


def _standalone(
    slip: StandaloneSlip, document: ReceiptDocument, words: Words, columns: int
) -> list[str]:
    value = notation.money(words, slip.amount, document.currency)
    lines = [*wrap(words.standalone, columns), *pair(words.amount, value, columns)]
    for label, text in ((words.slip_number, slip.slip_number), (words.operator, slip.operator)):
        if text:
            lines += field(label, text, columns)
    return lines


def _composed(slip: CardSlip, document: ReceiptDocument, words: Words, columns: int) -> list[str]:
    lines = [*wrap(words.card_payment, columns), *wrap(document.shop.name, columns)]
    for label, text in _fields(slip, words):
        if text:
            lines += field(label, text, columns)
    value = notation.money(words, slip.amount, document.currency)
    lines += pair(words.amount, value, columns)
    if slip.host_time is not None:
        offset = document.utc_offset_min
        lines.append(notation.moment(words, slip.host_time, offset, seconds=True))
    lines += wrap(words.outcome.get(slip.outcome, slip.outcome), columns)
    if slip.offline:
        lines += wrap(words.offline_approved, columns)
    if slip.cvm == SIGNED:
        lines += ["", "", f"{words.signature} ".ljust(columns, "_")]
    return lines


def _fields(slip: CardSlip, words: Words) -> list[tuple[str, str | None]]:
    return [
        (words.terminal, slip.terminal_id),
        (words.card, slip.application_label),
        (words.application, slip.application_id),
        (words.card_number, last_four(slip.masked_pan)),
        (words.entry, _word(words.entry_mode, slip.entry_mode)),
        (words.verification, _word(words.cvm, slip.cvm)),
        (words.authorization, slip.authorization_code),
    ]


def _word(words: dict[str, str], value: str | None) -> str | None:
    return words.get(value, value) if value else None
