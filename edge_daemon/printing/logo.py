"""The shop's logo on top of every receipt: kept as it came, drawn once for each width of paper."""

from collections.abc import Callable

import msgspec

from drivers.pos_printer import Image
from edge_daemon.errors import InvalidRequestError, NotFoundError
from edge_daemon.pictures import PictureError, Pictures, decode_base64
from edge_daemon.state import StateStore

_NAME = "receipt-logo"
_WIDEST = 576
"""Dots; decoded once at this width to see whether it can be printed."""


class LogoRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new logo.

    Attributes:
        image: A PNG or JPEG, base64. What is wider than the paper is made as narrow.
    """

    image: str


class LogoState(msgspec.Struct, frozen=True, kw_only=True):
    """The logo as it stands.

    Attributes:
        content_hash: SHA-256 of the file as it came, lower-case hexadecimal.
        width: Dots on paper of 80 mm.
        height: As `width`.
    """

    content_hash: str
    width: int
    height: int


class Logo:
    """Keeps the logo in `state.db` under its hash. Decoding is done off the event loop.

    Args:
        state: Where it is kept.
        changed: Called when there is another one.
    """

    def __init__(self, state: StateStore, changed: Callable[[], None] = lambda: None) -> None:
        self._state = state
        self._changed = changed
        self._pictures = Pictures()
        self._hash: str | None = None
        self._drawn: dict[int, Image] = {}

    async def load(self) -> None:
        """At start: read which logo there is.

        Raises:
            JournalError: The disk failed.
        """
        value = await self._state.get_value(_NAME)
        self._hash = value.decode("ascii") if value else None
        self._changed()

    async def put(self, request: LogoRequest) -> LogoState:
        """Take a logo, in the place of the one before. Harmless to repeat.

        Raises:
            InvalidRequestError: It is no picture that can be printed. Nothing was changed.
            JournalFullError: The disk is full. Nothing was changed.
        """
        try:
            data = decode_base64(request.image)
            drawn = await self._pictures.decode(data, _WIDEST)
        except PictureError as error:
            raise InvalidRequestError(str(error), "$.image") from error
        digest = await self._state.put_content(data, "image/*")
        await self._state.put_value(_NAME, digest.encode("ascii"))
        self._hash, self._drawn = digest, {_WIDEST: drawn}
        self._changed()
        return _state(digest, drawn)

    async def get(self) -> LogoState:
        """The logo as it stands.

        Raises:
            NotFoundError: There is none.
        """
        drawn = await self.image(_WIDEST)
        if drawn is None or self._hash is None:
            raise NotFoundError("There is no logo. PUT one.")
        return _state(self._hash, drawn)

    async def remove(self) -> None:
        """Print no logo any more. Harmless to repeat.

        Raises:
            JournalError: The disk failed.
        """
        await self._state.delete_value(_NAME)
        self._hash, self._drawn = None, {}

    async def image(self, line_width: int) -> Image | None:
        """The logo for paper of so many dots; None where there is none or it was damaged."""
        digest = self._hash
        if digest is None or line_width in self._drawn:
            return self._drawn.get(line_width)
        data = await self._state.get_content(digest)
        try:
            drawn = await self._pictures.decode(data or b"", line_width)
        except PictureError:
            return None
        if digest == self._hash:
            self._drawn[line_width] = drawn
        return drawn

    def close(self) -> None:
        """End the thread that decodes."""
        self._pictures.close()


def _state(digest: str, drawn: Image) -> LogoState:
    return LogoState(content_hash=digest, width=drawn.width, height=drawn.height)
