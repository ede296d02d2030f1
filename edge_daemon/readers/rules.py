"""Which rule a card is of, and the number that it has there."""

import enum
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from drivers.card_reader import CardPresented
from drivers.wire import WireError
from drivers.wire.card.template import Filled
from edge_daemon.config.card_rules import CardRule

if TYPE_CHECKING:  # `cryptography` is imported where a card has to prove itself
    from drivers.wire.card.sun import Tap


class Refusal(enum.StrEnum):
    """Why a card of a rule is not believed, in words for the clerk."""

    FORGED = "This card does not prove that it is real. Do not accept it, and tell the office."
    USED = "This card was copied, or this tap was used before. Ask the customer to hold it again."
    NAMELESS = "This card has no number. It is none of ours."


class Read(NamedTuple):
    """A card of a rule.

    Attributes:
        key: Its number, or what its badge says.
        tap: Which tap of which tag it proves; None where its rule asks for no proof.
    """

    rule: CardRule
    key: str | None = None
    tap: "Tap | None" = None
    refusal: Refusal | None = None


class Rules:
    """The shop's rules, with their keys.

    Raises:
        ConfigError: A key cannot be read.
    """

    def __init__(self, rules: Iterable[CardRule]) -> None:
        self._rules = [_Rule(rule) for rule in rules]

    def read(self, reader: str, card: CardPresented) -> Read | None:
        """Say what the card is; None where no rule knows it."""
        found = (rule.read(reader, card) for rule in self._rules)
        return next((read for read in found if read is not None), None)


class _Rule:
    """One rule, ready to be asked."""

    def __init__(self, rule: CardRule) -> None:
        self._rule = rule
        self._template = rule.template
        self._meta_key = rule.read_key("meta_key")
        self._file_key = rule.read_key("file_key")

    def read(self, reader: str, card: CardPresented) -> Read | None:
        filled = self._fill(card) if self._fits(reader, card) else None
        if filled is None:
            return None
        if self._file_key is None:
            return self._with(filled.number() or filled.values.get("uid") or card.uid)
        return self._prove(filled, self._file_key)

    def _fits(self, reader: str, card: CardPresented) -> bool:
        rule = self._rule
        return (
            (not rule.readers or reader in rule.readers)
            and (rule.technology is None or rule.technology == card.technology)
            and (card.uid or "").startswith((rule.uid or "").upper())
            and (card.atr or "").startswith((rule.atr or "").upper())
        )

    def _fill(self, card: CardPresented) -> Filled | None:
        """The values of the first record that says what the rule wants."""
        if self._template is None:
            return Filled({})
        texts = (record.text for record in card.ndef if record.text is not None)
        found = (self._template.match(text) for text in texts)
        return next((filled for filled in found if filled is not None), None)

    def _prove(self, filled: Filled, file_key: bytes) -> Read:
        """Check the proof; whether it was used before is not known here."""
        from drivers.wire.card import sun  # noqa: PLC0415 - `cryptography`, 9 MB

        claimed, covered = filled.hexadecimal("mac"), filled.covered.encode()
        try:
            taps = [
                tap for tap in self._taps(filled) if sun.proves(file_key, tap, covered, claimed)
            ]
            if not taps:
                return Read(self._rule, refusal=Refusal.FORGED)
            key = filled.number() or taps[0].uid.hex().upper()
            if "file_data" in filled.values:
                data = filled.hexadecimal("file_data")
                key = _printable(sun.open_file_data(file_key, taps[0], data))
        except WireError:
            return Read(self._rule, refusal=Refusal.FORGED)
        return self._with(key)._replace(tap=taps[0])

    def _taps(self, filled: Filled) -> "list[Tap]":
        """Who claims to have tapped; in the clear the tag does not say in which mode it is."""
        from drivers.wire.card import sun  # noqa: PLC0415 - as above

        if self._meta_key is not None:
            return [sun.open_picc_data(self._meta_key, filled.hexadecimal("picc_data"))]
        uid = filled.hexadecimal("uid")
        counter = int.from_bytes(filled.hexadecimal("counter"), "big")
        return [sun.Tap(uid, counter, lrp) for lrp in (False, True)]

    def _with(self, key: str | None) -> Read:
        return Read(self._rule, key, refusal=None if key else Refusal.NAMELESS)


def _printable(data: bytes) -> str:
    """The text in a tag's file, without what fills the block."""
    text = data.rstrip(b"\0 ").decode("ascii", "replace")
    if not text.isprintable() or "\ufffd" in text:
        raise WireError("The file holds no text.")
    return text
