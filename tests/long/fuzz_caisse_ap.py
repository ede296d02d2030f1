"""Fuzzing of the Caisse-AP codec; see `fuzzing`.

The targets: a stream however it is cut, a request, an answer, a row of fields. What decodes is
written, read again, described and redacted.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from tests.long.fuzzing import Target, instrumented, play, require

with instrumented():
    from drivers.wire.caisse_ap import (
        Answer,
        FieldReader,
        Fields,
        Request,
        encode_fields,
        redact_fields,
    )
    from drivers.wire.caisse_ap_description import describe


def stream(data: bytes) -> None:
    """Feed a stream in chunks of the size that its first byte says."""
    size = data[0] + 1
    redact_fields(data[1:])
    describe(data[1:])
    reader = FieldReader()
    for start in range(1, len(data), size):
        reader.receive_data(data[start : start + size])
    require(
        same=not reader.whole or encode_fields(reader.fields) == data[1:],
        story=f"Read and written again, {data[1:]!r} is {reader.fields}.",
    )


def request(data: bytes) -> None:
    """Read a request; what was read is written and read again."""
    found = Request.parse(_fields(data))
    again = Request.parse(_fields(found.encode()))
    require(same=again == found, story=f"Written and read again, {found} is {again}.")


def answer(data: bytes) -> None:
    """Read an answer; what was read is written and read again."""
    found = Answer.parse(_fields(data))
    again = Answer.parse(_fields(found.encode()))
    require(same=again == found, story=f"Written and read again, {found} is {again}.")


def _fields(data: bytes) -> Fields:
    reader = FieldReader()
    reader.receive_data(data)
    return reader.fields


TARGETS: tuple[Target, ...] = (stream, request, answer)


def seeds() -> Iterator[tuple[int, bytes]]:
    """Give every recorded message to every target."""
    recorded = Path(__file__).parents[1] / "vectors" / "caisse_ap.json"
    for vector in json.loads(recorded.read_text()):
        for text in vector["json"].values():
            for number, target in enumerate(TARGETS):
                yield number, (b"\xff" if target is stream else b"") + text.encode()


if __name__ == "__main__":
    play(TARGETS, seeds())
