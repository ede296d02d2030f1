"""What was found on a reader, in the words of the family."""

from drivers.card_reader import CardPresented, CardReaderEvent, NdefRecord, PaymentCardPresented
from drivers.wire.card.reading import Card, PaymentCard


def told(
    found: Card | PaymentCard, *, answer_to_reset: bytes = b"", at_opening: bool
) -> CardReaderEvent:
    """The event for a card that was read; of a payment card nothing but its application's name."""
    if isinstance(found, PaymentCard):
        return PaymentCardPresented(found.aid.hex().upper() or None)
    return CardPresented(
        technology=found.technology,
        uid=found.uid.hex().upper() or None,
        atr=answer_to_reset.hex().upper() or None,
        ndef=tuple(NdefRecord(record.kind, record.text) for record in found.records),
        problem=found.problem,
        at_opening=at_opening,
    )
