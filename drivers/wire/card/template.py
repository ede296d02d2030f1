"""How a tag's message is read: as an address with holes.

    https://leden.example.nl/m/{number}
    https://leden.example.nl/s?p={picc_data}&c={mac}
    https://leden.example.nl/s?u={uid}&n={counter}&d={covered}{file_data}&c={mac}

What stands outside the braces has to stand in the message, letter by letter, and nothing else.
`{covered}` is empty: from there to `{mac}` goes what the MAC covers, nothing where it is absent.

Source of the values in a proof: NXP AN12196 rev. 2.0, 3.3 (mirrors), all in hexadecimal.
"""

import dataclasses
import re

from drivers.wire import WireError

LONGEST_TEXT = 1024
"""Characters of a message that are looked at."""
COVERED = "covered"
HOLES = {
    "number": r"[A-Za-z0-9._~\-]{1,64}",
    "picc_data": r"[0-9A-Fa-f]{32}(?:[0-9A-Fa-f]{16})?",
    "file_data": r"(?:[0-9A-Fa-f]{32}){1,16}",
    "mac": r"[0-9A-Fa-f]{16}",
    "uid": r"[0-9A-Fa-f]{14}",
    "counter": r"[0-9A-Fa-f]{6}",
    COVERED: "",
}
_PIECES = re.compile(r"\{([^{}]*)\}")


@dataclasses.dataclass(frozen=True, slots=True)
class Filled:
    """What stood in the holes, and what the MAC covers."""

    values: dict[str, str]
    covered: str = ""

    def number(self) -> str | None:
        """The number, where the message holds one in the clear."""
        return self.values.get("number")

    def hexadecimal(self, hole: str) -> bytes:
        """The bytes in a hole that the template has."""
        return bytes.fromhex(self.values[hole])


class Template:
    """An address with holes."""

    def __init__(self, text: str) -> None:
        """Read the template.

        Raises:
            WireError: It has a hole that is not known, or one twice, or `{covered}` behind `{mac}`.
        """
        pieces = _PIECES.split(text)
        self.holes = tuple(pieces[1::2])
        for hole in self.holes:
            if hole not in HOLES:
                raise WireError(f"There is no {{{hole}}}. Known: {', '.join(HOLES)}.")
            if self.holes.count(hole) > 1:
                raise WireError(f"{{{hole}}} stands twice.")
        if COVERED in self.holes and "mac" not in self.holes[self.holes.index(COVERED) :]:
            raise WireError("{covered} has to stand before {mac}.")
        parts = [
            f"(?P<{piece}>{HOLES[piece]})" if number % 2 else re.escape(piece)
            for number, piece in enumerate(pieces)
        ]
        self._pattern = re.compile("".join(parts))

    def match(self, text: str) -> Filled | None:
        """Read a message; None where it is another one."""
        found = None if len(text) > LONGEST_TEXT else self._pattern.fullmatch(text)
        if found is None:
            return None
        covered = text[found.start(COVERED) : found.start("mac")] if COVERED in self.holes else ""
        return Filled(found.groupdict(), covered)
