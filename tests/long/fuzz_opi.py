"""Fuzzing of the OPI codec; see `fuzzing`.

The targets: a stream of frames however it is cut, and one document. What decodes is written, read
again, described and redacted.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from tests.long.fuzzing import Target, instrumented, play, require

with instrumented():
    from drivers.wire.opi import FrameReader, decode, encode, encode_frame, redact_xml
    from drivers.wire.opi.description import describe


def stream(data: bytes) -> None:
    """Feed a stream in chunks of the size that its first byte says."""
    size = data[0] + 1
    reader = FrameReader()
    for start in range(1, len(data), size):
        reader.receive_data(data[start : start + size])
        while (frame := reader.next_frame()) is not None:
            document(frame)


def document(data: bytes) -> None:
    """Read a document; what was read is written and read again.

    Twice, since line ends in texts are read as XML reads them.
    """
    redact_xml(data)
    describe(data)
    written = encode(decode(data))
    found = decode(written)
    again = decode(encode(found))
    require(same=again == found, story=f"Written and read again, {found} is {again}.")


TARGETS: tuple[Target, ...] = (stream, document)


def seeds() -> Iterator[tuple[int, bytes]]:
    """Give every document of the source to both targets."""
    documents = Path(__file__).parents[1] / "vectors" / "opi.json"
    for vector in json.loads(documents.read_text()):
        text = vector["json"]["xml"].encode()
        yield 0, b"\xff" + encode_frame(text)
        yield 1, text


if __name__ == "__main__":
    play(TARGETS, seeds())
