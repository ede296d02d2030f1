"""Fuzzing of the nexo codec; see `fuzzing`.

The targets: a message in clear, one that was sealed with our key, the sealed form itself, a text
of pairs. What decodes is written, read again, described and redacted.
"""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from tests.long.fuzzing import Target, instrumented, play, require

with instrumented():
    from drivers.wire import WireError
    from drivers.wire.nexo.description import describe
    from drivers.wire.nexo.envelope import Message, decode, encode
    from drivers.wire.nexo.pairs import lines_of, pairs_of
    from drivers.wire.nexo.parts import MessageHeader, OutputContent, OutputText
    from drivers.wire.nexo.protection import BLOCK_BYTES, Protection, derive_keys, unlock

PROTECTION = Protection(derive_keys("p@ssw0rd123456"), "CryptoKeyIdentifier12345", 1)
"""The key of the recorded messages."""
HEADER = MessageHeader(
    message_class="Service",
    message_category="Payment",
    message_type="Request",
    sale_id="till",
    poi_id="terminal",
)


def clear(data: bytes) -> None:
    """Read a message in clear; what can be sent is written and read again."""
    describe(data)
    _again(decode(data))


def sealed(data: bytes) -> None:
    """Open what was sealed with the right key: the plain text alone can be wrong."""
    _again(PROTECTION.open(PROTECTION.seal(HEADER, data, bytes(BLOCK_BYTES))))


def foreign(data: bytes) -> None:
    """Open what may be sealed with any key, as a message and as bare bytes."""
    with contextlib.suppress(WireError):
        unlock(PROTECTION.keys, data[32:], bytes(BLOCK_BYTES), data[:32])
    PROTECTION.open(data)


def pairs(data: bytes) -> None:
    """Read a text as pairs, and as the line of a receipt."""
    text = data.decode("utf-8", "replace")
    pairs_of(text)
    lines_of(OutputContent(output_format="Text", output_text=(OutputText(text=text),)))


def _again(message: Message) -> None:
    again = decode(encode(message))
    require(same=again == message, story=f"Written and read again, {message} is {again}.")


TARGETS: tuple[Target, ...] = (clear, sealed, foreign, pairs)


def seeds() -> Iterator[tuple[int, bytes]]:
    """Give the messages to those who read them, and the texts in them to `pairs`."""
    recorded = Path(__file__).parents[1] / "vectors" / "nexo.json"
    for vector in json.loads(recorded.read_text()):
        value = vector["json"]
        if vector["protocol"] == "nexo-adyen-secured":
            yield 2, json.dumps({"SaleToPOIResponse": value["message"]}).encode()
        for side in ("SaleToPOIRequest", "SaleToPOIResponse"):
            text = json.dumps(value if side in value else {side: value}).encode()
            yield 0, text
            yield 1, text
        for found in _texts(value):
            yield 3, found.encode()


def _texts(value: object) -> Iterator[str]:
    match value:
        case str() if "=" in value:
            yield value
        case dict():
            for member in value.values():
                yield from _texts(member)
        case list():
            for member in value:
                yield from _texts(member)


if __name__ == "__main__":
    play(TARGETS, seeds())
