"""Wrong use across boxes: what no box could know of the others. Found once, listed for good."""

import msgspec

from central_office.reading import Reader

_FINDINGS = (
    "SELECT found_arrival, 'refunded', transaction_id, line_id, returned_amount -"
    " coalesce(sold_amount, 0), returned_milli - coalesce(sold_milli, 0) FROM taken_back"
    " WHERE organization = ? AND found_arrival IS NOT NULL UNION ALL"
    " SELECT found_arrival, 'gift_card', gift_card_ref, currency, redeemed - issued, 0"
    " FROM gift_cards WHERE organization = ? AND found_arrival IS NOT NULL UNION ALL"
    " SELECT found_arrival, 'handed_out', order_id, receipts, 0, 1000 * (times - 1)"
    " FROM handed_out WHERE organization = ? AND found_arrival IS NOT NULL ORDER BY 1, 2, 3, 4"
)


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something that all boxes together should not have done.

    Attributes:
        found_arrival: The entry by which it came out.
        kind: `refunded`: more of a receipt's line was given back than was sold. `gift_card`: more
            was redeemed than is known to have been issued. `handed_out`: an order, twice.
        subject, detail: The receipt and its line, the card and its currency, or the order and the
            receipts (JSON) by which it was handed out.
        amount: Minor units too much, as known now; 0 or less: it has turned out right.
        quantity_milli: Thousandths too much.
    """

    found_arrival: int
    kind: str
    subject: str
    detail: str
    amount: int
    quantity_milli: int

    @property
    def stands(self) -> bool:
        """Whether it is still too much by what is known now."""
        return self.amount > 0 or self.quantity_milli > 0


def findings(read: Reader, organization: str) -> tuple[Finding, ...]:
    """All that was found, in the order in which it came out."""
    rows = read(_FINDINGS, (organization,) * 3)
    names = Finding.__struct_fields__
    return tuple(Finding(**dict(zip(names, row, strict=True))) for row in rows)
