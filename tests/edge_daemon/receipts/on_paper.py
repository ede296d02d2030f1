"""A document as bytes of a real model, printed by the simulator's print head."""

from drivers.pos_printer import Document
from drivers.pos_printer.escpos.code_pages import TextEncoder
from drivers.pos_printer.escpos.document import DocumentEncoder
from drivers.pos_printer.escpos.profile import encodings, load_profile
from drivers.wire.escpos import EscPosReader
from drivers.wire.escpos_commands import Cut, StatusBack
from simulators.pos_printer.print_head import PrintHead
from simulators.pos_printer.receipt import End, Receipt

DOTS = {32: 384, 48: 576}
"""Columns and dots of paper of 58 and 80 mm."""
PROFILES = {32: "RP-F10-58mm", 48: "TM-T20II"}


def encoder(profile_name: str) -> DocumentEncoder:
    profile = load_profile(profile_name)
    return DocumentEncoder(
        profile.features, TextEncoder(profile.code_pages, encodings()), device="receipts"
    )


def printed(document: Document, columns: int) -> Receipt:
    """What a printer of that width makes of `document`; fails where the printer complains."""
    complaints: list[str] = []
    head = PrintHead(DOTS[columns], complaints.append)
    reader = EscPosReader()
    reader.receive_data(encoder(PROFILES[columns]).render(document))
    reader.end()
    commands = [
        command
        for command in iter(reader.next_event, None)
        if not isinstance(command, StatusBack | Cut)  # the controller's business
    ]
    lines = [line for command in commands for line in head.perform(command)]
    assert not complaints, complaints
    return Receipt(tuple(lines), DOTS[columns], End.CUT)
