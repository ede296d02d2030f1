"""What the terminal prints on the till's printers."""

from drivers.wire.opi.messages import Output, TextLine
from drivers.wire.opi.words import Device
from simulators.nexo_terminal.books import Entry
from simulators.payment_terminal.cards import CARDS

WIDTH = 24


def payment_slips(entry: Entry, terminal_id: str) -> tuple[Output, Output]:
    """Return the merchant's and the customer's slip."""
    body = [
        _row("Terminal", terminal_id),
        _row("Bon", str(entry.id)),
        _row("Datum", entry.at[:16].replace("T", " ")),
        CARDS[entry.card].name,
        _row("Kaart", CARDS[entry.card].printed_pan),
        _row("Totaal", f"EUR {entry.amount // 100},{entry.amount % 100:02d}"),
        "",
        "AKKOORD",
    ]
    return (
        Output(Device.PRINTER, _lines(["KOPIE WINKEL", *body])),
        Output(Device.PRINTER_RECEIPT, _lines(["KOPIE KLANT", *body])),
    )


def end_of_day_slip(period: list[Entry], terminal_id: str) -> Output:
    """Return the slip of a reconciliation."""
    rows = [_row(f"Bon {e.id}", f"{e.amount // 100},{e.amount % 100:02d}") for e in period]
    lines = ["DAGAFSLUITING", _row("Terminal", terminal_id), *rows]
    return Output(Device.PRINTER, _lines(lines))


def _lines(texts: list[str]) -> tuple[TextLine, ...]:
    return tuple(TextLine(text, row) for row, text in enumerate(texts))


def _row(label: str, value: str) -> str:
    return f"{label}{value:>{max(1, WIDTH - len(label))}}"
