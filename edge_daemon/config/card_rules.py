"""`[[card_rule]]`: whose a card is, in the order in which they are tried."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal

import msgspec

from drivers.wire import WireError
from drivers.wire.card.template import Template
from edge_daemon.config.credentials import read_credential
from edge_daemon.config.table import Name, Table
from edge_daemon.errors import ConfigError

Hexadecimal = Annotated[
    str,
    msgspec.Meta(
        pattern=r"\A([0-9A-Fa-f]{2}){1,32}\Z", description="hexadecimal digits such as 04A1"
    ),
]
Key = Annotated[
    str,
    msgspec.Meta(
        pattern=r"\A[0-9A-Fa-f]{32}\Z", description="a key of 128 bits, 32 hexadecimal digits"
    ),
]
KEYS = ("meta_key", "file_key")


class CardRule(Table, frozen=True, kw_only=True):
    """One rule. A card is of the first rule whose every condition fits.

    Attributes:
        name: For logs and events.
        meaning: Whose the card is.
        readers: The card readers that it applies to; all where absent.
        technology: What kind of card.
        uid, atr: What its UID, or its answer to reset, begins with.
        ndef: What its message says; `drivers.wire.card.template` describes it. Its `{number}` is
            the card's, or the text in its `{file_data}`; else the UID is.
        meta_key: Of an NTAG 424 DNA, to read `{picc_data}`.
        file_key: Of the same, to check `{mac}`: nobody who copies such a card gets in.
        meta_key_credential, file_key_credential: Where systemd hands them over.
    """

    name: Name
    meaning: Literal["customer", "badge", "gift_card"]
    readers: tuple[Name, ...] = ()
    technology: (
        Literal["contact", "iso_dep", "type_2", "type_3", "mifare_classic", "other"] | None
    ) = None
    uid: Hexadecimal | None = None
    atr: Hexadecimal | None = None
    ndef: Annotated[str, msgspec.Meta(min_length=1, max_length=512)] | None = None
    meta_key: Key | None = None
    file_key: Key | None = None
    meta_key_credential: Name | None = None
    file_key_credential: Name | None = None

    def __post_init__(self) -> None:
        """Refuse a template that cannot be read, and keys that fit nothing in it."""
        try:
            template = self.template
        except WireError as error:
            raise ValueError(f"ndef: {error}") from error
        holes = set() if template is None else set(template.holes)
        if ("picc_data" in holes) != self._has("meta_key"):
            raise ValueError("{picc_data} in ndef and meta_key need each other.")
        if ("mac" in holes) != self._has("file_key"):
            raise ValueError("{mac} in ndef and file_key need each other.")
        if "mac" in holes and not (holes & {"picc_data"} or {"uid", "counter"} <= holes):
            raise ValueError("{mac} in ndef needs {picc_data}, or {uid} and {counter}.")
        if "file_data" in holes and "mac" not in holes:
            raise ValueError("{file_data} in ndef needs {mac}.")

    def __repr__(self) -> str:
        """Everything but the keys."""
        return f"CardRule(name={self.name!r}, meaning={self.meaning!r})"

    @property
    def template(self) -> Template | None:
        """What the message has to say.

        Raises:
            WireError: Only while the rule is being made.
        """
        return None if self.ndef is None else Template(self.ndef)

    def read_key(self, key: str) -> bytes | None:
        """The `meta_key` or `file_key`, from here or from its credential.

        Raises:
            ConfigError: The credential cannot be read, or is no key.
        """
        value: str | None = getattr(self, key)
        credential: str | None = getattr(self, f"{key}_credential")
        if value is None and credential is not None:
            value = _as_key(read_credential(credential), credential)
        return None if value is None else bytes.fromhex(value)

    def _has(self, key: str) -> bool:
        return getattr(self, key) is not None or getattr(self, f"{key}_credential") is not None


def check_card_rules(rules: Sequence[CardRule], families: Mapping[str, str]) -> Iterator[str]:
    """The readers of each rule are card readers; `families` are by device name."""
    for rule in rules:
        for reader in rule.readers:
            if families.get(reader) != "card_reader":
                yield f'card_rule.{rule.name}.readers: there is no card_reader "{reader}".'


def _as_key(value: str, credential: str) -> str:
    try:
        return msgspec.convert(value, Key)
    except msgspec.ValidationError as error:
        raise ConfigError(
            [f"The credential {credential} is no key of 32 hexadecimal digits."]
        ) from error
