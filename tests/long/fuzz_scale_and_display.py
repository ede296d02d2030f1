"""Fuzzing of the codecs of scales and customer displays; see `fuzzing`.

The targets: a scale's line, and a display's in each of its command sets, however they are cut. What
is read is written and read again.
"""

from collections.abc import Iterator

from tests.long.fuzzing import Target, instrumented, play, require

with instrumented():
    from drivers.wire.line_display import CD5220, ESC_POS, CommandReader, Dialect
    from drivers.wire.toledo_8217 import AnswerReader, Weight, encode_answer

SEEDS = (
    b"\x0200.544\r",
    b"\x0201.235N\r\x02?A\r",
    b"\x02?P\r",
    b"\x1b@\x1bt\x13\x1f\x01\x1fC\x00\x0c\x1fX\x04\x1fE\x00\x1f$\x01\x01Pindakaas       3,49",
    b"\x1b@\x1b\x11\x1b_\x00\x0c\x1b*\x04\x1bl\x01\x02Totaal          3,49\x1bQAWelkom\r",
)


def scale(data: bytes) -> None:
    """Feed a scale's line in chunks of the size that its first byte says."""
    reader = AnswerReader()
    for start in range(1, len(data), data[0] + 1):
        for answer in reader.receive_data(data[start : start + data[0] + 1]):
            if isinstance(answer, Weight) and answer.milli > 99_999:
                continue
            again = AnswerReader().receive_data(encode_answer(answer))
            require(same=again == [answer], story=f"Written and read again, {answer} is {again}.")


def escpos_display(data: bytes) -> None:
    """Feed a display in ESC/POS mode."""
    _display(ESC_POS, data)


def cd5220_display(data: bytes) -> None:
    """Feed a display in CD5220 mode."""
    _display(CD5220, data)


def _display(dialect: Dialect, data: bytes) -> None:
    reader = CommandReader(dialect)
    for start in range(1, len(data), data[0] + 1):
        for command in reader.receive_data(data[start : start + data[0] + 1]):
            wire = dialect.encode(*command)
            again = CommandReader(dialect).receive_data(wire)
            require(same=again == [command], story=f"Written and read again, {command} is {again}.")


TARGETS: tuple[Target, ...] = (scale, escpos_display, cd5220_display)


def seeds() -> Iterator[tuple[int, bytes]]:
    """Give every line to every target."""
    for line in SEEDS:
        for number, _ in enumerate(TARGETS):
            yield number, b"\x00" + line
            yield number, b"\xff" + line


if __name__ == "__main__":
    play(TARGETS, seeds())
