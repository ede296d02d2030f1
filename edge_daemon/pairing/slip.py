"""What the receipt printer prints for whoever pairs a register."""

import tomllib
from importlib import resources

import msgspec

from drivers.pos_printer import Alignment, Cut, Feed, QrCode, Text

Slip = tuple[Text | QrCode | Feed | Cut, ...]
"""One piece of paper, from top to bottom."""


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One language of the slip; `{minutes}` and `{name}` are filled in."""

    title: str
    instruction: str
    validity: str
    address: str
    for_whom: str
    warning: str
    authority: str


def _load() -> dict[str, Words]:
    text = resources.files(__package__).joinpath("words.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Words])


_WORDS = _load()
LANGUAGES = tuple(_WORDS)


def pairing_address(url: str, code: str) -> str:
    """Where a browser pairs itself: the box's page, with the code where no server sees it."""
    return f"{url}/#pair={code.replace('-', '')}"


def pairing_slip(  # noqa: PLR0913 - what stands on the paper
    code: str,
    *,
    url: str,
    minutes: int,
    language: str,
    name: str | None = None,
    authority: str = "",
) -> Slip:
    """The paper that carries a code.

    Args:
        code: As people type it.
        url: Where the box is; the QR code has it with the code behind `#pair=`.
        minutes: How long the code is good.
        language: ISO 639-1; English where it is not known.
        name: For which register the code is.
        authority: The fingerprint by which the box's own authority is recognised.
    """
    words = _WORDS.get(language, _WORDS["en"])
    parts: list[Text | QrCode | Feed | Cut] = [
        Text(words.title, Alignment.CENTRE, bold=True),
        Text(words.instruction, Alignment.CENTRE),
        Feed(),
        Text(code, Alignment.CENTRE, bold=True, width=2, height=2),
        Feed(),
        QrCode(pairing_address(url, code), module_size=6),
        Text(words.validity.format(minutes=minutes), Alignment.CENTRE),
    ]
    if name:
        parts.append(Text(words.for_whom.format(name=name), Alignment.CENTRE))
    parts.append(Text(f"{words.address}: {url}", Alignment.CENTRE))
    if authority:
        parts.append(Text(f"{words.authority}:\n{authority}", Alignment.CENTRE))
    return (*parts, Text(words.warning, Alignment.CENTRE), Feed(3), Cut())
