"""Frames of OPI: `[length:4, big-endian] [XML:length]`, on both channels.

A length cannot be checked before its document is there: one that is too small cuts the document
short, one that is too large waits for bytes that never come. The first is found by the XML parser,
the second only by a deadline.
"""

from drivers.wire import WireError

LENGTH_BYTES = 4
LARGEST_DOCUMENT = 256 * 1024
"""Bytes. A receipt of a hundred lines is about 10 KiB; what claims more is something else."""


def encode_frame(document: bytes) -> bytes:
    """Put the length before a document.

    Raises:
        WireError: The document is empty or too large.
    """
    _require_plausible(len(document))
    return len(document).to_bytes(LENGTH_BYTES, "big") + document


class FrameReader:
    """Finds the documents in a stream, however it is cut."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def receive_data(self, data: bytes) -> None:
        """Take bytes as they came."""
        self._buffer += data

    @property
    def pending(self) -> int:
        """Bytes of a frame that is not whole."""
        return len(self._buffer)

    def next_frame(self) -> bytes | None:
        """Return the next whole document, or None while one is incomplete.

        Raises:
            WireError: The length is implausible: this is not OPI, or the stream is out of step.
        """
        if len(self._buffer) < LENGTH_BYTES:
            return None
        length = int.from_bytes(self._buffer[:LENGTH_BYTES], "big")
        _require_plausible(length)
        end = LENGTH_BYTES + length
        if len(self._buffer) < end:
            return None
        document = bytes(self._buffer[LENGTH_BYTES:end])
        del self._buffer[:end]
        return document


def _require_plausible(length: int) -> None:
    if not 0 < length <= LARGEST_DOCUMENT:
        raise WireError(f"A length of {length} bytes is no message of OPI.")
