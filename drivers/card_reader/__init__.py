"""Card readers: what lies on one, whatever the reader (UnifiedPOS SmartCardRW).

A reader tells what it sees. Whose card it is (a member's, a badge, a gift card) is not known here.

A card for payments is refused: of it nothing is told but the name of its payment application, not
even its UID. Taking payments is the payment terminal's work.
"""

from collections.abc import AsyncIterator
from typing import Protocol

import msgspec


class NdefRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """One record of a tag's message.

    Attributes:
        kind: `uri`, `text`, a media type, an external type, or `other`.
        text: The address or the text that it holds, where it holds one.
    """

    kind: str
    text: str | None = None


class CardPresented(msgspec.Struct, frozen=True, tag="card_presented", omit_defaults=True):
    """A card that is not for payments lies on the reader, and was read.

    Attributes:
        technology: `contact`, `iso_dep`, `type_2`, `type_3`, `mifare_classic` or `other`.
        uid: Hexadecimal; absent where it has none, or a random one as phones do.
        atr: Its answer to reset, hexadecimal; readers without PC/SC have none.
        ndef: The records of its message.
        problem: Why its message could not be read, where it could not.
        at_opening: It lay there already when the reader was opened: nobody has just tapped it.
    """

    technology: str
    uid: str | None = None
    atr: str | None = None
    ndef: tuple[NdefRecord, ...] = ()
    problem: str | None = None
    at_opening: bool = False


class PaymentCardPresented(
    msgspec.Struct, frozen=True, tag="payment_card_presented", omit_defaults=True
):
    """A card or phone for payments lies on the reader. It was asked nothing further.

    Attributes:
        aid: The name of its first payment application (ISO/IEC 7816-5), where it says one.
    """

    aid: str | None = None


class CardUnreadable(msgspec.Struct, frozen=True, tag="card_unreadable"):
    """Something lies on the reader that could not be read; `problem` tells the clerk what to do."""

    problem: str


class CardRemoved(msgspec.Struct, frozen=True, tag="card_removed"):
    """What lay on the reader is gone."""


CardReaderEvent = CardPresented | PaymentCardPresented | CardUnreadable | CardRemoved


class CardReader(Protocol):
    """An open card reader."""

    def events(self) -> AsyncIterator[CardReaderEvent]:
        """Subscribe, from this moment on. Iterating raises `OfflineError` when it is unplugged."""
        ...

    async def check_health(self) -> None:
        """Say whether the reader is still there.

        Raises:
            OfflineError: It is gone, or does not react.
        """
        ...

    async def close(self) -> None:
        """Let go of the reader, and return when it has let go. Never raises."""
        ...
