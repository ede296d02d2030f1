"""The receipts that a terminal hands to the till, line by line or in blocks.

Lines say which receipt they belong to only where the terminal sends tag 1F07. Without it the cut
divides them: first the merchant's, then the customer's; a single one is the customer's.

Source: ZVT PA00P015 rev. 13.08, 06 D1 and 06 D3.
"""

import msgspec

from drivers.payment_terminal import ReceiptKind, ReceiptLines
from drivers.wire import WireError
from drivers.wire.redaction import redact_text
from drivers.wire.zvt import shapes
from drivers.wire.zvt.apdu import Apdu
from drivers.wire.zvt.messages import (
    ADMINISTRATION_RECEIPT,
    CUSTOMER_RECEIPT,
    MERCHANT_RECEIPT,
    PrintLine,
    PrintTextBlock,
)

_KINDS = {
    MERCHANT_RECEIPT: ReceiptKind.MERCHANT,
    CUSTOMER_RECEIPT: ReceiptKind.CUSTOMER,
    ADMINISTRATION_RECEIPT: ReceiptKind.ADMINISTRATION,
}


class _Slip:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.receipt_type: int | None = None
        self.ended = False


class Receipts:
    """Collects what one command prints."""

    def __init__(self, character_set: int) -> None:
        self._character_set = character_set
        self._slips: list[_Slip] = []
        self._unseen: list[str] = []
        self.signature_field = False

    def add(self, apdu: Apdu) -> ReceiptLines | None:
        """Take a line or a block, and return what is complete, for people to see.

        Single lines are kept until a cut, a block or the end (`rest`): a slip of thirty lines is
        not thirty events. What does not parse is left out: paper is not money.
        """
        try:
            if apdu.control == shapes.PRINT_LINE:
                line = PrintLine.parse(apdu, self._character_set)
                self._add((line.text,), line.receipt_type, ends=line.ends_receipt)
                return self.rest() if line.ends_receipt else None
            block = PrintTextBlock.parse(apdu, self._character_set)
        except WireError:
            return None
        self.signature_field |= block.signature_field
        self._add(block.lines, block.receipt_type, ends=block.ends_receipt)
        lines = self.rest()
        return lines and msgspec.structs.replace(lines, signature_required=block.signature_field)

    def rest(self) -> ReceiptLines | None:
        """Return the lines that nobody was shown yet; None when there are none."""
        if not self._unseen:
            return None
        lines, self._unseen = tuple(self._unseen), []
        slip = self._slips[-1]
        return ReceiptLines(lines, _KINDS.get(slip.receipt_type or 0), last=slip.ended)

    @property
    def begun(self) -> bool:
        """True when something has been printed."""
        return bool(self._slips)

    @property
    def everything(self) -> str | None:
        """All that was printed, whoever it is for."""
        lines = [line for slip in self._slips for line in slip.lines]
        return "\n".join(lines).rstrip() or None

    @property
    def merchant(self) -> str | None:
        """The merchant's receipt, lines joined by newlines."""
        slips = self._unnamed()
        return self._text(MERCHANT_RECEIPT, slips[0] if len(slips) > 1 else None)

    @property
    def customer(self) -> str | None:
        """The customer's receipt, lines joined by newlines."""
        slips = self._unnamed()
        return self._text(CUSTOMER_RECEIPT, slips[-1] if slips else None)

    def _add(self, lines: tuple[str, ...], receipt_type: int | None, *, ends: bool) -> None:
        if not self._slips or self._slips[-1].ended:
            self._slips.append(_Slip())
        slip = self._slips[-1]
        if slip.receipt_type is None:
            slip.receipt_type = receipt_type
        clean = [redact_text(line) for line in lines]
        slip.lines += clean
        slip.ended = ends
        self._unseen += clean

    def _unnamed(self) -> list[_Slip]:
        return [slip for slip in self._slips if slip.receipt_type is None]

    def _text(self, receipt_type: int, otherwise: _Slip | None) -> str | None:
        named = [slip for slip in self._slips if slip.receipt_type == receipt_type]
        slips = named or ([otherwise] if otherwise else [])
        lines = [line for slip in slips for line in slip.lines]
        return "\n".join(lines).rstrip() or None
