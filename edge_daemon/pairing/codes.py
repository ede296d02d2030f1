"""Pairing codes: short enough to type, short-lived, and few guesses for whoever has none.

No I/O. Seconds are the event loop's, which never steps. Codes live in memory: a restart forgets
them, and another one is made in a moment.

How hard it is to guess one: 8 characters of 32 are 40 bits. Of wrong codes one address may send
`WRONG_PER_SOURCE` in a minute and all together `WRONG_IN_ALL`, whichever code they guess at; so in
the ten minutes of a code's life at most 300 guesses are judged, one in 3.7 billion of a hit for
each code that is open. While guesses are refused, the right code is refused as well: else an
answer would tell.
"""

import collections
import dataclasses
import math
import secrets

from edge_daemon.errors import EdgeError

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, which are read as others."""
_MISREAD = str.maketrans("ILO", "110")
LENGTH = 8
WRONG_PER_SOURCE = 5
WRONG_IN_ALL = 30
WINDOW_SECONDS = 60.0
OPEN_LIMIT = 16
"""Codes that may be open at once; the oldest goes first."""


class WrongCodeError(EdgeError):
    """Raised when a code is not open: mistyped, spent, withdrawn or too old. Nothing was done."""


class TooManyCodesError(EdgeError):
    """Raised when too many wrong codes were sent. Nothing was judged.

    Attributes:
        retry_after: Seconds until one may come back.
    """

    def __init__(self, seconds: float) -> None:
        self.retry_after = max(1, math.ceil(seconds))
        super().__init__(f"Too many wrong codes were sent; try again in {self.retry_after} s.")


@dataclasses.dataclass(slots=True, kw_only=True)
class OpenCode:
    """A code that waits to be typed, or was.

    Attributes:
        id: How whoever made it names it.
        deadline: On the loop's clock.
        spent_by: The pairing that used it; the same one may ask again.
    """

    id: str
    code: str
    deadline: float
    spent_by: str | None = None


class Codes:
    """The codes that are open."""

    def __init__(self) -> None:
        self._open: dict[str, OpenCode] = {}
        self._wrong: collections.deque[tuple[float, str]] = collections.deque()

    def make(self, code_id: str, seconds: float, now: float) -> OpenCode:
        """Open a code of its own kind, good for `seconds`."""
        self._forget_old(now)
        while len(self._open) >= OPEN_LIMIT:
            del self._open[next(iter(self._open))]
        code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        made = OpenCode(id=code_id, code=code, deadline=now + seconds)
        self._open[code_id] = made
        return made

    def get(self, code_id: str, now: float) -> OpenCode | None:
        """The code of that id while it is good; spent or not."""
        self._forget_old(now)
        return self._open.get(code_id)

    def withdraw(self, code_id: str) -> None:
        """Close a code; nothing happens where there is none."""
        self._open.pop(code_id, None)

    def spend(self, typed: str, pairing_id: str, source: str, now: float) -> OpenCode:
        """Take the code that was typed, for that pairing.

        The same pairing may take it again: it did not hear the answer.

        Raises:
            TooManyCodesError: This source, or all of them, sent too many wrong ones.
            WrongCodeError: No such code is open.
        """
        self._forget_old(now)
        self._refuse_guessing(source, now)
        code = normal(typed)
        found = None
        for each in self._open.values():
            if secrets.compare_digest(each.code, code):
                found = each
        if found is None or found.spent_by not in (None, pairing_id):
            self._wrong.append((now, source))
            raise WrongCodeError(
                "This code is not open: mistyped, used before, too old, or made before the box was"
                " restarted. Ask for a new one."
            )
        found.spent_by = pairing_id
        return found

    def _refuse_guessing(self, source: str, now: float) -> None:
        mine = [moment for moment, other in self._wrong if other == source]
        for wrong, limit in ((mine, WRONG_PER_SOURCE), ([m for m, _ in self._wrong], WRONG_IN_ALL)):
            if len(wrong) >= limit:
                raise TooManyCodesError(wrong[-limit] + WINDOW_SECONDS - now)

    def _forget_old(self, now: float) -> None:
        while self._wrong and self._wrong[0][0] <= now - WINDOW_SECONDS:
            self._wrong.popleft()
        for code_id in [each.id for each in self._open.values() if each.deadline <= now]:
            del self._open[code_id]


def normal(typed: str) -> str:
    """The code as it was made, from what somebody typed: any case, dashes and spaces, O for 0."""
    text = typed.upper().replace("-", "").replace(" ", "").translate(_MISREAD)
    return text if text.isascii() else ""


def grouped(code: str) -> str:
    """As it is shown: `K7QX-3M9P`."""
    return f"{code[:4]}-{code[4:]}"
