"""What the terminal prints: the slip of a payment and of an end of day."""

from collections.abc import Iterable

from drivers.wire.zvt.messages import (
    ADMINISTRATION_RECEIPT,
    CUSTOMER_RECEIPT,
    CUT,
    MERCHANT_RECEIPT,
    PrintLine,
    PrintTextBlock,
)
from simulators.payment_terminal.cards import CARDS
from simulators.payment_terminal.ledger import Entry, Kind

WIDTH = 24
"""Characters; the narrowest printers of terminals."""

Message = PrintLine | PrintTextBlock
Slip = tuple[int, list[str]]

_TITLES = {
    Kind.PAYMENT: "BETALING",
    Kind.REFUND: "RETOUR",
    Kind.REVERSAL: "STORNO",
    Kind.PRE_AUTHORISATION: "RESERVERING",
    Kind.COMPLETION: "BOEKING",
    Kind.CANCELLATION: "VRIJGAVE",
}
SIGNATURE_LINE = "Handtekening:"


def payment_slips(entry: Entry) -> list[Slip]:
    """Return the merchant's and the customer's slip."""
    approved = entry.result_code == 0
    body = [
        "Teststraat 1, Utrecht",
        "",
        _row("Terminal", entry.terminal_id),
        _row("Bon", f"{entry.receipt_number:04d}"),
        _row("Trace", f"{entry.trace_number:06d}"),
        _row("Datum", f"{entry.at[2:4]}-{entry.at[:2]} {entry.at[4:6]}:{entry.at[6:8]}"),
        CARDS[entry.card].name,
        _row("Kaart", CARDS[entry.card].printed_pan),
        _row(_TITLES[entry.kind], "contactloos" if entry.contactless else "chip"),
        _row("Totaal", f"{entry.currency} {entry.amount // 100},{entry.amount % 100:02d}"),
        "",
        "AKKOORD" if approved else "GEWEIGERD",
    ]
    signature = ["", SIGNATURE_LINE, "." * WIDTH] if entry.signed else []
    return [
        (MERCHANT_RECEIPT, ["KOPIE WINKEL", *body, *signature]),
        (CUSTOMER_RECEIPT, ["KOPIE KLANT", *body]),
    ]


def end_of_day_slips(day: Iterable[Entry], terminal_id: str) -> list[Slip]:
    """Return the slip of an end of day."""
    lines = [_row(f"Bon {e.receipt_number:04d}", f"{e.money / 100:.2f}") for e in day]
    return [(ADMINISTRATION_RECEIPT, ["DAGAFSLUITING", _row("Terminal", terminal_id), *lines])]


def as_lines(slips: list[Slip]) -> list[Message]:
    """Return the slips as 06 D1, each ended by a cut."""
    messages: list[Message] = []
    for _, lines in slips:
        messages += [PrintLine(line) for line in lines]
        messages.append(PrintLine("", CUT))
    return messages


def as_blocks(slips: list[Slip]) -> list[Message]:
    """Return the slips as 06 D3, one block each."""
    return [
        PrintTextBlock(tuple(lines), receipt_type, signature_field=SIGNATURE_LINE in lines)
        for receipt_type, lines in slips
    ]


def _row(label: str, value: str) -> str:
    return f"{label}{value:>{max(1, WIDTH - len(label))}}"
