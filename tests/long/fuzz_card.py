"""Fuzzing of what cards say; see `fuzzing`.

The targets: a card that answers what it likes, messages, lists of applications, memory, files,
blocks, proofs and templates. What decodes is written and read again.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from tests.long.fuzzing import Target, instrumented, play, require

with instrumented():
    from drivers.wire.card import emv, ndef, sun, type_2, type_3, type_4
    from drivers.wire.card.apdu import converse, decode_command
    from drivers.wire.card.reading import read_card
    from drivers.wire.card.template import Template

_TAP = sun.Tap(bytes(7), 1)
_LENGTH = 33
"""Bytes of an answer to reset, at most."""


def conversation(data: bytes) -> None:
    """Let a card answer with pieces of the input; its first bytes are its answer to reset."""
    size = data[0] % _LENGTH
    rest = iter(data[1 + size :].split(b"\xa5"))
    converse(read_card(data[1 : 1 + size]), lambda _: next(rest, b"\x6f\0"))


def message(data: bytes) -> None:
    """Read a message; what was read is written and read again."""
    records = ndef.decode_message(data)
    texts = [record.text for record in records]
    again = ndef.decode_message(ndef.encode_message(records))
    require(same=again == records, story=f"Written and read again, {records} is {again}.")
    require(same=len(texts) == len(records), story="A record has no text.")


def command(data: bytes) -> None:
    """Read a command; what was read is written again."""
    found = decode_command(data)
    require(same=decode_command(found.encode()) == found, story=f"{found} is read otherwise.")


def applications(data: bytes) -> None:
    """Read a list of applications."""
    emv.application_ids(data)


def memories(data: bytes) -> None:
    """Look for messages in memory, files and blocks."""
    type_2.find_message(data)
    type_4.read_capabilities(data)


def blocks(data: bytes) -> None:
    """Read what a Type 3 tag says, and what is said to it."""
    type_3.decode_read(data)


def block(data: bytes) -> None:
    """Read the first block of a Type 3 tag."""
    type_3.decode_attributes(type_3.decode_blocks(data, 1))


def proof(data: bytes) -> None:
    """Read a proof."""
    sun.open_picc_data(bytes(16), data)


def file_data(data: bytes) -> None:
    """Read the data of a file."""
    sun.open_file_data(bytes(16), _TAP, data)


def template(data: bytes) -> None:
    """Read a template, and fill it with itself."""
    text = data.decode("utf-8", "replace")
    Template(text).match(text)


TARGETS: tuple[Target, ...] = (
    conversation, message, command, applications, memories, blocks, block, proof, file_data,
    template,
)  # fmt: skip


def seeds() -> Iterator[tuple[int, bytes]]:
    """Give every vector to every target."""
    recorded = Path(__file__).parents[1] / "vectors" / "cards.json"
    for vector in json.loads(recorded.read_text()):
        for value in vector.values():
            for number in range(len(TARGETS)):
                if isinstance(value, str):
                    yield number, _bytes_of(value)


def _bytes_of(value: str) -> bytes:
    try:
        return bytes.fromhex(value) or b"\0"
    except ValueError:
        return value.encode()


if __name__ == "__main__":
    play(TARGETS, seeds())
